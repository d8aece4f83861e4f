import Foundation
import LatchkeyThreads
import Synchronization

/// A file on its way into a store, readable and writable by this process alone. Whoever holds it keeps it; with the last reference it is closed, and
/// removed unless it was put: what is refused leaves nothing behind on any path.
package final class IncomingFile: Sendable {
    private struct State {
        var size = 0
        /// Put into the store, or removed: nothing of ours is under the path any more.
        var isGone = false
    }

    /// For a child process to read or write; never closed by others.
    package let descriptor: Int32
    let path: String
    private let threads: BlockingThreads
    /// Kept, so that the folder outlives the file.
    private let folder: IncomingFolder
    private let state = Mutex(State())

    /// Makes a file with a new name; throws `BlobError`.
    init(in folder: IncomingFolder, threads: BlockingThreads) throws {
        path = folder.path + "/" + folder.freshName()
        descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        self.threads = threads
        self.folder = folder
        guard descriptor >= 0 else { throw FileSystem.error("cannot create a file in \(folder.path)") }
    }

    deinit {
        guard descriptor >= 0 else { return }
        _ = Foundation.close(descriptor)
        discard()
    }

    /// Removes the file now, unless it was put or removed: who answers a request need not wait for the last reference to go, which a thread that
    /// has just read the file may hold a moment longer.
    package func discard() {
        let isOurs = state.withLock { state in
            defer { state.isGone = true }
            return !state.isGone
        }
        if isOurs { unlink(path) }
    }

    /// Writes bytes at the end, by one writer at a time; throws `BlobError.full` where the disk is.
    package func append(_ bytes: [UInt8]) async throws {
        try await threads.run { [self] in
            let offset = state.withLock { $0.size }
            try FileSystem.write(bytes, to: descriptor, at: offset)
            state.withLock { $0.size = offset + bytes.count }
        }
    }

    /// How many bytes the file has now, whoever wrote them.
    package func size() throws -> Int { try FileSystem.size(of: descriptor) }

    /// At most `count` bytes from `offset` on, fewer only at the end. Blocks: call it within `reading`.
    package func read(at offset: Int, upTo count: Int) throws -> [UInt8] { try FileSystem.read(descriptor, at: offset, upTo: count) }

    /// Runs work that reads this file on a thread for that.
    package func reading<T: Sendable>(_ work: @escaping @Sendable (IncomingFile) throws -> T) async throws -> T {
        try await threads.run { [self] in try work(self) }
    }

    func markPut() { state.withLock { $0.isGone = true } }
}

/// What lies under a key, open for reading, also when it is deleted meanwhile.
package final class Blob: Sendable {
    package let size: Int
    private let descriptor: Int32
    private let threads: BlockingThreads

    init(path: String, threads: BlockingThreads) throws {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw errno == ENOENT ? BlobError.missing : FileSystem.error("cannot open \(path)") }
        do { size = try FileSystem.size(of: descriptor) } catch {
            _ = Foundation.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.threads = threads
    }

    deinit { _ = Foundation.close(descriptor) }

    /// At most `count` bytes from `offset` on; empty at the end.
    package func read(at offset: Int, upTo count: Int) async throws -> [UInt8] {
        try await threads.run { [self] in try FileSystem.read(descriptor, at: offset, upTo: count) }
    }
}
