import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

enum SwitchStore {
    /// When the login that asks ends, and with it every child.
    static func end(at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Timestamp {
        guard let login = permit.login else { return now }
        return try tx.row("SELECT expires_at FROM logins WHERE id = \(login)") { try $0[0] } ?? now
    }
}
