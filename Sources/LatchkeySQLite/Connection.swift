import GRDB
import GRDBSQLite
import LatchkeyDatabase

/// One open SQLite connection with its statement cache; belongs to one thread. GRDB opens, configures and closes it.
final class Connection {
    let handle: OpaquePointer
    /// Set once a sync has failed: what was written is then unknown, and nothing may be written again (D3).
    private(set) var syncFailure: String?
    #if DEBUG
    /// The log file's own methods, while a test's fault stands in their place.
    var realMethods: UnsafeRawPointer?
    #endif
    private let database: GRDB.Database
    private var cache: [String: PreparedStatement] = [:]
    private static let cacheLimit = 512

    init(_ database: GRDB.Database) throws {
        guard let handle = database.sqliteConnection else { throw LatchkeyDatabase.DatabaseError.unavailable("the connection is closed") }
        self.database = database
        self.handle = handle
        // GRDB's observers are not used; without their hooks a commit does not call into Swift.
        _ = sqlite3_commit_hook(handle, nil, nil)
        _ = sqlite3_rollback_hook(handle, nil, nil)
    }

    /// Whether a transaction is open; SQLite ends one by itself after some failures.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the last statement changed by itself.
    var changes: Int64 { sqlite3_changes64(handle) }

    /// Rows changed since opening, by triggers and foreign keys too.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }

    /// Whether a deferred foreign key is still broken, which would make the commit of the whole batch fail.
    var hasBrokenForeignKeys: Bool {
        var current: CInt = 0
        var highest: CInt = 0
        return sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0) == SQLITE_OK && current != 0
    }

    /// Lends a statement ready to be bound, prepared or from the cache; give it back with `putBack`. Throws what preparing throws.
    func prepare(_ text: String) throws -> PreparedStatement {
        if let cached = cache.removeValue(forKey: text) { return cached }
        do {
            let statement = try database.makeStatement(sql: text)
            return PreparedStatement(text: text, pointer: statement.sqliteStatement, owner: statement)
        } catch let error as GRDB.DatabaseError {
            throw failure(error.extendedResultCode.rawValue, message: error.message ?? "")
        }
    }

    /// Returns a lent statement; it is kept for the next one of the same text.
    func putBack(_ statement: PreparedStatement) {
        statement.finish()
        if cache.count >= Self.cacheLimit { cache.removeAll(keepingCapacity: true) }
        cache[statement.text] = statement
    }

    /// Steps to the next row: true when there is one. Throws the statement's `DatabaseError`.
    func step(_ statement: PreparedStatement) throws -> Bool {
        switch statement.step() {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// Runs one of the driver's own statements to its end.
    func run(_ sql: LatchkeyDatabase.SQL) throws {
        let statement = try prepare(sql.template)
        defer { putBack(statement) }
        try statement.bind(sql.values)
        while try step(statement) {}
    }

    /// Rolls back whatever is open; throws when even that fails, after which the connection is of no use.
    func rollBack() throws {
        if isInTransaction { try run("ROLLBACK") }
    }

    /// The `DatabaseError` for a result code, noting a failed sync.
    func failure(_ code: CInt, message: String? = nil) -> LatchkeyDatabase.DatabaseError {
        let message = message ?? String(cString: sqlite3_errmsg(handle))
        if isSyncFailure(code) { syncFailure = message }
        return databaseError(code: code, message: message, systemError: sqlite3_system_errno(handle))
    }

    /// Forgets the statements, so that the connection can close.
    func dispose() { cache.removeAll() }
}
