import Foundation
import LatchkeyDatabase
import LatchkeyPostgres
import LatchkeySQLite
import Testing
import ThrowAwayPostgres

/// The databases that the contract is tested on. A new driver joins with one case here.
enum Backend: CaseIterable, Sendable {
    case sqlite
    case postgres

    /// Runs `body` on an empty database that is gone afterwards.
    func with(_ body: (Fixture) async throws -> Void) async throws {
        switch self {
        case .sqlite:
            try await withFolder { folder in
                try await Fixture { try SQLiteDatabase(path: folder + "/test.db", options: .init(synchronous: .off)) }.used(body)
            }
        case .postgres:
            let server = try await ThrowAwayPostgres.running()
            let name = try await server.make()
            defer { server.drop(name) }
            let address = try PostgresAddress(server.url(name))
            try await Fixture { PostgresDatabase(address, options: .init(readers: 3)) }.used(body)
        }
    }

    /// Runs `body` on a database with the table `things`.
    func withThings(_ body: (any Database) async throws -> Void) async throws {
        try await with { fixture in
            let database = try await fixture.open()
            try await database.migrate([Self.things], now: 1)
            try await body(database)
        }
    }

    /// A table of every type, two accounts' rows apart by key, and two that point at it: one checked at the commit, one at once.
    static var things: Migration {
        Migration(
            number: 1, name: "things",
            statements: [
                """
                CREATE TABLE things (
                    account TEXT NOT NULL, id TEXT NOT NULL, number INTEGER, words TEXT, prose TEXT, bytes BLOB,
                    PRIMARY KEY (account, id), CONSTRAINT positive CHECK (number <> -1)
                ) STRICT
                """,
                "CREATE UNIQUE INDEX things_words ON things (account, words)",
                """
                CREATE TABLE parts (
                    account TEXT NOT NULL, id TEXT PRIMARY KEY, thing TEXT NOT NULL,
                    FOREIGN KEY (account, thing) REFERENCES things (account, id) DEFERRABLE INITIALLY DEFERRED
                ) STRICT
                """,
                """
                CREATE TABLE notes (
                    account TEXT NOT NULL, id TEXT PRIMARY KEY, thing TEXT NOT NULL,
                    FOREIGN KEY (account, thing) REFERENCES things (account, id)
                ) STRICT
                """,
            ])
    }
}

/// Opens the same database again and again.
final class Fixture {
    private let make: () async throws -> any Database
    private var opened: [any Database] = []

    init(_ make: @escaping () async throws -> any Database) { self.make = make }

    /// Opens the database as a new process would; the one before must be closed.
    func open() async throws -> any Database {
        let database = try await make()
        opened.append(database)
        return database
    }

    /// Runs `body`, and closes what it opened however it ends.
    func used(_ body: (Fixture) async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await body(self)) } catch { result = .failure(error) }
        for database in opened { await database.close() }
        try result.get()
    }
}

/// A fresh folder, gone afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("latchkey-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// The `DatabaseError` that `body` throws; records an issue and is nil when it throws none.
func failure<T>(_ body: () async throws -> T) async -> DatabaseError? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown")
        return nil
    } catch let error as DatabaseError {
        return error
    } catch {
        Issue.record("another error was thrown: \(error)")
        return nil
    }
}

/// Expects two values to be equal; unlike `#expect` it takes a throwing call.
func expectEqual<T: Equatable>(_ found: T, _ expected: T, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(found == expected, sourceLocation: sourceLocation)
}

extension DatabaseError {
    /// The case's name, for errors whose words differ by database.
    var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

extension Database {
    /// How many things an account has.
    func things(of account: String = "a") async throws -> Int {
        try await read { try $0.row("SELECT count(*) FROM things WHERE account = \(account)") { try $0[0] } ?? -1 }
    }

    /// Adds a thing.
    func add(_ id: String, to account: String = "a", number: Int = 0, words: String? = nil) async throws {
        try await write { try $0.add(id, to: account, number: number, words: words) }
    }
}

extension Transaction {
    func add(_ id: String, to account: String = "a", number: Int = 0, words: String? = nil) throws {
        try execute("INSERT INTO things (account, id, number, words) VALUES (\(account), \(id), \(number), \(words))")
    }
}
