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
    var keys: Held
    var places: Held
    var endsAt: Timestamp?
    var mustChangePassword: Bool
    var createdAt: Timestamp
    var lastSignInAt: Timestamp?
    var lastSeenAt: Timestamp?

    enum Held {
        case all
        case only(String?)
    }
}

/// Reads users for files, in one statement for each piece.
enum UserLineStore {
    static func list(
        _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<UserLine> {
        let lines = try UserStore.list(reading(tx.dialect, at: now), filter, page, at: now, permit, tx)
        return Page(lines, limit: page.limit, total: nil) { $0.id }
    }

    private static func reading(_ dialect: Dialect, at now: Timestamp) -> UserReading<UserLine> {
        func all(_ column: SQL, of table: SQL) -> SQL {
            let joined: SQL =
                switch dialect {
                case .sqlite: "group_concat(h.\(fragment: column), ' ')"
                case .postgres: "string_agg(h.\(fragment: column), ' ')"
                }
            return "(SELECT \(fragment: joined) FROM \(fragment: table) h WHERE h.account = u.account AND h.user_id = u.id)"
        }
        let columns: SQL = """
            u.id, u.username, u.email, u.first_name, u.last_name, u.disabled_at, u.ends_at,
            CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END, \(fragment: all("role", of: "user_roles")),
            u.all_keys, \(fragment: all("api_key", of: "user_api_keys")), u.all_places, \(fragment: all("place", of: "user_places")),
            u.must_change_password, u.created_at, u.last_sign_in_at,
            (SELECT max(l.last_seen_at) FROM logins l WHERE l.account = u.account AND l.user_id = u.id)
            """
        return UserReading(columns: columns) { row in
            let endsAt: Timestamp? = try row[6]
            return UserLine(
                id: try row.text(at: 0), username: try row.text(at: 1), email: try row.text(at: 2), firstName: try row.text(at: 3),
                lastName: try row.text(at: 4), status: User.status(disabledAt: try row[5], endsAt: endsAt, hasPassword: try row[7], at: now),
                roles: try row.optionalText(at: 8), keys: try row[9] ? .all : .only(row.optionalText(at: 10)),
                places: try row[11] ? .all : .only(row.optionalText(at: 12)), endsAt: endsAt, mustChangePassword: try row[13],
                createdAt: try row[14], lastSignInAt: try row[15], lastSeenAt: try row[16])
        }
    }
}
