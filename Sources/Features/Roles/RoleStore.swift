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
    static func update(_ role: RoleDefinition, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE roles SET name = \(role.name), name_key = \(IdentityKey.canonical(role.name)), description = \(role.description),
                screens = \(role.grants.screensJSON), functions = \(role.grants.functionsJSON)
            WHERE account = \(permit.account) AND id = \(role.id)
            """)
    }

    /// - Throws: `DatabaseError.foreignKey` while somebody holds it.
    static func delete(_ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM roles WHERE account = \(permit.account) AND id = \(id)")
    }

    static func holders(of id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleHolder] {
        try tx.rows(
            """
            SELECT u.id, u.username, u.first_name, u.last_name FROM user_roles h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            WHERE h.account = \(permit.account) AND h.role = \(id) ORDER BY u.id
            """
        ) { row in RoleHolder(id: try row[0], username: try row[1], name: try (row[2] as String) + " " + (row[3] as String)) }
    }

    /// All roles of everybody who holds this one.
    static func rolesOfHolders(of id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID: [Role]] {
        let pairs = try tx.rows(
            """
            SELECT o.user_id, \(fragment: columns) FROM user_roles h
            JOIN user_roles o ON o.account = h.account AND o.user_id = h.user_id
            JOIN roles r ON r.account = o.account AND r.id = o.role
            WHERE h.account = \(permit.account) AND h.role = \(id) ORDER BY o.user_id, r.id
            """
        ) { row in (user: try row[0] as UserID, role: try role(row, from: 1)) }
        return Dictionary(grouping: pairs, by: \.user).mapValues { $0.map(\.role) }
    }
}
