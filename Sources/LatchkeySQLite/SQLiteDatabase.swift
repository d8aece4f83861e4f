import Foundation
import GRDBSQLite
import LatchkeyDatabase

/// The embedded database: one file, one writing thread with group commit, several reading threads.
package final class SQLiteDatabase: Database {
    private let path: String
    private let writer: Writer
    private let reads = WorkQueue<Readers.Work>()
    private let listeners = Listeners()
    private let finished = DispatchGroup()

    /// Opens the file, making it (0600) where it is missing; throws `.unavailable`, `.corrupt` or `.readOnly` when that fails.
    package init(path: String, options: Options = .init()) throws {
        self.path = path
        let writer = Writer(options: options, listeners: listeners)
        let file = try SQLiteFile.writer(path: path, synchronous: options.synchronous)
        let readers = try (0..<max(1, options.readers)).map { _ in try SQLiteFile.reader(path: path) }
        let reading = DispatchGroup()
        Readers.start(readers, queue: reads, group: reading)
        let finished = finished
        finished.enter()
        let thread = Thread {
            try? file.occupy { writer.work($0, readers: reading) }
            finished.leave()
        }
        thread.name = "latchkey-write"
        thread.start()
        self.writer = writer
    }

    deinit { shut() }

    /// Commits so far and the writes in them: jobs by commits is the size of the average batch.
    package var batches: (commits: Int, jobs: Int) { writer.batches }

    /// How many writes wait for the batch that is being written now.
    package var waitingWrites: Int { writer.queue.count }

    /// Runs `body` on a snapshot in a reading thread; see `Database`.
    package func read<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(on: reads, continuation) { connection in
                continuation.resume(with: Result { try Readers.snapshot(connection, body) })
            }
        }
    }

    /// Runs `body` in the writing thread's next transaction; see `Database`.
    @discardableResult
    package func write<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(on: writer.queue, continuation, .write(PendingJob(body, continuation)))
        }
    }

    /// Applies what is missing, after a backup `NAME.before-N` of a database that holds something; see `Database`.
    package func migrate(_ migrations: [Migration], now: Int64) async throws {
        try await alone { [path] connection in
            try SQLiteMigrations.apply(migrations, to: connection, path: path, now: now)
        }
    }

    /// Reads a page and looks whether writes are still taken; see `Database`.
    package func check() async throws {
        if let reason = writer.queue.closedBecause { throw DatabaseError.unavailable(reason) }
        _ = try await read { try $0.row("SELECT count(*) FROM sqlite_schema") { try $0[0] as Int } }
    }

    /// The one process that writes here hears itself; see `Database`.
    package func listen(_ hear: @escaping @Sendable (Announcement) -> Void) { listeners.add(hear) }

    package var isShared: Bool { false }

    package var hearsEverything: Bool { true }

    /// Finishes what is under way, empties the write-ahead log and closes; see `Database`.
    package func close() async {
        shut()
        await withCheckedContinuation { continuation in
            finished.notify(queue: .global()) { continuation.resume() }
        }
    }

    /// Copies the database as it is at this moment into a new file, while reads and writes go on; throws the copying's `DatabaseError`.
    package func copy(to path: String) async throws {
        if let reason = writer.queue.closedBecause { throw DatabaseError.unavailable(reason) }
        try await Self.blocking { [source = self.path] in
            let file = try SQLiteFile.reader(path: source)
            defer { try? file.close() }
            try file.copy(to: path)
        }
    }

    /// Looks at every page and every reference; answers what is wrong, nothing where all is well. Takes as long as reading the whole file.
    package func examine() async throws -> [String] {
        try await Self.blocking { [path] in
            let file = try SQLiteFile.reader(path: path)
            defer { try? file.close() }
            return try file.examine()
        }
    }

    /// Runs what blocks on a thread of its own.
    private static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.name = "latchkey-copy"
            thread.start()
        }
    }

    /// Runs `body` with the writing connection to itself; throws what it throws.
    func alone<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let work = WriterWork.alone { connection in
                let result = Result { try body(connection.get()) }
                return { continuation.resume(with: result) }
            }
            enqueue(on: writer.queue, continuation, work)
        }
    }

    private func shut() {
        reads.close(because: "the database is closed")
        writer.queue.close(because: "the database is closed")
    }

    private func enqueue<T, Work>(on queue: WorkQueue<Work>, _ continuation: CheckedContinuation<T, any Error>, _ work: Work) {
        do {
            try queue.put(work)
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
