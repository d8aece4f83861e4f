import Foundation
import LatchkeyDatabase
import Testing

/// The schema goes forward only, step by step, and never behind a newer program's back.
@Suite struct MigrationTests {
    private static func step(_ number: Int, _ statements: SQL...) -> Migration {
        Migration(number: number, name: "step \(number)", statements: statements)
    }

    private static let one = step(1, "CREATE TABLE t (id TEXT PRIMARY KEY)", "INSERT INTO t (id) VALUES ('1')")
    private static let two = step(2, "ALTER TABLE t ADD COLUMN name TEXT", "INSERT INTO t (id) VALUES ('2')")
    private static let bad = step(2, "INSERT INTO t (id) VALUES ('half')", "INSERT INTO nowhere (id) VALUES ('2')")

    private static func ids(_ database: any Database) async throws -> [String] {
        try await database.read { try $0.rows("SELECT id FROM t ORDER BY id") { try $0[0] } }
    }

    private static func lines(_ database: any Database) async throws -> [String] {
        try await database.read {
            try $0.rows("SELECT number, name, applied_at FROM migrations ORDER BY number") {
                "\(try $0[0] as Int) \(try $0[1] as String) \(try $0[2] as Int)"
            }
        }
    }

    @Test(arguments: Backend.allCases) func appliesInOrderOnce(_ backend: Backend) async throws {
        try await backend.with { fixture in
            let database = try await fixture.open()
            try await database.migrate([Self.two, Self.one], now: 5)
            try await database.migrate([Self.one, Self.two], now: 6)
            try await expectEqual(Self.ids(database), ["1", "2"])
            try await expectEqual(Self.lines(database), ["1 step 1 5", "2 step 2 5"])
        }
    }

    @Test(arguments: Backend.allCases) func resumesWhereItFailed(_ backend: Backend) async throws {
        try await backend.with { fixture in
            let database = try await fixture.open()
            #expect(await failure { try await database.migrate([Self.one, Self.bad], now: 5) } != nil)
            try await expectEqual(Self.ids(database), ["1"])
            await database.close()
            let again = try await fixture.open()
            try await again.migrate([Self.one, Self.two], now: 6)
            try await expectEqual(Self.ids(again), ["1", "2"])
            try await expectEqual(Self.lines(again), ["1 step 1 5", "2 step 2 6"])
        }
    }

    @Test(arguments: Backend.allCases) func refusesNewerChangedAndDouble(_ backend: Backend) async throws {
        try await backend.with { fixture in
            let database = try await fixture.open()
            try await database.migrate([Self.one, Self.two, Self.step(4, "CREATE TABLE four (id TEXT)")], now: 5)
            let three = Self.step(3, "CREATE TABLE three (id TEXT)")
            #expect(await failure { try await database.migrate([Self.one, Self.two, three], now: 6) } == .newerSchema(found: 4, known: 3))
            #expect(await failure { try await database.migrate([], now: 6) } == .newerSchema(found: 4, known: 0))
            let changed = Self.step(1, "CREATE TABLE t (id TEXT PRIMARY KEY)", "INSERT INTO t (id) VALUES ('one')")
            let four = Self.step(4, "CREATE TABLE four (id TEXT)")
            #expect(await failure { try await database.migrate([changed, Self.two, three, four], now: 6) } == .changedMigration(1))
            let double = await failure { try await database.migrate([Self.one, Self.one], now: 6) }
            #expect(double?.kind == "misuse")
            try await expectEqual(Self.lines(database).count, 3)
        }
    }

    @Test func theChecksumIsStable() {
        // Databases in the field hold these: the way they are computed must not change.
        for dialect in Dialect.allCases {
            #expect(Self.one.checksum(on: dialect) == "98fe852ea74d09d4")
            #expect(Self.step(1, "AB").checksum(on: dialect) != Self.step(1, "A", "B").checksum(on: dialect))
            #expect(Self.step(1, "SELECT \(1)").checksum(on: dialect) != Self.step(1, "SELECT \(2)").checksum(on: dialect))
        }
        let triggers = Migration(number: 1, name: "triggers", statements: ["AB"], sqlite: ["C"], postgres: ["D"])
        #expect(triggers.checksum(on: .sqlite) == Self.step(1, "AB", "C").checksum(on: .sqlite))
        #expect(triggers.checksum(on: .postgres) == Self.step(1, "AB", "D").checksum(on: .postgres))
    }

    @Test func postgresHasItsOwnWordsForTypes() {
        let statement = "CREATE TABLE t (text TEXT NOT NULL, n INTEGER, at BIGINT, b BLOB DEFAULT 'a BLOB', is_TEXT INTEGER) STRICT"
        #expect(
            Dialect.postgres.spelled(statement)
                == "CREATE TABLE t (text TEXT COLLATE \"C\" NOT NULL, n BIGINT, at BIGINT, b BYTEA DEFAULT 'a BLOB', is_TEXT BIGINT) ")
        #expect(Dialect.sqlite.spelled(statement) == statement)
    }
}
