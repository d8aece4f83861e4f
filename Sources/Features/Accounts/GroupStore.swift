import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The permit's groups, nested ones included; no other exists here.
enum GroupStore {
    private static let columns: SQL = "g.id, g.name, g.parent, g.created_at"

    private static func group(_ row: Row) throws -> Group {
        Group(id: try row[0], name: try row[1], parent: try row[2], createdAt: try row[3])
    }

    static func find(_ id: GroupID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Group? {
        try tx.row(
            "SELECT \(fragment: columns) FROM groups g WHERE g.id = \(id) AND \(fragment: permit.access.groups.condition("g.id"))", group)
    }

    static func list(_ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [Group] {
        let after: SQL = page.after.map { "AND g.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM groups g
            WHERE \(fragment: permit.access.groups.condition("g.id")) \(fragment: after) ORDER BY g.id DESC LIMIT \(page.limit + 1)
            """, group)
    }

    static func all(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [Group] {
        try tx.rows(
            "SELECT \(fragment: columns) FROM groups g WHERE \(fragment: permit.access.groups.condition("g.id")) ORDER BY g.name_key", group)
    }

    static func count(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM groups g WHERE \(fragment: permit.access.groups.condition("g.id"))") { try $0[0] } ?? 0
    }

    /// Those of these ids that are groups here.
    static func existing(_ ids: Set<GroupID>, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Set<GroupID> {
        Set(
            try tx.rows(
                "SELECT id FROM groups WHERE id IN (\(list: ids.sorted())) AND \(fragment: permit.access.groups.condition("id"))"
            ) { try $0[0] as GroupID })
    }

    /// Whether the group `inner` is `outer` or lies in it, however deep.
    static func lies(_ inner: GroupID, in outer: GroupID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Bool {
        let found = try tx.row(
            """
            WITH RECURSIVE above (id, parent) AS (
                SELECT id, parent FROM groups WHERE id = \(inner)
                UNION SELECT g.id, g.parent FROM groups g JOIN above a ON g.id = a.parent)
            SELECT id FROM above WHERE id = \(outer)
            """
        ) { try $0[0] as GroupID }
        return found != nil
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func insert(_ group: Group, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO groups (id, name, name_key, parent, created_at)
            VALUES (\(group.id), \(group.name), \(IdentityKey.canonical(group.name)), \(group.parent), \(group.createdAt))
            """)
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func update(_ group: Group, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE groups SET name = \(group.name), name_key = \(IdentityKey.canonical(group.name)), parent = \(group.parent)
            WHERE id = \(group.id) AND \(fragment: permit.access.groups.condition("id"))
            """)
    }

    /// - Throws: `DatabaseError.foreignKey` while a group, an account or an administrator is in it.
    static func delete(_ id: GroupID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM groups WHERE id = \(id) AND \(fragment: permit.access.groups.condition("id"))")
    }
}
