import LatchkeyAccess
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyGate

/// The files that photos name, in whatever account: what a backup copies, and what must be there.
package enum PhotoFiles {
    private static let pageSize = 500

    /// Gives each photo's files to `body`, photo by photo.
    /// - Throws: `DatabaseError.corrupt` for a name that is no key, and what `body` throws.
    package static func forEach(_ gate: Gate, _ body: (PhotoID, [BlobKey]) async throws -> Void) async throws {
        var last: (account: AccountID, photo: PhotoID)?
        while true {
            let page = try await gate.read(door: .command) { [last] permit, tx in
                try PhotoFileStore.page(after: last, limit: pageSize, permit, tx)
            }
            for photo in page {
                let keys = photo.files.compactMap { BlobKey($0) }
                guard keys.count == photo.files.count else { throw DatabaseError.corrupt("photo \(photo.photo) names no file") }
                try await body(photo.photo, keys)
            }
            guard let end = page.last, page.count == pageSize else { return }
            last = (end.account, end.photo)
        }
    }
}

extension PhotoFiles {
    /// How photos and files fit together.
    package struct Standing: Sendable {
        package var photos = 0
        package var files = 0
        /// Photos that lack a file, at most 20 of them by id.
        package var incomplete: [PhotoID] = []
        package var incompleteCount = 0
        /// Files older than a day that no photo names, which the server removes by itself.
        package var unnamed = 0
    }

    /// Looks at every photo and at every file.
    package static func examine(_ gate: Gate, _ blobs: any BlobStore) async throws -> Standing {
        var standing = Standing()
        try await forEach(gate) { photo, keys in
            standing.photos += 1
            var isComplete = true
            for key in keys {
                do { _ = try await blobs.open(key) } catch BlobError.missing { isComplete = false }
            }
            if isComplete { return }
            standing.incompleteCount += 1
            if standing.incomplete.count < 20 { standing.incomplete.append(photo) }
        }
        var last: BlobKey?
        while true {
            let keys = try await blobs.keys(untouchedFor: BlobCollection.age, after: last, limit: pageSize)
            guard let end = keys.last else { break }
            let named = try await gate.read(door: .files) { permit, tx in try PhotoFileStore.named(keys, permit, tx) }
            standing.files += keys.count
            standing.unnamed += keys.count { !named.contains($0.text) }
            last = end
        }
        return standing
    }
}
