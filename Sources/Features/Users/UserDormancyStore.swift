import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// Who has been away for too long.
enum UserDormancyStore {
    /// The accounts that are in use, by id, with the days after which they disable; nil is never.
    static func accounts(
        after last: AccountID?, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [(account: AccountID, days: Int?)] {
        try tx.rows(
            """
            SELECT id, security FROM accounts WHERE disabled_at IS NULL AND id > \(last?.description ?? "") ORDER BY id LIMIT \(limit)
            """
        ) { (account: try $0[0], days: (try $0[1] as JSON)["dormant_days"]?.whole) }
    }

    /// Could sign in and has not since then, nor was seen, made or let in again. Whoever has no password yet waits for something else.
    private static func isAway(since: Timestamp, at now: Timestamp) -> SQL {
        """
        u.disabled_at IS NULL AND u.deleted_at IS NULL AND u.password_hash IS NOT NULL AND u.created_at < \(since)
            AND (u.ends_at IS NULL OR u.ends_at > \(now))
            AND (u.last_sign_in_at IS NULL OR u.last_sign_in_at < \(since)) AND (u.enabled_at IS NULL OR u.enabled_at < \(since))
            AND NOT EXISTS (SELECT 1 FROM logins l WHERE l.account = u.account AND l.user_id = u.id AND l.last_seen_at >= \(since))
        """
    }

    static func away(
        since: Timestamp, at now: Timestamp, in account: AccountID, after last: UserID?, limit: Int, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws -> [UserID] {
        try tx.rows(
            """
            SELECT u.id FROM users u WHERE u.account = \(account) AND \(fragment: isAway(since: since, at: now)) AND u.id > \(last?.description ?? "")
            ORDER BY u.id LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    static func isAway(_ id: UserID, since: Timestamp, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.row(
            "SELECT 1 FROM users u WHERE u.account = \(permit.account) AND u.id = \(id) AND \(fragment: isAway(since: since, at: now))"
        ) { _ in true } ?? false
    }
}
