import LatchkeyAccess
import LatchkeyGate

/// Commits by SQLite alone, each of all the rows that making a session writes: the least that a durable creation can cost.
struct Committing {
    let folder: String

    /// Copies the newest session again and again, history too, whose chain does not hold afterwards.
    func run(repeats: Int) throws {
        let database = try PlainSQLite(folder + "/latchkey.db")
        let newest = try database.rows("SELECT session, id FROM session_events WHERE type = 'session.created' ORDER BY session DESC LIMIT 1")
        let entry = try database.rows("SELECT chain, seq FROM history WHERE action = 'session.created' ORDER BY id DESC LIMIT 1")
        guard let session = newest.first?[0], let entry = entry.first else { throw Failure("there is no session to copy") }
        let copies = [
            try copy("sessions", ["id": "?1", "code": "?2"], "id = '\(session)'", database),
            try copy("session_words", ["session": "?1"], "session = '\(session)'", database),
            try copy("session_events", ["session": "?1", "id": "?1"], "session = '\(session)'", database),
            try copy("history", ["seq": "CAST(?2 AS INTEGER)", "id": "?1"], "chain = '\(entry[0])' AND seq = \(entry[1])", database),
            try copy("history_details", ["seq": "CAST(?2 AS INTEGER)"], "chain = '\(entry[0])' AND seq = \(entry[1])", database),
            try database.prepare("UPDATE history_heads SET seq = CAST(?2 AS INTEGER) WHERE chain = '\(entry[0])' AND ?1 <> ''"),
        ]
        // The same directory is used again: what an earlier run left is below.
        var number = Int(Clock.system.now().milliseconds)
        func commit() throws {
            number += 1
            let id = SessionID.new(at: Clock.system.now()).description
            try database.run("BEGIN IMMEDIATE")
            for copy in copies { try database.execute(copy, [id, String(number)]) }
            try database.run("COMMIT")
        }
        for _ in 0..<5 { try commit() }
        let started = ContinuousClock.now
        for _ in 0..<repeats { try commit() }
        report(["seconds": (ContinuousClock.now - started).inSeconds / Double(repeats)])
    }

    /// Copies rows of a table with other values in some columns, whatever columns there are.
    private func copy(_ table: String, _ values: [String: String], _ condition: String, _ database: PlainSQLite) throws -> OpaquePointer {
        let columns = try database.rows("SELECT name FROM pragma_table_info('\(table)')").map { $0[0] }
        let selected = columns.map { values[$0] ?? $0 }.joined(separator: ", ")
        return try database.prepare("INSERT INTO \(table) (\(columns.joined(separator: ", "))) SELECT \(selected) FROM \(table) WHERE \(condition)")
    }
}
