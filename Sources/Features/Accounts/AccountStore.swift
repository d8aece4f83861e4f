import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The accounts in the permit's groups; no other exists here.
enum AccountStore {
    private static let columns: SQL = "a.id, a.name, a.group_id, a.region, a.catalogue, a.contact, a.disabled_at, a.created_at"

    private static func account(_ row: Row) throws -> Account {
        Account(
            id: try row[0], name: try row[1], group: try row[2], region: try row[3], catalogue: try row[4], contact: Contact(json: try row[5]),
            disabledAt: try row[6], createdAt: try row[7])
    }

    static func find(_ id: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Account? {
        try tx.row(
            """
            SELECT \(fragment: columns) FROM accounts a
            WHERE a.id = \(id) AND \(fragment: permit.access.groups.condition("a.group_id"))
            """, account)
    }

    static func list(
        _ filter: AccountFilter, _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [Account] {
        let after: SQL = page.after.map { "AND a.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM accounts a
            WHERE \(fragment: condition(filter, permit)) \(fragment: after) ORDER BY a.id DESC LIMIT \(page.limit + 1)
            """, account)
    }

    static func count(_ filter: AccountFilter, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM accounts a WHERE \(fragment: condition(filter, permit))") { try $0[0] } ?? 0
    }

    private static func condition(_ filter: AccountFilter, _ permit: borrowing EnterprisePermit) -> SQL {
        var sql = permit.access.groups.condition("a.group_id")
        if let groups = filter.groups { sql = sql + " AND a.group_id IN (\(list: groups.sorted()))" }
        for word in IdentityKey.canonical(filter.search ?? "").unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
            var pattern = "%"
            for scalar in word {
                if scalar == "!" || scalar == "%" || scalar == "_" { pattern.unicodeScalars.append("!") }
                pattern.unicodeScalars.append(scalar)
            }
            sql = sql + " AND a.name_key LIKE \(pattern + "%") ESCAPE '!'"
        }
        return sql
    }

    /// - Throws: `DatabaseError.foreignKey` for a group that is not there.
    static func insert(
        _ account: Account, security: SecuritySettings, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO accounts (id, name, name_key, group_id, region, catalogue, contact, security, disabled_at, created_at)
            VALUES (\(account.id), \(account.name), \(IdentityKey.canonical(account.name)), \(account.group), \(account.region),
                \(account.catalogue), \(account.contact?.json ?? .null), \(security.json), \(account.disabledAt), \(account.createdAt))
            """)
    }

    static func update(_ account: Account, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE accounts SET name = \(account.name), name_key = \(IdentityKey.canonical(account.name)), group_id = \(account.group),
                region = \(account.region), contact = \(account.contact?.json ?? .null), disabled_at = \(account.disabledAt)
            WHERE id = \(account.id) AND \(fragment: permit.access.groups.condition("group_id"))
            """)
    }
}
