import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The users that links may be assigned to.
enum LinkUserStore {
    private static func isEnabled(at now: Timestamp) -> SQL {
        "u.disabled_at IS NULL AND u.password_hash IS NOT NULL AND (u.ends_at IS NULL OR u.ends_at > \(now))"
    }

    /// The name of an enabled user of the account.
    static func name(_ id: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> String? {
        try tx.row(
            """
            SELECT u.first_name, u.last_name FROM users u
            WHERE u.account = \(permit.account) AND u.id = \(id) AND \(fragment: isEnabled(at: now))
            """
        ) { try $0.text(at: 0) + " " + $0.text(at: 1) }
    }

    /// The enabled users of the account, by name.
    static func all(
        at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [(id: UserID, name: String)] {
        try tx.rows(
            """
            SELECT u.id, u.first_name, u.last_name FROM users u WHERE u.account = \(permit.account) AND \(fragment: isEnabled(at: now))
            ORDER BY u.first_name, u.last_name, u.id LIMIT \(limit)
            """
        ) { (id: try $0[0], name: try $0.text(at: 1) + " " + $0.text(at: 2)) }
    }

    /// The roles of a user, for whoever may edit only those whose roles they may give.
    static func roles(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleID] {
        try tx.rows("SELECT role FROM user_roles WHERE account = \(permit.account) AND user_id = \(user)") { try $0[0] }
    }
}
