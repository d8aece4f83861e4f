import Foundation
import LatchkeyDatabase

/// The folder that holds all of an installation's data, private to its user and held by one process at a time.
package struct DataDirectory: Sendable {
    /// The folder's path.
    package let path: String
    private let lock: DirectoryLock

    /// Makes the folder (0700) where it is missing, takes everybody else's rights from it, and locks it.
    ///
    /// Throws `.unavailable` naming the process that holds the lock, or saying what is wrong with the folder: not a folder, or
    /// another user's.
    package init(path: String) throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw PrivateFile.systemError("cannot create the data folder \(path)") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw PrivateFile.systemError("cannot look at the data folder \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw DatabaseError.unavailable("\(path) is not a folder") }
        guard status.st_uid == geteuid() else {
            throw DatabaseError.unavailable("the data folder \(path) belongs to user \(status.st_uid), this process runs as \(geteuid())")
        }
        try PrivateFile.restrict(path)
        self.path = path
        lock = try DirectoryLock(path + "/lock")
    }

    /// The path of a file in the folder.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Lets another process have the folder; also happens when the last copy of this value goes.
    package func close() { lock.release() }
}

/// An exclusive `flock` on a file that names its holder; the system releases it with the process, however that ends.
private final class DirectoryLock: Sendable {
    private let descriptor: Int32
    private let released = OneTime()

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PrivateFile.systemError("cannot open \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno == EWOULDBLOCK ? Self.held(path, descriptor) : PrivateFile.systemError("cannot lock \(path)")
            release()  // as deinit would, which runs after a throw from here: a second close would be of somebody else's descriptor
            throw error
        }
        let line = Array("\(getpid())\n".utf8)
        guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
            let error = PrivateFile.systemError("cannot write \(path)")
            release()
            throw error
        }
    }

    deinit { release() }

    func release() {
        if released.claim() { _ = Foundation.close(descriptor) }
    }

    private static func held(_ path: String, _ descriptor: Int32) -> DatabaseError {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let holder = Int32(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).prefix { $0.isASCII && $0.isNumber })
        let who = holder.map { "process \($0)" } ?? "another process"
        return .unavailable("\(path) is held by \(who): one data folder serves one server at a time")
    }
}
