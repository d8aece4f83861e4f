import Foundation
import LatchkeyDatabase

/// Threads that read, each with a connection of its own, so that no read blocks Swift's cooperative pool.
enum Readers {
    /// Starts threads that connect when there is something to read; each leaves `group` when the queue is closed and empty.
    static func start(_ opening: Opening, queue: WorkQueue<Queued>, group: DispatchGroup) {
        for _ in 0..<max(1, opening.options.readers) {
            group.enter()
            let thread = Thread {
                work(opening, queue)
                group.leave()
            }
            thread.name = "latchkey-read"
            thread.start()
        }
    }

    private static func work(_ opening: Opening, _ queue: WorkQueue<Queued>) {
        var connection: Connection?
        while let queued = queue.take() {
            // A connection that had been idle may turn out to be dead, and a plan to be stale: reading again changes nothing.
            for round in 1...3 {
                do {
                    if connection?.isLost ?? true {
                        connection = try opening.open(.reading, until: queued.deadline) { queue.closedBecause != nil }
                    }
                    guard let usable = connection else { break }
                    let isAnswered = try snapshot(usable, queued.job, queued.sight, mayRunAgain: round < 3)
                    if usable.isLost || usable.isInTransaction { connection = nil }
                    if isAnswered { break }
                } catch {
                    queued.job.answer((error as? Failure)?.error ?? error)
                    break
                }
            }
        }
    }

    /// Runs a job in a transaction all of whose statements see one state, and answers it; false where it has to run again.
    private static func snapshot(_ connection: Connection, _ job: any TransactionJob, _ sight: Sight, mayRunAgain: Bool) throws -> Bool {
        do { try connection.run("BEGIN; " + Wall.setting(sight)) } catch let failure as Failure where failure.kind == .lost && mayRunAgain {
            return false
        }
        let transaction = PostgresTransaction(connection, .reading, seeing: sight, listeners: Listeners())
        var failure: (any Error)?
        do { try job.run(in: transaction) } catch { failure = error }
        transaction.end()
        let isInTheWay = transaction.failure.map { $0.kind != .statement } ?? false
        if isInTheWay, mayRunAgain {
            connection.rollBack()
            return false
        }
        job.answer(failure)
        connection.rollBack()
        return true
    }
}
