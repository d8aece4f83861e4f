/// What can go wrong in a database, in words that both drivers share.
package enum DatabaseError: Error, Hashable, Sendable {
    /// A unique or primary key is taken; names the table and columns, or the index, as the database does.
    case unique(String)
    /// A row that is pointed at is missing, or one that is still pointed at would go.
    case foreignKey
    /// A CHECK, NOT NULL, type or trigger rule refused the row, or text held a NUL; says which.
    case check(String)
    /// The disk, or the size allowed, is full; nothing of the write is kept and reads go on.
    case full
    /// A write was tried where only reading is allowed.
    case readOnly
    /// The database cannot be used now: closed, busy, failing disk.
    case unavailable(String)
    /// The file is damaged or no database.
    case corrupt(String)
    /// The database was written by a newer program: it has migration `found`, this program knows them up to `known`.
    case newerSchema(found: Int, known: Int)
    /// An applied migration has another text now.
    case changedMigration(Int)
    /// A column is absent or of another type than was asked for; -1 when the value did not come from a column.
    case typeMismatch(column: Int)
    /// The program used the database wrongly.
    case misuse(String)
    /// Anything else, in the database's own words.
    case other(String)
}
