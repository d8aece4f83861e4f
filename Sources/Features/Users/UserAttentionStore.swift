import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Which users somebody should look at.
enum UserAttentionStore {
    private static func isEnabled(at now: Timestamp) -> SQL {
        "u.disabled_at IS NULL AND u.password_hash IS NOT NULL AND (u.ends_at IS NULL OR u.ends_at > \(now))"
    }

    /// The enabled users with the manager role, at most so many.
    static func managers(at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID] {
        try tx.rows(
            """
            SELECT u.id FROM users u WHERE u.account = \(permit.account) AND \(fragment: isEnabled(at: now))
                AND EXISTS (SELECT 1 FROM user_roles h JOIN roles r ON r.account = h.account AND r.id = h.role
                    WHERE h.account = u.account AND h.user_id = u.id AND r.manager = 1)
            ORDER BY u.id LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    /// The enabled users whom nobody has seen since then, and who are older than that; the longest known first.
    static func notSeen(
        since: Timestamp, at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [UserID] {
        try tx.rows(
            """
            SELECT u.id FROM users u WHERE u.account = \(permit.account) AND \(fragment: isEnabled(at: now)) AND u.created_at < \(since)
                AND (u.last_sign_in_at IS NULL OR u.last_sign_in_at < \(since))
                AND NOT EXISTS (SELECT 1 FROM logins l WHERE l.account = u.account AND l.user_id = u.id AND l.last_seen_at >= \(since))
            ORDER BY u.id LIMIT \(limit)
            """
        ) { try $0[0] }
    }
}
