import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The entries of the permit's account, or of the enterprise. Those about a session, key or link that the reader cannot see do not exist (ruling 6).
enum HistoryEntryStore {
    private static let columns: SQL = "h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, d.details"
    private static let withDetails: SQL = "history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq"

    private static func entry(_ row: Row) throws -> HistoryEntry {
        HistoryEntry(
            seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4], action: try row[5],
            subjectKind: try row[6], subjectID: try row[7], details: try row[8])
    }

    // MARK: An account's

    private static func visible(_ permit: borrowing Permit) -> SQL {
        let sessions = permit.visibleSessions
        return """
            (h.subject_kind <> 'link' OR
                \(fragment: permit.keys == .all ? "1 = 1" : """
                    EXISTS (SELECT 1 FROM links l WHERE l.account = \(permit.account) AND l.id = h.subject_id
                        AND \(fragment: permit.keys.condition("l.api_key")))
                    """))
            AND (h.subject_kind <> 'api_key' OR \(fragment: permit.keys.condition("h.subject_id")))
            AND (h.subject_kind <> 'session' OR
                \(fragment: sessions == .all(keys: .all) ? "1 = 1" : """
                    EXISTS (SELECT 1 FROM sessions s WHERE s.account = \(permit.account) AND s.id = h.subject_id
                        AND \(fragment: sessions.condition(key: "s.api_key", owner: "s.owner")))
                    """))
            """
    }

    static func list(
        _ filter: HistoryFilter, before seq: Int64?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [HistoryEntry] {
        let keys = permit.keys
        return try list(filter, in: .account(permit.account), visible(permit), before: seq, limit: limit, tx).map { $0.seen(holding: keys) }
    }

    static func count(_ filter: HistoryFilter, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try count(filter, in: .account(permit.account), visible(permit), tx)
    }

    static func find(_ id: HistoryID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> HistoryEntry? {
        let chain = Chain.account(permit.account).name
        return try tx.row(
            """
            SELECT \(fragment: columns) FROM \(fragment: withDetails)
            WHERE h.id = \(id) AND h.chain = \(chain) AND \(fragment: visible(permit))
            """, entry)
    }

    // MARK: The enterprise's

    /// Those about accounts, groups and administrators that are theirs; of nothing else unless all groups are.
    private static func visible(_ permit: borrowing EnterprisePermit) -> SQL {
        let groups = permit.access.groups
        if groups == .all { return "1 = 1" }
        return """
            (h.subject_kind = 'account' AND EXISTS (
                SELECT 1 FROM accounts c WHERE c.id = h.subject_id AND \(fragment: groups.condition("c.group_id")))
            OR h.subject_kind = 'group' AND \(fragment: groups.condition("h.subject_id"))
            OR h.subject_kind = 'administrator' AND EXISTS (
                SELECT 1 FROM administrators a WHERE a.id = h.subject_id AND \(fragment: permit.access.visibleAdministrators)))
            """
    }

    static func list(
        _ filter: HistoryFilter, before seq: Int64?, limit: Int, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [HistoryEntry] {
        let groups = permit.access.groups
        return try list(filter, in: .enterprise, visible(permit), before: seq, limit: limit, tx).map { $0.seen(within: groups) }
    }

    static func count(_ filter: HistoryFilter, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try count(filter, in: .enterprise, visible(permit), tx)
    }

    // MARK: Of any chain

    private static func list(
        _ filter: HistoryFilter, in chain: Chain, _ visible: SQL, before seq: Int64?, limit: Int, _ tx: any Transaction
    ) throws -> [HistoryEntry] {
        let after: SQL = seq.map { " AND h.seq < \($0)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM \(fragment: withDetails)
            WHERE \(fragment: condition(filter, chain, tx)) AND \(fragment: visible)\(fragment: after) ORDER BY h.seq DESC LIMIT \(limit)
            """, entry)
    }

    private static func count(_ filter: HistoryFilter, in chain: Chain, _ visible: SQL, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM history h WHERE \(fragment: condition(filter, chain, tx)) AND \(fragment: visible)") { try $0[0] } ?? 0
    }

    private static func condition(_ filter: HistoryFilter, _ chain: Chain, _ tx: any Transaction) throws -> SQL {
        var sql: SQL = "h.chain = \(chain.name)"
        if let subjects = filter.subjects { sql = sql + " AND \(fragment: among(subjects, "h.subject_id"))" }
        if let kind = filter.kind { sql = sql + " AND h.subject_kind = \(kind)" }
        if let actors = filter.actors { sql = sql + " AND \(fragment: among(actors, "h.actor_id"))" }
        if let action = filter.action { sql = sql + " AND h.action = \(action)" }
        if let from = filter.from {
            sql = sql + " AND h.at >= \(from)"
            if let first = try first(in: chain, notBefore: from, tx) { sql = sql + " AND h.seq >= \(first)" }
        }
        if let to = filter.to {
            sql = sql + " AND h.at < \(to)"
            if let end = try first(in: chain, notBefore: to, tx) { sql = sql + " AND h.seq < \(end)" }
        }
        return sql
    }

    private static func among(_ ids: [String], _ column: SQL) -> SQL {
        ids.count == 1 ? "\(fragment: column) = \(ids.first ?? "")" : "\(fragment: column) IN (\(list: ids))"
    }

    /// The first `seq` of a chain that was not before a moment, one past its end where all were; by halves, since times rise with `seq`. Nil where
    /// there is no whole chain to look in.
    static func first(in chain: Chain, notBefore time: Timestamp, _ tx: any Transaction) throws -> Int64? {
        try tx.row(
            """
            WITH RECURSIVE search (low, high) AS (
                SELECT CAST(1 AS BIGINT), e.seq + 1 FROM history_heads e WHERE e.chain = \(chain.name)
                UNION ALL
                SELECT CASE WHEN h.at < \(time) THEN h.seq + 1 ELSE s.low END, CASE WHEN h.at < \(time) THEN s.high ELSE h.seq END
                FROM search s JOIN history h ON h.chain = \(chain.name) AND h.seq = (s.low + s.high) / 2 WHERE s.low < s.high)
            SELECT low FROM search WHERE low >= high
            """
        ) { try $0[0] }
    }
}
