import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What can be done with API keys. Every verb works on the permit's account and on keys that its principal holds; others are `Hidden`.
package enum APIKeys {
    /// - Throws: `Hidden`.
    package static func find(_ id: APIKeyID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> APIKey {
        guard let key = try APIKeyStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return key
    }

    package static func list(_ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<APIKey> {
        let total = try page.wantsTotal ? APIKeyStore.count(permit, tx) : nil
        return Page(try APIKeyStore.list(page, at: now, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// Which of these ids are keys of the account at all.
    package static func existing(_ ids: Set<APIKeyID>, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        try APIKeyStore.existing(ids, permit, tx)
    }

    /// A key as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    static func draft(_ fields: Fields, at now: Timestamp) throws -> APIKey {
        let key = APIKey(
            id: .new(at: now), name: fields.name(), mode: fields.choice("mode", default: .live),
            sessionExpiry: fields.optionalChoice("session_expiry") ?? .never, redirectURL: redirectURL(fields), language: language(fields),
            completes: fields.optionalChoice("completes") ?? .byReview, disabledAt: nil, createdAt: now, previousSecretEndsAt: nil)
        try fields.finish()
        return key
    }

    /// Stores a new key. Its secret is in the answer, and nowhere else ever again.
    /// - Throws: `Problem` 403 for whoever may not hand out secrets, 409 `api_key_name_taken`.
    package static func create(
        _ key: APIKey, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Secret {
        try requireMayHandOut(permit)
        let secret = Secret.mint(key.mode.secretKind)
        try namingConflict { try APIKeyStore.insert(key, permit, tx) }
        try APIKeyStore.addSecret(secret.hash, to: key.id, at: ledger.now, previousEnd: ledger.now, permit, tx)
        try ledger.record("api_key.created", key.subject, Change.between([:], key.details))
        if let user = permit.user, !permit.keys.contains(key.id) {
            try APIKeyStore.grant(key.id, to: user, permit, tx)
            for (user, keys) in try APIKeyStore.holders(of: key.id, permit, tx) {
                try ledger.record("user.changed", user, [change(from: keys.subtracting([key.id]), to: keys)])
            }
        }
        return secret
    }

    /// Changes the fields that are named.
    /// - Throws: `Hidden`; `Problem` 400, 422, 409 `api_key_name_taken` or `api_key_in_use` (the mode, once it has sessions), 412.
    package static func update(
        _ id: APIKeyID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> APIKey {
        let before = try find(id, at: ledger.now, permit, tx)
        let fields = try fields()
        fields.immutable("id", "status", "secret", "created_at", "previous_secret_ends_at")
        var key = before
        if fields.has("name") { key.name = fields.name() }
        if fields.has("mode") { key.mode = fields.choice("mode", default: key.mode) }
        if fields.has("session_expiry") { key.sessionExpiry = fields.choice("session_expiry", default: key.sessionExpiry) }
        if fields.has("redirect_url") { key.redirectURL = redirectURL(fields) }
        if fields.has("language") { key.language = language(fields) }
        if fields.has("completes") { key.completes = fields.choice("completes", default: key.completes) }
        try fields.finish()
        // A live secret in a test key's hands would be taken for one by every scanner: the secret's kind goes with the mode.
        if key.mode != before.mode { try requireMayHandOut(permit) }
        if key.details == before.details {
            try match(before.tag)
            return before
        }
        try namingConflict { try inUse { try APIKeyStore.update(key, permit, tx) } }
        try match(before.tag)
        try ledger.recordChange("api_key.changed", key.subject, from: before.details, to: key.details)
        return key
    }

    /// Makes a new secret; the one before it works on for the overlap.
    package static func rotate(
        _ id: APIKeyID, overlapHours: Int, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> (APIKey, Secret) {
        let key = try find(id, at: ledger.now, permit, tx)
        try requireMayHandOut(permit)
        let secret = Secret.mint(key.mode.secretKind)
        let end = ledger.now.adding(seconds: Int64(overlapHours) * 3600)
        try APIKeyStore.addSecret(secret.hash, to: id, at: ledger.now, previousEnd: end, permit, tx)
        try ledger.record("api_key.rotated", key.subject, [Change("overlap_hours", to: .int(Int64(overlapHours)))])
        return (try find(id, at: ledger.now, permit, tx), secret)
    }

    /// Disables or enables; nothing happens where it is so already.
    package static func setDisabled(
        _ disabled: Bool, _ id: APIKeyID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> APIKey {
        var key = try find(id, at: ledger.now, permit, tx)
        if !disabled { try requireMayHandOut(permit) }
        if key.isDisabled == disabled { return key }
        key.disabledAt = disabled ? ledger.now : nil
        try APIKeyStore.update(key, permit, tx)
        try ledger.record(disabled ? "api_key.disabled" : "api_key.enabled", key.subject)
        return key
    }

    /// Deletes a key that nothing was made under; those who held it have an entry of their own.
    /// - Throws: `Hidden`; `Problem` 409 `api_key_in_use`.
    package static func delete(_ id: APIKeyID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let key = try find(id, at: ledger.now, permit, tx)
        let holders = try APIKeyStore.holders(of: id, permit, tx)
        try inUse { try APIKeyStore.delete(id, permit, tx) }
        try ledger.record("api_key.deleted", key.subject, Change.between(key.details, [:]))
        for (user, keys) in holders { try ledger.record("user.changed", user, [change(from: keys, to: keys.subtracting([id]))]) }
    }

    /// What a user's history has of the keys that they hold.
    private static func change(from before: Set<APIKeyID>, to after: Set<APIKeyID>) -> Change {
        Change("api_keys", from: Scope.only(before).idsJSON(), to: Scope.only(after).idsJSON())
    }

    // MARK: Rules

    private static func requireMayHandOut(_ permit: borrowing Permit) throws {
        if !permit.access.mayHandOutSecrets { throw Problem.forbiddenGrant }
    }

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique {
            throw Problem.conflict("api_key_name_taken", "Another API key of this account has this name.", field: "name")
        }
    }

    private static func inUse(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.foreignKey {
            throw Problem.conflict("api_key_in_use", "Sessions or links were made under this key. Disable it instead.")
        }
    }

    private static func redirectURL(_ fields: Fields) -> String? {
        guard let text = fields.optionalText("redirect_url", 1...2000) else { return nil }
        if !WebAddress.isSafe(text) {
            fields.invalid("redirect_url", "invalid_url", "This must be an https address, such as https://example.com/done.")
        }
        return text
    }

    private static func language(_ fields: Fields) -> String? {
        guard let text = fields.optionalText("language", 2...35) else { return nil }
        if !LanguageTag.isWellFormed(text) { fields.invalid("language", "invalid_language", "This must be a language tag, such as en or pt-BR.") }
        return text
    }
}

extension APIKey.Mode {
    var secretKind: SecretKind { self == .live ? .live : .test }
}
