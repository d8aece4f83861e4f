import Foundation
import LatchkeyDatabase
import Synchronization

/// The one thread that writes: everything that waits goes into one transaction and costs one sync (group commit).
final class Writer: Sendable {
    let queue = WorkQueue<WriterWork>()
    private let options: SQLiteDatabase.Options
    private let counters = Mutex((commits: 0, jobs: 0))

    private let listeners: Listeners

    init(options: SQLiteDatabase.Options, listeners: Listeners) {
        self.options = options
        self.listeners = listeners
    }

    /// Commits so far, and the writes in them.
    var batches: (commits: Int, jobs: Int) { counters.withLock { $0 } }

    /// Works until the queue is closed and empty, then waits for the readers to go and leaves all in the main file.
    func work(_ connection: Connection, readers: DispatchGroup) {
        let checkpoints = Checkpoints(connection)
        var dead: DatabaseError?
        while let work = queue.take() {
            if let dead {
                refuse(work, dead)
                continue
            }
            switch work {
            case .write(let job): dead = write(job, connection)
            case .alone(let body):
                let answer = body(.success(connection))
                dead = death(connection)
                answer()
            }
            if dead == nil {
                checkpoints.runIfDue()
                dead = death(connection)
            }
        }
        readers.wait()
        if dead == nil {
            checkpoints.runLast()
            _ = death(connection)
        }
    }

    /// Runs this write and those that wait by then in one batch, and answers them; returns why no more writes may follow, if so.
    private func write(_ job: any TransactionJob, _ connection: Connection) -> DatabaseError? {
        let batch = Batch(connection, listeners: listeners, limit: max(1, options.maxBatch))
        batch.run(first: job) {
            guard case .write(let next) = queue.takeReady(\.isWrite) else { return nil }
            return next
        }
        let dead = death(connection, lost: batch.lostConnection)
        let jobs = batch.committed
        if jobs > 0 { counters.withLock { $0 = ($0.commits + 1, $0.jobs + jobs) } }
        batch.runActions()
        batch.answer()
        return dead
    }

    /// Ends the process when a sync has failed, before anybody is told anything: whether the data is on disk, nobody can know (D3).
    ///
    /// A test's exit function returns; then, and when the connection is lost, writes are refused from here on.
    private func death(_ connection: Connection, lost: DatabaseError? = nil) -> DatabaseError? {
        if let failure = connection.syncFailure {
            options.exit("the disk refused to confirm a write (\(failure)); stopping at once, the next start recovers what was confirmed")
            queue.close(because: "the disk refused to confirm a write")
            return .unavailable("the disk refused to confirm a write")
        }
        if let lost { queue.close(because: "the writing connection is lost: \(lost)") }
        return lost
    }

    private func refuse(_ work: WriterWork, _ reason: DatabaseError) {
        switch work {
        case .write(let job): job.answer(reason)
        case .alone(let body): body(.failure(reason))()
        }
    }
}
