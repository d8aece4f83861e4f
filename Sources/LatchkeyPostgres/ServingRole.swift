import LatchkeyDatabase

/// The role as which servers connect: it owns nothing, so that no statement of theirs can change tables, take the wall down or rewrite history.
package struct ServingRole: Sendable {
    package let name: String

    /// - Throws: `.misuse` for a name that would need quoting.
    package init(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard isPlain, (1...63).contains(name.utf8.count), name.first?.isNumber == false else {
            throw DatabaseError.misuse("a serving role's name is of small letters, digits and _; it is \(name)")
        }
        self.name = name
    }
}

extension PostgresDatabase {
    /// Lets a role serve this database, making it where there is none; answers whether it was made. To be run by the owner, after `migrate`.
    ///
    /// - Throws: `.misuse` where the role could do more than serve, or may not be made by the one that connects.
    package func admit(_ role: ServingRole) async throws -> Bool {
        try await onThread("latchkey-admit") { opening in
            let connection = try opening.open(.migrating, until: .now + opening.options.patience)
            do {
                try connection.run("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('latchkey migrations', 0))")
                let isNew = try role.isMissing(connection)
                try connection.run(role.grants)
                if let obstacle = try role.obstacle(connection) { throw DatabaseError.misuse("the role \(role.name) \(obstacle)") }
                try connection.run("COMMIT")
                return isNew
            } catch {
                connection.rollBack()
                throw error
            }
        }
    }
}

extension ServingRole {
    fileprivate func isMissing(_ connection: Connection) throws -> Bool {
        let rows = try connection.query(
            """
            SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \(name)), rolcreaterole OR rolsuper, rolname = \(name)
            FROM pg_roles WHERE rolname = current_user
            """)
        defer { rows.close() }
        let row = rows.row(0)
        let (isMissing, mayMake, isOwner): (Bool, Bool, Bool) = (try row[0], try row[1], try row[2])
        if isOwner { throw DatabaseError.misuse("\(name) is the role that connects, and owns the tables: name another to serve") }
        if isMissing, !mayMake {
            throw DatabaseError.misuse(
                "there is no role \(name), and this one may not make it: run createuser \(name) as one that may, then this again")
        }
        return isMissing
    }

    /// What the role may do: read and write rows, of history only append them; of which tables only append, their triggers say. The same for
    /// tables to come.
    fileprivate var grants: String {
        """
        DO $grants$
        DECLARE
            serving name := '\(name)';
            home name := current_schema();
            kept record;
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = serving) THEN
                BEGIN
                    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', serving);
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
                END;
            END IF;
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), serving);
            EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC, %I', current_database(), serving);
            EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, %I', home, serving);
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, serving);
            EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC, %I', home, serving);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', home, serving);
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON migrations FROM %I', serving);
            FOR kept IN
                SELECT DISTINCT CAST(t.tgrelid AS regclass) AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE p.proname = 'history_is_append_only'
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM %I', kept.name, serving);
            END LOOP;
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', home, serving);
        END $grants$
        """
    }

    /// Why the role is more than one that serves, or less: it may have been made by others, for something else.
    fileprivate func obstacle(_ connection: Connection) throws -> String? {
        let rows = try connection.query(
            """
            SELECT 'is a superuser, for whom there is no wall between accounts' FROM pg_roles WHERE rolname = \(name) AND rolsuper
            UNION ALL SELECT 'has BYPASSRLS: the wall between accounts would not hold it' FROM pg_roles WHERE rolname = \(name) AND rolbypassrls
            UNION ALL SELECT 'may not sign in: ALTER ROLE ' || rolname || ' LOGIN' FROM pg_roles WHERE rolname = \(name) AND NOT rolcanlogin
            UNION ALL SELECT 'may act as the owner of ' || c.relname FROM pg_class c, pg_roles r
            WHERE r.rolname = \(name) AND c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                AND pg_has_role(r.oid, c.relowner, 'MEMBER')
            UNION ALL SELECT 'may make tables in the schema ' || current_schema() FROM pg_roles
            WHERE rolname = \(name) AND has_schema_privilege(oid, current_schema(), 'CREATE')
            UNION ALL SELECT 'could not be given what it needs of ' || c.relname || ', whose owner is another' FROM pg_class c, pg_roles r
            WHERE r.rolname = \(name) AND c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                AND NOT has_table_privilege(r.oid, c.oid, 'SELECT')
            UNION ALL SELECT 'may change what history holds' FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid, pg_roles r
            WHERE r.rolname = \(name) AND p.proname = 'history_is_append_only' AND has_table_privilege(r.oid, t.tgrelid, 'UPDATE, DELETE, TRUNCATE')
            """)
        defer { rows.close() }
        return rows.count == 0 ? nil : try rows.row(0).text(at: 0)
    }
}
