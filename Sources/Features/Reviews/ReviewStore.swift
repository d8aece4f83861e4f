import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The access reviews of the permit's account.
enum ReviewStore {
    private static let columns: SQL = """
        r.id, r.name, r.roles, r.unanswered, r.due_at, r.remind_at, r.reminded_at, r.closed_at, r.creator_kind, r.creator, r.creator_name,
        r.created_at
        """

    private static func review(_ row: Row) throws -> Review {
        let roles: JSON = try row[2]
        return Review(
            id: try row[0], name: try row[1],
            roles: roles.text == "all" ? .all : .only(Set(roles.elements.compactMap { $0.text.flatMap { RoleID($0) } })),
            unanswered: Review.Unanswered(rawValue: try row[3]) ?? .keep, dueAt: try row[4], remindAt: try row[5], remindedAt: try row[6],
            closedAt: try row[7], creator: Signatory(kind: try row[8], id: try row[9], name: try row[10]), createdAt: try row[11])
    }

    static func find(_ id: ReviewID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Review? {
        let found = try tx.rows("SELECT \(fragment: columns) FROM reviews r WHERE r.account = \(permit.account) AND r.id = \(id)", review)
        return try counted(found, permit, tx).first
    }

    static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Review] {
        let after: SQL = page.after.map { "AND r.id < \($0.key)" } ?? ""
        let found = try tx.rows(
            """
            SELECT \(fragment: columns) FROM reviews r WHERE r.account = \(permit.account) \(fragment: after)
            ORDER BY r.id DESC LIMIT \(page.limit + 1)
            """, review)
        return try counted(found, permit, tx)
    }

    static func count(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM reviews WHERE account = \(permit.account)") { try $0[0] } ?? 0
    }

    private static func counted(_ reviews: [Review], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Review] {
        let rows = try tx.rows(
            """
            SELECT review, coalesce(answer, ''), coalesce(outcome, ''), count(*) FROM review_items
            WHERE account = \(permit.account) AND review IN (\(list: reviews.map(\.id)))
            GROUP BY review, coalesce(answer, ''), coalesce(outcome, '')
            """
        ) { (review: try $0[0] as ReviewID, answer: try $0[1] as String, outcome: try $0[2] as String, count: try $0[3] as Int) }
        return reviews.map { review in
            var review = review
            for row in rows where row.review == review.id {
                review.counts.items += row.count
                if row.answer.isEmpty { review.counts.unanswered += row.count }
                if row.answer == ReviewItem.Answer.confirm.rawValue { review.counts.confirmed += row.count }
                if let outcome = ReviewItem.Outcome(rawValue: row.outcome) { review.counts.outcomes[outcome, default: 0] += row.count }
            }
            return review
        }
    }

    /// Stores a review with an item for each person who is there and each role that it is about; answers how many.
    static func insert(_ review: Review, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.execute(
            """
            INSERT INTO reviews
                (account, id, name, roles, unanswered, due_at, remind_at, creator_kind, creator, creator_name, created_at)
            VALUES (\(permit.account), \(review.id), \(review.name), \(review.roles.idsJSON()), \(review.unanswered.rawValue), \(review.dueAt),
                \(review.remindAt), \(review.creator.kind), \(review.creator.id), \(review.creator.name), \(review.createdAt))
            """)
        return try tx.execute(
            """
            INSERT INTO review_items (account, review, user_id, role, role_name)
            SELECT h.account, CAST(\(review.id) AS TEXT), h.user_id, h.role, r.name FROM user_roles h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            JOIN roles r ON r.account = h.account AND r.id = h.role
            WHERE h.account = \(permit.account) AND \(fragment: review.roles.condition("h.role")) AND u.disabled_at IS NULL AND u.deleted_at IS NULL
                AND (u.ends_at IS NULL OR u.ends_at > \(review.createdAt))
            """)
    }

    static func update(_ review: Review, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE reviews SET name = \(review.name), unanswered = \(review.unanswered.rawValue), due_at = \(review.dueAt),
                remind_at = \(review.remindAt), reminded_at = \(review.remindedAt), closed_at = \(review.closedAt)
            WHERE account = \(permit.account) AND id = \(review.id)
            """)
    }

    /// Those who could sign in and hold one of these roles, at most so many.
    static func people(
        holding roles: [RoleID], at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [UserID] {
        try tx.rows(
            """
            SELECT u.id FROM users u WHERE u.account = \(permit.account) AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL
                AND (u.ends_at IS NULL OR u.ends_at > \(now))
                AND EXISTS (SELECT 1 FROM user_roles h WHERE h.account = u.account AND h.user_id = u.id AND h.role IN (\(list: roles)))
            ORDER BY u.id LIMIT \(limit)
            """
        ) { try $0[0] }
    }
}
