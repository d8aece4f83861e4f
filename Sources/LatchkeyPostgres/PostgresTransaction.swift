import LatchkeyDatabase

/// A transaction on one connection, from the moment it is lent to a closure until `end`.
final class PostgresTransaction: Transaction {
    /// What a transaction may do.
    enum Scope: Sendable {
        case reading
        /// Writing, with nothing held yet by its batch: it may wait for others.
        case first
        /// Writing in a batch that may hold what others wait for: it must not wait for them in turn.
        case later
    }

    let dialect = Dialect.postgres
    /// The first error of a statement; with one, the transaction is spent.
    private(set) var failure: Failure?
    private(set) var actions: [@Sendable () -> Void] = []
    private var connection: Connection?
    private let scope: Scope
    private var sight: Sight
    private let listeners: Listeners
    /// What it locked itself, until it is rolled back.
    private(set) var locks: Set<String> = []
    private let held: Set<String>

    /// - Parameters:
    ///   - sight: what the connection has been told already.
    ///   - held: locks that its batch holds already.
    init(_ connection: Connection, _ scope: Scope, seeing sight: Sight, listeners: Listeners, holding held: Set<String> = []) {
        self.connection = connection
        self.scope = scope
        self.sight = sight
        self.listeners = listeners
        self.held = held
    }

    /// Makes every later use throw.
    func end() { connection = nil }

    @discardableResult func execute(_ sql: SQL) throws -> Int { try query(sql).changes }

    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws {
        let rows = try query(sql)
        defer { rows.close() }
        for index in 0..<rows.count {
            guard try body(rows.row(index)) else { return }
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) { actions.append(action) }

    func announce(_ message: String) throws {
        if scope == .reading { return }
        _ = try run("SELECT pg_notify('latchkey', \((connection?.tag ?? "") + " " + message))")
        actions.append { [listeners] in listeners.tell(.message(message)) }
    }

    func lock(_ name: String) throws {
        if scope == .reading || held.contains(name) || locks.contains(name) { return }
        if scope == .first {
            _ = try run("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
        } else {
            let rows = try run("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))")
            defer { rows.close() }
            if try rows.count != 1 || !(rows.row(0)[0] as Bool) {
                try spending { throw Failure(error: .unavailable("\(name) is locked by another node"), kind: .conflict) }
            }
        }
        locks.insert(name)
    }

    func narrow(to account: String) throws {
        if sight == .account(account) { return }
        guard sight == .everything else {
            return try spending { throw Failure(error: .misuse("a transaction that does not see \(account) cannot be narrowed to it")) }
        }
        _ = try run(Wall.narrowing(to: account))
        sight = .account(account)
    }

    private func query(_ sql: SQL) throws -> Rows {
        let verb = sql.template.drop { $0.isWhitespace }.prefix { $0.isLetter }
        guard Self.verbs.contains(verb.uppercased()) else {
            if connection == nil { throw Self.ended }
            return try spending { throw Failure(error: .misuse("not a statement for a transaction: \(sql.text)")) }
        }
        return try run(sql)
    }

    private func run(_ sql: SQL) throws -> Rows {
        guard let connection else { throw Self.ended }
        if let failure { throw failure.error }
        return try spending { try connection.query(sql) }
    }

    private func spending<T>(_ work: () throws -> T) throws -> T {
        do {
            return try work()
        } catch let failure as Failure {
            self.failure = failure
            throw failure.error
        }
    }

    private static let ended = DatabaseError.misuse("the transaction has ended")

    private static let verbs: Set<String> = [
        "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "EXPLAIN", "CREATE", "ALTER", "DROP",
    ]
}
