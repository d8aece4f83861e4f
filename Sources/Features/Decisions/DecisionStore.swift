import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What decisions need to know of records, and whom a search goes through.
enum DecisionStore {
    /// Those of these sessions that exist for whoever asks.
    static func sessions(
        _ ids: [SessionID], _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionID: Decider.SessionFacts] {
        let rows = try tx.rows(
            """
            SELECT id, api_key, owner FROM sessions
            WHERE account = \(permit.account) AND id IN (\(list: ids)) AND \(fragment: permit.askableSessions.condition())
            """
        ) { (id: try $0[0] as SessionID, facts: Decider.SessionFacts(key: try $0[1], owner: try $0[2])) }
        return Dictionary(rows.map { ($0.id, $0.facts) }, uniquingKeysWith: { first, _ in first })
    }

    /// The newest sessions that exist for whoever asks and on which somebody else holds what `visibility` says.
    static func sessions(
        within visibility: Visibility, after: String?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionID] {
        let after: SQL = after.map { "AND id < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT id FROM sessions WHERE account = \(permit.account) AND \(fragment: permit.askableSessions.condition())
                AND \(fragment: visibility.condition()) \(fragment: after)
            ORDER BY id DESC LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    /// The newest users who hold one of these roles.
    static func users(
        holding roles: [RoleID], after: String?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [UserID] {
        let after: SQL = after.map { "AND user_id < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT DISTINCT user_id FROM user_roles WHERE account = \(permit.account) AND role IN (\(list: roles)) \(fragment: after)
            ORDER BY user_id DESC LIMIT \(limit)
            """
        ) { try $0[0] }
    }
}
