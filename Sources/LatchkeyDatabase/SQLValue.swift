/// One value as both databases know it; text never holds a NUL (a driver refuses it with `.check`, as PostgreSQL cannot store it).
package enum SQLValue: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])
}

/// A Swift value that can be bound to a statement and read back from a column.
///
/// A conforming type needs the first two requirements only; the third is the fast path of the types below.
package protocol SQLConvertible {
    /// What is stored for this value.
    var sqlValue: SQLValue { get }

    /// The value that was stored; throws `DatabaseError.typeMismatch` when it is of another type or out of range.
    init(sqlValue: SQLValue) throws

    /// Reads a column of the current row; throws `.typeMismatch` naming the column when it is absent or of another type.
    init(row: Row, column: Int) throws
}

extension SQLConvertible {
    /// Reads a column through `SQLValue`; throws `.typeMismatch` naming the column when it is absent or of another type.
    package init(row: Row, column: Int) throws {
        let value = try row.value(at: column)
        do {
            try self.init(sqlValue: value)
        } catch DatabaseError.typeMismatch {
            throw DatabaseError.typeMismatch(column: column)
        }
    }
}

/// Typed ids and enums conform by their raw value: `extension AccountID: SQLConvertible {}` is all they need.
extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
    /// The raw value.
    package var sqlValue: SQLValue { rawValue.sqlValue }

    /// The value with this raw value; throws `.typeMismatch` when there is none.
    package init(sqlValue: SQLValue) throws {
        guard let value = Self(rawValue: try RawValue(sqlValue: sqlValue)) else { throw DatabaseError.typeMismatch(column: -1) }
        self = value
    }

    /// Reads the raw value from a column; throws `.typeMismatch` naming the column when no value has it.
    package init(row: Row, column: Int) throws {
        guard let value = Self(rawValue: try RawValue(row: row, column: column)) else {
            throw DatabaseError.typeMismatch(column: column)
        }
        self = value
    }
}
