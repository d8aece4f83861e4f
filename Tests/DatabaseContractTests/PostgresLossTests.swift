import Foundation
import LatchkeyDatabase
import LatchkeyPostgres
import Synchronization
import Testing
import ThrowAwayPostgres

/// Connections that break, servers that are not there, and addresses that are none.
@Suite struct PostgresLossTests {
    private func with(
        _ options: PostgresDatabase.Options = .init(readers: 1), through proxy: Proxy? = nil,
        _ body: (_ database: PostgresDatabase, _ server: ThrowAwayPostgres, _ name: String) async throws -> Void
    ) async throws {
        let server = try await ThrowAwayPostgres.running()
        let name = try await server.make()
        defer { server.drop(name) }
        var url = server.url(name)
        if let proxy { url = "postgres://latchkey@localhost:\(try proxy.listen(for: server.socketFolder))/\(name)" }
        let database = PostgresDatabase(try PostgresAddress(url), options: options)
        let result: Result<Void, any Error>
        do {
            try await database.migrate([Backend.things], now: 1)
            result = .success(try await body(database, server, name))
        } catch { result = .failure(error) }
        await database.close()
        try result.get()
    }

    private func kill(_ name: String, _ server: ThrowAwayPostgres) async throws {
        try await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'")
    }

    @Test func connectionsThatWereIdleWhenTheyBrokeAreReplaced() async throws {
        try await with { database, server, name in
            try await database.add("1")
            try await expectEqual(database.things(), 1)
            try await kill(name, server)
            try await database.add("2")
            try await kill(name, server)
            try await expectEqual(database.things(), 2)
        }
    }

    @Test func aBatchWhoseConnectionBreaksBeforeTheCommitRunsAgain() async throws {
        try await with { database, _, _ in
            let runs = Mutex(0)
            let actions = Mutex(0)
            try await database.write { tx in
                let run = runs.withLock {
                    $0 += 1; return $0
                }
                tx.afterCommit { actions.withLock { $0 += 1 } }
                try tx.add("1")
                if run == 1 { _ = try? tx.row("SELECT pg_terminate_backend(pg_backend_pid())") { _ in } }
            }
            #expect(runs.withLock { $0 } == 2)
            #expect(actions.withLock { $0 } == 1)
            try await expectEqual(database.things(), 1)
            // One that breaks it every time is given up, and its neighbours are not.
            let poison = Task { try await database.write { tx in _ = try tx.row("SELECT pg_terminate_backend(pg_backend_pid())") { _ in } } }
            async let neighbour: Void = database.add("2")
            let error = await failure { try await poison.value }
            #expect(error?.kind == "unavailable")
            try await neighbour
            try await expectEqual(database.things(), 2)
        }
    }

    @Test func aCommitWhoseAnswerIsLostIsNeitherDoneNorUndone() async throws {
        let proxy = Proxy()
        try await with(through: proxy) { database, _, _ in
            let ears = Ears()
            database.listen { ears.hear($0) }
            await ears.wait(for: database)
            let before = ears.all.count
            let runs = Mutex(0)
            proxy.losesNextCommit()
            let error = await failure {
                try await database.write { tx in
                    runs.withLock { $0 += 1 }
                    try tx.add("1")
                }
            }
            #expect(error?.kind == "unavailable")
            #expect(runs.withLock { $0 } == 1, "it is not tried again: that could do it twice")
            #expect(ears.all.dropFirst(before).contains(.everything), "what was remembered may be over")
            try await expectEqual(database.things(), 1)
            try await database.add("2")
        }
    }

    @Test func nobodyWaitsForEverForAConnection() async throws {
        try await with(.init(readers: 1, patience: .milliseconds(300))) { database, _, _ in
            let (entered, release) = (Gate(), Gate())
            let slow = Task {
                try await database.read { _ in
                    entered.open()
                    release.wait()
                }
            }
            await entered.reached()
            let error = await failure { try await database.things() }
            #expect(error?.kind == "unavailable")
            release.open()
            try await slow.value
            try await expectEqual(database.things(), 0)
        }
    }

