import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Finds users of the permit's account by one thing that they have in common, newest first, by indexes alone: what a page costs does not depend on
/// how many users there are.
enum UserStreamStore {
    /// The next users of these streams together, at most so many, each once.
    static func next(
        _ streams: [UserStream], after: String?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [UserID] {
        var found: Set<UserID> = []
        for stream in streams { found.formUnion(try tx.rows(query(stream, in: permit.account, after: after, limit: limit)) { try $0[0] as UserID }) }
        return Array(found.sorted(by: >).prefix(limit))
    }

    static func query(_ stream: UserStream, in account: AccountID, after: String?, limit: Int) -> SQL {
        func of(_ column: SQL) -> SQL { after.map { "AND \(fragment: column) < \($0)" } ?? "" }
        let users: SQL = "SELECT id FROM users WHERE account = \(account) AND deleted_at IS NULL"
        switch stream {
        case .role(let role):
            return """
                SELECT user_id FROM user_roles WHERE account = \(account) AND role = \(role) \(fragment: of("user_id"))
                ORDER BY user_id DESC LIMIT \(limit)
                """
        case .place(let place):
            return """
                SELECT user_id FROM user_places WHERE account = \(account) AND place = \(place) \(fragment: of("user_id"))
                ORDER BY user_id DESC LIMIT \(limit)
                """
        case .allPlaces: return "\(fragment: users) AND all_places = 1 \(fragment: of("id")) ORDER BY id DESC LIMIT \(limit)"
        case .disabled: return "\(fragment: users) AND disabled_at IS NOT NULL \(fragment: of("id")) ORDER BY id DESC LIMIT \(limit)"
        case .ending: return "\(fragment: users) AND ends_at IS NOT NULL \(fragment: of("id")) ORDER BY id DESC LIMIT \(limit)"
        case .neverSignedIn: return "\(fragment: users) AND last_sign_in_at IS NULL \(fragment: of("id")) ORDER BY id DESC LIMIT \(limit)"
        case .withoutPassword: return "\(fragment: users) AND password_hash IS NULL \(fragment: of("id")) ORDER BY id DESC LIMIT \(limit)"
        }
    }
}
