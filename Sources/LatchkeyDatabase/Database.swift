/// A database: consistent reads, and writes that are answered only once they are on disk.
package protocol Database: Sendable {
    /// Runs `body` on one consistent snapshot, where writes are refused with `.readOnly`; throws what `body` throws, or `.unavailable`.
    func read<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T

    /// Runs `body` once, wholly or not at all, and answers only when its changes are durable.
    ///
    /// Throws what `body` throws, having changed nothing; `.full` or `.unavailable` when the commit failed; and the error of a failed
    /// statement even if `body` swallowed it, because PostgreSQL cannot go on after one either. Also `.unavailable` when a connection was lost
    /// during the commit, so that nobody knows whether it was done.
    ///
    /// Where nodes share the database `body` may run again, when another node's write was in its way: what it does besides must bear that.
    @discardableResult
    func write<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T

    /// Applies the migrations that are still missing, by number, each in a transaction of its own with its line in `migrations`.
    ///
    /// Throws `.newerSchema` when the database has one that is not among these, `.changedMigration` when an applied one reads
    /// differently now, `.misuse` when numbers repeat, and whatever a statement throws; a later call resumes where this one stopped.
    func migrate(_ migrations: [Migration], now: Int64) async throws

    /// A cheap sign of life: throws `.unavailable` or `.corrupt` when the database cannot be read or takes no writes any more.
    func check() async throws

    /// Has `hear` called with what transactions of every node announce, from now on. It is called on the database's threads: it must be short
    /// and must not wait.
    func listen(_ hear: @escaping @Sendable (Announcement) -> Void)

    /// Whether other nodes may use the same database.
    var isShared: Bool { get }

    /// Whether listeners have heard all that was announced until a second ago. While they may not have, nothing may be trusted that an
    /// announcement would have corrected.
    var hearsEverything: Bool { get }

    /// Looks at every page and every reference as far as the database lets us; answers what is wrong, nothing where all is well.
    func examine() async throws -> [String]

    /// Commits so far by this node, and the writes in them.
    var batches: (commits: Int, jobs: Int) { get }

    /// Refuses new work with `.unavailable`, finishes what is under way, and closes; calling it again does nothing.
    func close() async
}

extension Database {
    /// Reads what belongs to no account.
    package func read<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await read(seeing: .nothing, body)
    }

    /// Writes what belongs to no account.
    @discardableResult
    package func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await write(seeing: .nothing, body)
    }
}

/// One transaction, inside the closure of `read` or `write`; not for other threads, and every use after its end throws `.misuse`.
///
/// After a statement failed, the transaction is spent: every later statement throws the same error and nothing is committed.
package protocol Transaction: AnyObject {
    /// Which spelling the database wants where the two differ.
    var dialect: Dialect { get }

    /// Gives each row to `body` until it answers false; throws what `body` throws and the `DatabaseError` of a failed statement.
    ///
    /// Do not write to a table inside the closure that reads it: what the rest of the rows show then differs by database.
    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws

    /// Runs a statement to its end and answers how many rows it changed itself; throws its `DatabaseError`.
    @discardableResult func execute(_ sql: SQL) throws -> Int

    /// Has `action` run once, after the commit is durable and before the writer's caller is answered; never when rolled back.
    ///
    /// Actions of one commit run in the order of their writes and hold up the answers, so they must be short and must not wait.
    /// In a `read` there is nothing to commit: the action is dropped.
    func afterCommit(_ action: @escaping @Sendable () -> Void)

    /// Tells every node's listeners a text of at most 4000 bytes once this is committed; this node's before the writer's caller is answered.
    ///
    /// In a `read` there is nothing to commit: nobody is told.
    func announce(_ message: String) throws

    /// Lets no other write, of whatever node, that locks the same name run from here to the end of this one: what is read after it stays true.
    ///
    /// SQLite has one writer and needs nothing. In a `read` it does nothing.
    func lock(_ name: String) throws

    /// Sees this account's rows alone from here on. There is no way back: throws `.misuse` where they could not be seen before.
    func narrow(to account: String) throws
}

// Written once over `forEachRow`.
extension Transaction {
    /// Every row of the answer as `read` makes it; throws what `read` throws and the `DatabaseError` of a failed statement.
    package func rows<T>(_ sql: SQL, _ read: (Row) throws -> T) throws -> [T] {
        var result: [T] = []
        try forEachRow(sql) { row in
            result.append(try read(row))
            return true
        }
        return result
    }

    /// The first row or nil; throws what `read` throws and the `DatabaseError` of a failed statement.
    package func row<T>(_ sql: SQL, _ read: (Row) throws -> T) throws -> T? {
        var result: T?
        try forEachRow(sql) { row in
            result = try read(row)
            return false
        }
        return result
    }
}
