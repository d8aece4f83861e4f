import Foundation
import LatchkeyDatabase
import LatchkeyPostgres
import Synchronization
import ThrowAwayPostgres

@testable import latchkey

/// Where a house of these tests has its data: in its directory or, with `LATCHKEY_TEST_DATABASE=postgres`, in a database of a throw-away server,
/// which it uses as a role that owns nothing, as servers should.
final class TestDatabase: Sendable {
    static let isPostgres: Bool = {
        switch ProcessInfo.processInfo.environment["LATCHKEY_TEST_DATABASE"] ?? "sqlite" {
        case "sqlite": return false
        case "postgres": return true
        case let other: preconditionFailure("LATCHKEY_TEST_DATABASE is sqlite or postgres, not \(other)")
        }
    }()

    /// All tests begin at once: few connections each, and patience while the machine is busy.
    static let options = PostgresDatabase.Options(readers: 2, patience: .seconds(60), absence: .seconds(60))
    private static let places = Places(48)

    let name: String
    let url: String
    private let server: ThrowAwayPostgres
    private let isKept = Mutex(false)

    /// A new one, empty or a copy of another; nil where the data is in the directory.
    static func make(from template: String?) async throws -> TestDatabase? {
        guard isPostgres else { return nil }
        let server = try await ThrowAwayPostgres.running()
        await places.take()
        let source = if let template { template } else { try await migrated.value }
        return TestDatabase(try await server.make(from: source), server)
    }

    /// An empty house's tables, as `latchkey migrate` makes them.
    private static let migrated = Task.detached {
        let server = try await ThrowAwayPostgres.running()
        let name = try await server.make()
        _ = try await Migrate.run(PostgresAddress(server.url(name)), serving: ServingRole(servingRole))
        return name
    }

    static let servingRole = "latchkey_serving"

    /// The way in as the owner.
    var ownerURL: String { server.url(name) }

    /// Does as the owner what the role of the house may not.
    func asOwner(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        let database = PostgresDatabase(try PostgresAddress(ownerURL), options: .init(readers: 1))
        do { try await database.write(seeing: .everything, body) } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private init(_ name: String, _ server: ThrowAwayPostgres) {
        self.name = name
        self.server = server
        url = server.url(name, as: Self.servingRole)
    }

    deinit {
        if !isKept.withLock({ $0 }) { server.drop(name) }
        Self.places.giveBack()
    }

    /// Lets it outlive this value, as what others are copied from.
    func keep() -> String {
        isKept.withLock { $0 = true }
        return name
    }
}

/// So many at a time; whoever has waited for a minute goes all the same, since it may be one who waits for itself, with a house already.
private final class Places: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    func take() async {
        for _ in 0..<1200 {
            let isMine = free.withLock { free in
                defer { if free > 0 { free -= 1 } }
                return free > 0
            }
            if isMine { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
        free.withLock { $0 -= 1 }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
