import CPostgres
import Foundation
import LatchkeyDatabase

/// One connection with its prepared statements; belongs to one thread, which it blocks.
final class Connection {
    /// Tells this connection from every other of any node.
    let tag = String(UInt64.random(in: .min ... .max), radix: 36)
    private let handle: OpaquePointer
    private var cache: [String: [Prepared]] = [:]
    private var prepared = 0
    private var isBroken = false
    private static let cacheLimit = 512

    private struct Prepared {
        let name: String
        let types: [Oid]
    }

    /// Connects and sets the connection up for its role; throws what the server, or the way to it, has against that.
    init(_ address: PostgresAddress, _ role: Role, _ options: PostgresDatabase.Options) throws {
        handle = try Self.connect(address)
        // What the server merely remarks would else go to stderr.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        try requireSupported()
        try run(role.setUp(options))
    }

    deinit { PQfinish(handle) }

    private static func connect(_ address: PostgresAddress) throws -> OpaquePointer {
        let parameters = address.libpq.sorted { $0.key < $1.key }
        let keys = parameters.map { strdup($0.key) } + [nil]
        let values = parameters.map { strdup($0.value) } + [nil]
        defer { (keys + values).forEach { free($0) } }
        let made = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            values.map { UnsafePointer($0) }.withUnsafeBufferPointer { PQconnectdbParams(keys.baseAddress, $0.baseAddress, 0) }
        }
        guard let made else { throw Failure(error: .unavailable("out of memory"), kind: .lost) }
        guard PQstatus(made) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(made)).trimmingLines()
            PQfinish(made)
            throw Failure(error: .unavailable("no connection to PostgreSQL: \(message)"), kind: .lost)
        }
        return made
    }

    private func requireSupported() throws {
        func setting(_ name: String) -> String { PQparameterStatus(handle, name).map { String(cString: $0) } ?? "" }
        if PQserverVersion(handle) < 130_000 {
            throw Failure(error: .misuse("PostgreSQL 13 or newer is needed; this is \(setting("server_version"))"))
        }
        if setting("server_encoding") != "UTF8" {
            throw Failure(error: .misuse("the database's encoding must be UTF8; it is \(setting("server_encoding"))"))
        }
    }

    /// Whether it is of no more use. A result may say so before libpq has noticed.
    var isLost: Bool { isBroken || PQstatus(handle) != CONNECTION_OK }

    /// Whether a transaction is open, failed or not.
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    var socket: Int32 { PQsocket(handle) }

    // MARK: Statements

    /// Runs some of the driver's own statements without parameters; throws the first `Failure`, after which the rest did not run.
    @discardableResult
    func run(_ text: String) throws -> String { try rows(PQexec(handle, text)).command }

    /// Rolls back whatever is open; where even that fails, `isLost` or `isInTransaction` tell.
    func rollBack() {
        if !isLost { _ = try? run("ROLLBACK") }
    }

    /// Runs one statement, prepared at its first use, and answers its rows. Throws `Failure`, or `.check` for a value that is refused.
    func query(_ sql: SQL) throws -> Rows { try query(sql.template, numbered: sql.text, sql.values) }

    /// The same for a statement that the driver has written, its parameters numbered.
    func query(_ text: String, _ values: [SQLValue]) throws -> Rows { try query(text, numbered: text, values) }

    private func query(_ template: String, numbered text: @autoclosure () -> String, _ values: [SQLValue]) throws -> Rows {
        let parameters = try Parameters(values)
        let statement = try cache[template]?.first { parameters.fit($0.types) } ?? prepare(template, text(), parameters.types)
        let result = try parameters.withPointers { values, lengths, formats in
            PQexecPrepared(handle, statement.name, CInt(values.count), values, lengths, formats, 1)
        }
        do { return try rows(result) } catch let failure as Failure {
            if failure.kind == .conflict { cache[template] = nil }
            throw failure
        }
    }

    private func prepare(_ template: String, _ text: String, _ types: [Oid]) throws -> Prepared {
        if cache.count >= Self.cacheLimit {
            cache.removeAll(keepingCapacity: true)
            try run("DEALLOCATE ALL")
        }
        prepared &+= 1
        let name = "s\(prepared)"
        _ = try rows(PQprepare(handle, name, text, CInt(types.count), types))
        // What the server made of the NULLs among them: most often the columns' types, so that the statement serves for other values too.
        guard let described = PQdescribePrepared(handle, name) else { throw outOfMemory }
        defer { PQclear(described) }
        guard PQresultStatus(described) == PGRES_COMMAND_OK else { throw failure(described) }
        let found = (0..<PQnparams(described)).map { PQparamtype(described, $0) }
        let statement = Prepared(name: name, types: found)
        cache[template, default: []].append(statement)
        return statement
    }

    /// The rows of a result; throws what it says went wrong.
    private func rows(_ result: OpaquePointer?) throws -> Rows {
        guard let result else {
            throw isLost ? Failure(error: .unavailable(String(cString: PQerrorMessage(handle)).trimmingLines()), kind: .lost) : outOfMemory
        }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return Rows(result)
        case PGRES_EMPTY_QUERY:
            PQclear(result)
            throw Failure(error: .misuse("an empty statement"))
        default:
            defer { PQclear(result) }
            throw failure(result)
        }
    }

    private func failure(_ result: OpaquePointer) -> Failure {
        let failure = Failure(result, isLost: isLost)
        if failure.kind == .lost { isBroken = true }
        return failure
    }

    private var outOfMemory: Failure { Failure(error: .unavailable("out of memory"), kind: .lost) }

    // MARK: Listening

    /// Takes in what has arrived without waiting and gives each notification to `body`; throws when the connection is gone.
    func notifications(_ body: (String) -> Void) throws {
        guard PQconsumeInput(handle) != 0, !isLost else { throw Failure(error: .unavailable("the listening connection is gone"), kind: .lost) }
        while let notification = PQnotifies(handle) {
            body(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
    }
}

extension String {
    /// In one line.
    func trimmingLines() -> String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