    @Test func whereNobodyAnswersWorkIsRefused() async throws {
        let database = PostgresDatabase(
            try PostgresAddress("postgres://nobody:secret@localhost:1/none"), options: .init(readers: 1, patience: .milliseconds(200)))
        for error in [
            await failure { try await database.read { _ in } }, await failure { try await database.write { _ in } },
            await failure { try await database.migrate([], now: 1) }, await failure { try await database.check() },
        ] {
            #expect(error?.kind == "unavailable")
            #expect("\(String(describing: error))".contains("secret") == false)
        }
        await database.close()
        let late = await failure { try await database.write { _ in } }
        #expect(late?.kind == "unavailable")
    }

    @Test(arguments: [
        "", "mysql://a/b", "postgres://user:secret@host:port:more/x", "postgres://u:secret@h/d?nonsense=1", "host=localhost password=secret",
    ])
    func whatIsNoAddressIsRefusedWithoutSayingIt(_ url: String) {
        #expect { try PostgresAddress(url) } throws: { error in !"\(error)".contains("secret") }
    }

    @Test func aStrangersServerHasToShowWhoItIs() throws {
        func sslmode(_ url: String) throws -> String? { try PostgresAddress(url).libpq["sslmode"] }
        try expectEqual(sslmode("postgres://u:p@db.example.com/x"), "verify-full")
        try expectEqual(sslmode("postgres://u:p@one.example.com,two.example.com/x"), "verify-full")
        try expectEqual(sslmode("postgres://u:p@localhost,db.example.com/x"), "verify-full")
        try expectEqual(sslmode("postgres://u:p@db.example.com/x?sslmode=require"), "require")
        try expectEqual(sslmode("postgres://u:p@localhost/x"), nil)
        try expectEqual(sslmode("postgres:///x?host=%2Frun%2Fpostgresql"), nil)
        let address = try PostgresAddress("postgres://u:secret@one.example.com,two.example.com/x")
        #expect(address.libpq["target_session_attrs"] == "read-write")
        #expect(address.description == "one.example.com,two.example.com, database x")
    }

    @Test func aCommitIsOnDiskWhenItIsAnswered() async throws {
        try await with { database, server, name in
            try await server.run("ALTER DATABASE \(name) SET synchronous_commit = off")
            let settings = try await PostgresDatabase(PostgresAddress(server.url(name)), options: .init(readers: 1)).write { tx in
                try tx.rows("SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')") {
                    [try $0[0] as String, try $0[1]]
                }
            }
            #expect(settings == [["on", "read committed"]])
        }
    }
}

/// Stands between a database and its server, and can lose the answer to a commit.
final class Proxy: Sendable {
    private let loses = Mutex(false)

    func losesNextCommit() { loses.withLock { $0 = true } }

    /// Listens on a loopback port, which it answers, for connections to the server's socket.
    func listen(for folder: String) throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(listener, general, length) == 0 && Foundation.listen(listener, 16) == 0 && getsockname(listener, general, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
        }
        guard let port else { throw POSIXError(.EADDRNOTAVAIL) }
        let thread = Thread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 { join(client, folder) }
        }
        thread.start()
        return Int(port)
    }

    private func join(_ client: Int32, _ folder: String) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array((folder + "/.s.PGSQL.5432").utf8)) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        let switchboard = Switch()
        pass(client, server) { [self] bytes in
            if loses.withLock({ $0 }), bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil {
                loses.withLock { $0 = false }
                switchboard.isOff.withLock { $0 = true }
            }
            return true
        }
        pass(server, client) { _ in !switchboard.isOff.withLock { $0 } }
    }

    private final class Switch: Sendable {
        let isOff = Mutex(false)
    }

    private func pass(_ from: Int32, _ to: Int32, _ mayPass: @escaping @Sendable ([UInt8]) -> Bool) {
        let thread = Thread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(from, &buffer, buffer.count), count > 0 {
                let bytes = Array(buffer[..<count])
                guard mayPass(bytes) else { break }
                _ = bytes.withUnsafeBytes { send(to, $0.baseAddress, count, Int32(MSG_NOSIGNAL)) }
            }
            shutdown(from, Int32(SHUT_RDWR))
            shutdown(to, Int32(SHUT_RDWR))
        }
        thread.start()
    }
}
