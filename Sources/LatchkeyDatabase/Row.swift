/// The current row of a statement, valid only inside the closure that gets it; a later use throws `.misuse`.
package struct Row {
    private let source: any RowSource
    private let serial: Int

    /// The row that `source` now stands on; for drivers.
    package init(source: any RowSource, serial: Int) {
        self.source = source
        self.serial = serial
    }

    /// The column at a position from 0; throws `.typeMismatch` when it is absent, NULL or of another type than asked for.
    package subscript<T: SQLConvertible>(_ index: Int) -> T {
        get throws { try T(row: self, column: index) }
    }

    /// An integer column; throws `.typeMismatch` for anything else.
    package func integer(at column: Int) throws -> Int64 { try source.integer(at: column, serial: serial) }

    /// A text column; throws `.typeMismatch` for anything else, invalid UTF-8 included.
    package func text(at column: Int) throws -> String {
        guard let text = try source.text(at: column, serial: serial) else { throw DatabaseError.typeMismatch(column: column) }
        return text
    }

    /// A text column, nil for NULL; throws `.typeMismatch` for anything else.
    package func optionalText(at column: Int) throws -> String? { try source.text(at: column, serial: serial) }

    /// An integer column, nil for NULL; throws `.typeMismatch` for anything else.
    package func optionalInteger(at column: Int) throws -> Int? { try isNull(at: column) ? nil : Int(row: self, column: column) }

    /// A blob column; throws `.typeMismatch` for anything else.
    package func bytes(at column: Int) throws -> [UInt8] { try source.bytes(at: column, serial: serial) }

    /// Whether a column is NULL; throws `.typeMismatch` when there is no such column.
    package func isNull(at column: Int) throws -> Bool { try source.isNull(at: column, serial: serial) }

    /// A column of whatever type it is; throws `.typeMismatch` when it is absent or a fraction, which no table of ours holds.
    package func value(at column: Int) throws -> SQLValue { try source.value(at: column, serial: serial) }
}

/// What a driver's statement offers to `Row`; every verb throws `.misuse` when `serial` is not the row it stands on.
package protocol RowSource: AnyObject {
    /// An integer column; throws `.typeMismatch` for anything else.
    func integer(at column: Int, serial: Int) throws -> Int64
    /// A text column, nil for NULL; throws `.typeMismatch` for anything else.
    func text(at column: Int, serial: Int) throws -> String?
    /// A blob column; throws `.typeMismatch` for anything else.
    func bytes(at column: Int, serial: Int) throws -> [UInt8]
    /// Whether a column is NULL; throws `.typeMismatch` when there is no such column.
    func isNull(at column: Int, serial: Int) throws -> Bool
    /// A column of whatever type; throws `.typeMismatch` when it is absent or of a type we do not store.
    func value(at column: Int, serial: Int) throws -> SQLValue
}
