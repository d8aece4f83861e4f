import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The rows of tokens. One that ended is not there any more, so that nothing can bring it back.
enum AccessTokenStore {
    private static let columns: SQL = """
        t.id, t.integration, i.name, t.format, t.scope, t.created_at, t.last_seen_at, t.expires_at, t.address, t.user_agent FROM access_tokens t
        JOIN integrations i ON i.account = t.account AND i.id = t.integration
        """

    static func token(_ row: Row) throws -> AccessToken {
        AccessToken(
            id: try row[0], integration: try row[1], integrationName: try row[2],
            format: Integration.TokenFormat(rawValue: try row[3]) ?? .opaque, scope: (try row[4] as JSON?).map { .init(json: $0) },
            createdAt: try row[5], lastSeenAt: try row[6], expiresAt: try row[7], address: try row[8], userAgent: try row[9])
    }

    // MARK: Of the permit's account

    static func find(_ id: LoginID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> AccessToken? {
        try tx.row("SELECT \(fragment: columns) WHERE t.account = \(permit.account) AND t.id = \(id) AND t.expires_at > \(now)", token)
    }

    /// Those that are live, newest first, from below an id on.
    static func live(
        of integration: IntegrationID?, below id: LoginID?, limit: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [AccessToken] {
        let ofOne: SQL = integration.map { "AND t.integration = \($0)" } ?? ""
        let below: SQL = id.map { "AND t.id < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) WHERE t.account = \(permit.account) AND t.expires_at > \(now) \(fragment: ofOne) \(fragment: below)
            ORDER BY t.id DESC LIMIT \(limit)
            """, token)
    }

    static func count(of integration: IntegrationID?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        let ofOne: SQL = integration.map { "AND integration = \($0)" } ?? ""
        return try tx.row(
            "SELECT count(*) FROM access_tokens WHERE account = \(permit.account) AND expires_at > \(now) \(fragment: ofOne)"
        ) { try $0[0] } ?? 0
    }

    static func end(_ id: LoginID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM access_tokens WHERE account = \(permit.account) AND id = \(id)")
    }

    static func end(of integration: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM access_tokens WHERE account = \(permit.account) AND integration = \(integration)")
    }

    // MARK: Of the integration that the permit is for

    static func insert(_ token: AccessToken, hash: [UInt8], _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO access_tokens
                (hash, account, id, integration, format, scope, created_at, last_seen_at, expires_at, address, user_agent)
            VALUES (\(hash), \(permit.account), \(token.id), \(token.integration), \(token.format.rawValue), \(token.scope?.json),
                \(token.createdAt), \(token.lastSeenAt), \(token.expiresAt), \(token.address), \(token.userAgent))
            """)
        try tx.execute(
            """
            DELETE FROM access_tokens
            WHERE account = \(permit.account) AND integration = \(token.integration) AND expires_at <= \(token.createdAt)
            """)
        try tx.execute(
            "UPDATE integrations SET last_used_at = \(token.createdAt) WHERE account = \(permit.account) AND id = \(token.integration)")
    }

    static func find(
        hash: [UInt8], of integration: IntegrationID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> AccessToken? {
        try tx.row(
            """
            SELECT \(fragment: columns)
            WHERE t.account = \(permit.account) AND t.integration = \(integration) AND t.hash = \(hash) AND t.expires_at > \(now)
            """, token)
    }

    // MARK: Of the enterprise's accounts

    static func end(inAccount account: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM access_tokens WHERE account = \(account)")
    }
}
