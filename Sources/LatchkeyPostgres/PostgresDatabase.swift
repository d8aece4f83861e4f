import Foundation
import LatchkeyDatabase

/// PostgreSQL, which several nodes may share: each has one writing thread with group commit, several reading threads and one that listens.
package final class PostgresDatabase: Database {
    let opening: Opening
    private let writer: Writer
    private let reads = WorkQueue<Queued>()
    private let listeners = Listeners()
    private let listening: Listening
    private let finished = DispatchGroup()
    private let sweep: Task<Void, Never>

    /// Connects when there is something to do; throws `.misuse` for an address that is none.
    package init(_ address: PostgresAddress, options: Options = .init()) {
        opening = Opening(address: address, options: options)
        writer = Writer(opening, listeners: listeners)
        listening = Listening(opening, listeners: listeners) { [writer] in writer.tag }
        Readers.start(opening, queue: reads, group: finished)
        finished.enter()
        let thread = Thread { [writer, finished] in
            writer.work()
            finished.leave()
        }
        thread.name = "latchkey-write"
        thread.start()
        // Whoever waits longer than is bearable is told so, whatever the threads are stuck in.
        sweep = Task { [reads, writes = writer.queue, opening] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                for queue in [reads, writes] { Self.refuseOverdue(in: queue, opening) }
            }
        }
    }

    deinit { shut() }

    package var batches: (commits: Int, jobs: Int) { writer.batches }

    /// Runs `body` on a snapshot in a reading thread; see `Database`.
    package func read<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await enqueue(on: reads, sight, body)
    }

    /// Runs `body` in the writing thread's next transaction; see `Database`.
    @discardableResult
    package func write<T: Sendable>(seeing sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await enqueue(on: writer.queue, sight, body)
    }

    /// Applies what is missing, one node at a time; see `Database`.
    package func migrate(_ migrations: [Migration], now: Int64) async throws {
        try await onThread("latchkey-migrate") { opening in try PostgresMigrations.apply(migrations, opening, now: now) }
    }

    /// Runs what blocks, on connections of its own, in a thread of its own.
    func onThread<T: Sendable>(_ name: String, _ body: @escaping @Sendable (Opening) throws -> T) async throws -> T {
        if let reason = reads.closedBecause { throw DatabaseError.unavailable(reason) }
        let opening = opening
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    with: Result { do { return try body(opening) } catch let failure as Failure { throw failure.error } })
            }
            thread.name = name
            thread.start()
        }
    }

    /// Asks the server whether it still takes writes; see `Database`.
    package func check() async throws {
        if let reason = writer.queue.closedBecause { throw DatabaseError.unavailable(reason) }
        let isStandby = try await read { try $0.row("SELECT pg_is_in_recovery()") { try $0[0] as Bool } }
        if isStandby ?? true { throw DatabaseError.unavailable("the server is a standby and takes no writes") }
    }

    /// The server holds references by itself and checks pages by its own means; here are the constraints and indexes that it knows not to hold,
    /// and where the wall between accounts has a gap.
    package func examine() async throws -> [String] {
        try await read { tx in
            try tx.rows(
                """
                SELECT 'constraint ' || conname || ' was never validated' FROM pg_constraint WHERE NOT convalidated
                UNION ALL SELECT 'index ' || CAST(CAST(indexrelid AS regclass) AS text) || ' is not valid' FROM pg_index WHERE NOT indisvalid
                """
            ) { try $0.text(at: 0) } + Wall.gaps(tx)
        }
    }

    package func listen(_ hear: @escaping @Sendable (Announcement) -> Void) {
        listeners.add(hear)
        listening.start(finished)
    }

    package var isShared: Bool { true }

    package var hearsEverything: Bool { listening.hearsEverything }

    /// Finishes what is under way and closes; see `Database`.
    package func close() async {
        shut()
        await withCheckedContinuation { continuation in
            finished.notify(queue: .global()) { continuation.resume() }
        }
    }

    private func shut() {
        reads.close(because: "the database is closed")
        writer.queue.close(because: "the database is closed")
        listening.stop()
        sweep.cancel()
    }

    private func enqueue<T: Sendable>(
        on queue: WorkQueue<Queued>, _ sight: Sight, _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        let deadline = ContinuousClock.now + opening.options.patience
        return try await withCheckedThrowingContinuation { continuation in
            do {
                try queue.put(Queued(job: PendingJob(body, continuation), sight: sight, deadline: deadline))
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static func refuseOverdue(in queue: WorkQueue<Queued>, _ opening: Opening) {
        let now = ContinuousClock.now
        let options = opening.options
        let isGone = opening.reach.lostSince.map { $0 + options.absence < now } ?? false
        let end = isGone ? now + options.patience - min(options.absence, options.patience) : now
        while let overdue = queue.takeReady({ $0.deadline < end }) {
            overdue.job.answer(DatabaseError.unavailable("no connection to the database became free in time"))
        }
    }
}

/// Work that waits for a connection, with the time at which it is refused if it has not begun by then.
struct Queued: Sendable {
    let job: any TransactionJob
    let sight: Sight
    let deadline: ContinuousClock.Instant
}
