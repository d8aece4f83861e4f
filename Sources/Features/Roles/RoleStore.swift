import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The roles of the permit's account, and who holds them.
enum RoleStore {
    private static let columns: SQL = "r.id, r.name, r.screens, r.functions, r.manager, r.gives, r.description, r.built_in, r.created_at"

    private static func role(_ row: Row, from column: Int = 0) throws -> Role {
        Role(
            id: try row[column], name: try row[column + 1],
            grants: Grants(screensJSON: try row[column + 2], functionsJSON: try row[column + 3]), isManager: try row[column + 4],
            gives: Set((try row[column + 5] as JSON).elements.compactMap(\.text)))
    }

    private static func definition(_ row: Row) throws -> RoleDefinition {
        RoleDefinition(role: try role(row), description: try row[6], isBuiltIn: try row[7], createdAt: try row[8])
    }

    static func find(_ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> RoleDefinition? {
        try tx.row("SELECT \(fragment: columns) FROM roles r WHERE r.account = \(permit.account) AND r.id = \(id)", definition)
    }

    static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleDefinition] {
        let after: SQL = page.after.map { "AND r.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM roles r WHERE r.account = \(permit.account) \(fragment: after)
            ORDER BY r.id DESC LIMIT \(page.limit + 1)
            """, definition)
    }

    static func all(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleDefinition] {
        try tx.rows("SELECT \(fragment: columns) FROM roles r WHERE r.account = \(permit.account) ORDER BY r.id DESC", definition)
    }

    static func count(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM roles r WHERE r.account = \(permit.account)") { try $0[0] } ?? 0
    }

    static func existing(_ ids: Set<RoleID>, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Role] {
        try tx.rows(
            """
            SELECT \(fragment: columns) FROM roles r WHERE r.account = \(permit.account) AND r.id IN (\(list: ids.sorted())) ORDER BY r.id
            """
        ) { try role($0) }
    }

    /// Whether another role has this name, compared by canonical form.
    static func isTaken(_ name: String, except id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let other = try tx.row(
            """
            SELECT r.id FROM roles r
            WHERE r.account = \(permit.account) AND r.name_key = \(IdentityKey.canonical(name)) AND r.id <> \(id)
            """
        ) { try $0[0] as RoleID }
        return other != nil
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func insert(_ role: RoleDefinition, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try insert(role, account: permit.account, tx)
    }

    /// A role of an account that is being made.
    static func insert(_ role: RoleDefinition, in account: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try insert(role, account: account, tx)
    }

    private static func insert(_ role: RoleDefinition, account: AccountID, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO roles (account, id, name, name_key, description, screens, functions, built_in, manager, gives, created_at)
            VALUES (\(account), \(role.id), \(role.name), \(IdentityKey.canonical(role.name)), \(role.description), \(role.grants.screensJSON),
                \(role.grants.functionsJSON), \(role.isBuiltIn), \(role.role.isManager), \(JSON(role.role.gives.sorted())), \(role.createdAt))
            """)
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func update(_ role: RoleDefinition, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE roles SET name = \(role.name), name_key = \(IdentityKey.canonical(role.name)), description = \(role.description),
                screens = \(role.grants.screensJSON), functions = \(role.grants.functionsJSON), changed_at = \(now)
            WHERE account = \(permit.account) AND id = \(role.id)
            """)
    }

    /// What a role of the catalogue has become; also whether it is the manager role, and which roles it gives.
    static func replace(_ role: RoleDefinition, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try update(role, at: now, permit, tx)
        try tx.execute(
            """
            UPDATE roles SET manager = \(role.role.isManager), gives = \(JSON(role.role.gives.sorted()))
            WHERE account = \(permit.account) AND id = \(role.id)
            """)
    }

    /// Whether somebody who can sign in holds the manager role.
    static func hasManager(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let found = try tx.row(
            """
            SELECT u.id FROM users u JOIN user_roles h ON h.account = u.account AND h.user_id = u.id
            JOIN roles r ON r.account = h.account AND r.id = h.role
            WHERE u.account = \(permit.account) AND r.manager = 1 AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL
                AND (u.ends_at IS NULL OR u.ends_at > \(now)) LIMIT 1
            """
        ) { try $0[0] as UserID }
        return found != nil
    }

    /// Who holds which roles, of everybody who holds more than one.
    static func combinations(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<Set<RoleID>> {
        let pairs = try tx.rows("SELECT user_id, role FROM user_roles WHERE account = \(permit.account)") {
            (user: try $0[0] as UserID, role: try $0[1] as RoleID)
        }
        return Set(Dictionary(grouping: pairs, by: \.user).values.filter { $0.count > 1 }.map { Set($0.map(\.role)) })
    }

    /// - Throws: `DatabaseError.foreignKey` while somebody holds it.
    static func delete(_ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM roles WHERE account = \(permit.account) AND id = \(id)")
    }

    // MARK: Who holds it

    static func holders(of ids: [RoleID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleID: Int] {
        if ids.isEmpty { return [:] }
        let counts = try tx.rows(
            "SELECT role, count(*) FROM user_roles WHERE account = \(permit.account) AND role IN (\(list: ids)) GROUP BY role"
        ) { (role: try $0[0] as RoleID, people: try $0[1] as Int) }
        return Dictionary(counts.map { ($0.role, $0.people) }, uniquingKeysWith: +)
    }

    /// One page of those who hold it, newest first.
    static func holders(of id: RoleID, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleHolder] {
        let after: SQL = page.after.map { "AND h.user_id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT u.id, u.username, u.first_name, u.last_name FROM user_roles h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            WHERE h.account = \(permit.account) AND h.role = \(id) \(fragment: after) ORDER BY h.user_id DESC LIMIT \(page.limit + 1)
            """, holder)
    }

