import LatchkeyDatabase

/// A transaction on one connection, from the moment it is lent to a closure until `end`.
final class SQLiteTransaction: Transaction {
    let dialect = Dialect.sqlite
    /// The first error of a statement; with one, the transaction is spent.
    private(set) var failure: DatabaseError?
    private(set) var actions: [@Sendable () -> Void] = []
    private var connection: Connection?
    private let listeners: Listeners?
    private var isWritable: Bool { listeners != nil }

    /// - Parameter listeners: those who hear what is announced; nil for a transaction that only reads.
    init(_ connection: Connection, listeners: Listeners?) {
        self.connection = connection
        self.listeners = listeners
    }

    /// Makes every later use throw.
    func end() { connection = nil }

    @discardableResult func execute(_ sql: SQL) throws -> Int {
        guard let connection else { throw Self.ended }
        let before = connection.totalChanges
        try forEachRow(sql) { _ in true }
        // SQLite keeps the number of the last change through statements that change nothing.
        return connection.totalChanges == before ? 0 : Int(connection.changes)
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        actions.append(action)
    }

    func announce(_ message: String) throws {
        guard let listeners else { return }
        actions.append { listeners.tell(.message(message)) }
    }

    func lock(_ name: String) throws {}

    func narrow(to account: String) throws {}

    private static let ended = DatabaseError.misuse("the transaction has ended")

    /// A statement that changes rows always runs to its end, whatever `body` answers.
    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws {
        guard let connection else { throw Self.ended }
        if let failure { throw failure }
        let statement = try spending { try connection.prepare(sql.template) }
        defer { connection.putBack(statement) }
        try spending { try permit(statement) }
        try statement.bind(sql.values)
        var isWanted = true
        while try spending({ try connection.step(statement) }) {
            if isWanted { isWanted = try body(statement.row) } else if statement.isReadOnly { return }
        }
    }

    private func spending<T>(_ work: () throws -> T) throws -> T {
        do {
            return try work()
        } catch let error as DatabaseError {
            failure = error
            throw error
        }
    }

    /// Refuses writes where only reading is allowed, and verbs that would end the transaction or touch the connection's settings.
    private func permit(_ statement: PreparedStatement) throws {
        if statement.isPermitted == nil {
            let verb = statement.text.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
            statement.isPermitted = Self.verbs.contains(verb)
        }
        guard statement.isPermitted == true else { throw DatabaseError.misuse("not a statement for a transaction: \(statement.text)") }
        guard isWritable || statement.isReadOnly else { throw DatabaseError.readOnly }
    }

    private static let verbs: Set<String> = [
        "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "EXPLAIN", "CREATE", "ALTER", "DROP",
    ]
}
