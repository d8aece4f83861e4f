import Foundation
import LatchkeySecrets

/// One process's own part of `incoming`, held by a lock that ends with the process: so a start can tell what a crash left behind from what another
/// node, on the same store, is receiving right now.
final class IncomingFolder: Sendable {
    let path: String
    private let lockPath: String
    private let lock: Int32

    /// Sweeps what dead processes left, then makes a folder of its own.
    init(in parent: String) throws {
        try FileSystem.makePrivate(parent)
        try Self.sweep(parent)
        while true {
            let name = Hex.text(Random.bytes(8))
            let lockPath = parent + "/" + name + ".lock"
            let lock = Foundation.open(lockPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard lock >= 0 else { throw FileSystem.error("cannot create \(lockPath)") }
            // Another start may have swept it away between these lines; then we take another name.
            var status = stat()
            guard flock(lock, LOCK_EX | LOCK_NB) == 0, fstat(lock, &status) == 0, status.st_nlink == 1 else {
                _ = Foundation.close(lock)
                continue
            }
            self.path = parent + "/" + name
            self.lockPath = lockPath
            self.lock = lock
            break
        }
        try FileSystem.makePrivate(path)
    }

    deinit {
        Self.remove(path, lockPath)
        _ = Foundation.close(lock)
    }

    func freshName() -> String { Hex.text(Random.bytes(20)) }

    /// Removes the parts of processes that have ended; those of living ones are locked.
    static func sweep(_ parent: String) throws {
        for name in try FileSystem.names(in: parent) where name.hasSuffix(".lock") {
            let lock = Foundation.open(parent + "/" + name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            defer { _ = Foundation.close(lock) }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(parent + "/" + name.dropLast(".lock".count), parent + "/" + name) }
        }
    }

    /// The lock's file goes last, so that a sweep that is cut short is done again.
    private static func remove(_ folder: String, _ lockPath: String) {
        for name in (try? FileSystem.names(in: folder)) ?? [] { unlink(folder + "/" + name) }
        rmdir(folder)
        unlink(lockPath)
    }
}
