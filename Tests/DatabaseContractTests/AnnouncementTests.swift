import LatchkeyDatabase
import Synchronization
import Testing

/// What is announced is heard once it is committed, and what locks a name runs alone.
@Suite struct AnnouncementTests {
    @Test(arguments: Backend.allCases) func announcementsAreHeardInOrderBeforeTheAnswer(_ backend: Backend) async throws {
        try await backend.withThings { database in
            let ears = Ears()
            database.listen { ears.hear($0) }
            await ears.wait(for: database)
            try await database.write { tx in
                try tx.announce("one")
                try tx.add("1")
                try tx.announce("two \u{e9}")
            }
            #expect(ears.messages == ["one", "two \u{e9}"])
            try await database.read { try $0.announce("from a read") }
            try? await database.write { tx in
                try tx.announce("thrown")
                throw DatabaseError.other("no")
            }
            try await database.write { try $0.announce("three") }
            #expect(ears.messages == ["one", "two \u{e9}", "three"])
        }
    }

    @Test(arguments: Backend.allCases) func aLockChangesNothingElse(_ backend: Backend) async throws {
        try await backend.withThings { database in
            try await database.write { tx in
                try tx.lock("a")
                try tx.lock("a")
                try tx.lock("b")
                try tx.add("1")
            }
            try await database.read { try $0.lock("a") }
            try await expectEqual(database.things(), 1)
        }
    }
}

/// Hears what a database announces.
final class Ears: Sendable {
    private let heard = Mutex<[Announcement]>([])

    func hear(_ announcement: Announcement) { heard.withLock { $0.append(announcement) } }

    var all: [Announcement] { heard.withLock { $0 } }
    var messages: [String] { all.compactMap { if case .message(let text) = $0 { text } else { nil } } }

    /// Until the database hears everything.
    func wait(for database: any Database) async { await until { database.hearsEverything } }

    /// Until something is so, or ten seconds have passed.
    func until(_ isSo: @Sendable () -> Bool) async {
        for _ in 0..<2000 where !isSo() { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(isSo())
    }
}
