import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Which columns of the users `u` are read, and what a row of them is.
struct UserReading<Item> {
    let columns: SQL
    let item: (Row) throws -> Item
}

/// The users of the permit's account, with the roles, keys and places that they hold.
enum UserStore {
    private static let columns: SQL = """
        u.id, u.username, u.email, u.first_name, u.last_name, u.all_keys, u.all_places,
        CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END, u.must_change_password, u.ends_at, u.disabled_at, u.created_at,
        u.last_sign_in_at, (SELECT max(l.last_seen_at) FROM logins l WHERE l.account = u.account AND l.user_id = u.id),
        u.enabled_at
        """

    private static func user(_ row: Row) throws -> User {
        User(
            id: try row[0], username: try row[1], email: try row[2], firstName: try row[3], lastName: try row[4], roles: [],
            keys: try row[5] ? .all : .nothing, places: try row[6] ? .all : .nothing, hasPassword: try row[7],
            mustChangePassword: try row[8], endsAt: try row[9], disabledAt: try row[10], createdAt: try row[11], lastSignInAt: try row[12],
            lastSeenAt: try row[13], enabledAt: try row[14])
    }

    static func find(_ id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> User? {
        let users = try tx.rows(
            "SELECT \(fragment: columns) FROM users u WHERE u.account = \(permit.account) AND u.id = \(id) AND u.deleted_at IS NULL", user)
        return try withGrants(users, permit, tx).first
    }

    static func list(
        _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [User] { try withGrants(list(UserReading(columns: columns, item: user), filter, page, at: now, permit, tx), permit, tx) }

    /// A page of users, and one more, as far as they are read.
    static func list<Item>(
        _ reading: UserReading<Item>, _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> [Item] {
        let resolved = try ResolvedFilter(filter, permit, tx)
        if resolved.isEmpty { return [] }
        guard let streams = resolved.streams, resolved.found == nil else {
            return try rows(reading, resolved, after: page.after, limit: page.limit + 1, at: now, permit, tx)
        }
        // A stream may hold users who do not fit otherwise: the next piece of it is larger each time.
        var found: [Item] = []
        var after = page.after
        var piece = page.limit + 1
        while found.count <= page.limit {
            let ids = try UserStreamStore.next(streams, after: after?.key, limit: piece, permit, tx)
            if ids.isEmpty { break }
            let rest = page.limit + 1 - found.count
            found += try rows(reading, resolved, among: ids, after: after, limit: rest, at: now, permit, tx)
            if ids.count < piece { break }
            after = ids.last.map { Cursor($0.description) }
            piece = min(piece * 4, 5000)
        }
        return Array(found.prefix(page.limit + 1))
    }

    private static func rows<Item>(
        _ reading: UserReading<Item>, _ filter: ResolvedFilter, among ids: [UserID]? = nil, after: Cursor?, limit: Int, at now: Timestamp,
        _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Item] {
        let after: SQL = after.map { "AND u.id < \($0.key)" } ?? ""
        let among: SQL = ids.map { "AND u.id IN (\(list: $0))" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: reading.columns) FROM users u
            WHERE u.account = \(permit.account) \(fragment: condition(filter, at: now)) \(fragment: after) \(fragment: among)
            ORDER BY u.id DESC LIMIT \(limit)
            """, reading.item)
    }

    static func count(_ filter: UserFilter, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        let resolved = try ResolvedFilter(filter, permit, tx)
        if resolved.isEmpty { return 0 }
        return try tx.row(
            "SELECT count(*) FROM users u WHERE u.account = \(permit.account) \(fragment: condition(resolved, at: now))"
        ) { try $0[0] } ?? 0
    }

    private static func condition(_ resolved: ResolvedFilter, at now: Timestamp) -> SQL {
        let filter = resolved.filter
        var conditions: [SQL] = ["AND u.deleted_at IS NULL"]
        if let found = resolved.found { conditions.append("AND \(fragment: found)") }
        conditions += UserSearch.patterns(filter.search ?? "").map { "AND u.search LIKE \($0) ESCAPE '!'" }
        let isDisabled: SQL = "(u.disabled_at IS NOT NULL OR u.ends_at IS NOT NULL AND u.ends_at <= \(now))"
        switch filter.status {
        case .disabled: conditions.append("AND \(fragment: isDisabled)")
        case .pending: conditions.append("AND NOT \(fragment: isDisabled) AND u.password_hash IS NULL")
        case .enabled: conditions.append("AND NOT \(fragment: isDisabled) AND u.password_hash IS NOT NULL")
        case nil: break
        }
        switch filter.signIn {
        case .before(let time)?: conditions.append("AND (u.last_sign_in_at IS NULL OR u.last_sign_in_at < \(time))")
        case .never?: conditions.append("AND u.last_sign_in_at IS NULL")
        case nil: break
        }
        if case .id(let role)? = filter.role { conditions.append("AND \(fragment: holds([role]))") }
        if let oneOf = resolved.oneOf { conditions.append("AND \(fragment: holds(oneOf))") }
        if !resolved.noneOf.isEmpty { conditions.append("AND NOT \(fragment: holds(resolved.noneOf))") }
        if let place = resolved.place {
            conditions.append(
                """
                AND (u.all_places = 1 OR \(fragment: holds(place.managers)) OR EXISTS (SELECT 1 FROM user_places p
                    WHERE p.account = u.account AND p.user_id = u.id AND p.place IN (\(list: place.path))))
                """)
        }
        return conditions.joined(separator: " ")
    }

    private static func holds(_ roles: [RoleID]) -> SQL {
        "EXISTS (SELECT 1 FROM user_roles r WHERE r.account = u.account AND r.user_id = u.id AND r.role IN (\(list: roles)))"
    }

    private static func withGrants(_ users: [User], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [User] {
        let ids = users.map(\.id)
        let roles = Dictionary(
            grouping: try tx.rows(
                "SELECT user_id, role FROM user_roles WHERE account = \(permit.account) AND user_id IN (\(list: ids)) ORDER BY user_id, role"
            ) { (user: try $0[0] as UserID, role: try $0[1] as RoleID) }, by: \.user)
        let keys = Dictionary(
            grouping: try tx.rows("SELECT user_id, api_key FROM user_api_keys WHERE account = \(permit.account) AND user_id IN (\(list: ids))") {
                (user: try $0[0] as UserID, key: try $0[1] as APIKeyID)
            }, by: \.user)
        let places = Dictionary(
            grouping: try tx.rows("SELECT user_id, place FROM user_places WHERE account = \(permit.account) AND user_id IN (\(list: ids))") {
                (user: try $0[0] as UserID, place: try $0[1] as PlaceID)
            }, by: \.user)
        return users.map { user in
            var user = user
            user.roles = roles[user.id]?.map(\.role) ?? []
            if user.keys != .all { user.keys = .only(Set(keys[user.id]?.map(\.key) ?? [])) }
            if user.places != .all { user.places = .only(Set(places[user.id]?.map(\.place) ?? [])) }
            return user
        }
    }

    /// Those of these e-mails, in canonical form, that are taken.
    static func taken(emails: [String], _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        var taken: Set<String> = []
        for start in stride(from: 0, to: emails.count, by: 500) {
            let some = Array(emails[start..<min(start + 500, emails.count)])
            taken.formUnion(
                try tx.rows("SELECT email_key FROM users WHERE account = \(permit.account) AND email_key IN (\(list: some))") { try $0.text(at: 0) })
        }
        return taken
    }

    /// Whether somebody else who can sign in has the manager role for at least as long as until `end`; nil is for ever.
    static func hasManager(besides id: UserID, until end: Timestamp?, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let others = try tx.rows(
            """
            SELECT u.id FROM users u JOIN user_roles h ON h.account = u.account AND h.user_id = u.id
            JOIN roles r ON r.account = h.account AND r.id = h.role
            WHERE u.account = \(permit.account) AND r.manager = 1 AND u.id <> \(id) AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL
                AND (u.ends_at IS NULL OR u.ends_at >= \(end)) \(fragment: tx.dialect.forUpdate)
            """
        ) { try $0[0] as UserID }
        return !others.isEmpty
    }
}
