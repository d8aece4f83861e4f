import HTTPTypes
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySQLite
import LatchkeyWeb
import UsersFeature

/// `PATCH /api/v1/users/{id}` by many clients through the line-up, each with a user of its own: what an entry of history adds to a durable write.
struct Editing {
    let folder: String
    let token: String

    func run(clients: Int, seconds: Double, withHistory: Bool) async throws {
        let users = try PlainSQLite(folder + "/latchkey.db")
            .rows("SELECT id FROM users WHERE username LIKE 'bench%' ORDER BY id LIMIT \(clients)").map { $0[0] }
        guard users.count == clients else { throw Failure("there are only \(users.count) users to edit") }
        let database = try SQLiteDatabase(path: folder + "/latchkey.db")
        let lineUp = try lineUp(withHistory ? database : Forgetful(database), folder: folder, routes: UsersAPI.routes)
        for user in users { try await edit(user, 0, lineUp) }
        let started = ContinuousClock.now
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for user in users {
                group.addTask {
                    var made = 0
                    while (ContinuousClock.now - started).inSeconds < seconds {
                        made += 1
                        try await edit(user, made, lineUp)
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

    private func edit(_ user: String, _ number: Int, _ lineUp: LineUp) async throws {
        var inbound = Inbound(.patch, "/api/v1/users/\(user)")
        inbound.headers[.authorization] = "Bearer " + token
        inbound.headers[.contentType] = "application/json"
        inbound.body = JSON(members: [("last_name", .string("Nordahl \(number)"))]).encode()
        let answer = await lineUp.respond(to: inbound)
        guard answer.status == 200 else { throw Failure("\(answer.status) \(String(decoding: answer.body, as: UTF8.self))") }
    }
}

/// A database that takes everything but history: the same writes through the same gate, to compare with.
///
/// What an entry costs before it is stored (its JSON and two hashes, some microseconds) is spent here, too.
private struct Forgetful: Database {
    let real: SQLiteDatabase

    init(_ real: SQLiteDatabase) { self.real = real }

    var isShared: Bool { real.isShared }
    var hearsEverything: Bool { real.hearsEverything }
    var batches: (commits: Int, jobs: Int) { real.batches }

    func read<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await real.read(seeing: sight, body)
    }

    func write<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await real.write(seeing: sight) { try body(ForgetfulTransaction($0)) }
    }

    func migrate(_ migrations: [Migration], now: Int64) async throws { try await real.migrate(migrations, now: now) }
    func check() async throws { try await real.check() }
    func listen(_ hear: @escaping @Sendable (Announcement) -> Void) { real.listen(hear) }
    func examine() async throws -> [String] { try await real.examine() }
    func close() async { await real.close() }
}

private final class ForgetfulTransaction: Transaction {
    private let real: any Transaction

    init(_ real: any Transaction) { self.real = real }

    var dialect: Dialect { real.dialect }

    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws {
        if !isHistory(sql) { try real.forEachRow(sql, body) }
    }

    func execute(_ sql: SQL) throws -> Int { isHistory(sql) ? 1 : try real.execute(sql) }
    func afterCommit(_ action: @escaping @Sendable () -> Void) { real.afterCommit(action) }
    func announce(_ message: String) throws { try real.announce(message) }
    func lock(_ name: String) throws { try real.lock(name) }
    func narrow(to account: String) throws { try real.narrow(to: account) }

    private func isHistory(_ sql: SQL) -> Bool { sql.template.contains("history") }
}
