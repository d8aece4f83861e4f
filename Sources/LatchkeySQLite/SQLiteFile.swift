import Foundation
import GRDB
import GRDBSQLite
import LatchkeyDatabase

/// One GRDB connection to the file, configured and ready to be taken over by a thread.
struct SQLiteFile: Sendable {
    private let queue: DatabaseQueue

    /// Opens the one connection that writes, making the file (0600) where it is missing; throws the opening's `DatabaseError`.
    static func writer(path: String, synchronous: SQLiteDatabase.Synchronous) throws -> SQLiteFile {
        try PrivateFile.prepareDatabase(path)
        return try SQLiteFile(
            path: path, readOnly: false,
            pragmas: [
                "PRAGMA synchronous = \(synchronous.rawValue)",
                "PRAGMA foreign_keys = ON",
                "PRAGMA journal_size_limit = 67108864",
                "PRAGMA wal_autocheckpoint = 0",  // the writer does it itself, because SQLite swallows the errors of its own
            ])
    }

    /// Opens a connection that only reads, on a file that a writer has opened before; throws the opening's `DatabaseError`.
    static func reader(path: String) throws -> SQLiteFile {
        try SQLiteFile(path: path, readOnly: true, pragmas: ["PRAGMA query_only = ON"])
    }

    private init(path: String, readOnly: Bool, pragmas: [String]) throws {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            let mode = readOnly ? "wal" : try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else { throw LatchkeyDatabase.DatabaseError.unavailable("SQLite refuses its WAL mode for \(path)") }
            let common = ["PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0", "PRAGMA cache_size = -8000"]
            for pragma in common + pragmas { try database.execute(sql: pragma) }
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as GRDB.DatabaseError {
            throw databaseError(code: error.extendedResultCode.rawValue, message: "\(path): \(error.message ?? "")")
        }
    }

    /// Copies the database as it is at this moment into a new file (0600), which is whole and on disk when this returns; blocks, and nobody else.
    ///
    /// SQLite's backup API reads all pages within one snapshot, so that writes go on meanwhile and are not in the copy.
    func copy(to path: String) throws {
        try PrivateFile.createEmpty(path)
        do {
            let copy = try DatabaseQueue(path: path)
            try queue.backup(to: copy)
            try copy.close()
        } catch let error as GRDB.DatabaseError {
            throw databaseError(code: error.extendedResultCode.rawValue, message: "\(path): \(error.message ?? "")")
        }
        try PrivateFile.sync(path)
        try PrivateFile.sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// What SQLite finds wrong with the file and with references between rows; at most 100 of each.
    func examine() throws -> [String] {
        do {
            return try queue.inDatabase { database in
                let pages = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
                let references = try GRDB.Row.fetchAll(database, sql: "SELECT DISTINCT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 100")
                return pages
                    + references.map { "a row of \($0[0] as String? ?? "?") points at a row of \($0[1] as String? ?? "?") that is not there" }
            }
        } catch let error as GRDB.DatabaseError {
            throw databaseError(code: error.extendedResultCode.rawValue, message: error.message ?? "")
        }
    }

    /// Reads at one moment.
    func inSnapshot<T>(_ body: (GRDB.Database) throws -> T) throws -> T {
        do {
            return try queue.inDatabase { database in
                var result: T?
                try database.inTransaction(.deferred) {
                    result = try body(database)
                    return .rollback
                }
                guard let result else { throw LatchkeyDatabase.DatabaseError.misuse("nothing was read") }
                return result
            }
        } catch let error as GRDB.DatabaseError {
            throw databaseError(code: error.extendedResultCode.rawValue, message: error.message ?? "")
        }
    }

    /// Closes a connection that nobody occupies.
    func close() throws { try queue.close() }

    /// Holds the connection on the calling thread for as long as `body` runs, then closes it.
    func occupy(_ body: (Connection) -> Void) throws {
        try queue.inDatabase { database in
            let connection = try Connection(database)
            body(connection)
            connection.dispose()
        }
        try queue.close()
    }
}
