import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Whole chains, link by link, as they are stored; their readers' entries are in `HistoryEntryStore`.
enum HistoryStore {
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
