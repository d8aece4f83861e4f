import Foundation
import LatchkeyDatabase

/// Files and folders that nobody but the server's own user may read.
enum PrivateFile {
    /// Makes the database file where it is missing and takes everybody else's rights from it and from its companions.
    ///
    /// Throws `.unavailable` when the system refuses. An existing file is never opened here: closing it would drop SQLite's locks.
    static func prepareDatabase(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw systemError("cannot create \(path)")
        }
        for file in [path, path + "-wal", path + "-shm"] { try restrict(file) }
    }

    /// Takes the group's and others' rights from a file, if it exists; throws `.unavailable` when that is refused.
    static func restrict(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw systemError("cannot look at \(path)")
        }
        guard status.st_mode & 0o077 != 0 else { return }
        guard chmod(path, status.st_mode & 0o700) == 0 else { throw systemError("cannot restrict \(path)") }
    }

    /// Creates an empty file of mode 0600, in the place of one that was there; throws `.unavailable` when the system refuses.
    static func createEmpty(_ path: String) throws {
        if unlink(path) != 0, errno != ENOENT { throw systemError("cannot remove \(path)") }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create \(path)") }
        close(descriptor)
    }

    /// Waits until a file's or folder's content is on disk; throws `.unavailable` when the disk refuses.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("cannot sync \(path)") }
    }

    /// The last system error as `.unavailable`.
    static func systemError(_ what: String) -> DatabaseError {
        .unavailable("\(what): \(String(cString: strerror(errno)))")
    }
}
