import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What can be done with the tokens of integrations. Every verb works on the permit's account.
package enum AccessTokens {
    /// Those that are live, newest first, each with the time at which it was last seen: at most `limit`, from below an id on.
    package static func live(
        of integration: IntegrationID? = nil, below id: LoginID? = nil, limit: Int, _ gate: Gate, at now: Timestamp,
        _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [AccessToken] {
        try AccessTokenStore.live(of: integration, below: id, limit: limit, at: now, permit, tx).map { token in
            var token = token
            token.lastSeenAt = gate.lastSeen(token.id, stored: token.lastSeenAt)
            return token
        }
    }

    package static func count(
        of integration: IntegrationID? = nil, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Int { try AccessTokenStore.count(of: integration, at: now, permit, tx) }

    /// - Throws: `Hidden` for one that is not live.
    package static func find(_ id: LoginID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> AccessToken {
        guard let token = try AccessTokenStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return token
    }

    /// Whether this is a live token of that integration.
    package static func isLive(
        _ id: LoginID, of integration: IntegrationID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Bool { try AccessTokenStore.find(id, at: now, permit, tx)?.integration == integration }

    /// Ends one; its very next request is refused.
    /// - Throws: `Hidden`.
    package static func close(_ id: LoginID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let token = try find(id, at: ledger.now, permit, tx)
        try AccessTokenStore.end(id, permit, tx)
        try ledger.record("token.closed", token.subject, [Change("token", from: .string(id.description))])
    }

    /// Ends every token of an account. What made them end is the entry in history.
    package static func end(inAccount account: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try AccessTokenStore.end(inAccount: account, permit, tx)
    }
}

/// What an integration does with its own tokens.
extension AccessTokens {
    /// Keeps a new token by its hash, and lets go of those that are over.
    package static func issue(
        _ token: AccessToken, hash: [UInt8], _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        try AccessTokenStore.insert(token, hash: hash, permit, tx)
        let scope = token.scope.map { Change("scope", to: $0.json) }
        try ledger.record(
            "token.issued", token.subject,
            [Change("token", to: .string(token.id.description)), Change("expires_at", to: JSON(token.expiresAt))] + [scope].compactMap { $0 })
    }

    /// Ends one of one's own tokens; one that is not there, or another's, is no change.
    package static func revoke(
        hash: [UInt8], of integration: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        guard let token = try AccessTokenStore.find(hash: hash, of: integration, at: ledger.now, permit, tx) else { return }
        try AccessTokenStore.end(token.id, permit, tx)
        try ledger.record("token.revoked", token.subject, [Change("token", from: .string(token.id.description))])
    }
}
