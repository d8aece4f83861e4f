import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What of the permit's account a person meets on their own page without a grant on the screens of roles and keys.
enum GrantableStore {
    static func roles(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [Role] {
        try tx.rows(
            "SELECT id, name, screens, functions, manager, gives FROM roles WHERE account = \(permit.account) ORDER BY id"
        ) { row in
            Role(
                id: try row[0], name: try row[1], grants: Grants(screensJSON: try row[2], functionsJSON: try row[3]), isManager: try row[4],
                gives: Set((try row[5] as JSON).elements.compactMap(\.text)))
        }
    }

    static func keys(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<UsableKey> {
        let mine: SQL = "account = \(permit.account) AND \(fragment: permit.keys.condition("id"))"
        let after: SQL = page.after.map { "AND id < \($0.key)" } ?? ""
        let total = page.wantsTotal ? try tx.row("SELECT count(*) FROM api_keys WHERE \(fragment: mine)") { try $0[0] as Int } ?? 0 : nil
        let rows = try tx.rows(
            """
            SELECT id, name, mode, disabled_at FROM api_keys WHERE \(fragment: mine) \(fragment: after)
            ORDER BY id DESC LIMIT \(page.limit + 1)
            """
        ) { row in UsableKey(id: try row[0], name: try row[1], mode: try row[2], isDisabled: try (row[3] as Timestamp?) != nil) }
        return Page(rows, limit: page.limit, total: total) { $0.id.description }
    }
}
