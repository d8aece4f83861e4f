import Foundation
import LatchkeyDatabase
import Synchronization
import Testing

private struct Refusal: Error {}

/// Wholly or not at all, one after another, and over when it is over.
@Suite struct TransactionTests {
    @Test(arguments: Backend.allCases) func aThrowingWriteLeavesNothing(_ backend: Backend) async throws {
        try await backend.withThings { database in
            await #expect(throws: Refusal.self) {
                try await database.write { tx in
                    try tx.add("1")
                    try tx.add("2")
                    throw Refusal()
                }
            }
            try await expectEqual(database.things(), 0)
            try await database.add("1")
            try await expectEqual(database.things(), 1)
        }
    }

    @Test(arguments: Backend.allCases) func neighboursOfAThrowingWriteCommit(_ backend: Backend) async throws {
        try await backend.withThings { database in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<90 {
                    group.addTask {
                        try? await database.write { tx in
                            try tx.add("\(number)")
                            if number % 3 == 0 { throw Refusal() }
                            if number % 3 == 1 { try tx.add("\(number)") }  // the key is taken: a statement fails
                        }
                    }
                }
            }
            let kept = try await database.read { try $0.rows("SELECT id FROM things") { Int(try $0[0] as String) ?? -1 } }
            #expect(Set(kept) == Set((0..<90).filter { $0 % 3 == 2 }))
        }
    }

    @Test(arguments: Backend.allCases) func sixtyFourWritersCountTogether(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("counter")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await database.write { tx in
                                let old = try tx.row("SELECT number FROM things WHERE id = 'counter'\(fragment: tx.dialect.forUpdate)") {
                                    try $0[0] as Int
                                }
                                try tx.execute("UPDATE things SET number = \((old ?? 0) + 1) WHERE id = 'counter'")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let total = try await database.read { try $0.row("SELECT number FROM things") { try $0[0] as Int } }
            #expect(total == 640)
        }
    }

    @Test(arguments: Backend.allCases) func aFailedStatementSpendsTheTransaction(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("taken")
            let second = Mutex<DatabaseError?>(nil)
            let error = await failure {
                try await database.write { tx in
                    try tx.add("new")
                    _ = try? tx.add("taken")
                    do { try tx.add("newer") } catch let error as DatabaseError { second.withLock { $0 = error } }
                }
            }
            #expect(error?.kind == "unique")
            #expect(second.withLock { $0 } == error)
            try await expectEqual(database.things(), 1)
        }
    }

    @Test(arguments: Backend.allCases) func changesAreCounted(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let counts = try await database.write { tx in
                try tx.add("1")
                try tx.add("2")
                return [
                    try tx.execute("UPDATE things SET number = 7"), try tx.execute("CREATE TABLE other (id TEXT PRIMARY KEY)"),
                    try tx.execute("SELECT id FROM things"), try tx.execute("UPDATE things SET number = 8 WHERE id = 'none'"),
                    try tx.execute("DELETE FROM things WHERE id = '1'"),
                ]
            }
            #expect(counts == [2, 0, 0, 0, 1])
        }
    }

    @Test(arguments: Backend.allCases) func returningChangesEveryRow(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let first = try await database.write { tx in
                try tx.row("INSERT INTO things (account, id) VALUES ('a', '1'), ('a', '2'), ('b', '1') RETURNING id") { try $0[0] as String }
            }
            #expect(first != nil)
            try await expectEqual(database.things(), 2)
            try await expectEqual(database.things(of: "b"), 1)
        }
    }

    @Test(arguments: Backend.allCases) func statementsNest(_ backend: Backend) async throws {
        try await backend.withThings { database in
            for id in ["1", "2"] { try await database.add(id) }
            let pairs = try await database.read { tx in
                let query: SQL = "SELECT id FROM things ORDER BY id"
                _ = try tx.rows(query) { _ in }  // now a compiled statement waits for use, and two need it
                return try tx.rows(query) { outer in
                    let inner = try tx.rows(query) { try $0[0] as String }
                    return try outer[0] as String + inner.joined()
                }
            }
            #expect(pairs == ["112", "212"])
        }
    }

    @Test(arguments: Backend.allCases) func aReadSeesOneStateAndRefusesWrites(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1")
            let (readerIsIn, writeIsDone) = (Gate(), Gate())
            async let counts = database.read { tx in
                let before = try tx.row("SELECT count(*) FROM things") { try $0[0] as Int }
                readerIsIn.open()
                writeIsDone.wait()
                return [before, try tx.row("SELECT count(*) FROM things") { try $0[0] as Int }]
            }
            await readerIsIn.reached()
            try await database.add("2")
            writeIsDone.open()
            try await expectEqual(counts, [1, 1])
            try await expectEqual(database.things(), 2)

            for statement in ["DELETE FROM things", "CREATE TABLE more (id TEXT)", "INSERT INTO things (account, id) VALUES ('a', '9')"] as [SQL] {
                #expect(await failure { _ = try await database.read { try $0.execute(statement) } } == .readOnly)
            }
            try await expectEqual(database.things(), 2)
        }
    }

    @Test(arguments: Backend.allCases) func nothingWorksAfterTheEnd(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.add("1")
            let kept = Kept()
            try await database.write { kept.transaction = $0 }
            await expectEnded(kept)
            try await database.read { kept.transaction = $0 }
            await expectEnded(kept)
            try await database.read { tx in
                _ = try tx.rows("SELECT id FROM things") { kept.row = $0 }
                let row = try #require(kept.row)
                do {
                    _ = try row[0] as String
                    Issue.record("a row was read after its closure")
                } catch DatabaseError.misuse {}
            }
            try await expectEqual(database.things(), 1)
        }
    }

    private func expectEnded(_ kept: Kept) async {
        let error = await failure { try kept.transaction?.add("2") }
        #expect(error?.kind == "misuse")
    }

    @Test(arguments: Backend.allCases) func aStatementCannotEndTheTransaction(_ backend: Backend) async throws {
        try await backend.withThings { database in
            for statement in ["COMMIT", " rollback", "SAVEPOINT x", "\nPRAGMA foreign_keys = OFF", "ATTACH 'x' AS y", "/**/COMMIT"] as [SQL] {
                let error = await failure {
                    try await database.write { tx in
                        try tx.add("1")
                        try tx.execute(statement)
                    }
                }
                #expect(error?.kind == "misuse")
                try await expectEqual(database.things(), 0)
            }
        }
    }

    @Test(arguments: Backend.allCases) func afterCommitRunsInOrderAndBeforeTheAnswer(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let log = Mutex<[String]>([])
            try await database.write { tx in
                tx.afterCommit {
                    Thread.sleep(forTimeInterval: 0.1)  // an answer that does not wait for the actions would come first
                    log.withLock { $0.append("first") }
                }
                try tx.add("1")
                tx.afterCommit { log.withLock { $0.append("second") } }
                log.withLock { $0.append("body") }
            }
            log.withLock { $0.append("answer") }
            #expect(log.withLock { $0 } == ["body", "first", "second", "answer"])
            try? await database.write { tx in
                tx.afterCommit { log.withLock { $0.append("thrown") } }
                throw Refusal()
            }
            try? await database.write { tx in
                tx.afterCommit { log.withLock { $0.append("failed") } }
                try tx.add("1")
            }
            try await database.read { tx in tx.afterCommit { log.withLock { $0.append("read") } } }
            try await database.add("2")
            #expect(log.withLock { $0 }.count == 4)
        }
    }
}

/// Holds a transaction and a row longer than allowed.
private final class Kept: @unchecked Sendable {
    var transaction: (any Transaction)?
    var row: Row?
}
