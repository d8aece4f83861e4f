import LatchkeyDatabase

/// What the writer's thread is given to do.
enum WriterWork: Sendable {
    /// A write that may share its transaction with others.
    case write(any TransactionJob)
    /// Work that has the connection to itself, outside a transaction.
    ///
    /// It gets the connection, or why there is none any more; what it returns is called to answer, unless a sync failed meanwhile.
    case alone(@Sendable (Result<Connection, DatabaseError>) -> @Sendable () -> Void)

    var isWrite: Bool {
        if case .write = self { true } else { false }
    }
}
