import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The entries about one thing of the permit's account, whole, and what a deleted user left.
enum PastStore {
    /// What one entry says of its thing.
    struct Step: Sendable {
        var seq: Int64
        var at: Timestamp
        var action: String
        /// Nil where the details were erased.
        var details: JSON?

        var changes: [JSON] { details?["changes"]?.items ?? [] }
        var isErased: Bool { details == nil }

        func change(of field: String) -> JSON? { changes.first { $0["field"]?.text == field } }
    }

    /// Goes back through what happened to a thing, newest first, until `body` has enough. What does not begin with `actions` is passed over.
    static func walkBack(
        _ id: String, actions: String, _ permit: borrowing Permit, _ tx: any Transaction, _ body: (Step) throws -> Bool
    ) throws {
        let chain = Chain.account(permit.account).name
        try tx.forEachRow(
            """
            SELECT h.seq, h.at, h.action, d.details FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.subject_id = \(id) AND h.action LIKE \(actions + ".%") ORDER BY h.seq DESC
            """
        ) { try body(step($0)) }
    }

    /// The last sign of a password until a moment: set, changed, used, or the making of the user.
    static func passwordSign(of id: UserID, until time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Step? {
        let chain = Chain.account(permit.account).name
        return try tx.row(
            """
            SELECT h.seq, h.at, h.action, d.details FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.subject_id = \(id) AND h.at <= \(time)
                AND h.action IN ('user.created', 'user.password_set', 'user.password_changed', 'login.opened') ORDER BY h.seq DESC LIMIT 1
            """, step)
    }

    /// The last time until a moment that somebody was disabled or enabled.
    static func standing(of id: UserID, until time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Step? {
        let chain = Chain.account(permit.account).name
        return try tx.row(
            """
            SELECT h.seq, h.at, h.action, d.details FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.subject_id = \(id) AND h.at <= \(time) AND h.action IN ('user.disabled', 'user.enabled')
            ORDER BY h.seq DESC LIMIT 1
            """, step)
    }

    private static func step(_ row: Row) throws -> Step {
        Step(seq: try row[0], at: try row[1], action: try row[2], details: try row[3])
    }

    struct Grave: Sendable {
        var createdAt: Timestamp
        var disabledAt: Timestamp?
        var deletedAt: Timestamp
    }

    /// What is left of a user who was deleted.
    static func grave(of id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Grave? {
        try tx.row(
            """
            SELECT created_at, disabled_at, deleted_at FROM users
            WHERE account = \(permit.account) AND id = \(id) AND deleted_at IS NOT NULL
            """
        ) { Grave(createdAt: try $0[0], disabledAt: try $0[1], deletedAt: try $0[2]) }
    }
}
