import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The security settings of the permit's account.
enum SecuritySettingsStore {
    static func find(_ permit: borrowing Permit, _ tx: any Transaction) throws -> (account: String, settings: SecuritySettings)? {
        try tx.row("SELECT name, catalogue, security FROM accounts WHERE id = \(permit.account)") { row in
            let defaults = (Catalogue.ready(try row[1]) ?? .inspection).defaults
            return (account: try row[0] as String, settings: SecuritySettings(json: try row[2], defaults: defaults))
        }
    }

    static func update(_ settings: SecuritySettings, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE accounts SET security = \(settings.json) WHERE id = \(permit.account)")
    }
}
