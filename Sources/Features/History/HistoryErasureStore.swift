import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Marks entries of the permit's account as erased, and takes the details of those away.
enum HistoryErasureStore {
    /// The numbers of entries that have details, about a person or also by them.
    private static func numbers(about person: String, withActs: Bool, _ permit: borrowing Permit) -> SQL {
        let chain = ReadableChain(permit).name
        let acts: SQL =
            withActs
            ? """
            UNION SELECT h.seq AS seq FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.actor_id = \(person) AND h.action <> \(ErasedEntries.action)
            """ : ""
        return """
            SELECT h.seq AS seq FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain) AND h.subject_id = \(person) AND h.action <> \(ErasedEntries.action) \(fragment: acts)
            """
    }

    static func entries(about person: String, withActs: Bool, _ permit: borrowing Permit, _ tx: any Transaction) throws -> ErasedEntries {
        var entries = ErasedEntries()
        try tx.forEachRow("\(fragment: numbers(about: person, withActs: withActs, permit)) ORDER BY seq") { row in
            entries.add(try row[0])
            return true
        }
        return entries
    }

    /// The entry of the erasure is the chain's last one.
    static func erase(about person: String, withActs: Bool, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        let chain = ReadableChain(permit)
        let erasure = try CheckpointStore.size(of: chain, tx)
        try tx.execute(
            """
            INSERT INTO history_erasures (chain, seq, erasure)
            SELECT \(chain.name), found.seq, \(erasure) FROM (\(fragment: numbers(about: person, withActs: withActs, permit))) found
            """)
        switch tx.dialect {
        case .sqlite:
            try tx.execute(
                """
                DELETE FROM history_details
                WHERE chain = \(chain.name) AND seq IN (SELECT seq FROM history_erasures WHERE chain = \(chain.name) AND erasure = \(erasure))
                """)
        case .postgres: _ = try tx.row("SELECT erase_history_details(\(chain.name), \(erasure))") { try $0[0] as Int }
        }
    }
}
