import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The integrations of the permit's account.
enum IntegrationStore {
    private static func columns(at now: Timestamp) -> SQL {
        """
        i.id, i.name, i.client_id, i.functions, i.token_format, i.disabled_at, i.created_at, i.last_used_at,
        (SELECT count(*) FROM access_tokens t WHERE t.account = i.account AND t.integration = i.id AND t.expires_at > \(now))
        """
    }

    private static func integration(_ row: Row) throws -> Integration {
        Integration(
            id: try row[0], name: try row[1], clientID: try row[2], functions: .init(json: try row[3]),
            tokenFormat: Integration.TokenFormat(rawValue: try row[4]) ?? .opaque, disabledAt: try row[5], createdAt: try row[6],
            lastUsedAt: try row[7], liveTokens: try row[8])
    }

    static func find(_ id: IntegrationID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Integration? {
        try tx.row(
            "SELECT \(fragment: columns(at: now)) FROM integrations i WHERE i.account = \(permit.account) AND i.id = \(id)", integration)
    }

    static func list(_ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Integration] {
        let after: SQL = page.after.map { "AND i.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns(at: now)) FROM integrations i WHERE i.account = \(permit.account) \(fragment: after)
            ORDER BY i.id DESC LIMIT \(page.limit + 1)
            """, integration)
    }

    static func count(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM integrations WHERE account = \(permit.account)") { try $0[0] } ?? 0
    }

    /// Whether a client id was given out before, in any account.
    static func isGiven(_ clientID: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.row("SELECT 1 FROM client_ids WHERE id_key = \(IdentityKey.canonical(clientID))") { _ in true } ?? false
    }

    /// Takes a client id for ever.
    /// - Throws: `DatabaseError.unique` where it was given out before.
    static func take(_ clientID: String, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("INSERT INTO client_ids (id_key, given_at) VALUES (\(IdentityKey.canonical(clientID)), \(now))")
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func insert(_ integration: Integration, secret hash: [UInt8], _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO integrations
                (account, id, name, name_key, client_id, client_id_key, secret_hash, functions, token_format, disabled_at, created_at)
            VALUES (\(permit.account), \(integration.id), \(integration.name), \(IdentityKey.canonical(integration.name)),
                \(integration.clientID), \(IdentityKey.canonical(integration.clientID)), \(hash), \(integration.functions.json),
                \(integration.tokenFormat.rawValue), \(integration.disabledAt), \(integration.createdAt))
            """)
    }

    static func update(_ integration: Integration, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE integrations SET functions = \(integration.functions.json), disabled_at = \(integration.disabledAt)
            WHERE account = \(permit.account) AND id = \(integration.id)
            """)
    }

    /// Its tokens and calls go with it; its client id stays given out.
    static func delete(_ id: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM integrations WHERE account = \(permit.account) AND id = \(id)")
    }
}
