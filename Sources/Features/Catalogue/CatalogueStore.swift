import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The catalogue that an account has of its own.
enum CatalogueStore {
    /// The ids of screens and functions that this account once had.
    static func retired(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        let ids = try tx.row("SELECT retired FROM account_catalogues WHERE account = \(permit.account)") { try $0[0] as JSON }
        return Set((ids?.elements ?? []).compactMap(\.text))
    }

    /// What integrations hold.
    static func integrations(
        _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [(id: IntegrationID, name: String, functions: [Function: Level])] {
        try tx.rows("SELECT id, name, functions FROM integrations WHERE account = \(permit.account) ORDER BY id") { row in
            (id: try row[0], name: try row[1], functions: Grants(screensJSON: .null, functionsJSON: try row[2]).functions)
        }
    }

    /// A catalogue that is a ready one has no revision of its own.
    static func replace(
        _ catalogue: Catalogue, revision: String, retired: Set<String>, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let isReady = catalogue.id != Catalogue.own.id || catalogue.json == Catalogue.own.json
        let (name, text): (String, JSON) = isReady ? ("", .null) : (revision, catalogue.json)
        try tx.execute(
            """
            INSERT INTO account_catalogues (account, revision, definition, retired)
            VALUES (\(permit.account), \(name), \(text), \(JSON(retired.sorted())))
            ON CONFLICT (account) DO UPDATE SET revision = excluded.revision, definition = excluded.definition, retired = excluded.retired
            """)
        try tx.execute("UPDATE accounts SET catalogue = \(catalogue.id) WHERE id = \(permit.account)")
    }

    static func setSecurity(_ security: SecuritySettings, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE accounts SET security = \(security.json) WHERE id = \(permit.account)")
    }
}