    static func isHolder(_ user: UserID, of id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.row("SELECT 1 FROM user_roles WHERE account = \(permit.account) AND user_id = \(user) AND role = \(id)") { _ in true } ?? false
    }

    static func people(_ ids: [UserID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID: RoleHolder] {
        if ids.isEmpty { return [:] }
        let people = try tx.rows(
            "SELECT id, username, first_name, last_name FROM users WHERE account = \(permit.account) AND id IN (\(list: ids))", holder)
        return Dictionary(people.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func holder(_ row: Row) throws -> RoleHolder {
        RoleHolder(id: try row[0], username: try row[1], name: try (row[2] as String) + " " + (row[3] as String))
    }

    /// The different sets of roles of those who hold this one, each with how many hold it: one statement, whoever many they are.
    static func sets(ofHoldersOf id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Set<RoleID>: Int] {
        let rows = try tx.rows(
            """
            SELECT s.roles, count(*) FROM (
                SELECT h.user_id, \(fragment: tx.dialect.together("o.role")) AS roles FROM user_roles h
                JOIN user_roles o ON o.account = h.account AND o.user_id = h.user_id
                WHERE h.account = \(permit.account) AND h.role = \(id) GROUP BY h.user_id) s
            GROUP BY s.roles
            """
        ) { (roles: try $0[0] as String, people: try $0[1] as Int) }
        // In whatever order the database put them together.
        return Dictionary(rows.map { (set($0.roles), $0.people) }, uniquingKeysWith: +)
    }

    /// So many of those who hold it, by id, each with all of their roles.
    static func holderSets(
        of id: RoleID, after: String, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [(user: UserID, roles: Set<RoleID>)] {
        var known: [String: Set<RoleID>] = [:]
        return try tx.rows(
            """
            SELECT h.user_id, \(fragment: tx.dialect.together("o.role")) FROM (
                SELECT user_id FROM user_roles WHERE account = \(permit.account) AND role = \(id) AND user_id > \(after)
                ORDER BY user_id LIMIT \(limit)) h
            JOIN user_roles o ON o.account = \(permit.account) AND o.user_id = h.user_id GROUP BY h.user_id ORDER BY h.user_id
            """
        ) { row in
            let text = try row[1] as String
            let roles = known[text] ?? set(text)
            known[text] = roles
            return (try row[0], roles)
        }
    }

    private static func set(_ text: String) -> Set<RoleID> { Set(text.split(separator: " ").compactMap { RoleID(String($0)) }) }

    /// Gives everybody who holds one role another in its place.
    static func move(_ id: RoleID, to other: RoleID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO user_roles (account, user_id, role, since) SELECT h.account, h.user_id, \(other), CAST(\(now) AS BIGINT) FROM user_roles h
            WHERE h.account = \(permit.account) AND h.role = \(id)
                AND NOT EXISTS (SELECT 1 FROM user_roles o WHERE o.account = h.account AND o.user_id = h.user_id AND o.role = \(other))
            """)
        try tx.execute("DELETE FROM user_roles WHERE account = \(permit.account) AND role = \(id)")
    }
}
