import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// The enterprise and its first administrator, before there is anybody.
enum SetUpStore {
    static func hasAdministrator(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try tx.row("SELECT count(*) FROM administrators") { try $0[0] as Int } ?? 0 > 0
    }

    /// Stores a token that ends those before it.
    static func offer(_ token: [UInt8], at now: Timestamp, expiresAt: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try end(permit, tx)
        try tx.execute(
            """
            INSERT INTO one_time_tokens (hash, kind, administrator, created_at, expires_at, used_at)
            VALUES (\(token), \(SecretKind.setup.rawValue), NULL, \(now), \(expiresAt), NULL)
            """)
    }

    static func isOpen(_ token: [UInt8], at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try tx.row(
            """
            SELECT 1 FROM one_time_tokens
            WHERE hash = \(token) AND kind = \(SecretKind.setup.rawValue) AND used_at IS NULL AND expires_at > \(now)
            """
        ) { try $0[0] as Int } != nil
    }

    static func end(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM one_time_tokens WHERE kind = \(SecretKind.setup.rawValue)")
    }

    /// - Throws: `DatabaseError.unique` where there is an enterprise.
    static func insert(
        _ draft: SetUp.Draft, _ id: AdministratorID, passwordHash: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        let key = IdentityKey.canonical(draft.email)
        try tx.execute("INSERT INTO enterprise (id, name, created_at) VALUES (1, \(draft.enterprise), \(now))")
        try tx.execute(
            """
            INSERT INTO administrators
                (id, email, email_key, name, password_hash, must_change_password, all_groups, permissions, disabled_at, created_at, last_sign_in_at)
            VALUES (\(id), \(draft.email), \(key), \(draft.name), \(passwordHash), 0, 1, \(JSON(Permission.allCases.map(\.rawValue))), NULL,
                \(now), NULL)
            """)
        try tx.execute("INSERT INTO usernames (name_key, account, holder) VALUES (\(key), NULL, \(id))")
    }
}
