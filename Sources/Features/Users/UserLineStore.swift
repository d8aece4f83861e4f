import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// A user as the line of a file tells of them: with ids as they are stored, since a million are not looked at one by one.
struct UserLine {
    var id: String
    var username: String
    var email: String
    var firstName: String
    var lastName: String
    var status: User.Status
    var hasAllKeys: Bool
    var hasAllPlaces: Bool
    var endsAt: Timestamp?
    var mustChangePassword: Bool
    var createdAt: Timestamp
    var lastSignInAt: Timestamp?
}

/// What such a user holds, and when they were last here. Ids have a space between and stand in no order; nil is none.
struct UserHoldingsLine {
    var roles: String?
    var keys: String?
    var places: String?
    var lastSeenAt: Timestamp?
}

/// Reads users for files; what they hold, in one walk through each table beside them, in the same order.
enum UserLineStore {
    /// A page of users, newest first, without what they hold.
    static func list(
        _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<UserLine> {
        Page(try UserStore.list(reading(at: now), filter, page, at: now, permit, tx), limit: page.limit) { $0.id }
    }

    /// What each of these holds; they stand with the newest first.
    static func holdings(of users: [UserLine], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserHoldingsLine] {
        var lines = Array(repeating: UserHoldingsLine(), count: users.count)
        guard let newest = users.first?.id, let oldest = users.last?.id else { return lines }
        // Few may be far apart.
        let among: SQL =
            users.count <= 100 ? "h.user_id IN (\(list: users.map(\.id)))" : "h.user_id >= \(oldest) AND h.user_id <= \(newest)"
        let which: SQL = "h WHERE h.account = \(permit.account) AND \(fragment: among) ORDER BY h.user_id DESC"
        /// Goes through rows that begin with a user's id, and tells the line of each.
        func walk(_ columns: SQL, _ tell: (inout UserHoldingsLine, Row) throws -> Void) throws {
            var index = 0
            try tx.forEachRow("SELECT h.user_id, \(fragment: columns) \(fragment: which)") { row in
                let user = try row.text(at: 0)
                while index < users.count, users[index].id > user { index += 1 }
                if index < users.count, users[index].id == user { try tell(&lines[index], row) }
                return index < users.count
            }
        }
        try walk("h.role FROM user_roles") { add(try $1.text(at: 1), to: &$0.roles) }
        try walk("h.api_key FROM user_api_keys") { add(try $1.text(at: 1), to: &$0.keys) }
        try walk("h.place FROM user_places") { add(try $1.text(at: 1), to: &$0.places) }
        try walk("h.last_seen_at FROM logins") { line, row in
            let seen = Timestamp(milliseconds: try row.integer(at: 1))
            line.lastSeenAt = max(line.lastSeenAt ?? seen, seen)
        }
        return lines
    }

    private static func add(_ id: String, to ids: inout String?) {
        if ids == nil { ids = id } else { ids?.append(" " + id) }
    }

    private static func time(_ row: Row, _ column: Int) throws -> Timestamp? {
        try row.isNull(at: column) ? nil : Timestamp(milliseconds: row.integer(at: column))
    }

    private static func reading(at now: Timestamp) -> UserReading<UserLine> {
        let columns: SQL = """
            u.id, u.username, u.email, u.first_name, u.last_name, u.disabled_at, u.ends_at,
            CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END, u.all_keys, u.all_places, u.must_change_password, u.created_at, u.last_sign_in_at
            """
        return UserReading(columns: columns) { row in
            let endsAt = try time(row, 6)
            return UserLine(
                id: try row.text(at: 0), username: try row.text(at: 1), email: try row.text(at: 2), firstName: try row.text(at: 3),
                lastName: try row.text(at: 4),
                status: User.status(disabledAt: try time(row, 5), endsAt: endsAt, hasPassword: try row.integer(at: 7) != 0, at: now),
                hasAllKeys: try row.integer(at: 8) != 0, hasAllPlaces: try row.integer(at: 9) != 0, endsAt: endsAt,
                mustChangePassword: try row.integer(at: 10) != 0, createdAt: Timestamp(milliseconds: try row.integer(at: 11)),
                lastSignInAt: try time(row, 12))
        }
    }
}
