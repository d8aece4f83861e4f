import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What a list of items is narrowed to.
struct ReviewItemFilter: Sendable {
    enum Standing: String, Sendable, CaseIterable {
        case unanswered, confirmed, removed, refused
    }

    var standing: Standing?
    var user: IDFilter<UserKind>?
    var role: IDFilter<RoleKind>?
}

/// What a review is answered about.
enum ReviewItemStore {
    private static let columns: SQL = """
        i.review, i.user_id, u.username, u.first_name, u.last_name, u.last_sign_in_at, i.role, i.role_name, i.answer, i.comment, i.answered_at,
        i.answerer_kind, i.answerer, i.answerer_name, i.outcome, i.reason
        """

    private static func item(_ row: Row) throws -> ReviewItem {
        var given: ReviewItem.Given?
        if let answer = try (row[8] as String?).flatMap(ReviewItem.Answer.init(rawValue:)), let at = try row[10] as Timestamp? {
            given = ReviewItem.Given(
                answer: answer, comment: try row[9], at: at,
                by: Signatory(kind: try row[11] ?? "", id: try row[12] ?? "", name: try row[13] ?? ""))
        }
        return ReviewItem(
            review: try row[0], user: try row[1], username: try row[2], userName: try (row[3] as String) + " " + (row[4] as String),
            lastSignInAt: try row[5], role: try row[6], roleName: try row[7], given: given,
            outcome: try (row[14] as String?).flatMap(ReviewItem.Outcome.init(rawValue:)), reason: try row[15])
    }

    private static func from(_ review: ReviewID, _ permit: borrowing Permit) -> SQL {
        """
        FROM review_items i JOIN users u ON u.account = i.account AND u.id = i.user_id
        WHERE i.account = \(permit.account) AND i.review = \(review)
        """
    }

    static func find(
        _ review: ReviewID, _ user: UserID, _ role: RoleID, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> ReviewItem? {
        try tx.row(
            "SELECT \(fragment: columns) \(fragment: from(review, permit)) AND i.user_id = \(user) AND i.role = \(role)", item)
    }

    static func list(
        _ review: ReviewID, _ filter: ReviewItemFilter, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [ReviewItem] {
        try tx.rows(
            """
            SELECT \(fragment: columns) \(fragment: from(review, permit)) \(fragment: condition(filter)) \(fragment: after(page.after))
            ORDER BY i.user_id, i.role LIMIT \(page.limit + 1)
            """, item)
    }

    static func count(
        _ review: ReviewID, _ filter: ReviewItemFilter, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Int {
        try tx.row("SELECT count(*) \(fragment: from(review, permit)) \(fragment: condition(filter))") { try $0[0] } ?? 0
    }

    private static func after(_ cursor: Cursor?) -> SQL {
        guard let cursor else { return "" }
        let parts = cursor.key.split(separator: " ", maxSplits: 1).map { String($0) }
        let user = parts.first ?? "", role = parts.count > 1 ? parts[1] : ""
        return "AND (i.user_id > \(user) OR i.user_id = \(user) AND i.role > \(role))"
    }

    private static func condition(_ filter: ReviewItemFilter) -> SQL {
        var conditions: [SQL] = []
        switch filter.standing {
        case .unanswered?: conditions.append("AND i.answer IS NULL")
        case .confirmed?: conditions.append("AND i.answer = 'confirm'")
        case .removed?: conditions.append("AND i.outcome IN ('removed', 'disabled')")
        case .refused?: conditions.append("AND i.outcome = 'refused'")
        case nil: break
        }
        switch filter.user {
        case .id(let user)?: conditions.append("AND i.user_id = \(user)")
        case .matchesNothing?: conditions.append("AND 1 = 0")
        case nil: break
        }
        switch filter.role {
        case .id(let role)?: conditions.append("AND i.role = \(role)")
        case .matchesNothing?: conditions.append("AND 1 = 0")
        case nil: break
        }
        return conditions.joined(separator: " ")
    }

    static func update(_ item: ReviewItem, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE review_items SET answer = \(item.given?.answer.rawValue), comment = \(item.given?.comment), answered_at = \(item.given?.at),
                answerer_kind = \(item.given?.by.kind), answerer = \(item.given?.by.id), answerer_name = \(item.given?.by.name),
                outcome = \(item.outcome?.rawValue), reason = \(item.reason)
            WHERE account = \(permit.account) AND review = \(item.review) AND user_id = \(item.user) AND role = \(item.role)
            """)
    }

    // MARK: At the end

    /// Some of the people of whom something is neither answered nor settled, and is still so.
    static func waiting(_ review: ReviewID, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID] {
        try tx.rows(
            """
            SELECT DISTINCT i.user_id FROM review_items i
            JOIN users u ON u.account = i.account AND u.id = i.user_id AND u.deleted_at IS NULL
            JOIN user_roles h ON h.account = i.account AND h.user_id = i.user_id AND h.role = i.role
            WHERE i.account = \(permit.account) AND i.review = \(review) AND i.answer IS NULL AND i.outcome IS NULL
            ORDER BY i.user_id LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    /// Settles all that is not settled: what is still held was kept.
    static func settleRest(of review: ReviewID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE review_items SET outcome = CASE WHEN EXISTS (SELECT 1 FROM user_roles h WHERE h.account = review_items.account
                AND h.user_id = review_items.user_id AND h.role = review_items.role) THEN 'kept' ELSE 'gone' END
            WHERE account = \(permit.account) AND review = \(review) AND outcome IS NULL
            """)
    }
}
