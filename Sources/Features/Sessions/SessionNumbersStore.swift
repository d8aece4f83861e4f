import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Counts for the overview, by the index of sessions that are not over: quick in an account of a million.
enum SessionNumbersStore {
    /// As the index `sessions_not_over` has it, word for word: a bound value would not be known to be among these.
    private static let notOver: SQL = "s.status IN ('IDLE', 'STARTED', 'PROCESS', 'CAPTURED', 'CONFIRM')"
    private static let underWay: SQL = "s.status IN ('IDLE', 'STARTED', 'PROCESS')"

    static func find(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> SessionNumbers {
        let open = try tx.row(
            """
            SELECT count(CASE WHEN \(fragment: underWay) AND (s.deadline IS NULL OR s.deadline > \(now)) THEN 1 END),
                count(CASE WHEN s.status IN ('CAPTURED', 'CONFIRM') THEN 1 END)
            FROM sessions s WHERE \(fragment: SessionStore.visible(permit)) AND s.mode = 'live' AND \(fragment: notOver)
            """
        ) { (underWay: try $0[0] as Int, waiting: try $0[1] as Int) }
        let week = now.adding(seconds: -7 * 86_400)
        let lately = try tx.row(
            """
            SELECT count(*) FROM sessions s WHERE \(fragment: SessionStore.visible(permit)) AND s.mode = 'live'
                AND s.id >= \(SessionID(at: week, random: 0)) AND s.created_at >= \(week)
            """
        ) { try $0[0] as Int }
        return SessionNumbers(underWay: open?.underWay ?? 0, waiting: open?.waiting ?? 0, createdLately: lately ?? 0)
    }

    /// Those under way whose deadline comes first, up to `until`.
    static func ending(
        from now: Timestamp, until: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionID] {
        try tx.rows(
            """
            SELECT s.id FROM sessions s WHERE \(fragment: SessionStore.visible(permit)) AND s.mode = 'live' AND \(fragment: notOver)
                AND \(fragment: underWay) AND s.deadline > \(now) AND s.deadline <= \(until) ORDER BY s.deadline, s.id LIMIT \(limit)
            """
        ) { try $0[0] }
    }
}
