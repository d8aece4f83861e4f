import GRDBSQLite
import LatchkeyDatabase

/// Moves what is in the write-ahead log into the main file, from the writer's thread only and after its callers are answered.
///
/// SQLite's own automatic checkpoint ignores errors, a failed sync too; here each is seen. One connection writes and checkpoints, which
/// keeps clear of the WAL-reset defect of SQLite 3.7.0 to 3.51.2.
final class Checkpoints {
    private static let interval: CInt = 1000  // pages
    private static let starving: CInt = 8 * interval
    private let connection: Connection
    private let log = Log()
    private var next = interval

    private final class Log { var pages: CInt = 0 }

    init(_ connection: Connection) {
        self.connection = connection
        _ = sqlite3_wal_hook(
            connection.handle,
            { context, _, _, pages in
                if let context { Unmanaged<Log>.fromOpaque(context).takeUnretainedValue().pages = pages }
                return SQLITE_OK
            }, Unmanaged.passUnretained(log).toOpaque())
    }

    deinit { _ = sqlite3_wal_hook(connection.handle, nil, nil) }

    /// Checkpoints when the log has grown by an interval since the last time.
    func runIfDue() {
        if log.pages < next - Self.interval { next = Self.interval }  // the log has begun anew
        guard log.pages >= next else { return }
        next = log.pages + Self.interval
        if log.pages < Self.starving {
            checkpoint(SQLITE_CHECKPOINT_PASSIVE)
        } else {
            // Readers that come and go without a gap keep the log from beginning anew; wait for those of this moment.
            sqlite3_busy_timeout(connection.handle, 200)
            checkpoint(SQLITE_CHECKPOINT_RESTART)
            sqlite3_busy_timeout(connection.handle, 5000)
        }
    }

    /// Empties the log, when nobody reads any more.
    func runLast() { checkpoint(SQLITE_CHECKPOINT_TRUNCATE) }

    /// A busy or full disk only puts it off: the log still holds everything. The connection notes a failed sync.
    private func checkpoint(_ mode: CInt) {
        let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, mode, nil, nil)
        if code != SQLITE_OK { _ = connection.failure(code) }
    }
}
