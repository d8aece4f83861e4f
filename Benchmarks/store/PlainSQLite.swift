import CSodium
import GRDBSQLite

/// SQLite's C interface and nothing else: what the store is measured against.
final class PlainSQLite {
    private var handle: OpaquePointer?
    private static let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ path: String) throws {
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else { throw Failure("\(path) cannot be opened") }
        try run("PRAGMA foreign_keys = ON")
        try run("PRAGMA synchronous = FULL")
    }

    deinit { sqlite3_close_v2(handle) }

    func run(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure(sql) }
        return statement
    }

    /// Steps through every row and looks at every column; answers how many rows there were.
    func read(_ statement: OpaquePointer, _ values: [String]) throws -> Int {
        bind(statement, values)
        var rows = 0
        var bytes: CInt = 0
        let columns = sqlite3_column_count(statement)
        while sqlite3_step(statement) == SQLITE_ROW {
            rows += 1
            for column in 0..<columns {
                switch sqlite3_column_type(statement, column) {
                case SQLITE_INTEGER: bytes &+= CInt(truncatingIfNeeded: sqlite3_column_int64(statement, column))
                case SQLITE_TEXT:
                    if sqlite3_column_text(statement, column) != nil { bytes &+= sqlite3_column_bytes(statement, column) }
                default: break
                }
            }
        }
        sqlite3_reset(statement)
        return bytes == CInt.min ? 0 : rows
    }

    /// Steps through every row and hashes every column's bytes; answers how many there were.
    func hash(_ sql: String) throws -> Int {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        var state = crypto_hash_sha256_state()
        crypto_hash_sha256_init(&state)
        var bytes = 0
        while sqlite3_step(statement) == SQLITE_ROW {
            for column in 0..<sqlite3_column_count(statement) {
                let start = sqlite3_column_blob(statement, column)
                let count = Int(sqlite3_column_bytes(statement, column))
                guard let start, count > 0 else { continue }
                crypto_hash_sha256_update(&state, start.assumingMemoryBound(to: UInt8.self), UInt64(count))
                bytes += count
            }
        }
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256_final(&state, &digest)
        return digest.isEmpty ? 0 : bytes
    }

    /// Runs a statement to its end.
    func execute(_ statement: OpaquePointer, _ values: [String]) throws {
        bind(statement, values)
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW { code = sqlite3_step(statement) }
        guard code == SQLITE_DONE else { throw failure("a statement") }
        sqlite3_reset(statement)
    }

    /// Every row as texts.
    func rows(_ sql: String, _ values: [String] = []) throws -> [[String]] {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        bind(statement, values)
        var rows: [[String]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append((0..<sqlite3_column_count(statement)).map { sqlite3_column_text(statement, $0).map { String(cString: $0) } ?? "" })
        }
        return rows
    }

    private func bind(_ statement: OpaquePointer, _ values: [String]) {
        for (index, value) in values.enumerated() { sqlite3_bind_text(statement, CInt(index + 1), value, -1, Self.copy) }
    }

    private func failure(_ sql: String) -> Failure { Failure("\(String(cString: sqlite3_errmsg(handle))): \(sql)") }
}
