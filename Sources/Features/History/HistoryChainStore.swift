import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Whole chains as they are stored, for verifying and exporting; behind the doors of the server and the command line.
enum HistoryChainStore {
    struct StoredLink {
        var link: HistoryChain.Link
        var hash: [UInt8]
        var salt: [UInt8]?
        var details: String?
    }

    /// The names of all chains, those without a head last.
    static func names(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [String] {
        let heads: [String] = try tx.rows("SELECT chain FROM history_heads ORDER BY chain") { try $0[0] }
        let headless: [String] = try tx.rows(
            "SELECT DISTINCT chain FROM history WHERE chain NOT IN (SELECT chain FROM history_heads) ORDER BY chain"
        ) { try $0[0] }
        return heads + headless
    }

    static func forEachLink(
        of chain: ReadableChain, after seq: Int64, limit: Int, _ tx: any Transaction, _ body: (StoredLink) throws -> Bool
    ) throws {
        try tx.forEachRow(
            """
            SELECT h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, h.details_hash, h.previous, h.hash,
                d.salt, d.details
            FROM history h LEFT JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain.name) AND h.seq > \(seq) ORDER BY h.seq LIMIT \(limit)
            """
        ) { row in
            try body(
                StoredLink(
                    link: HistoryChain.Link(
                        chain: chain.name, seq: try row[0], id: try row[1], at: try row[2], actorKind: try row[3], actorID: try row[4],
                        action: try row[5], subjectKind: try row[6], subjectID: try row[7], detailsHash: try row[8], previous: try row[9]),
                    hash: try row[10], salt: try row[11], details: try row[12]))
        }
    }

    /// The entries after `seq`, among so many, whose details were erased, and the entry of each one's erasure.
    static func marks(
        of chain: ReadableChain, after seq: Int64, limit: Int, _ tx: any Transaction
    ) throws -> [Int64: Int64] {
        let pairs = try tx.rows(
            "SELECT seq, erasure FROM history_erasures WHERE chain = \(chain.name) AND seq > \(seq) AND seq <= \(seq + Int64(limit))"
        ) { (try $0[0] as Int64, try $0[1] as Int64) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// What an erasure marked.
    static func marks(
        by erasure: Int64, of chain: ReadableChain, _ tx: any Transaction
    ) throws -> ErasedEntries {
        var erased = ErasedEntries()
        try tx.forEachRow("SELECT seq FROM history_erasures WHERE chain = \(chain.name) AND erasure = \(erasure) ORDER BY seq") { row in
            erased.add(try row[0])
            return true
        }
        return erased
    }

    static func head(of chain: ReadableChain, _ tx: any Transaction) throws -> (seq: Int64, hash: [UInt8]) {
        try tx.row("SELECT seq, hash FROM history_heads WHERE chain = \(chain.name)") { (seq: try $0[0], hash: try $0[1]) }
            ?? (seq: 0, hash: HistoryChain.beginning)
    }
}
