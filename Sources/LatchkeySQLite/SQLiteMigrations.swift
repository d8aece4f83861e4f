import Foundation
import LatchkeyDatabase

/// Applies migrations on the writing connection, outside any other transaction.
enum SQLiteMigrations {
    /// Applies what is missing, each in its own transaction, after a backup; throws as `Database.migrate` does.
    static func apply(_ migrations: [Migration], to connection: Connection, path: String, now: Int64) throws {
        let isEmpty = try count("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'", connection) == 0
        _ = try transaction(connection) { try $0.execute(Migration.createTable(.sqlite)) }
        let applied = try transaction(connection) { transaction in
            try transaction.rows(Migration.listApplied) { try Migration.Applied(number: $0[0], checksum: $0[1]) }
        }
        let pending = try Migration.pending(migrations, applied: applied, on: .sqlite)
        guard let first = pending.first else { return }
        if !isEmpty { try backUp(connection, to: "\(path).before-\(first.number)") }
        for migration in pending {
            try transaction(connection) { transaction in
                for statement in migration.statements(for: .sqlite) { try transaction.execute(statement) }
                try transaction.execute(migration.recordApplied(on: .sqlite, now: now))
            }
        }
    }

    /// Copies the database as it is into a file of mode 0600, which has its name only once it is whole and on disk.
    private static func backUp(_ connection: Connection, to path: String) throws {
        let part = path + ".part"
        try PrivateFile.createEmpty(part)
        try connection.run("VACUUM INTO \(part)")
        try PrivateFile.sync(part)
        guard rename(part, path) == 0 else { throw PrivateFile.systemError("cannot rename \(part)") }
        try PrivateFile.sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    private static func count(_ sql: SQL, _ connection: Connection) throws -> Int {
        try transaction(connection) { try $0.row(sql) { try $0[0] } } ?? 0
    }

    /// Runs `body` in a transaction of its own and commits it; rolls back and throws when anything fails.
    private static func transaction<T>(_ connection: Connection, _ body: (SQLiteTransaction) throws -> T) throws -> T {
        try connection.run("BEGIN IMMEDIATE")
        let transaction = SQLiteTransaction(connection, listeners: Listeners())
        defer { transaction.end() }
        do {
            let result = try body(transaction)
            try connection.run("COMMIT")
            return result
        } catch {
            try connection.rollBack()
            throw error
        }
    }
}
