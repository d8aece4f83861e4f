import ArgumentParser
import Foundation
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyPostgres

/// Brings a database to the newest schema, and on PostgreSQL lets a role serve it that owns nothing.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to the newest schema.",
        discussion: """
            On PostgreSQL --database names the role that owns the tables, and --serving-role another, made where there is none, that may read and \
            write rows and nothing else: as that one the servers connect. Without --database, the data directory's database is brought up to date, \
            which `serve` does at its start too.
            """)

    @OptionGroup var dataOptions: DataOptions
    @Option(help: ArgumentHelp("The role as which servers will connect (PostgreSQL).", valueName: "name")) var servingRole: String?

    func run() async throws {
        let sources = try dataOptions.sources()
        let newest = Composition.migrations.map(\.number).max() ?? 0
        guard let url = try sources.value("database", flag: dataOptions.database), !url.isEmpty else {
            if servingRole != nil { throw OperatorError("--serving-role is for PostgreSQL: name the database with --database.") }
            try await dataOptions.installation(mayCreate: false).close()
            print("The database is at migration \(newest).")
            return
        }
        let path = try sources.value("data", flag: dataOptions.data)
        let address = try Installation.parsed(url, besides: (path ?? "") + "/latchkey.db")
        let role: ServingRole?
        do { role = try servingRole.map { try ServingRole($0) } } catch { throw Installation.explained(error, address) }
        let isNew = try await Self.run(address, serving: role)
        print("The database (\(address)) is at migration \(newest).")
        guard let role else { return }
        print("The role \(role.name) may serve it. Hand this to the servers, by LATCHKEY_DATABASE_FILE:\n")
        print("    " + Self.url(url, as: role.name) + "\n")
        if isNew { print("The role was made without a password. Give it one, as `\\password \(role.name)` does in psql, and write it into the URL.") }
    }

    /// Migrates, and lets the role serve; answers whether the role was made.
    /// - Throws: `OperatorError`, or the `DatabaseError` of the schema.
    static func run(_ address: PostgresAddress, serving role: ServingRole?) async throws -> Bool {
        let database = PostgresDatabase(address, options: .init(readers: 1))
        do {
            try await database.migrate(Composition.migrations, now: Clock.system.now().milliseconds)
            let isNew = if let role { try await database.admit(role) } else { false }
            await database.close()
            return isNew
        } catch {
            await database.close()
            throw Installation.explained(error, address)
        }
    }

    /// The same way as another role, whose password nobody knows here.
    static func url(_ url: String, as role: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (scheme, rest) = parts[0].range(of: "://").map { (parts[0][..<$0.upperBound], parts[0][$0.upperBound...]) } ?? ("", parts[0][...])
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let hosts = rest[..<slash].lastIndex(of: "@").map { rest[rest.index(after: $0)..<slash] } ?? rest[..<slash]
        let query = (parts.dropFirst().first ?? "").split(separator: "&").filter { !$0.hasPrefix("user=") && !$0.hasPrefix("password=") }
        return "\(scheme)\(role)@\(hosts)\(rest[slash...])" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
