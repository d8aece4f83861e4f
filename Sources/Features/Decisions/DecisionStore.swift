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

    /// Those of these logins of users that are live and in which it was shown lately that it is them, with whose they are.
    static func fresh(_ logins: [LoginID], at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [LoginID: UserID] {
        let since = now.adding(seconds: -Proof.seconds)
        let rows = try tx.rows(
            """
            SELECT id, user_id FROM logins
            WHERE account = \(permit.account) AND user_id IS NOT NULL AND ended_at IS NULL AND expires_at > \(now) AND id IN (\(list: logins))
                AND (stepped_up_at > \(since) OR created_at > \(since) AND NOT EXISTS (
                    SELECT 1 FROM factors f WHERE f.account = logins.account AND f.user_id = logins.user_id))
            """
        ) { (id: try $0[0] as LoginID, user: try $0[1] as UserID) }
        return Dictionary(rows.map { ($0.id, $0.user) }, uniquingKeysWith: { first, _ in first })
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

    /// The newest integrations.
    static func integrations(after: String?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [IntegrationID] {
        let after: SQL = after.map { "AND id < \($0)" } ?? ""
        return try tx.rows(
            "SELECT id FROM integrations WHERE account = \(permit.account) \(fragment: after) ORDER BY id DESC LIMIT \(limit)"
        ) { try $0[0] }
    }

    // MARK: Names, for pages

    struct Person: Sendable {
        let name: String
        let username: String
    }

    static func people(_ ids: [String], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [String: Person] {
        let rows = try tx.rows(
            "SELECT id, first_name, last_name, username FROM users WHERE account = \(permit.account) AND id IN (\(list: ids))"
        ) { (id: try $0[0] as String, person: Person(name: try ($0[1] as String) + " " + ($0[2] as String), username: try $0[3])) }
        return Dictionary(rows.map { ($0.id, $0.person) }, uniquingKeysWith: { first, _ in first })
    }

    struct Place: Sendable {
        let id: PlaceID
        /// Its name after those of the places that it is in.
        let path: String
    }

    /// The account's places, each after the one that it is in; as many as a person can choose from.
    static func places(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [Place] {
        let rows = try tx.rows("SELECT id, name, parent FROM places WHERE account = \(permit.account) ORDER BY name_key, id LIMIT 2000") {
            (id: try $0[0] as PlaceID, name: try $0[1] as String, parent: try $0[2] as PlaceID?)
        }
        let under = Dictionary(grouping: rows, by: \.parent)
        var places: [Place] = []
        func add(_ parent: PlaceID?, _ path: String, _ depth: Int) {
            for row in under[parent] ?? [] where depth <= PlaceTree.deepest {
                let whole = path.isEmpty ? row.name : path + " › " + row.name
                places.append(Place(id: row.id, path: whole))
                add(row.id, whole, depth + 1)
            }
        }
        add(nil, "", 1)
        return places
    }
}
