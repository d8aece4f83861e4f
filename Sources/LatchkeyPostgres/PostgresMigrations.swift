import LatchkeyDatabase

/// Applies migrations on a connection of their own. The tables then belong to the role that connects.
enum PostgresMigrations {
    /// Applies what is missing, each in its own transaction; throws as `Database.migrate` does.
    static func apply(_ migrations: [Migration], _ opening: Opening, now: Int64) throws {
        do {
            let connection = try opening.open(.migrating, until: .now + opening.options.patience)
            while try applyNext(migrations, connection, now: now) {}
        } catch let failure as Failure {
            throw failure.error
        }
    }

    /// Applies the first that is missing; false when none is. Of nodes that start together one goes first, and the others look again.
    private static func applyNext(_ migrations: [Migration], _ connection: Connection, now: Int64) throws -> Bool {
        try connection.run("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('latchkey migrations', 0))")
        do {
            _ = try connection.query(Migration.createTable(.postgres))
            let next = try Migration.pending(migrations, applied: applied(connection), on: .postgres).first
            if let next {
                for statement in next.statements(for: .postgres) {
                    // A migration has no values: they would have no type where a table is made.
                    try connection.run(Dialect.postgres.spelled(statement.text))
                }
                _ = try connection.query(next.recordApplied(on: .postgres, now: now))
            }
            try connection.run("COMMIT")
            return next != nil
        } catch {
            connection.rollBack()
            throw error
        }
    }

    private static func applied(_ connection: Connection) throws -> [Migration.Applied] {
        let rows = try connection.query(Migration.listApplied)
        defer { rows.close() }
        return try (0..<rows.count).map { index in
            let row = rows.row(index)
            return try Migration.Applied(number: row[0], checksum: row[1])
        }
    }
}
