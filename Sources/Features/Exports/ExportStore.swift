import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyWeb

/// The exports of the permit's account that its principal has asked for.
enum ExportStore {
    private static let columns: SQL =
        "e.id, e.kind, e.format, e.filter, e.state, e.failure, e.row_count, e.bytes, e.blob, e.created_at, e.finished_at"

    private static func export(_ row: Row) throws -> Export {
        Export(
            id: try row[0], kind: try row[1], format: TableFormat(rawValue: try row[2]) ?? .csv, filter: try row[3],
            state: Export.State(rawValue: try row[4]) ?? .failed, failure: (try row[5] as String?).flatMap(Export.Failure.init(rawValue:)),
            rows: try row[6], bytes: try row[7], blob: try row[8], createdAt: try row[9], finishedAt: try row[10])
    }

    /// Theirs, and not past its day.
    private static func own(at now: Timestamp, _ permit: borrowing Permit) -> SQL {
        """
        e.account = \(permit.account) AND e.actor_kind = \(permit.actor.kind.rawValue) AND e.actor_id = \(permit.actor.id)
        AND e.expires_at > \(now)
        """
    }

    static func find(_ id: ExportID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Export? {
        try tx.row("SELECT \(fragment: columns) FROM exports e WHERE \(fragment: own(at: now, permit)) AND e.id = \(id)", export)
    }

    static func list(_ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Export] {
        let after: SQL = page.after.map { "AND e.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM exports e WHERE \(fragment: own(at: now, permit)) \(fragment: after)
            ORDER BY e.id DESC LIMIT \(page.limit + 1)
            """, export)
    }

    static func count(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM exports e WHERE \(fragment: own(at: now, permit))") { try $0[0] } ?? 0
    }

    static func insert(_ export: Export, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO exports (account, id, actor_kind, actor_id, kind, format, filter, state, created_at, expires_at)
            VALUES (\(permit.account), \(export.id), \(permit.actor.kind.rawValue), \(permit.actor.id), \(export.kind), \(export.format.rawValue),
                \(export.filter), \(export.state.rawValue), \(export.createdAt), \(export.expiresAt))
            """)
    }

    /// How it ended; answers whether it still was under way.
    static func update(_ export: Export, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        let changed = try tx.execute(
            """
            UPDATE exports SET state = \(export.state.rawValue), failure = \(export.failure?.rawValue), row_count = \(export.rows),
                bytes = \(export.bytes), blob = \(export.blob), finished_at = \(export.finishedAt)
            WHERE account = \(permit.account) AND id = \(export.id) AND state = 'running'
            """)
        return changed > 0
    }

    static func delete(_ id: ExportID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM exports WHERE account = \(permit.account) AND id = \(id)")
    }

    /// Forgets exports whose day is over, in whatever account, and answers their files.
    static func sweep(at now: Timestamp, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [String?] {
        let over = try tx.rows("SELECT account, id, blob FROM exports WHERE expires_at <= \(now) ORDER BY expires_at LIMIT \(limit)") { row in
            (account: try row[0] as AccountID, id: try row[1] as ExportID, blob: try row[2] as String?)
        }
        for export in over { try tx.execute("DELETE FROM exports WHERE account = \(export.account) AND id = \(export.id)") }
        return over.map(\.blob)
    }
}
