import Foundation
import LatchkeyDatabase

/// Threads that read, each with a connection of its own, so that no read blocks Swift's cooperative pool.
enum Readers {
    typealias Work = @Sendable (Connection) -> Void

    /// Starts one thread per file; each leaves `group` when the queue is closed and empty.
    static func start(_ files: [SQLiteFile], queue: WorkQueue<Work>, group: DispatchGroup) {
        for file in files {
            group.enter()
            let thread = Thread {
                try? file.occupy { connection in
                    while let work = queue.take() { work(connection) }
                }
                group.leave()
            }
            thread.name = "latchkey-read"
            thread.start()
        }
    }

    /// Runs `body` in a read transaction: all its statements see one state. Throws what `body` throws, or what beginning throws.
    static func snapshot<T>(_ connection: Connection, _ body: (any Transaction) throws -> T) throws -> T {
        try connection.run("BEGIN")
        let transaction = SQLiteTransaction(connection, listeners: nil)
        defer {
            transaction.end()
            try? connection.rollBack()
        }
        return try body(transaction)
    }
}
