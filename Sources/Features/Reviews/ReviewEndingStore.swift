import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The reviews of all accounts that something is due about.
enum ReviewEndingStore {
    /// Of which nobody was reminded yet.
    static func toRemind(
        at now: Timestamp, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [(account: AccountID, id: ReviewID)] {
        try tx.rows(
            """
            SELECT r.account, r.id FROM reviews r WHERE r.closed_at IS NULL AND r.due_at > \(now) AND r.remind_at <= \(now)
                AND r.reminded_at IS NULL AND \(fragment: hasManager) ORDER BY r.due_at LIMIT \(limit)
            """
        ) { (account: try $0[0], id: try $0[1]) }
    }

    /// Past their end.
    static func due(
        at now: Timestamp, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [(account: AccountID, id: ReviewID)] {
        try tx.rows(
            """
            SELECT r.account, r.id FROM reviews r WHERE r.closed_at IS NULL AND r.due_at <= \(now) AND \(fragment: hasManager)
            ORDER BY r.due_at LIMIT \(limit)
            """
        ) { (account: try $0[0], id: try $0[1]) }
    }

    /// The server acts in an account as its manager role would.
    private static let hasManager: SQL = "EXISTS (SELECT 1 FROM roles m WHERE m.account = r.account AND m.manager = 1)"

    /// Whom a letter goes to, and what it says of a review that is open; nil where that is no more.
    static func letter(
        _ review: ReviewID, to user: UserID, in account: AccountID, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> ReviewLetters.Facts? {
        try tx.row(
            """
            SELECT u.first_name, u.last_name, u.email, r.name, r.due_at, a.name, e.name,
                (SELECT count(*) FROM review_items i
                    WHERE i.account = r.account AND i.review = r.id AND i.answer IS NULL AND i.outcome IS NULL AND i.user_id <> u.id)
            FROM reviews r JOIN users u ON u.account = r.account AND u.id = \(user) JOIN accounts a ON a.id = r.account
            LEFT JOIN enterprise e ON e.id = 1
            WHERE r.account = \(account) AND r.id = \(review) AND r.closed_at IS NULL AND r.due_at > \(now) AND u.disabled_at IS NULL
                AND u.deleted_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)) AND a.disabled_at IS NULL
            """
        ) { row in
            ReviewLetters.Facts(
                name: try (row[0] as String) + " " + (row[1] as String), email: try row[2], review: try row[3], dueAt: try row[4],
                account: try row[5], enterprise: try row[6] ?? "Latchkey", unanswered: try row[7])
        }
    }
}
