// The types that every store may bind and read. Each reads its column straight from the driver, without a `SQLValue` between.

extension String: SQLConvertible {
    /// The text itself.
    package var sqlValue: SQLValue { .text(self) }

    /// The stored text; throws `.typeMismatch` for anything but text.
    package init(sqlValue: SQLValue) throws {
        guard case .text(let text) = sqlValue else { throw DatabaseError.typeMismatch(column: -1) }
        self = text
    }

    /// Reads a text column; throws `.typeMismatch` for anything else.
    package init(row: Row, column: Int) throws { self = try row.text(at: column) }
}

extension Int64: SQLConvertible {
    /// The number itself.
    package var sqlValue: SQLValue { .int(self) }

    /// The stored number; throws `.typeMismatch` for anything but an integer.
    package init(sqlValue: SQLValue) throws {
        guard case .int(let number) = sqlValue else { throw DatabaseError.typeMismatch(column: -1) }
        self = number
    }

    /// Reads an integer column; throws `.typeMismatch` for anything else.
    package init(row: Row, column: Int) throws { self = try row.integer(at: column) }
}

extension Int: SQLConvertible {
    /// The number itself.
    package var sqlValue: SQLValue { .int(Int64(self)) }

    /// The stored number; throws `.typeMismatch` for anything but an integer that fits.
    package init(sqlValue: SQLValue) throws {
        guard case .int(let number) = sqlValue, let fitting = Int(exactly: number) else { throw DatabaseError.typeMismatch(column: -1) }
        self = fitting
    }

    /// Reads an integer column; throws `.typeMismatch` for anything else.
    package init(row: Row, column: Int) throws {
        guard let fitting = Int(exactly: try row.integer(at: column)) else { throw DatabaseError.typeMismatch(column: column) }
        self = fitting
    }
}

extension Bool: SQLConvertible {
    /// 1 for true, 0 for false.
    package var sqlValue: SQLValue { .int(self ? 1 : 0) }

    /// True for 1, false for 0; throws `.typeMismatch` for anything else.
    package init(sqlValue: SQLValue) throws {
        switch sqlValue {
        case .int(0): self = false
        case .int(1): self = true
        default: throw DatabaseError.typeMismatch(column: -1)
        }
    }

    /// Reads a 0 or 1; throws `.typeMismatch` for anything else.
    package init(row: Row, column: Int) throws {
        switch try row.integer(at: column) {
        case 0: self = false
        case 1: self = true
        default: throw DatabaseError.typeMismatch(column: column)
        }
    }
}

extension [UInt8]: SQLConvertible {
    /// The bytes themselves.
    package var sqlValue: SQLValue { .blob(self) }

    /// The stored bytes; throws `.typeMismatch` for anything but a blob.
    package init(sqlValue: SQLValue) throws {
        guard case .blob(let bytes) = sqlValue else { throw DatabaseError.typeMismatch(column: -1) }
        self = bytes
    }

    /// Reads a blob column; throws `.typeMismatch` for anything else.
    package init(row: Row, column: Int) throws { self = try row.bytes(at: column) }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    /// NULL for nil, else the wrapped value's.
    package var sqlValue: SQLValue { self?.sqlValue ?? .null }

    /// Nil for NULL; throws `.typeMismatch` as the wrapped type does.
    package init(sqlValue: SQLValue) throws {
        self = sqlValue == .null ? .none : .some(try Wrapped(sqlValue: sqlValue))
    }

    /// Reads nil from NULL; throws `.typeMismatch` as the wrapped type does.
    package init(row: Row, column: Int) throws {
        self = try row.isNull(at: column) ? .none : .some(try Wrapped(row: row, column: column))
    }
}
