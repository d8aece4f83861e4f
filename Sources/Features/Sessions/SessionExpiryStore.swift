import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Sessions past their deadline that are not marked yet.
enum SessionExpiryStore {
    /// As the index `sessions_under_way` has it, so that it is used.
    private static let isUnderWay: SQL = "s.deadline IS NOT NULL AND s.status IN ('IDLE', 'STARTED', 'PROCESS')"

    /// The accounts that have some, those first whose have waited longest.
    static func accounts(at now: Timestamp, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [AccountID] {
        try tx.rows(
            """
            SELECT s.account FROM sessions s WHERE \(fragment: isUnderWay) AND s.deadline <= \(now)
            GROUP BY s.account ORDER BY min(s.deadline) LIMIT \(limit)
            """
        ) { try $0[0] }
    }

    /// Some of the permit's account.
    static func due(at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [SessionID] {
        try tx.rows(
            """
            SELECT s.id FROM sessions s WHERE \(fragment: SessionStore.visible(permit)) AND \(fragment: isUnderWay) AND s.deadline <= \(now)
            ORDER BY s.deadline LIMIT \(limit)
            """
        ) { try $0[0] }
    }
}
