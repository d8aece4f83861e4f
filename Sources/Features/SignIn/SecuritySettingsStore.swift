import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The security settings of the permit's account.
enum SecuritySettingsStore {
    static func find(_ permit: borrowing Permit, _ tx: any Transaction) throws -> (account: String, settings: SecuritySettings)? {
        let found = try tx.row("SELECT name, catalogue, security FROM accounts WHERE id = \(permit.account)") { row in
            let defaults = (Catalogue.ready(try row[1]) ?? .inspection).defaults
            return (account: try row[0] as String, settings: SecuritySettings(json: try row[2], defaults: defaults))
        }
        guard var found else { return nil }
        // A role that was deleted is asked of nobody.
        if !found.settings.secondStep.roles.isEmpty { found.settings.secondStep.roles.formIntersection(try roles(permit, tx)) }
        return found
    }

    static func roles(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<RoleID> {
        Set(try tx.rows("SELECT id FROM roles WHERE account = \(permit.account)") { try $0[0] as RoleID })
    }

    static func update(_ settings: SecuritySettings, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE accounts SET security = \(settings.json) WHERE id = \(permit.account)")
    }
}
