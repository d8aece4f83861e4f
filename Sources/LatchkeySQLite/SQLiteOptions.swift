import Foundation
import GRDBSQLite

extension SQLiteDatabase {
    /// When a commit counts as done.
    package enum Synchronous: String, Sendable {
        /// When the disk has confirmed it: survives a loss of power.
        case full = "FULL"
        /// At once: for benchmarks and tests only.
        case off = "OFF"
    }

    /// How the database is run; the defaults are right for production.
    package struct Options: Sendable {
        /// When a commit counts as done.
        package var synchronous: Synchronous
        /// The most writes that share one commit.
        package var maxBatch: Int
        /// How many threads read.
        package var readers: Int
        /// Called with a sentence when a sync failed; it must end the process, and only a test's returns.
        package var exit: @Sendable (String) -> Void

        /// Options with these differences from the defaults.
        package init(
            synchronous: Synchronous = .full,
            maxBatch: Int = 256,
            readers: Int = max(4, ProcessInfo.processInfo.activeProcessorCount * 2),
            exit: @escaping @Sendable (String) -> Void = Self.exitAtOnce
        ) {
            self.synchronous = synchronous
            self.maxBatch = maxBatch
            self.readers = readers
            self.exit = exit
        }

        /// Says why on stderr and ends the process, running nothing more.
        package static let exitAtOnce: @Sendable (String) -> Void = { reason in
            FileHandle.standardError.write(Data("latchkey: \(reason)\n".utf8))
            _exit(74)  // EX_IOERR
        }
    }

    /// The version of the SQLite that is linked, such as `3.40.1`.
    package static var version: String { String(cString: sqlite3_libversion()) }

    /// Whether that version has the WAL-reset defect (3.7.0 to 3.51.2), from which one process with one writing connection is safe.
    package static var hasWALResetDefect: Bool { (3_007_000...3_051_002).contains(sqlite3_libversion_number()) }
}
