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
    /// Ids with a space between, in no order; nil is none.
    var roles: String?
    var hasAllKeys: Bool
    var keys: String?
    var hasAllPlaces: Bool
    var places: String?
    var endsAt: Timestamp?
    var mustChangePassword: Bool
    var createdAt: Timestamp
    var lastSignInAt: Timestamp?
    var lastSeenAt: Timestamp?
}

/// Reads users for files. What they hold comes along in one walk through each table beside them, in the same order.
enum UserLineStore {
    static func list(
        _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<UserLine> {
        var lines = try UserStore.list(reading(at: now), filter, page, at: now, permit, tx)
        guard let newest = lines.first?.id, let oldest = lines.last?.id else { return Page([], limit: page.limit, total: nil) { $0.id } }
        // Few may be far apart.
        let among: SQL =
            lines.count <= 100 ? "h.user_id IN (\(list: lines.map(\.id)))" : "h.user_id >= \(oldest) AND h.user_id <= \(newest)"
        let from: SQL = "h WHERE h.account = \(permit.account) AND \(fragment: among) GROUP BY h.user_id ORDER BY h.user_id DESC"
        func joined(_ column: SQL) -> SQL {
            switch tx.dialect {
            case .sqlite: "group_concat(h.\(fragment: column), ' ')"
            case .postgres: "string_agg(h.\(fragment: column), ' ')"
            }
        }
        try walk("SELECT h.user_id, \(fragment: joined("role")) FROM user_roles \(fragment: from)", &lines, tx) { $0.roles = try $1.text(at: 1) }
        try walk("SELECT h.user_id, \(fragment: joined("api_key")) FROM user_api_keys \(fragment: from)", &lines, tx) { $0.keys = try $1.text(at: 1) }
        try walk("SELECT h.user_id, \(fragment: joined("place")) FROM user_places \(fragment: from)", &lines, tx) { $0.places = try $1.text(at: 1) }
        try walk("SELECT h.user_id, max(h.last_seen_at) FROM logins \(fragment: from)", &lines, tx) { $0.lastSeenAt = try time($1, 1) }
        return Page(lines, limit: page.limit, total: nil) { $0.id }
    }

    /// Goes through rows that begin with a user's id, and tells the line of each.
    private static func walk(
        _ statement: SQL, _ lines: inout [UserLine], _ tx: any Transaction, _ tell: (inout UserLine, Row) throws -> Void
    ) throws {
        var rest = lines.indices
        try tx.forEachRow(statement) { row in
            let user = try row.text(at: 0)
            while let index = rest.first, lines[index].id > user { rest = rest.dropFirst() }
            if let index = rest.first, lines[index].id == user { try tell(&lines[index], row) }
            return !rest.isEmpty
        }
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
