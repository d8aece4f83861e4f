import Foundation
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyPostgres
import LatchkeySecrets
import Synchronization
import Testing
import ThrowAwayPostgres

@testable import latchkey

/// What PostgreSQL refuses by itself, whatever a store forgets: the second wall between accounts.
@Suite(.enabled(if: TestDatabase.isPostgres)) struct `The wall between accounts` {
    /// The tables that belong to accounts, and the column that says to which.
    private func confined(_ scene: Scene) async throws -> [(table: String, column: String)] {
        try await scene.database.read { tx in
            try tx.rows(
                """
                SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
                WHERE c.relkind = 'r' AND c.relnamespace = CAST('public' AS regnamespace)
                    AND (a.attname IN ('account', 'chain') OR c.relname = 'accounts' AND a.attname = 'id') ORDER BY c.relname
                """
            ) { (try $0.text(at: 0), try $0.text(at: 1)) }
        }
    }

    /// A scene whose database runs a statement that is only known here, with the rights of whoever asks.
    private func scene() async throws -> Scene {
        let scene = try await Scene.assemble()
        try await scene.house.asOwner { tx in
            try tx.execute(
                """
                CREATE FUNCTION run(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
                DECLARE
                    count bigint;
                BEGIN
                    EXECUTE statement;
                    GET DIAGNOSTICS count = ROW_COUNT;
                    RETURN count;
                END $$
                """)
        }
        return scene
    }

    private static func run(_ statement: String, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT run(\(statement))") { try $0[0] as Int } ?? -1
    }

    private func adam(_ scene: Scene) async throws -> Caller {
        guard let secret = scene.cast.adam.client.token.flatMap({ Secret($0) }) else { throw OperatorError("no token") }
        return try await scene.house.house.gate.admit(Credential(secret), origin: .ofThisMachine(at: scene.house.house.gate.now), isActivity: false)
    }

    /// How many rows a statement changes, or sees, inside a permit for North; and what the database says against it.
    private func inNorth(_ scene: Scene, _ caller: Caller, isWrite: Bool = true, _ statement: String) async -> Result<Int, DatabaseError> {
        let gate = scene.house.house.gate
        do {
            if !isWrite { return .success(try await gate.read(.screen(.users, .read), caller) { _, tx in try Self.run(statement, tx) }) }
            return .success(try await gate.write(.screen(.users, .full), caller) { _, tx, _ in try Self.run(statement, tx) })
        } catch { return .failure(error as? DatabaseError ?? .other("\(error)")) }
    }

    private func isRefused(_ result: Result<Int, DatabaseError>, _ words: String...) -> Bool {
        guard case .failure(let error) = result else { return false }
        return words.contains { "\(error)".contains($0) }
    }

    @Test func `stands around every table with an account, for its owner too`() async throws {
        let scene = try await Scene.assemble()
        let standing = try await scene.database.read { tx in
            try tx.rows(
                """
                SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
                WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polpermissive AND p.polcmd = '*' AND p.polwithcheck IS NULL
                """
            ) { try $0.text(at: 0) }
        }
        let tables = try await confined(scene).map(\.table)
        #expect(tables.count > 20 && Set(tables).isSuperset(of: ["accounts", "users", "sessions", "history", "logins"]))
        #expect(standing.sorted() == tables)
        #expect(try await scene.database.examine() == [])
    }

    @Test func `holds statements that name no account to that of the permit`() async throws {
        let scene = try await scene()
        let caller = try await adam(scene)
        let (north, south) = (scene.north.account, scene.south.account)
        var others = 0
        for (table, column) in try await confined(scene) {
            let foreign = "\(column) IS DISTINCT FROM '\(north)'"
            others += try await scene.database.write(seeing: .everything) { tx in
                try Self.run("SELECT 1 FROM \(table) WHERE \(foreign)", tx) > 0 ? 1 : 0
            }
            #expect(await inNorth(scene, caller, isWrite: false, "SELECT 1 FROM \(table) WHERE \(foreign)") == .success(0), "\(table)")
            #expect(await inNorth(scene, caller, "SELECT 1 FROM \(table) WHERE \(foreign)") == .success(0), "\(table)")
            let update = await inNorth(scene, caller, "UPDATE \(table) SET \(column) = \(column) WHERE \(foreign)")
            let delete = await inNorth(scene, caller, "DELETE FROM \(table) WHERE \(foreign)")
            for result in [update, delete] { #expect(result == .success(0) || isRefused(result, "permission denied"), "\(table): \(result)") }
            let insert = await inNorth(
                scene, caller, "INSERT INTO \(table) SELECT * FROM jsonb_populate_record(NULL::\(table), '{\"\(column)\": \"\(south)\"}')")
            #expect(isRefused(insert, "row-level security"), "\(table): \(insert)")
            // Nor can a row be given away, of which the enterprise's are a kind.
            for value in ["'\(south)'", "NULL"] {
                let move = await inNorth(scene, caller, "UPDATE \(table) SET \(column) = \(value)")
                #expect(move == .success(0) || isRefused(move, "row-level security", "permission denied"), "\(table): \(move)")
            }
        }
        #expect(others > 15, "tables in which there is something to be kept from North")
    }

    @Test func `shows nothing to whoever does not say for whom they ask`() async throws {
        let scene = try await scene()
        for (table, _) in try await confined(scene) {
            #expect(try await scene.database.read { try Self.run("SELECT 1 FROM \(table)", $0) } == 0, "\(table)")
            #expect(try await scene.database.write { try Self.run("SELECT 1 FROM \(table)", $0) } == 0, "\(table)")
            // What is no id is no way to see everything.
            for account in ["*", "' OR true --"] {
                #expect(try await scene.database.read(seeing: .account(account)) { try Self.run("SELECT 1 FROM \(table)", $0) } == 0, "\(table)")
            }
        }
        #expect(try await scene.database.read(seeing: .everything) { try Self.run("SELECT 1 FROM users", $0) } > 3)
    }

    @Test func `is set anew for each write of a batch`() async throws {
        let scene = try await Scene.assemble()
        let (entered, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let database = scene.database
        let before = database.batches
        async let first: Void = database.write(seeing: .everything) { tx in
            entered.signal()
            // Long enough for the others to have come, and their outcome does not hang on it.
            _ = release.wait(timeout: .now() + 0.5)
            try tx.execute("UPDATE accounts SET region = region")
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                entered.wait()
                continuation.resume()
            }
        }
        let sights: [Sight] = [.account(scene.north.account), .nothing, .account(scene.south.account), .everything]
        let seen = try await atOnce(64) { index in
            let sight = sights[index % 4]
            do {
                return try await database.write(seeing: sight) { tx in
                    let seen = Set(try tx.rows("SELECT DISTINCT account FROM users") { try $0.text(at: 0) })
                    if sight == .everything { try tx.narrow(to: scene.branch.account) }
                    // Every third is taken back, which takes its setting back too.
                    if index % 3 == 0 { throw Undone(seen: seen) }
                    try tx.execute("UPDATE users SET search = search")
                    return (index, seen)
                }
            } catch let undone as Undone { return (index, undone.seen) }
        }
        release.signal()
        try await first
        for (index, seen) in seen {
            switch index % 4 {
            case 0: #expect(seen == [scene.north.account])
            case 1: #expect(seen == [])
            case 2: #expect(seen == [scene.south.account])
            default: #expect(seen.isSuperset(of: [scene.north.account, scene.south.account]))
            }
        }
        let after = database.batches
        #expect(after.jobs - before.jobs > after.commits - before.commits, "some shared a commit")
    }

    private struct Undone: Error { let seen: Set<String> }

    @Test func `cannot be widened from within`() async throws {
        let scene = try await Scene.assemble()
        for sight in [Sight.nothing, .account(scene.north.account)] {
            await #expect(throws: DatabaseError.self) { try await scene.database.write(seeing: sight) { try $0.narrow(to: scene.south.account) } }
        }
        let rest = try await scene.database.write(seeing: .everything) { tx in
            try tx.narrow(to: scene.south.account)
            return Set(try tx.rows("SELECT account FROM users") { try $0.text(at: 0) })
        }
        #expect(rest == [scene.south.account])
    }
}

/// The role as which servers connect: it owns nothing.
@Suite(.enabled(if: TestDatabase.isPostgres)) struct `The serving role` {
    private func refusal(_ scene: Scene, _ statement: SQL) async -> String {
        do {
            try await scene.database.write(seeing: .everything) { tx in _ = try tx.row(statement) { try $0[0] as Int } }
            return "nothing was refused"
        } catch { return "\(error)" }
    }

    @Test func `may neither rewrite history nor change tables nor take down the wall`() async throws {
        let scene = try await Scene.assemble()
        // A copy of a database has not its rights, such as that to temporary tables.
        guard let owner = scene.house.database?.ownerURL else { return }
        _ = try await Migrate.run(PostgresAddress(owner), serving: ServingRole(TestDatabase.servingRole))
        try await scene.house.asOwner { tx in
            try tx.execute("CREATE FUNCTION run(statement text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; RETURN 1; END $$")
        }
        let statements = [
            "UPDATE history SET action = 'x'", "DELETE FROM history", "TRUNCATE history CASCADE", "UPDATE history_details SET details = '{}'",
            "DELETE FROM history_details", "TRUNCATE history_details", "TRUNCATE users CASCADE", "DROP TRIGGER history_append_only ON history",
            "ALTER TABLE history DISABLE TRIGGER ALL", "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY of_the_account ON users", "CREATE POLICY more ON users USING (true)", "ALTER POLICY of_the_account ON users USING (true)",
            "CREATE TABLE mine (id int)", "CREATE TEMPORARY TABLE mine (id int)", "CREATE SCHEMA mine", "ALTER TABLE users ADD COLUMN more int",
            "DROP TABLE session_notes", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE OR REPLACE FUNCTION confine_accounts() RETURNS void LANGUAGE sql AS 'SELECT'", "CREATE INDEX mine ON users (id)",
            "INSERT INTO migrations VALUES (9999, 'x', 'x', 1)", "DELETE FROM migrations", "SET ROLE latchkey", "SET SESSION AUTHORIZATION latchkey",
            "ALTER ROLE latchkey_serving BYPASSRLS", "CREATE ROLE mine SUPERUSER", "SET LOCAL session_replication_role = replica",
            "COPY users TO PROGRAM 'true'", "GRANT UPDATE ON history TO latchkey_serving",
        ]
        for statement in statements {
            let answer = await refusal(scene, "SELECT run(\(statement))")
            // Granting what one does not have is a warning and nothing else.
            if statement.hasPrefix("GRANT") { continue }
            let words = ["permission denied", "must be owner", "must be superuser", "must be member", "privilege"]
            #expect(words.contains { answer.contains($0) }, "\(statement): \(answer)")
        }
        #expect(await refusal(scene, "SELECT run('UPDATE history SET action = action')").contains("permission denied"))
        // Without row-level security a statement does not run at all.
        let without = await failing(scene)
        #expect(without.contains("row-level security"), "\(without)")
    }

    private func failing(_ scene: Scene) async -> String {
        do {
            try await scene.database.write { tx in
                _ = try tx.row("SELECT run('SET LOCAL row_security = off')") { _ in }
                _ = try tx.row("SELECT run('SELECT id FROM users')") { _ in }
            }
            return "nothing was refused"
        } catch { return "\(error)" }
    }

    /// An empty database and the ways into it.
    private func empty(_ body: (_ owner: PostgresAddress, _ serving: String, _ server: ThrowAwayPostgres) async throws -> Void) async throws {
        let server = try await ThrowAwayPostgres.running()
        let name = try await server.make()
        defer { server.drop(name) }
        try await body(PostgresAddress(server.url(name)), server.url(name, as: TestDatabase.servingRole), server)
    }

    private func opening(_ url: String, _ path: String) async -> String {
        do {
            let installation = try await Installation.open(path, database: url, postgres: TestDatabase.options)
            await installation.close()
            return "opened"
        } catch { return "\(error)" }
    }

    @Test func `says to migrate where it may not, and refuses a newer schema`() async throws {
        let path = NSTemporaryDirectory() + "latchkey-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await empty { owner, serving, _ in
            #expect(await opening(serving, path).contains("latchkey migrate"))
            _ = try await Migrate.run(owner, serving: ServingRole(TestDatabase.servingRole))
            #expect(await opening(serving, path) == "opened")
            #expect(await opening(serving, path) == "opened", "nothing was missing")
            // Again changes nothing.
            #expect(try await Migrate.run(owner, serving: ServingRole(TestDatabase.servingRole)) == false)
            let database = PostgresDatabase(owner, options: .init(readers: 1))
            try await database.write { tx in try tx.execute("DELETE FROM migrations WHERE number = 42") }
            #expect(await opening(serving, path).contains("latchkey migrate"))
            try await database.write { tx in try tx.execute("INSERT INTO migrations VALUES (9999, 'tomorrow', 'x', 1)") }
            #expect(await opening(serving, path).contains("newer Latchkey"))
            await database.close()
        }
    }

    @Test func `reaches tomorrow's tables, and they are confined`() async throws {
        try await empty { owner, serving, _ in
            _ = try await Migrate.run(owner, serving: ServingRole(TestDatabase.servingRole))
            let database = PostgresDatabase(owner, options: .init(readers: 1))
            let tomorrow = Migration(
                number: 9999, name: "tomorrow",
                statements: ["CREATE TABLE tomorrow (account TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (account, id))"])
            try await database.migrate(Composition.migrations + [tomorrow], now: 1)
            let node = PostgresDatabase(try PostgresAddress(serving), options: .init(readers: 1))
            for account in ["acc_a", "acc_b"] {
                try await node.write(seeing: .account(account)) { tx in try tx.execute("INSERT INTO tomorrow VALUES (\(account), 'x')") }
            }
            for database in [node, database] {
                let seen = try await database.read(seeing: .account("acc_b")) { tx in
                    try tx.rows("SELECT account FROM tomorrow") { try $0.text(at: 0) }
                }
                #expect(seen == ["acc_b"])
                #expect(try await database.examine() == [])
            }
            await node.close()
            await database.close()
        }
    }

    @Test func `is refused where it could do more than serve`() async throws {
        try await empty { owner, _, server in
            for statement in [
                "CREATE ROLE wall_super SUPERUSER LOGIN", "CREATE ROLE wall_bypass BYPASSRLS LOGIN", "CREATE ROLE wall_member LOGIN IN ROLE latchkey",
                "CREATE ROLE wall_group NOLOGIN",
            ] { try await server.run(statement) }
            for (name, words) in [
                ("wall_super", "superuser"), ("wall_bypass", "BYPASSRLS"), ("wall_member", "owner of"), ("wall_group", "may not sign in"),
                ("latchkey", "name another"),
            ] {
                do {
                    _ = try await Migrate.run(owner, serving: ServingRole(name))
                    Issue.record("\(name) was admitted")
                } catch { #expect("\(error)".contains(words), "\(name): \(error)") }
            }
            #expect(throws: DatabaseError.self) { try ServingRole("x'; DROP TABLE users; --") }
            let made = try ServingRole("wall_made")
            #expect(try await Migrate.run(owner, serving: made))
            #expect(try await !Migrate.run(owner, serving: made))
        }
    }

    @Test(arguments: [
        (
            "postgres://owner:secret@db.example.com:5432/latchkey?sslmode=verify-full",
            "postgres://srv@db.example.com:5432/latchkey?sslmode=verify-full"
        ),
        (
            "postgres://one:1,two/latchkey?user=owner&password=secret&target_session_attrs=any",
            "postgres://srv@one:1,two/latchkey?target_session_attrs=any"
        ),
        ("postgresql://owner@/latchkey?host=%2Ftmp", "postgresql://srv@/latchkey?host=%2Ftmp"), ("postgres://o:p%40q@h", "postgres://srv@h"),
    ])
    func `is named in the URL in place of the owner`(_ url: String, _ expected: String) { #expect(Migrate.url(url, as: "srv") == expected) }
}
