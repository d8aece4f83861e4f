import Foundation
import LatchkeyDatabase
import LatchkeySQLite
import Synchronization
import Testing

/// Many writes, one sync; and a disk that fails takes nobody's word back.
@Suite struct GroupCommitTests {
    private let table = Migration(number: 1, name: "t", statements: ["CREATE TABLE t (id TEXT PRIMARY KEY, filler TEXT) STRICT"])

    private func with(_ options: SQLiteDatabase.Options = .init(), _ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.db", options: options)
            try await database.migrate([table], now: 1)
            try await body(database)
            await database.close()
        }
    }

    private static func insert(_ id: String, _ tx: any Transaction) throws { try tx.execute("INSERT INTO t (id) VALUES (\(id))") }

    private func count(_ database: SQLiteDatabase) async throws -> Int? {
        try await database.read { try $0.row("SELECT count(*) FROM t") { try $0[0] as Int } }
    }

    /// Holds the writer in a first write and queues the others in order behind it, so that all meet in one batch.
    private func together(
        _ database: SQLiteDatabase, _ writes: [@Sendable (any Transaction) throws -> Void]
    ) async throws -> [DatabaseError?] {
        let (entered, release) = (Gate(), Gate())
        let first = Task {
            try await database.write { _ in
                entered.open()
                release.wait()
            }
        }
        await entered.reached()
        return try await withThrowingTaskGroup(of: (Int, DatabaseError?).self) { group in
            for (number, write) in writes.enumerated() {
                group.addTask {
                    do {
                        try await database.write(write)
                        return (number, nil)
                    } catch { return (number, error as? DatabaseError ?? .other("\(error)")) }
                }
                while database.waitingWrites <= number { try await Task.sleep(for: .milliseconds(2)) }
            }
            release.open()
            _ = try? await first.value
            return try await group.reduce(into: [DatabaseError?](repeating: nil, count: writes.count)) { $0[$1.0] = $1.1 }
        }
    }

    @Test func waitingWritesShareOneCommit() async throws {
        try await with { database in
            let before = database.batches
            let order = Mutex<[String]>([])
            let errors = try await together(
                database,
                [
                    { tx in
                        tx.afterCommit { order.withLock { $0.append("a") } }
                        try Self.insert("a", tx)
                    },
                    { tx in
                        tx.afterCommit { order.withLock { $0.append("b") } }
                        try Self.insert("b", tx)
                        throw DatabaseError.other("no")
                    },
                    { tx in
                        tx.afterCommit { order.withLock { $0.append("c") } }
                        let seen = try tx.rows("SELECT id FROM t") { try $0[0] as String }
                        order.withLock { $0.append("c saw \(seen)") }
                        try Self.insert("c", tx)
                    },
                ])
            #expect(errors == [nil, .other("no"), nil])
            #expect(order.withLock { $0 } == ["c saw [\"a\"]", "a", "c"])
            #expect(database.batches.commits == before.commits + 1)
            #expect(database.batches.jobs == before.jobs + 3)
            try await expectEqual(count(database), 2)
        }
    }

    @Test func aBatchHasALimit() async throws {
        try await with(.init(maxBatch: 2)) { database in
            let before = database.batches
            _ = try await together(database, ["a", "b", "c"].map { id in { @Sendable tx in try Self.insert(id, tx) } })
            #expect(database.batches.commits == before.commits + 2)
            #expect(database.batches.jobs == before.jobs + 4)
        }
    }

    @Test func aRollbackBySQLiteFailsTheWholeBatch() async throws {
        try await with { database in
            try await database.write { try Self.insert("there", $0) }
            let actions = Mutex(0)
            let errors = try await together(
                database,
                [
                    { tx in
                        tx.afterCommit { actions.withLock { $0 += 1 } }
                        try Self.insert("a", tx)
                    },
                    { tx in try tx.execute("INSERT OR ROLLBACK INTO t (id) VALUES ('there')") },
                ])
            #expect(errors == [.unique("t.id"), .unique("t.id")])
            #expect(actions.withLock { $0 } == 0)
            try await expectEqual(count(database), 1)
            try await database.write { try Self.insert("later", $0) }
        }
    }

    @Test func aFullDiskFailsWritesOnlyAndIsGotOver() async throws {
        try await with { database in
            try await database.write { try Self.insert("there", $0) }
            let actions = Mutex(0)
            try await database.inject(.full)
            let errors = try await together(
                database,
                ["a", "b"].map { id in
                    { @Sendable tx in
                        tx.afterCommit { actions.withLock { $0 += 1 } }
                        try Self.insert(id, tx)
                    }
                })
            #expect(errors == [.full, .full])
            #expect(actions.withLock { $0 } == 0)
            try await expectEqual(count(database), 1)
            try await database.check()
            try await database.inject(nil)
            try await database.write { try Self.insert("a", $0) }
            try await expectEqual(count(database), 2)
        }
    }

    @Test func aFailedSyncEndsTheProcessBeforeAnybodyIsAnswered() async throws {
        let log = Mutex<[String]>([])
        try await with(.init(exit: { reason in log.withLock { $0.append("exit: \(reason)") } })) { database in
            try await database.inject(.sync)
            let error = await failure {
                try await database.write { tx in
                    tx.afterCommit { log.withLock { $0.append("action") } }
                    try Self.insert("a", tx)
                }
            }
            log.withLock { $0.append("answer") }
            #expect(error?.kind == "unavailable")
            let lines = log.withLock { $0 }
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("exit: the disk refused to confirm a write") == true)
            // Never retried: nothing is written any more, even if the disk seems well again.
            let later = await failure { try await database.write { try Self.insert("b", $0) } }
            #expect(later?.kind == "unavailable")
            let health = await failure { try await database.check() }
            #expect(health?.kind == "unavailable")
        }
    }

    @Test func aFailedSyncOfACheckpointCountsToo() async throws {
        let exits = Mutex(0)
        try await with(.init(exit: { _ in exits.withLock { $0 += 1 } })) { database in
            try await database.inject(.checkpointSync)
            let filler = String(repeating: "x", count: 8_000_000)
            _ = try? await database.write { try $0.execute("INSERT INTO t (id, filler) VALUES ('a', \(filler))") }
            _ = try? await database.write { try Self.insert("b", $0) }
            #expect(exits.withLock { $0 } == 1)
        }
    }
}
