import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySQLite
import LatchkeySecrets
import LatchkeyWeb
import SessionsFeature

/// The first page of a user's own sessions: through the verb, and by SQLite alone.
struct Listing {
    let folder: String
    let token: String

    func run(repeats: Int) async throws {
        guard let secret = Secret(token) else { throw Failure("this is no token") }
        let database = try SQLiteDatabase(path: folder + "/latchkey.db")
        let gate = Gate(database: database, clock: .system)
        let origin = Origin(address: "127.0.0.1", userAgent: "benchstore", requestID: .new(at: gate.now))
        let caller = try await gate.admit(Credential(secret), origin: origin, isActivity: false)
        guard let account = caller.principal.account, let user = caller.principal.user else { throw Failure("this is no user's token") }
        let now = gate.now
        let verb = try await gate.read(.screen(.sessions, .read), caller) { permit, tx in
            let filter = SessionFilter()
            var rows = try Sessions.list(filter, PageRequest(), at: now, permit, tx).items.count  // warms the cache of pages
            let started = ContinuousClock.now
            for _ in 0..<repeats { rows = try Sessions.list(filter, PageRequest(), at: now, permit, tx).items.count }
            return (rows: rows, seconds: (ContinuousClock.now - started).inSeconds)
        }
        await database.close()
        let plain = try plain(account: account.description, user: user.description, repeats: repeats)
        guard verb.rows == 50, plain.rows == 51 else { throw Failure("the user has \(verb.rows) and \(plain.rows) sessions, not 50 and more") }
        report(["verb": verb.seconds / Double(repeats), "sqlite": plain.seconds / Double(repeats)])
    }

    /// The same rows, with every column of the verb's read as SQLite hands it out.
    private func plain(account: String, user: String, repeats: Int) throws -> (rows: Int, seconds: Double) {
        let database = try PlainSQLite(folder + "/latchkey.db")
        try database.run("PRAGMA cache_size = -8000")
        let keys = try database.rows("SELECT api_key FROM user_api_keys WHERE account = ?1 AND user_id = ?2", [account, user]).map { "'\($0[0])'" }
        let statement = try database.prepare(
            """
            SELECT s.id, s.code, s.status, s.mode, s.api_key, s.owner, coalesce(u.first_name || ' ' || u.last_name, s.owner_name), s.source,
                s.api_key_name, s.link_name, s.username, s.first_name, s.last_name, s.phone, s.email, s.vin, s.year, s.make, s.model, s.odometer,
                s.odometer_unit, s.client_id, s.reference, s.language, s.redirect_url, s.invalid_reason, s.created_at, s.started_at,
                s.captured_at, s.completed_at, s.deadline
            FROM sessions s LEFT JOIN users u ON u.account = s.account AND u.id = s.owner
            WHERE s.account = ?1 AND s.owner = ?2 AND s.api_key IN (\(keys.joined(separator: ","))) ORDER BY s.id DESC LIMIT 51
            """)
        var rows = try database.read(statement, [account, user])
        let started = ContinuousClock.now
        for _ in 0..<repeats { rows = try database.read(statement, [account, user]) }
        return (rows, (ContinuousClock.now - started).inSeconds)
    }
}
