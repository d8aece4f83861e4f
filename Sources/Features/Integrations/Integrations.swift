import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What can be done with integrations. Every verb works on the permit's account.
package enum Integrations {
    /// - Throws: `Hidden`.
    package static func find(_ id: IntegrationID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Integration {
        guard let integration = try IntegrationStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return integration
    }

    package static func list(
        _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<Integration> {
        let total = try page.wantsTotal ? IntegrationStore.count(permit, tx) : nil
        return Page(try IntegrationStore.list(page, at: now, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// An integration as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    static func draft(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Integration {
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        let integration = Integration(
            id: .new(at: now), name: fields.name(), clientID: fields.clientID(), functions: fields.functionsOfIntegration(catalogue),
            tokenFormat: fields.optionalChoice("token_format") ?? .opaque, createdAt: now, liveTokens: 0)
        try fields.finish()
        return integration
    }

    /// Stores a new integration. Its secret is in the answer, and nowhere else ever again.
    /// - Throws: `Problem` 403 for functions that one lacks, 409 `client_id_taken` or `integration_name_taken`.
    package static func create(
        _ integration: Integration, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Secret {
        try requireMayGive(integration.functions, permit)
        let secret = Secret.mint(.client)
        do { try IntegrationStore.take(integration.clientID, at: ledger.now, permit, tx) } catch DatabaseError.unique {
            throw Problem.conflict(
                "client_id_taken", "This client ID was given out before. Those of deleted integrations stay taken too.", field: "client_id")
        }
        do { try IntegrationStore.insert(integration, secret: secret.hash, permit, tx) } catch DatabaseError.unique {
            throw Problem.conflict("integration_name_taken", "Another integration of this account has this name.", field: "name")
        }
        try ledger.record("integration.created", integration.subject, Change.between([:], integration.details))
        return secret
    }

    /// Changes the functions; tokens that are out obey at once.
    /// - Throws: `Hidden`; `Problem` 400 (`immutable` for everything else), 422, 403, 412.
    package static func update(
        _ id: IntegrationID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Integration {
        let before = try find(id, at: ledger.now, permit, tx)
        let fields = try fields()
        fields.immutable(
            "id", "name", "client_id", "client_secret", "token_format", "status", "created_at", "last_used_at", "live_tokens")
        var integration = before
        if fields.has("functions") { integration.functions = fields.functionsOfIntegration(try AccountFacts.of(permit, tx).catalogue) }
        try fields.finish()
        // What it has already may stay: only what becomes more is given.
        try requireMayGive(integration.functions.filter { $0.value > before.functions[$0.key] ?? .none }, permit)
        try match(before.tag)
        if integration.functions == before.functions { return before }
        try IntegrationStore.update(integration, permit, tx)
        try ledger.recordChange("integration.changed", integration.subject, from: before.details, to: integration.details)
        return integration
    }

    /// Disables or enables; nothing happens where it is so already. Disabling ends its tokens for good; the secret stays, for enabling.
    /// - Throws: `Hidden`; `Problem` 403 for enabling one that holds more than oneself.
    package static func setDisabled(
        _ disabled: Bool, _ id: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Integration {
        var integration = try find(id, at: ledger.now, permit, tx)
        if !disabled { try requireMayGive(integration.functions, permit) }
        if integration.isDisabled == disabled { return integration }
        integration.disabledAt = disabled ? ledger.now : nil
        try IntegrationStore.update(integration, permit, tx)
        if disabled { try AccessTokenStore.end(of: id, permit, tx) }
        integration.liveTokens = 0
        try ledger.record(disabled ? "integration.disabled" : "integration.enabled", integration.subject)
        return integration
    }

    /// Deletes an integration for good, its tokens with it. Nothing ever has its client id again.
    /// - Throws: `Hidden`.
    package static func delete(_ id: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let integration = try find(id, at: ledger.now, permit, tx)
        try IntegrationStore.delete(id, permit, tx)
        try ledger.record("integration.deleted", integration.subject)
    }

    /// Whether a client id may still be taken, by its shape and by what was given out.
    package static func isFree(_ clientID: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try ClientID.isWellFormed(clientID) && !IntegrationStore.isGiven(clientID, permit, tx)
    }

    private static func requireMayGive(_ functions: [Function: Level], _ permit: borrowing Permit) throws {
        for (function, level) in functions where !permit.access.mayGive(function, at: level) { throw Problem.forbiddenGrant }
    }
}
