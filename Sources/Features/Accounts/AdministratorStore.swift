import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The administrators whose groups all lie within the permit's; no other exists here.
enum AdministratorStore {
    private static let columns: SQL = """
        a.id, a.email, a.name, a.all_groups, a.permissions, CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END, a.must_change_password,
        a.disabled_at, a.created_at, a.last_sign_in_at, (SELECT max(l.last_seen_at) FROM logins l WHERE l.administrator = a.id)
        """

    private static func administrator(_ row: Row) throws -> Administrator {
        Administrator(
            id: try row[0], email: try row[1], name: try row[2], groups: try row[3] ? .all : .nothing,
            permissions: try permissions(row[4]), hasPassword: try row[5], mustChangePassword: try row[6], disabledAt: try row[7],
            createdAt: try row[8], lastSignInAt: try row[9], lastSeenAt: try row[10])
    }

    private static func permissions(_ json: JSON) -> Set<Permission> { Set(json.elements.compactMap { $0.text.flatMap(Permission.init) }) }

    static func find(_ id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Administrator? {
        let found = try tx.rows(
            "SELECT \(fragment: columns) FROM administrators a WHERE a.id = \(id) AND \(fragment: permit.access.visibleAdministrators)", administrator
        )
        return try withGroups(found, permit, tx).first
    }

    static func list(_ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [Administrator] {
        let after: SQL = page.after.map { "AND a.id < \($0.key)" } ?? ""
        let found = try tx.rows(
            """
            SELECT \(fragment: columns) FROM administrators a WHERE \(fragment: permit.access.visibleAdministrators) \(fragment: after)
            ORDER BY a.id DESC LIMIT \(page.limit + 1)
            """, administrator)
        return try withGroups(found, permit, tx)
    }

    static func count(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM administrators a WHERE \(fragment: permit.access.visibleAdministrators)") { try $0[0] } ?? 0
    }

    private static func withGroups(
        _ administrators: [Administrator], _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [Administrator] {
        let pairs = try tx.rows(
            "SELECT administrator, group_id FROM administrator_groups WHERE administrator IN (\(list: administrators.map(\.id)))"
        ) { row in (administrator: try row[0] as AdministratorID, group: try row[1] as GroupID) }
        let groups = Dictionary(grouping: pairs, by: \.administrator)
        return administrators.map { administrator in
            guard administrator.groups != .all else { return administrator }
            var administrator = administrator
            administrator.groups = .only(Set((groups[administrator.id] ?? []).map(\.group)))
            return administrator
        }
    }

    /// Whether somebody else can sign in and manage every administrator, hidden from the permit or not.
    static func isManagedWithout(_ id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Bool {
        try tx.rows(
            """
            SELECT permissions FROM administrators
            WHERE disabled_at IS NULL AND password_hash IS NOT NULL AND all_groups = 1 AND id <> \(id)\(fragment: tx.dialect.forUpdate)
            """
        ) { permissions(try $0[0]) }.contains { $0.contains(.manageAdministrators) }
    }

    /// The enterprise's name, which its administrators' passwords are not made of.
    static func enterprise(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> String {
        try tx.row("SELECT name FROM enterprise WHERE id = 1") { try $0[0] } ?? ""
    }

    // MARK: Changing

    /// - Throws: `DatabaseError.unique` where another administrator has the e-mail.
    static func insert(
        _ administrator: Administrator, passwordHash: String?, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO administrators
                (id, email, email_key, name, password_hash, must_change_password, all_groups, permissions, disabled_at, created_at)
            VALUES (\(administrator.id), \(administrator.email), \(IdentityKey.canonical(administrator.email)), \(administrator.name),
                \(passwordHash), \(administrator.mustChangePassword), \(administrator.groups == .all), \(administrator.permissionsJSON),
                \(administrator.disabledAt), \(administrator.createdAt))
            """)
        try setGroups(administrator, permit, tx)
    }

    /// Makes the e-mail the name that signs the administrator in.
    /// - Throws: `DatabaseError.unique` where it signs in somebody else.
    static func claimUsername(of administrator: Administrator, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO usernames (name_key, account, holder)
            VALUES (\(IdentityKey.canonical(administrator.email)), NULL, \(administrator.id))
            """)
    }

    /// Everything but e-mail and password.
    static func update(_ administrator: Administrator, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE administrators SET name = \(administrator.name), all_groups = \(administrator.groups == .all),
                permissions = \(administrator.permissionsJSON), disabled_at = \(administrator.disabledAt)
            WHERE id = \(administrator.id)
            """)
        try setGroups(administrator, permit, tx)
    }

    static func setPassword(
        _ hash: String, mustChange: Bool, of id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try tx.execute("UPDATE administrators SET password_hash = \(hash), must_change_password = \(mustChange) WHERE id = \(id)")
    }

    private static func setGroups(_ administrator: Administrator, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM administrator_groups WHERE administrator = \(administrator.id)")
        guard case .only(let groups) = administrator.groups else { return }
        for group in groups.sorted() {
            try tx.execute("INSERT INTO administrator_groups (administrator, group_id) VALUES (\(administrator.id), \(group))")
        }
    }
}
