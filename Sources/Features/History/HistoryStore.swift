import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The entries of the permit's account. Those about a session, key or link that the reader cannot see do not exist (ruling 6).
enum HistoryStore {
    private static func condition(_ filter: HistoryFilter, _ permit: borrowing Permit) -> SQL {
        let sessions = permit.visibleSessions
        var sql: SQL = """
            h.chain = \(Chain.account(permit.account).name)
            AND (h.subject_kind <> 'link' OR
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
        if let subject = filter.subject { sql = sql + " AND h.subject_id = \(subject)" }
        if let actor = filter.actor { sql = sql + " AND h.actor_id = \(actor)" }
        if let action = filter.action { sql = sql + " AND h.action = \(action)" }
        if let from = filter.from { sql = sql + " AND h.at >= \(from)" }
        if let to = filter.to { sql = sql + " AND h.at < \(to)" }
        return sql
    }

    static func list(
        _ filter: HistoryFilter, before seq: Int64?, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [HistoryEntry] {
        let after: SQL = seq.map { " AND h.seq < \($0)" } ?? ""
        let keys = permit.keys
        return try tx.rows(
            """
            SELECT h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, d.details
            FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE \(fragment: condition(filter, permit))\(fragment: after) ORDER BY h.seq DESC LIMIT \(limit)
            """
        ) { row in
            HistoryEntry(
                seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4], action: try row[5],
                subjectKind: try row[6], subjectID: try row[7], details: try row[8]
            ).seen(holding: keys)
        }
    }

    static func count(_ filter: HistoryFilter, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM history h WHERE \(fragment: condition(filter, permit))") { try $0[0] } ?? 0
    }

    /// What ids of roles, keys and people stand for now, as far as the reader may know.
    static func names(of ids: Set<String>, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [String: String] {
        let list = ids.sorted()
        if list.isEmpty { return [:] }
        let account = permit.account
        let pairs = try tx.rows(
            """
            SELECT id, name FROM roles WHERE account = \(account) AND id IN (\(list: list))
            UNION ALL SELECT id, name FROM api_keys WHERE account = \(account) AND id IN (\(list: list)) AND \(fragment: permit.keys.condition("id"))
            UNION ALL SELECT id, first_name || ' ' || last_name FROM users WHERE account = \(account) AND id IN (\(list: list))
            """
        ) { (try $0[0] as String, try $0[1] as String) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Verification: whole chains, behind the door of the command line

    struct StoredLink {
        var link: HistoryChain.Link
        var hash: [UInt8]
        var salt: [UInt8]?
        var details: String?
    }

    static func chains(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [(name: String, seq: Int64, hash: [UInt8])] {
        let heads = try tx.rows("SELECT chain, seq, hash FROM history_heads ORDER BY chain") {
            (name: try $0[0] as String, seq: try $0[1] as Int64, hash: try $0[2] as [UInt8])
        }
        let headless = try tx.rows(
            "SELECT DISTINCT chain FROM history WHERE chain NOT IN (SELECT chain FROM history_heads) ORDER BY chain"
        ) { (name: try $0[0] as String, seq: Int64(0), hash: HistoryChain.beginning) }
        return heads + headless
    }

    static func links(
        of chain: String, after seq: Int64, limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [StoredLink] {
        try tx.rows(
            """
            SELECT h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, h.details_hash, h.previous, h.hash,
                d.salt, d.details
            FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.seq > \(seq) ORDER BY h.seq LIMIT \(limit)
            """
        ) { row in
            StoredLink(
                link: HistoryChain.Link(
                    chain: chain, seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4],
                    action: try row[5], subjectKind: try row[6], subjectID: try row[7], detailsHash: try row[8], previous: try row[9]),
                hash: try row[10], salt: try row[11], details: try row[12])
        }
    }
}
