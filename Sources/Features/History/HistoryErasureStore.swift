import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// Marks entries of a chain as erased, and takes the details of those away.
enum HistoryErasureStore {
    /// The numbers of entries that have details, about a person or also by them.
    private static func numbers(of person: ErasedPerson, in chain: ReadableChain) -> SQL {
        let found: SQL = """
            SELECT h.seq AS seq FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain.name) AND h.action <> \(ErasedEntries.action) AND
            """
        var numbers: SQL = "\(fragment: found) h.subject_id = \(person.id)"
        if person.withActs { numbers = "\(fragment: numbers) UNION \(fragment: found) h.actor_id = \(person.id)" }
        if person.standIns.isEmpty || person.names.isEmpty { return numbers }
        // The name is the last thing in the details, and no text within them can look like it.
        let named = person.names.sorted().map { name -> SQL in
            let end = ",\"on_behalf_of\":" + String(decoding: JSON.string(name).encode(), as: UTF8.self) + "}"
            return "d.details LIKE \(pattern(endingWith: end)) ESCAPE '!'"
        }.joined(separator: " OR ")
        return "\(fragment: numbers) UNION \(fragment: found) h.actor_id IN (\(list: person.standIns)) AND (\(fragment: named))"
    }

    private static func pattern(endingWith end: String) -> String {
        end.unicodeScalars.reduce(into: "%") { pattern, scalar in pattern += ["!", "%", "_"].contains(scalar) ? "!\(scalar)" : String(scalar) }
    }

    static func entries(of person: ErasedPerson, in chain: ReadableChain, _ tx: any Transaction) throws -> ErasedEntries {
        var entries = ErasedEntries()
        try tx.forEachRow("\(fragment: numbers(of: person, in: chain)) ORDER BY seq") { row in
            entries.add(try row[0])
            return true
        }
        return entries
    }

    /// The entry of the erasure is the chain's last one.
    static func erase(_ person: ErasedPerson, in chain: ReadableChain, _ tx: any Transaction) throws {
        let erasure = try CheckpointStore.size(of: chain, tx)
        try tx.execute(
            """
            INSERT INTO history_erasures (chain, seq, erasure)
            SELECT \(chain.name), found.seq, \(erasure) FROM (\(fragment: numbers(of: person, in: chain))) found
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

    // MARK: Where they stand

    /// The names that somebody has had in a chain, by what made and what changed them.
    static func names(of person: String, kind: String, in chain: ReadableChain, _ tx: any Transaction) throws -> Set<String> {
        let details = try tx.rows(
            """
            SELECT d.details FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
            WHERE h.chain = \(chain.name) AND h.subject_id = \(person) AND h.action IN (\(kind + ".created"), \(kind + ".changed"))
            """
        ) { try $0[0] as JSON }
        return Set(details.compactMap { $0["subject"]?.text })
    }

    /// Who ever acted as an administrator.
    static func standIns(of administrator: AdministratorID, in chain: ReadableChain, _ tx: any Transaction) throws -> [String] {
        try tx.rows(
            """
            SELECT DISTINCT actor_id FROM history
            WHERE chain = \(chain.name) AND subject_id = \(administrator) AND action = 'administrator.switched' ORDER BY actor_id
            """
        ) { try $0[0] }
    }

    /// The chains with entries about one of these people or by them.
    static func chains(with people: [String], _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [String] {
        try tx.rows(
            """
            SELECT e.chain FROM history_heads e
            WHERE EXISTS (SELECT 1 FROM history h WHERE h.chain = e.chain AND h.actor_id IN (\(list: people)))
                OR EXISTS (SELECT 1 FROM history h WHERE h.chain = e.chain AND h.subject_id IN (\(list: people)))
            ORDER BY e.chain
            """
        ) { try $0[0] }
    }
}
