import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import UsersFeature

/// The live logins into the permit's account.
enum ActiveLoginStore {
    /// By what a login of the account ends by itself.
    struct Rules: Sendable {
        let security: SecuritySettings
        /// Roles whose holders manage users, and are signed out sooner.
        let managing: [RoleID]

        static let administratorsIdleMinutes = 30
        static let administratorsHours = 12

        func idleMinutes(of kind: ActiveLogin.Kind, managesUsers: Bool) -> Int? {
            switch kind {
            case .user: security.idleMinutes(managesUsers: managesUsers)
            case .administrator: Self.administratorsIdleMinutes
            case .integration: nil
            }
        }

        /// No login that is live began before this.
        func oldest(at now: Timestamp) -> LoginID {
            LoginID(at: now.adding(seconds: -3600 * Int64(max(security.absoluteHours, Self.administratorsHours))), random: 0)
        }
    }

    struct Found: Sendable {
        var login: ActiveLogin
        /// What it was switched from.
        var parent: LoginID?
        var managesUsers: Bool
    }

    static func rules(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Rules {
        let roles = try tx.rows("SELECT id, screens FROM roles WHERE account = \(permit.account)") { row in
            (id: try row[0] as RoleID, level: Grants(screensJSON: try row[1], functionsJSON: [:]).screens[.users]?.level)
        }
        return Rules(security: try AccountFacts.of(permit, tx).security, managing: roles.filter { $0.level == .full }.map(\.id))
    }

    static func name(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> String? {
        try tx.row("SELECT first_name, last_name FROM users WHERE account = \(permit.account) AND id = \(user) AND deleted_at IS NULL") { row in
            (try row[0] as String) + " " + (try row[1] as String)
        }
    }

    static func find(
        _ id: LoginID, _ rules: Rules, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Found? {
        try rows("AND l.id = \(id)", rules, limit: 1, at: now, permit, tx).first
    }

    /// Newest first. What is stored of activity lags up to 30 s, so the caller looks again at who is idle.
    static func list(
        _ filter: LoginFilter, _ rules: Rules, before: String?, limit: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Found] {
        let after: SQL = before.map { "AND l.id < \($0)" } ?? ""
        return try rows("\(fragment: condition(filter)) \(fragment: after)", rules, limit: limit, at: now, permit, tx)
    }

    private static func condition(_ filter: LoginFilter) -> SQL {
        var conditions: [SQL] = []
        for pattern in UserSearch.patterns(filter.search ?? "") {
            conditions.append(
                """
                AND (u.search LIKE \(pattern) ESCAPE '!' OR ' ' || lower(a.name) LIKE \(pattern) ESCAPE '!'
                    OR ' ' || l.address LIKE \(pattern) ESCAPE '!')
                """)
        }
        switch filter.user {
        case .id(let user): conditions.append("AND l.user_id = \(user)")
        case .matchesNothing: conditions.append("AND 1 = 0")
        case nil: break
        }
        switch filter.kind {
        case .user: conditions.append("AND l.user_id IS NOT NULL")
        case .administrator: conditions.append("AND l.administrator IS NOT NULL")
        case .integration: conditions.append("AND 1 = 0")
        case nil: break
        }
        return conditions.joined(separator: " ")
    }

    private static func rows(
        _ condition: SQL, _ rules: Rules, limit: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Found] {
        let manages: SQL = """
            EXISTS (SELECT 1 FROM user_roles m WHERE m.account = l.account AND m.user_id = l.user_id AND m.role IN (\(list: rules.managing)))
            """
        func awakeSince(_ minutes: Int?) -> Timestamp { minutes.map { now.adding(seconds: -(Int64($0) * 60 + 30)) } ?? Timestamp(milliseconds: 0) }
        let (users, managers) = (rules.security.idleMinutes(managesUsers: false), rules.security.idleMinutes(managesUsers: true))
        return try tx.rows(
            """
            SELECT l.id, l.user_id, l.administrator, u.first_name, u.last_name, u.username, a.name, l.created_at, l.last_seen_at, l.expires_at,
                l.address, l.user_agent, l.parent, CASE WHEN \(fragment: manages) THEN 1 ELSE 0 END
            FROM logins l LEFT JOIN users u ON u.account = l.account AND u.id = l.user_id LEFT JOIN administrators a ON a.id = l.administrator
            WHERE l.account = \(permit.account) AND l.ended_at IS NULL AND l.expires_at > \(now) AND l.id > \(rules.oldest(at: now))
                AND (l.user_id IS NULL OR u.disabled_at IS NULL AND u.deleted_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)))
                AND (l.user_id IS NULL AND l.last_seen_at > \(awakeSince(Rules.administratorsIdleMinutes)) OR l.user_id IS NOT NULL
                    AND (l.last_seen_at > \(awakeSince(managers)) OR NOT \(fragment: manages) AND l.last_seen_at > \(awakeSince(users))))
                \(fragment: condition)
            ORDER BY l.id DESC LIMIT \(limit)
            """, found)
    }

    private static func found(_ row: Row) throws -> Found {
        let user = try row[1] as UserID?
        let administrator = try row[2] as AdministratorID?
        let name = [try row[3] as String?, try row[4]].compactMap { $0 }.joined(separator: " ")
        let login = ActiveLogin(
            id: try row[0], kind: user == nil ? .administrator : .user, principalID: user?.description ?? administrator?.description ?? "",
            name: user == nil ? try (row[6] as String?) ?? "" : name, username: try row[5], createdAt: try row[7], lastSeenAt: try row[8],
            expiresAt: try row[9], address: try row[10], userAgent: try row[11])
        return Found(login: login, parent: try row[12], managesUsers: try row[13])
    }
}
