import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// One-time links with which an administrator chooses a password.
enum PasswordLinkStore {
    /// The administrator who signs in with this e-mail.
    static func administrator(email: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> AdministratorID? {
        let key = IdentityKey.canonical(email)
        guard !key.utf8.contains(0) else { return nil }
        return try tx.row("SELECT id FROM administrators WHERE email_key = \(key)") { try $0[0] }
    }

    static func insert(
        _ token: [UInt8], for administrator: AdministratorID, at now: Timestamp, expiresAt: Timestamp, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO one_time_tokens (hash, kind, administrator, created_at, expires_at, used_at)
            VALUES (\(token), \(SecretKind.password.rawValue), \(administrator), \(now), \(expiresAt), NULL)
            """)
    }

    /// Whose token this is, while it is good.
    static func find(_ token: [UInt8], at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> AdministratorID? {
        try tx.row(
            """
            SELECT administrator FROM one_time_tokens
            WHERE hash = \(token) AND kind = \(SecretKind.password.rawValue) AND used_at IS NULL AND expires_at > \(now)
            """
        ) { try $0[0] }
    }

    // MARK: Ending all of an administrator's

    static func end(of administrator: AdministratorID, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws { try end(administrator, tx) }
    static func end(of administrator: AdministratorID, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws { try end(administrator, tx) }
    static func end(of administrator: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try end(administrator, tx)
    }

    private static func end(_ administrator: AdministratorID, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM one_time_tokens WHERE administrator = \(administrator) AND kind = \(SecretKind.password.rawValue)")
    }
}
