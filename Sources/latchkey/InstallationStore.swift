import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What this installation is, read before there is a gate.
struct InstallationRow: Sendable {
    var usesTestClock: Bool
    /// Sealed under the master key, so that another key is found out at the start (K7).
    var canary: [UInt8]
}

enum InstallationStore {
    static func find(_ tx: any Transaction) throws -> InstallationRow? {
        try tx.row("SELECT test_clock, canary FROM installation WHERE id = 1") { InstallationRow(usesTestClock: try $0[0], canary: try $0[1]) }
    }

    static func insert(_ row: InstallationRow, at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute(
            "INSERT INTO installation (id, test_clock, canary, created_at) VALUES (1, \(row.usesTestClock), \(row.canary), \(now))")
    }
}
