#if DEBUG
import GRDBSQLite
import LatchkeyDatabase

/// A disk that fails, for tests.
package enum Fault: Sendable {
    /// Every write finds the disk full.
    case full
    /// Every sync of the log fails.
    case sync
    /// Every sync of the main file fails: only checkpoints do those.
    case checkpointSync
}

extension SQLiteDatabase {
    /// Has the writer's disk fail from now on, or its log work again with nil; throws `.unavailable` when the writer is gone.
    package func inject(_ fault: Fault?) async throws {
        try await alone { connection in
            var file: UnsafeMutablePointer<sqlite3_file>?
            let which = fault == .checkpointSync ? SQLITE_FCNTL_FILE_POINTER : SQLITE_FCNTL_JOURNAL_POINTER
            let code = sqlite3_file_control(connection.handle, "main", which, &file)
            guard code == SQLITE_OK, let file, let methods = file.pointee.pMethods else { throw connection.failure(code) }
            // The real methods have an address; the failing copies are never freed, as SQLite may still hold one when it closes.
            let real = connection.realMethods ?? UnsafeRawPointer(methods)
            connection.realMethods = real
            let original = real.assumingMemoryBound(to: sqlite3_io_methods.self)
            guard let fault else { return file.pointee.pMethods = original }
            let failing = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
            failing.initialize(to: original.pointee)
            switch fault {
            case .full: failing.pointee.xWrite = { _, _, _, _ in SQLITE_FULL }
            case .sync, .checkpointSync: failing.pointee.xSync = { _, _ in SQLITE_IOERR | (4 << 8) }
            }
            file.pointee.pMethods = UnsafePointer(failing)
        }
    }
}
#endif
