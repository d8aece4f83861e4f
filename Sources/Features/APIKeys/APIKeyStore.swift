import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The API keys of the permit's account that its principal holds; no other exists here.
enum APIKeyStore {
    private static func columns(at now: Timestamp) -> SQL {
        """
        k.id, k.name, k.mode, k.session_expiry, k.redirect_url, k.language, k.completes, k.disabled_at, k.created_at,
        (SELECT max(s.ends_at) FROM api_key_secrets s WHERE s.account = k.account AND s.api_key = k.id AND s.ends_at > \(now))
        """
    }

    private static func key(_ row: Row) throws -> APIKey {
        APIKey(
            id: try row[0], name: try row[1], mode: APIKey.Mode(rawValue: try row[2]) ?? .live,
            sessionExpiry: APIKey.SessionExpiry(rawValue: try row[3]) ?? .never, redirectURL: try row[4], language: try row[5],
            completes: APIKey.Completes(rawValue: try row[6]) ?? .byReview, disabledAt: try row[7], createdAt: try row[8],
            previousSecretEndsAt: try row[9])
    }

    static func find(_ id: APIKeyID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> APIKey? {
        try tx.row(
            """
            SELECT \(fragment: columns(at: now)) FROM api_keys k
            WHERE k.account = \(permit.account) AND k.id = \(id) AND \(fragment: permit.keys.condition("k.id"))
            """, key)
    }

    static func list(_ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [APIKey] {
        let after: SQL = page.after.map { "AND k.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns(at: now)) FROM api_keys k
            WHERE k.account = \(permit.account) AND \(fragment: permit.keys.condition("k.id")) \(fragment: after)
            ORDER BY k.id DESC LIMIT \(page.limit + 1)
            """, key)
    }

    static func count(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            "SELECT count(*) FROM api_keys k WHERE k.account = \(permit.account) AND \(fragment: permit.keys.condition("k.id"))"
        ) { try $0[0] } ?? 0
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func insert(_ key: APIKey, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO api_keys
                (account, id, name, name_key, mode, session_expiry, redirect_url, language, completes, disabled_at, created_at)
            VALUES (\(permit.account), \(key.id), \(key.name), \(IdentityKey.canonical(key.name)), \(key.mode.rawValue),
                \(key.sessionExpiry.rawValue), \(key.redirectURL), \(key.language), \(key.completes.rawValue), \(key.disabledAt), \(key.createdAt))
            """)
    }

    /// - Throws: `DatabaseError.unique` where the name is taken; `.foreignKey` where the mode changes and the key has sessions.
    static func update(_ key: APIKey, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE api_keys SET name = \(key.name), name_key = \(IdentityKey.canonical(key.name)), mode = \(key.mode.rawValue),
                session_expiry = \(key.sessionExpiry.rawValue), redirect_url = \(key.redirectURL), language = \(key.language),
                completes = \(key.completes.rawValue), disabled_at = \(key.disabledAt)
            WHERE account = \(permit.account) AND id = \(key.id)
            """)
    }

    /// - Throws: `DatabaseError.foreignKey` while something is made under it.
    static func delete(_ id: APIKeyID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM api_keys WHERE account = \(permit.account) AND id = \(id)")
    }

    /// Adds a secret; those before it end at `previousEnd`, or at once.
    static func addSecret(
        _ hash: [UInt8], to id: APIKeyID, at now: Timestamp, previousEnd: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            "DELETE FROM api_key_secrets WHERE account = \(permit.account) AND api_key = \(id) AND ends_at IS NOT NULL")
        if previousEnd <= now {
            try tx.execute("DELETE FROM api_key_secrets WHERE account = \(permit.account) AND api_key = \(id)")
        } else {
            try tx.execute("UPDATE api_key_secrets SET ends_at = \(previousEnd) WHERE account = \(permit.account) AND api_key = \(id)")
        }
        try tx.execute(
            "INSERT INTO api_key_secrets (hash, account, api_key, created_at) VALUES (\(hash), \(permit.account), \(id), \(now))")
    }

    /// Gives a new key to the user who made it, where their keys are listed one by one.
    static func grant(_ id: APIKeyID, to user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            "INSERT INTO user_api_keys (account, user_id, api_key) VALUES (\(permit.account), \(user), \(id)) ON CONFLICT DO NOTHING")
    }

    /// Those whose keys are listed one by one and have this among them, each with all of them.
    static func holders(
        of id: APIKeyID, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [(user: Subject, keys: Set<APIKeyID>)] {
        let rows = try tx.rows(
            """
            SELECT u.id, u.first_name, u.last_name, k.api_key FROM user_api_keys h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            JOIN user_api_keys k ON k.account = h.account AND k.user_id = h.user_id
            WHERE h.account = \(permit.account) AND h.api_key = \(id)
            """
        ) { row in (user: try row[0] as UserID, name: try (row[1] as String) + " " + (row[2] as String), key: try row[3] as APIKeyID) }
        return Dictionary(grouping: rows, by: \.user).sorted { $0.key < $1.key }.map { user, rows in
            (Subject("user", user, rows.first?.name ?? ""), Set(rows.map(\.key)))
        }
    }

    /// Which of these ids are keys of the account, held by the principal or not (ruling 2: as an id in a user's body).
    static func existing(_ ids: Set<APIKeyID>, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        Set(
            try tx.rows("SELECT id FROM api_keys WHERE account = \(permit.account) AND id IN (\(list: ids.sorted()))") { try $0[0] as APIKeyID })
    }
}
