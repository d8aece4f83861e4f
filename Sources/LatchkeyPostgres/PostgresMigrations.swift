import LatchkeyDatabase

/// Applies migrations on a connection of their own. The tables then belong to the role that connects.
enum PostgresMigrations {
    /// Applies what is missing, each in its own transaction; throws `Failure`, or as `Database.migrate` does.
    static func apply(_ migrations: [Migration], _ opening: Opening, now: Int64) throws {
        let connection = try opening.open(.migrating, until: .now + opening.options.patience)
        // Whoever serves need own nothing: where nothing is missing, nothing is tried.
        let missing = try Migration.pending(migrations, applied: isBegun(connection) ? applied(connection) : [], on: .postgres)
        if missing.isEmpty { return }
        try requireOwner(connection, for: missing)
        while try applyNext(migrations, connection, now: now) {}
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
                try connection.run(Wall.cover)
                _ = try connection.query(next.recordApplied(on: .postgres, now: now))
            }
            try connection.run("COMMIT")
            return next != nil
        } catch {
            connection.rollBack()
            throw error
        }
    }

    private static func isBegun(_ connection: Connection) throws -> Bool { try truth("SELECT to_regclass('migrations') IS NOT NULL", connection) }

    private static func requireOwner(_ connection: Connection, for missing: [Migration]) throws {
        let mayMigrate = try truth(
            """
            SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), true)
                AND coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('migrations')), true)
            """, connection)
        if mayMigrate { return }
        throw DatabaseError.misuse(
            """
            \(missing.count) migrations are missing, and this role may not make them. Run `latchkey migrate --database URL` as the role that owns the \
            database.
            """)
    }

    private static func truth(_ sql: SQL, _ connection: Connection) throws -> Bool {
        let rows = try connection.query(sql)
        defer { rows.close() }
        return rows.count == 1 ? try rows.row(0)[0] : false
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
