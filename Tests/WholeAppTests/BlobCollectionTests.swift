import Foundation
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate
import PhotosFeature
import Synchronization
import Testing

@testable import latchkey

/// Files that no photo names are removed by the server itself, and no others.
@Suite struct `Files that no photo names` {
    private let scene: Scene
    private let blobs: any BlobStore

    init() async throws {
        scene = try await Scene.assemble()
        blobs = scene.house.house.blobs
    }

    private var collection: BlobCollection { BlobCollection(scene.house.house.gate, blobs) }

    private func file() async throws -> BlobKey {
        let file = try await blobs.incoming()
        try await file.append([1, 2, 3])
        return try await blobs.put(file)
    }

    /// Lets a file, or all, look as if it was written so many hours ago.
    private func age(_ key: BlobKey? = nil, hours: Double) async throws {
        let keys = if let key { [key] } else { Array(try await all()) }
        for key in keys {
            let path = "\(scene.house.installation.directory.path)/blobs/\(key.text.prefix(2))/\(key.text.dropFirst(2).prefix(2))/\(key)"
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -hours * 3600)], ofItemAtPath: path)
        }
    }

    private func all() async throws -> Set<BlobKey> { Set(try await blobs.keys(untouchedFor: .zero, after: nil, limit: 10_000)) }

    @Test func `go when they are old, and those of photos in every account and young ones stay`() async throws {
        for session in [scene.sessions.una, scene.sessions.uwe, scene.sessions.south] { _ = try await scene.photo(of: session) }
        let photos = try await all()
        let old = [try await file(), try await file()]
        try await age(hours: 25)
        let young = [try await file(), try await file()]
        try await age(young[1], hours: 23)
        #expect(try await collection.collect() == 2)
        #expect(try await all() == photos.union(young))
        #expect(try await collection.collect() == 0)
        for key in old { await #expect(throws: BlobError.missing) { try await blobs.open(key) } }
    }

    @Test func `are found behind any of a photo's three, however many there are`() async throws {
        for _ in 0..<300 { _ = try await scene.photo(of: scene.sessions.una) }
        var keys = Array(try await all())
        // Each photo's three files are now three different ones.
        let others = [try await file(), try await file(), try await file()]
        let (first, second) = (keys[0].text, keys[1].text)
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute("UPDATE photos SET large_blob = \(others[0].text) WHERE full_blob = \(first)")
            try tx.execute("UPDATE photos SET thumb_blob = \(others[1].text), full_blob = \(others[2].text) WHERE full_blob = \(second)")
        }
        let gone = keys.remove(at: 2)
        try await scene.database.write(seeing: .everything) { tx in try tx.execute("DELETE FROM photos WHERE full_blob = \(gone.text)") }
        for _ in 0..<250 { _ = try await file() }
        try await age(hours: 48)
        #expect(try await collection.collect() == 251)
        #expect(try await all() == Set(keys + others))
    }

    @Test func `stay where most have no photo, as in another database's folder`() async throws {
        _ = try await scene.photo(of: scene.sessions.una)
        for _ in 0..<31 { _ = try await file() }
        try await age(hours: 48)
        await #expect(throws: BlobCollection.Doubt(named: 1, unnamed: 31)) { try await collection.collect() }
        #expect(try await all().count == 32)
    }

    @Test func `stay while the database fails, at the first look and at the last`() async throws {
        _ = try await scene.photo(of: scene.sessions.una)
        _ = try await file()
        try await age(hours: 48)
        for reads in 0...1 {
            let gate = Gate(database: Failing(inner: scene.database, after: Countdown(reads)), clock: scene.house.time.clock)
            await #expect(throws: DatabaseError.unavailable("gone")) { try await BlobCollection(gate, blobs).collect() }
            #expect(try await all().count == 2)
        }
        #expect(try await collection.collect() == 1)
    }

    @Test func `are looked at by one node at a time`() async throws {
        _ = try await scene.photo(of: scene.sessions.una)
        _ = try await file()
        try await age(hours: 48)
        let gate = scene.house.house.gate
        let other = Lease("photos.collection", holder: "another node")
        #expect(try await gate.takes(other, for: 600))
        #expect(try await collection.collect() == nil)
        #expect(try await all().count == 2)
        try await gate.release(other)
        // Each lets go when it is done: a start does not wait for the last one's lease.
        #expect(try await collection.collect() == 1)
        #expect(try await collection.collect() == 0)
    }

    @Test func `go with what a dead process was receiving`() async throws {
        let dead = scene.house.installation.directory.path + "/blobs/incoming/0123456789abcdef"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: false)
        #expect(FileManager.default.createFile(atPath: dead + "/left", contents: Data([1])))
        #expect(FileManager.default.createFile(atPath: dead + ".lock", contents: nil))
        #expect(try await collection.collect() == 0)
        #expect(!FileManager.default.fileExists(atPath: dead))
    }
}

/// A database that answers so many reads and then fails.
private struct Failing: Database {
    let inner: any Database
    let after: Countdown

    func read<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        guard after.goesOn() else { throw DatabaseError.unavailable("gone") }
        return try await inner.read(seeing: sight, body)
    }

    func write<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await inner.write(seeing: sight, body)
    }
    func migrate(_ migrations: [Migration], now: Int64) async throws { try await inner.migrate(migrations, now: now) }
    func check() async throws { try await inner.check() }
    func examine() async throws -> [String] { try await inner.examine() }
    func listen(_ hear: @escaping @Sendable (Announcement) -> Void) { inner.listen(hear) }
    var isShared: Bool { inner.isShared }
    var hearsEverything: Bool { inner.hearsEverything }
    var batches: (commits: Int, jobs: Int) { inner.batches }
    func close() async { await inner.close() }
}

private final class Countdown: Sendable {
    private let left: Mutex<Int>
    init(_ count: Int) { left = Mutex(count) }
    func goesOn() -> Bool {
        left.withLock { left in
            left -= 1; return left >= 0
        }
    }
}
