import LatchkeyDatabase
import LatchkeyPostgres
import Synchronization
import Testing
import ThrowAwayPostgres

/// What several nodes on one PostgreSQL may rely on.
@Suite struct PostgresNodesTests {
    /// Two nodes on one database with the table `things`.
    private func withTwo(
        _ options: PostgresDatabase.Options = .init(readers: 2),
        _ body: (_ one: PostgresDatabase, _ two: PostgresDatabase, _ server: ThrowAwayPostgres, _ name: String) async throws -> Void
    ) async throws {
        let server = try await ThrowAwayPostgres.running()
        let name = try await server.make()
        defer { server.drop(name) }
        let address = try PostgresAddress(server.url(name))
        let (one, two) = (PostgresDatabase(address, options: options), PostgresDatabase(address, options: options))
        let result: Result<Void, any Error>
        do {
            try await one.migrate([Backend.things], now: 1)
            result = .success(try await body(one, two, server, name))
        } catch { result = .failure(error) }
        await one.close()
        await two.close()
        try result.get()
    }

    @Test func nodesThatStartTogetherMigrateOnce() async throws {
        let server = try await ThrowAwayPostgres.running()
        let name = try await server.make()
        defer { server.drop(name) }
        let address = try PostgresAddress(server.url(name))
        let more = Migration(number: 2, name: "more", statements: ["INSERT INTO things (account, id) VALUES ('a', '1')"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let node = PostgresDatabase(address, options: .init(readers: 1))
                    defer { Task { await node.close() } }
                    try await node.migrate([Backend.things, more], now: 1)
                    try await expectEqual(node.things(), 1)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aNodeHearsTheOtherAndItselfOnce() async throws {
        try await withTwo { one, two, _, _ in
            let (ears, own) = (Ears(), Ears())
            two.listen { ears.hear($0) }
            one.listen { own.hear($0) }
            await ears.wait(for: two)
            await own.wait(for: one)
            try await one.write { tx in
                try tx.announce("mine")
                try tx.add("1")
            }
            await ears.until { ears.messages == ["mine"] }
            try await two.write { try $0.announce("yours") }
            await own.until { own.messages == ["mine", "yours"] }
            // Whatever was still under way has arrived by the next sign of life.
            try await Task.sleep(for: .milliseconds(600))
            #expect(own.messages == ["mine", "yours"])
            #expect(ears.messages == ["mine", "yours"])
            #expect(own.all.first == .everything && own.all.count { $0 == .everything } == 1)
        }
    }

    @Test func aNodeThatWasDeafSaysSoAndAssumesEverything() async throws {
        try await withTwo { one, _, server, name in
            let ears = Ears()
            one.listen { ears.hear($0) }
            await ears.wait(for: one)
            // The server lets nobody in for a while.
            try await server.run("ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS false")
            try await server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)' AND query LIKE '%LISTEN%' OR datname = '\(name)' AND query = 'SELECT 1'"
            )
            await ears.until { !one.hearsEverything }
            #expect(ears.all.count { $0 == .everything } == 1)
            try await server.run("ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS true")
            await ears.wait(for: one)
            #expect(ears.all.count { $0 == .everything } == 2)
        }
    }

    @Test func whoLocksANameReadsWhatStaysTrue() async throws {
        try await withTwo { one, two, _, _ in
            try await one.add("counter")
            // Without a row lock: the name alone keeps both nodes from counting on from one number.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    let node = number % 2 == 0 ? one : two
                    group.addTask {
                        for _ in 0..<5 {
                            try await node.write { tx in
                                try tx.lock("counter")
                                let old = try tx.row("SELECT number FROM things WHERE id = 'counter'") { try $0[0] as Int } ?? 0
                                try tx.execute("UPDATE things SET number = \(old + 1) WHERE id = 'counter'")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let total = try await two.read { try $0.row("SELECT number FROM things") { try $0[0] as Int } }
            #expect(total == 200)
        }
    }

    /// Writes of one batch need not ask again for what the batch holds; what a write took that was rolled back, it holds no more.
    @Test func aBatchHoldsTheLocksOfItsWritesAndOfNoOthers() async throws {
        try await withTwo { one, two, _, _ in
            for (name, isKept) in [("kept", true), ("rolled back", false)] {
                let (entered, release, locked, done) = (Gate(), Gate(), Gate(), Gate())
                let first = Task {
                    try await one.write { _ in
                        entered.open()
                        release.wait()
                    }
                }
                await entered.reached()
                let second = Task {
                    try await one.write { tx in
                        try tx.lock(name)
                        if !isKept { throw DatabaseError.other("no") }
                    }
                }
                try await Task.sleep(for: .milliseconds(20))
                let third = Task {
                    try await one.write { tx in
                        try tx.lock(name)
                        locked.open()
                        done.wait()
                        return try tx.row("SELECT 1 FROM things WHERE id = \(name)") { try $0[0] as Int } == nil
                    }
                }
                try await Task.sleep(for: .milliseconds(20))
                release.open()
                await locked.reached()
                let other = Task {
                    try await two.write { tx in
                        try tx.lock(name)
                        try tx.add(name)
                    }
                }
                try await Task.sleep(for: .milliseconds(100))
                done.open()
                try await first.value
                #expect(try await third.value, "\(name): another node came between")
                try await other.value
                if isKept { try await second.value } else { await #expect(throws: DatabaseError.other("no")) { try await second.value } }
            }
            #expect(one.batches.commits == 2)
        }
    }

    /// Batches that want each other's names, in opposite orders, all the time.
    @Test func crossingBatchesAllGetThere() async throws {
        try await withTwo { one, two, _, _ in
            for id in ["0", "1", "2", "3"] { try await one.add(id) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<160 {
                    let node = number % 2 == 0 ? one : two
                    let order = number % 2 == 0 ? [number / 2 % 4, (number / 2 + 1) % 4] : [(number / 2 + 1) % 4, number / 2 % 4]
                    group.addTask {
                        try await node.write { tx in
                            for id in order {
                                if number % 8 < 4 { try tx.lock("\(id)") }
                                try tx.execute("UPDATE things SET number = number + 1 WHERE id = \("\(id)")")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let total = try await two.read { try $0.row("SELECT CAST(sum(number) AS BIGINT) FROM things") { try $0[0] as Int } }
            #expect(total == 320)
        }
    }

    /// A write that joins a batch after another node's change was acknowledged acts on that change.
    @Test func aWriteSeesWhatAnotherNodeHadConfirmedBeforeIt() async throws {
        try await withTwo { one, two, _, _ in
            try await one.add("switch", number: 1)
            let (entered, release) = (Gate(), Gate())
            let first = Task {
                try await one.write { tx in
                    _ = try tx.row("SELECT number FROM things WHERE id = 'switch'") { try $0[0] as Int }
                    entered.open()
                    release.wait()
                }
            }
            await entered.reached()
            try await two.write { try $0.execute("UPDATE things SET number = 0 WHERE id = 'switch'") }
            async let seen = one.write { try $0.row("SELECT number FROM things WHERE id = 'switch'") { try $0[0] as Int } }
            try await Task.sleep(for: .milliseconds(20))
            release.open()
            try await first.value
            try await expectEqual(seen, 0)
            #expect(one.batches.jobs - one.batches.commits >= 1, "both were in one batch")
        }
    }
}
