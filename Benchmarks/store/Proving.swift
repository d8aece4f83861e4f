import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySQLite
import LatchkeySecrets

/// History: what an entry costs a durable write, and what verifying costs beside reading and hashing the same bytes.
struct Proving {
    let folder: String

    private func open() throws -> SQLiteDatabase { try SQLiteDatabase(path: folder + "/latchkey.db") }

    /// Fills the enterprise's chain to so many entries, each with the changes of a user's edit.
    func fill(to count: Int) async throws {
        let database = try open()
        let gate = Gate(database: database, clock: .system)
        let have = try PlainSQLite(folder + "/latchkey.db").rows("SELECT seq FROM history_heads WHERE chain = 'enterprise'")
        var missing = count - (have.first.flatMap { Int($0[0]) } ?? 0)
        while missing > 0 {
            let (some, left) = (min(missing, 5_000), missing)
            try await gate.write(door: .command, origin: .ofThisMachine(at: gate.now)) { _, _, book in
                for index in 0..<some {
                    let changes = [
                        Change("last_name", from: "Nordahl", to: "Nordahl-Lund"), Change("roles", from: ["rol_01m7yq96t0e1hacb0mwv265ngj"], to: []),
                    ]
                    try book.record("user.changed", Subject("user", "usr_\(left)_\(index)", "Kari Nordahl"), in: .enterprise, by: .system, changes)
                }
            }
            missing -= some
        }
        await database.close()
    }

    func verify() async throws {
        let database = try open()
        let started = ContinuousClock.now
        let verified = try await HistoryVerification.run(database)
        let elapsed = (ContinuousClock.now - started).inSeconds
        await database.close()
        guard verified.isIntact else { throw Failure(verified.lines.joined(separator: "\n")) }
        report(["seconds": elapsed, "entries": Double(verified.entries)])
    }

    /// Reads the same rows by SQLite's C interface, and hashes all their bytes.
    func read() throws {
        let database = try PlainSQLite(folder + "/latchkey.db")
        let started = ContinuousClock.now
        let bytes = try database.hash(
            """
            SELECT h.chain, h.seq, h.id, h.at, h.actor_kind, h.actor_id, h.action, h.subject_kind, h.subject_id, h.details_hash, h.previous, h.hash,
                d.salt, d.details
            FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq ORDER BY h.chain, h.seq
            """)
        report(["seconds": (ContinuousClock.now - started).inSeconds, "bytes": Double(bytes)])
    }

    /// Durable writes of one small row by so many clients, with an entry of history each or without any.
    func write(clients: Int, seconds: Double, withHistory: Bool) async throws {
        let database = try open()
        let gate = Gate(database: database, clock: .system)
        let started = ContinuousClock.now
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var made = 0
                    while (ContinuousClock.now - started).inSeconds < seconds {
                        try await change(made, client, gate, database, withHistory: withHistory)
                        made += 1
                    }
                    return made
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = (ContinuousClock.now - started).inSeconds
        await database.close()
        report(["per_second": Double(made) / elapsed])
    }

    private func change(_ number: Int, _ client: Int, _ gate: Gate, _ database: SQLiteDatabase, withHistory: Bool) async throws {
        // A lease that nobody takes: one row that belongs to no account.
        let statement: SQL = """
            INSERT INTO leases (name, holder, ends_at) VALUES (\("bench \(client)"), 'bench', \(number))
            ON CONFLICT (name) DO UPDATE SET ends_at = excluded.ends_at
            """
        if !withHistory { return try await database.write(seeing: .everything) { tx in try tx.execute(statement) } }
        try await gate.write(door: .command, origin: .ofThisMachine(at: gate.now), touches: .records) { _, tx, book in
            try tx.execute(statement)
            let changes = [Change("last_name", from: "Nordahl", to: "Nordahl-Lund")]
            try book.record("user.changed", Subject("user", "usr_\(number)_\(client)", "Kari Nordahl"), in: .enterprise, by: .system, changes)
        }
    }
}
