import LatchkeyDatabase

/// Writes that share one transaction and one sync, each in a savepoint of its own; belongs to the writer's thread.
final class Batch {
    private struct Attempt {
        let job: any TransactionJob
        var failure: (any Error)?
        var actions: [@Sendable () -> Void] = []
    }

    /// Set when not even a rollback works any more.
    private(set) var lostConnection: DatabaseError?
    private let connection: Connection
    private let listeners: Listeners
    private let limit: Int
    private var attempts: [Attempt] = []

    init(_ connection: Connection, listeners: Listeners, limit: Int) {
        self.connection = connection
        self.listeners = listeners
        self.limit = limit
    }

    /// How many writes were committed.
    var committed: Int { attempts.count { $0.failure == nil } }

    /// Runs the first write and those that are waiting by then, and commits; nobody is answered yet.
    func run(first: any TransactionJob, next: () -> (any TransactionJob)?) {
        do {
            try connection.run("BEGIN IMMEDIATE")
            var waiting: (any TransactionJob)? = first
            while let job = waiting {
                attempts.append(Attempt(job: job))
                try attempt(at: attempts.count - 1)
                waiting = attempts.count < limit ? next() : nil
            }
            if let failure = connection.syncFailure { throw DatabaseError.unavailable(failure) }
            if committed > 0 { try connection.run("COMMIT") }
        } catch {
            if attempts.isEmpty { attempts.append(Attempt(job: first)) }
            failAll(error)
        }
        do {
            try connection.rollBack()
        } catch {
            failAll(error)
            lostConnection = error as? DatabaseError ?? .other("\(error)")
        }
    }

    /// Runs one write in a savepoint; throws only what takes the whole batch down.
    private func attempt(at index: Int) throws {
        try connection.run("SAVEPOINT write")
        let transaction = SQLiteTransaction(connection, listeners: listeners)
        var failure: (any Error)?
        do {
            try attempts[index].job.run(in: transaction)
            failure = transaction.failure
        } catch {
            failure = error
        }
        transaction.end()
        // SQLite itself rolls everything back after some failures (disk full, I/O, memory): the neighbours' writes are gone too.
        guard connection.isInTransaction else {
            throw transaction.failure ?? DatabaseError.unavailable("SQLite rolled the transaction back")
        }
        if failure == nil, connection.hasBrokenForeignKeys { failure = DatabaseError.foreignKey }
        if failure != nil { try connection.run("ROLLBACK TO write") }
        try connection.run("RELEASE write")
        attempts[index].failure = failure
        attempts[index].actions = transaction.actions
    }

    /// Runs what waits for the commit, in the order of the writes.
    func runActions() {
        for attempt in attempts where attempt.failure == nil {
            for action in attempt.actions { action() }
        }
    }

    /// Answers every caller.
    func answer() {
        for attempt in attempts { attempt.job.answer(attempt.failure) }
    }

    private func failAll(_ error: any Error) {
        for index in attempts.indices where attempts[index].failure == nil { attempts[index].failure = error }
    }
}
