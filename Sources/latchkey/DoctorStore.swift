import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What the doctor asks the database before anything else may be trusted.
enum DoctorStore {
    static func applied(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [Migration.Applied] {
        try tx.rows(Migration.listApplied) { try Migration.Applied(number: $0[0], checksum: $0[1]) }
    }

    /// The database's own time.
    static func now(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Timestamp? {
        try tx.row("SELECT \(fragment: tx.dialect.now)") { try $0[0] }
    }

    /// When the newest entry of any chain was written.
    static func newestEntry(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Timestamp? {
        try tx.row(
            "SELECT max(h.at) FROM history h JOIN history_heads heads ON heads.chain = h.chain AND heads.seq = h.seq"
        ) { try $0.optionalInteger(at: 0) }?.map { Timestamp(milliseconds: Int64($0)) }
    }
}
