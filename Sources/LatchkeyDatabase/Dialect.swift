/// The two databases, and the few spellings in which they differ: splice them with `\(fragment: tx.dialect.integer)`.
package enum Dialect: Sendable, Hashable, CaseIterable {
    case sqlite
    case postgres

    /// A migration's statement in this database's words. Migrations are written with SQLite's: `INTEGER`, `BIGINT`, `TEXT` and `BLOB` in
    /// capitals, which stand for nothing else there. Text is compared by its bytes, whatever language the database was made for.
    package func spelled(_ statement: String) -> String {
        if self == .sqlite { return statement }
        var (result, word, isQuoted) = ("", "", false)
        for character in statement + " " {
            if character.isLetter || character.isNumber || character == "_" {
                word.append(character)
                continue
            }
            result += isQuoted ? word : Self.postgresWords[word] ?? word
            word = ""
            if character == "'" { isQuoted.toggle() }
            result.append(character)
        }
        return String(result.dropLast())
    }

    private static let postgresWords = ["INTEGER": "BIGINT", "BLOB": "BYTEA", "TEXT": "TEXT COLLATE \"C\"", "STRICT": ""]

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

    /// The texts of a group in one, with a space between them and in no order.
    package func together(_ text: SQL) -> SQL { self == .sqlite ? "group_concat(\(fragment: text), ' ')" : "string_agg(\(fragment: text), ' ')" }

    /// What ends a `SELECT` whose rows the transaction is going to change; SQLite has one writer and needs nothing.
    package var forUpdate: SQL { self == .sqlite ? "" : " FOR UPDATE" }

    /// The same for rows of which any will do: those that somebody else holds are left out.
    package var forUpdateOfFree: SQL { self == .sqlite ? "" : " FOR UPDATE SKIP LOCKED" }
}
