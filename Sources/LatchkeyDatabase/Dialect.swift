/// The two databases, and the few spellings in which they differ: splice them with `\(fragment: tx.dialect.integer)`.
package enum Dialect: Sendable, Hashable, CaseIterable {
    case sqlite
    case postgres

    /// The column type of a 64-bit integer.
    package var integer: SQL { self == .sqlite ? "INTEGER" : "BIGINT" }

    /// The column type of bytes.
    package var bytes: SQL { self == .sqlite ? "BLOB" : "BYTEA" }

    /// What ends a `CREATE TABLE`, so that columns keep to their types.
    package var strict: SQL { self == .sqlite ? " STRICT" : "" }

    /// The database's own time, in milliseconds since 1970.
    package var now: SQL {
        self == .sqlite
            ? "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)" : "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
    }

    /// What ends a `SELECT` whose rows the transaction is going to change; SQLite has one writer and needs nothing.
    package var forUpdate: SQL { self == .sqlite ? "" : " FOR UPDATE" }
}
