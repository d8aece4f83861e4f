import LatchkeyDatabase

/// A write that waits for its turn and for its answer.
protocol WriteJob: AnyObject, Sendable {
    /// Runs the body and keeps its result; throws what the body throws.
    func run(in transaction: SQLiteTransaction) throws

    /// Answers the caller, once: with the failure, or with the kept result.
    func answer(_ failure: (any Error)?)
}

/// A write of a `T`; only the writer's thread touches `result`.
final class PendingWrite<T: Sendable>: WriteJob, @unchecked Sendable {
    private let body: @Sendable (any Transaction) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private var result: T?

    init(_ body: @escaping @Sendable (any Transaction) throws -> T, _ continuation: CheckedContinuation<T, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: SQLiteTransaction) throws { result = try body(transaction) }

    func answer(_ failure: (any Error)?) {
        if let failure {
            continuation.resume(throwing: failure)
        } else if let result {
            continuation.resume(returning: result)
        } else {
            continuation.resume(throwing: DatabaseError.misuse("a write was answered before it ran"))
        }
    }
}

/// What the writer's thread is given to do.
enum WriterWork: Sendable {
    /// A write that may share its transaction with others.
    case write(any WriteJob)
    /// Work that has the connection to itself, outside a transaction.
    ///
    /// It gets the connection, or why there is none any more; what it returns is called to answer, unless a sync failed meanwhile.
    case alone(@Sendable (Result<Connection, DatabaseError>) -> @Sendable () -> Void)

    var isWrite: Bool {
        if case .write = self { true } else { false }
    }
}
