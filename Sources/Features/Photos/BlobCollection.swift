import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyGate
import LatchkeySecrets

/// Removes files that no photo names: what a crash between bytes and row left behind, and what belonged to sessions that were deleted. Several nodes
/// may run it: one at a time holds the lease.
package struct BlobCollection: Sendable {
    private let gate: Gate
    private let blobs: any BlobStore
    private let lease = Lease("photos.collection", holder: Random.base62(22))

    /// No row is written so long after its bytes.
    package static let age: Duration = .seconds(86_400)
    /// How many files are looked up at once.
    static let batch = 500
    /// So many are what crashes left in a young installation, however few photos it has.
    static let few = 30
    /// Removed in one round at most; the next round goes on.
    static let most = 10_000
    /// How long a node that died keeps the others waiting, in seconds.
    static let leaseSeconds = 60

    /// Most of what is old has no row: this folder is rather another database's, or the database an old copy. Nothing was removed.
    package struct Doubt: Error, Equatable, CustomStringConvertible {
        package let named: Int
        package let unnamed: Int

        package init(named: Int, unnamed: Int) {
            self.named = named
            self.unnamed = unnamed
        }

        package var description: String {
            "only \(named) of \(named + unnamed) files belong to photos of this database, so none was removed: is --blobs the folder of this database?"
        }
    }

    package init(_ gate: Gate, _ blobs: any BlobStore) {
        self.gate = gate
        self.blobs = blobs
    }

    /// Looks at every file and removes those older than `age` that no photo names; answers how many, or nil where another node is at it.
    /// - Throws: `Doubt`, and whatever the database or the store throws; what was not looked up is then left alone.
    package func collect(olderThan age: Duration = age) async throws -> Int? {
        guard try await gate.takes(lease, for: Self.leaseSeconds) else { return nil }
        let done: Int?
        do { done = try await collectAlone(olderThan: age) } catch {
            try? await gate.release(lease)
            throw error
        }
        try await gate.release(lease)
        return done
    }

    private func collectAlone(olderThan age: Duration) async throws -> Int? {
        try await blobs.tidy()
        var (named, unnamed): (Int, [BlobKey]) = (0, [])
        var last: BlobKey?
        while unnamed.count < Self.most {
            let keys = try await blobs.keys(untouchedFor: age, after: last, limit: Self.batch)
            if keys.isEmpty { break }
            let free = try await withoutPhoto(keys)
            named += keys.count - free.count
            unnamed += free
            last = keys.last
            guard try await goesOn() else { return nil }
        }
        guard unnamed.count <= max(named, Self.few) else { throw Doubt(named: named, unnamed: unnamed.count) }
        return try await remove(unnamed)
    }

    /// Looks each up once more, right before it goes.
    private func remove(_ keys: [BlobKey]) async throws -> Int {
        var removed = 0
        for start in stride(from: 0, to: keys.count, by: Self.batch) {
            guard try await goesOn() else { break }
            for key in try await withoutPhoto(Array(keys[start..<min(start + Self.batch, keys.count)])) {
                try await blobs.delete(key)
                removed += 1
            }
        }
        return removed
    }

    private func withoutPhoto(_ keys: [BlobKey]) async throws -> [BlobKey] {
        let named = try await gate.read(door: .files) { permit, tx in try PhotoFileStore.named(keys, permit, tx) }
        return keys.filter { !named.contains($0.text) }
    }

    private func goesOn() async throws -> Bool {
        try Task.checkCancellation()
        return try await gate.takes(lease, for: Self.leaseSeconds)
    }
}
