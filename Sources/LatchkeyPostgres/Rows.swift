import CPostgres
import LatchkeyDatabase

/// A statement's whole answer, whose columns are read straight from libpq's memory, in the binary format.
final class Rows: RowSource {
    let count: Int
    private let columns: Int
    private var result: OpaquePointer?
    /// The row that may be read now, counted from 1; 0 for none.
    private var current = 0

    /// Takes the result over and frees it.
    init(_ result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
        columns = Int(PQnfields(result))
    }

    deinit { close() }

    /// Rows that an INSERT, UPDATE or DELETE changed.
    var changes: Int {
        guard let result, let status = PQcmdStatus(result) else { return 0 }
        let verb = String(cString: status)
        guard verb.hasPrefix("INSERT") || verb.hasPrefix("UPDATE") || verb.hasPrefix("DELETE") else { return 0 }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// The command's tag, such as COMMIT.
    var command: String { result.flatMap { PQcmdStatus($0) }.map { String(cString: $0) } ?? "" }

    /// Stands on a row, counted from 0.
    func row(_ index: Int) -> Row {
        current = index + 1
        return Row(source: self, serial: current)
    }

    /// Frees the answer; every row of it has passed.
    func close() {
        current = 0
        if let result { PQclear(result) }
        result = nil
    }

    // MARK: Columns

    private struct Cell {
        let type: Oid
        /// Nil for NULL.
        let bytes: UnsafeRawBufferPointer?
    }

    private func cell(_ column: Int, _ serial: Int) throws -> Cell {
        guard let result, serial == current, serial > 0 else { throw DatabaseError.misuse("a row was used after its closure") }
        guard column >= 0, column < columns else { throw DatabaseError.typeMismatch(column: column) }
        let (row, column) = (CInt(truncatingIfNeeded: serial - 1), CInt(truncatingIfNeeded: column))
        let type = PQftype(result, column)
        if PQgetisnull(result, row, column) != 0 { return Cell(type: type, bytes: nil) }
        return Cell(type: type, bytes: UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column))))
    }

    func isNull(at column: Int, serial: Int) throws -> Bool { try cell(column, serial).bytes == nil }

    func integer(at column: Int, serial: Int) throws -> Int64 {
        let cell = try cell(column, serial)
        guard let bytes = cell.bytes, let number = Self.integer(cell.type, bytes) else { throw DatabaseError.typeMismatch(column: column) }
        return number
    }

    func text(at column: Int, serial: Int) throws -> String? {
        let cell = try cell(column, serial)
        guard let bytes = cell.bytes else { return nil }
        guard Type.isText(cell.type), let text = String(validating: bytes, as: UTF8.self) else { throw DatabaseError.typeMismatch(column: column) }
        return text
    }

    func bytes(at column: Int, serial: Int) throws -> [UInt8] {
        let cell = try cell(column, serial)
        guard cell.type == Type.bytes, let bytes = cell.bytes else { throw DatabaseError.typeMismatch(column: column) }
        return [UInt8](bytes)
    }

    func value(at column: Int, serial: Int) throws -> SQLValue {
        let cell = try cell(column, serial)
        guard let bytes = cell.bytes else { return .null }
        if let number = Self.integer(cell.type, bytes) { return .int(number) }
        if cell.type == Type.bytes { return .blob([UInt8](bytes)) }
        guard Type.isText(cell.type), let text = String(validating: bytes, as: UTF8.self) else { throw DatabaseError.typeMismatch(column: column) }
        return .text(text)
    }

    /// Integers of every width, big-endian, and the truth as 0 and 1; nil for any other type.
    private static func integer(_ type: Oid, _ bytes: UnsafeRawBufferPointer) -> Int64? {
        switch (type, bytes.count) {
        case (Type.int8, 8): Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case (Type.int4, 4): Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case (Type.int2, 2): Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case (Type.bool, 1): bytes.first == 0 ? 0 : 1
        default: nil
        }
    }
}

/// The types that we bind and read, by the numbers that every PostgreSQL gives them.
enum Type {
    static let bool: Oid = 16
    static let bytes: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25

    static func isText(_ type: Oid) -> Bool { type == text || type == 1043 || type == 19 || type == 705 || type == 1042 }
}
