import GRDBSQLite
import LatchkeyDatabase

/// A compiled statement that binds values and reads columns straight through SQLite's C interface.
final class PreparedStatement: RowSource {
    let text: String
    let isReadOnly: Bool
    /// Whether its verb may run inside a transaction; nil until somebody looked.
    var isPermitted: Bool?
    private let pointer: OpaquePointer
    private let owner: AnyObject  // GRDB's statement, which finalizes the pointer
    private let parameters: Int
    /// Changes with every step, so that a row kept too long is recognised.
    private var serial = 0
    private var columns = 0

    init(text: String, pointer: OpaquePointer, owner: AnyObject) {
        self.text = text
        self.pointer = pointer
        self.owner = owner
        isReadOnly = sqlite3_stmt_readonly(pointer) != 0
        parameters = Int(sqlite3_bind_parameter_count(pointer))
    }

    /// The row it stands on.
    var row: Row { Row(source: self, serial: serial) }

    func step() -> CInt {
        serial &+= 1
        let code = sqlite3_step(pointer)
        columns = Int(sqlite3_data_count(pointer))
        return code
    }

    /// Ends the run and lets go of the bound values.
    func finish() {
        serial &+= 1
        sqlite3_reset(pointer)
        if parameters > 0 { sqlite3_clear_bindings(pointer) }
    }

    // MARK: Binding

    /// Binds the values in order; throws `.misuse` when there are more or fewer than the statement wants.
    func bind(_ values: [SQLValue]) throws {
        guard values.count == parameters else {
            throw DatabaseError.misuse("\(values.count) values for \(parameters) parameters in: \(text)")
        }
        var index: CInt = 0
        for value in values {
            index += 1
            let code = try bind(value, at: index)
            guard code == SQLITE_OK else { throw DatabaseError.other("a value of parameter \(index) cannot be bound (\(code))") }
        }
    }

    private func bind(_ value: SQLValue, at index: CInt) throws -> CInt {
        switch value {
        case .null:
            return sqlite3_bind_null(pointer, index)
        case .int(let number):
            return sqlite3_bind_int64(pointer, index, number)
        case .text(var text):
            return try text.withUTF8 { bytes in
                if bytes.contains(0) { throw DatabaseError.check("text with a NUL") }
                return bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(pointer, index, $0.baseAddress ?? Self.nothing, UInt64($0.count), Self.copy, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(pointer, index, 0) }
            return bytes.withUnsafeBytes { sqlite3_bind_blob64(pointer, index, $0.baseAddress, UInt64($0.count), Self.copy) }
        }
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not import: SQLite takes a copy.
    private static var copy: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// An address for a string of no bytes, which with a nil address would be NULL.
    private static var nothing: UnsafePointer<CChar> {
        UnsafeRawPointer(("" as StaticString).utf8Start).assumingMemoryBound(to: CChar.self)
    }

    // MARK: Reading

    /// SQLite's type of a column of the current row; throws when the row has passed or the column does not exist.
    private func type(of column: Int, serial: Int) throws -> CInt {
        guard serial == self.serial else { throw DatabaseError.misuse("a row was used after its closure") }
        guard column >= 0, column < columns else { throw DatabaseError.typeMismatch(column: column) }
        return sqlite3_column_type(pointer, CInt(truncatingIfNeeded: column))
    }

    func integer(at column: Int, serial: Int) throws -> Int64 {
        guard try type(of: column, serial: serial) == SQLITE_INTEGER else { throw DatabaseError.typeMismatch(column: column) }
        return sqlite3_column_int64(pointer, CInt(truncatingIfNeeded: column))
    }

    func text(at column: Int, serial: Int) throws -> String? {
        let type = try type(of: column, serial: serial)
        if type == SQLITE_NULL { return nil }
        guard type == SQLITE_TEXT else { throw DatabaseError.typeMismatch(column: column) }
        let index = CInt(truncatingIfNeeded: column)
        guard let start = sqlite3_column_text(pointer, index) else { throw DatabaseError.unavailable("out of memory") }
        // Faster than validating a buffer; a NUL inside, which we never store, shows in the length.
        let text = String(validatingCString: UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self))
        guard let text, text.utf8.count == Int(sqlite3_column_bytes(pointer, index)) else { throw DatabaseError.typeMismatch(column: column) }
        return text
    }

    func bytes(at column: Int, serial: Int) throws -> [UInt8] {
        guard try type(of: column, serial: serial) == SQLITE_BLOB else { throw DatabaseError.typeMismatch(column: column) }
        let index = CInt(truncatingIfNeeded: column)
        let start = sqlite3_column_blob(pointer, index)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(pointer, index))))
    }

    func isNull(at column: Int, serial: Int) throws -> Bool {
        try type(of: column, serial: serial) == SQLITE_NULL
    }

    func value(at column: Int, serial: Int) throws -> SQLValue {
        switch try type(of: column, serial: serial) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .int(try integer(at: column, serial: serial))
        case SQLITE_TEXT: return try text(at: column, serial: serial).map(SQLValue.text) ?? .null
        case SQLITE_BLOB: return .blob(try bytes(at: column, serial: serial))
        default: throw DatabaseError.typeMismatch(column: column)
        }
    }
}
