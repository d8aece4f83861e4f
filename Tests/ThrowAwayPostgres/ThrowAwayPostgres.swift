import CPostgres
import Foundation
import Synchronization

/// A PostgreSQL server that this test process starts when it first needs one, and that ends with it.
package final class ThrowAwayPostgres: Sendable {
    private let folder: String
    /// The server ends when this end of its standard input is closed, which the system does whatever becomes of us.
    private let lifeline: FileHandle
    private let connection: Mutex<OpaquePointer>
    private let queue = DispatchQueue(label: "throw-away-postgres")
    private let count = Mutex(0)

    private static let start = Task.detached { try ThrowAwayPostgres() }

    /// The server of this process. It does not sync: no test here pulls the plug.
    package static func running() async throws -> ThrowAwayPostgres { try await start.value }

    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    private init() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/support/throw-away-postgres"
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: script)
        process.arguments = ["fsync=off", "full_page_writes=off", "max_connections=400"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let next = try output.fileHandleForReading.read(upToCount: 1), next.first.map({ $0 != 0x0A }) ?? false { line += next }
        guard !line.isEmpty else { throw Failed(description: "the throw-away PostgreSQL did not start; see above") }
        folder = String(decoding: line, as: UTF8.self)
        lifeline = input.fileHandleForWriting
        guard let made = PQconnectdb(Self.url("postgres", folder, as: "postgres")), PQstatus(made) == CONNECTION_OK else {
            throw Failed(description: "no connection to the throw-away PostgreSQL in \(folder)")
        }
        connection = Mutex(made)
        try runNow("CREATE ROLE \(Self.owner) LOGIN CREATEROLE")
    }

    /// Who owns the databases; no superuser, for whom there would be no row-level security.
    package static let owner = "latchkey"

    private static func url(_ database: String, _ folder: String, as role: String) -> String {
        "postgres://\(role)@/\(database)?host=" + folder.replacingOccurrences(of: "/", with: "%2F")
    }

    /// The way into a database, as its owner unless another role is named.
    package func url(_ database: String, as role: String = owner) -> String { Self.url(database, folder, as: role) }

    /// The folder of the socket.
    package var socketFolder: String { folder }

    /// Makes a database, empty or a copy of another that nobody is connected to, and answers its name.
    package func make(from template: String = "template0") async throws -> String {
        let name = "t\(count.withLock { $0 += 1; return $0 })"
        try await run("CREATE DATABASE \(name) OWNER \(Self.owner) TEMPLATE \(template)")
        return name
    }

    /// Removes a database, whoever is still connected; it may happen a little later.
    package func drop(_ database: String) {
        queue.async { _ = try? self.runNow("DROP DATABASE IF EXISTS \(database) WITH (FORCE)") }
    }

    /// Runs a statement as the superuser, in the database `postgres`.
    package func run(_ statement: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.runNow(statement) }) }
        }
    }

    private func runNow(_ statement: String) throws {
        try connection.withLock { connection in
            let result = PQexec(connection, statement)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK else {
                throw Failed(description: String(cString: PQerrorMessage(connection)))
            }
        }
    }
}
