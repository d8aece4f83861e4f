/// Work that waits for a transaction and for its answer; for drivers.
package protocol TransactionJob: AnyObject, Sendable {
    /// Runs the body and keeps its result, that of the last run; throws what the body throws.
    func run(in transaction: any Transaction) throws

    /// Answers the caller, once: with the failure, or with the kept result.
    func answer(_ failure: (any Error)?)
}

/// Work that makes a `T`; only the thread that runs it touches `result`.
package final class PendingJob<T: Sendable>: TransactionJob, @unchecked Sendable {
    private let body: @Sendable (any Transaction) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private var result: T?

    package init(_ body: @escaping @Sendable (any Transaction) throws -> T, _ continuation: CheckedContinuation<T, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    package func run(in transaction: any Transaction) throws { result = try body(transaction) }

    package func answer(_ failure: (any Error)?) {
        if let failure {
            continuation.resume(throwing: failure)
        } else if let result {
            continuation.resume(returning: result)
        } else {
            continuation.resume(throwing: DatabaseError.misuse("a transaction was answered before it ran"))
        }
    }
}
