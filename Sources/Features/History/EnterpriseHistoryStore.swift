import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The entries of the enterprise's own chain, about what lies in the permit's groups.
enum EnterpriseHistoryStore {
    private static func condition(_ filter: HistoryFilter, _ permit: borrowing EnterprisePermit) -> SQL {
        var sql: SQL = "h.chain = \(Chain.enterprise.name)"
        if permit.access.groups != .all {
            sql =
                sql + """
                     AND (h.subject_kind = 'account' AND EXISTS (SELECT 1 FROM accounts c WHERE c.id = h.subject_id
                            AND \(fragment: permit.access.groups.condition("c.group_id")))
                        OR h.subject_kind = 'group' AND \(fragment: permit.access.groups.condition("h.subject_id"))
                        OR h.subject_kind = 'administrator' AND EXISTS (SELECT 1 FROM administrators a WHERE a.id = h.subject_id
                            AND \(fragment: permit.access.visibleAdministrators)))
                    """
        }
        if let subject = filter.subject { sql = sql + " AND h.subject_id = \(subject)" }
        if let actor = filter.actor { sql = sql + " AND h.actor_id = \(actor)" }
        if let action = filter.action { sql = sql + " AND h.action = \(action)" }
        if let from = filter.from { sql = sql + " AND h.at >= \(from)" }
        if let to = filter.to { sql = sql + " AND h.at < \(to)" }
        return sql
    }

    static func list(
        _ filter: HistoryFilter, before seq: Int64?, limit: Int, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [HistoryEntry] {
        let after: SQL = seq.map { " AND h.seq < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, d.details
            FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE \(fragment: condition(filter, permit))\(fragment: after) ORDER BY h.seq DESC LIMIT \(limit)
            """
        ) { row in
            HistoryEntry(
                seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4], action: try row[5],
                subjectKind: try row[6], subjectID: try row[7], details: try row[8])
        }
    }

    static func count(_ filter: HistoryFilter, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM history h WHERE \(fragment: condition(filter, permit))") { try $0[0] } ?? 0
    }
}
