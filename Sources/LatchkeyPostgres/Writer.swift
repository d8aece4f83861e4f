import Foundation
import LatchkeyDatabase
import Synchronization

/// The one thread of this node that writes: everything that waits goes into one transaction and costs one sync (group commit). Other nodes
/// have theirs; what must not happen on two at once waits for a lock.
final class Writer: Sendable {
    let queue = WorkQueue<Queued>()
    private let opening: Opening
    private let listeners: Listeners
    private let counters = Mutex((commits: 0, jobs: 0))
    private let own = Mutex<String?>(nil)

    init(_ opening: Opening, listeners: Listeners) {
        self.opening = opening
        self.listeners = listeners
    }

    /// Commits so far, and the writes in them.
    var batches: (commits: Int, jobs: Int) { counters.withLock { $0 } }

    /// The tag of the connection that commits for this node: of what it announces, our own listeners are told by us.
    var tag: String? { own.withLock { $0 } }

    /// Works until the queue is closed and empty.
    func work() {
        var connection: Connection?
        var backlog: [Batch.Candidate] = []
        func ready() -> Batch.Candidate? {
            if !backlog.isEmpty { return backlog.removeFirst() }
            return queue.takeReady { _ in true }.map { .init(job: $0.job, sight: $0.sight, deadline: $0.deadline) }
        }
        while let candidate = ready() ?? queue.take().map({ Batch.Candidate(job: $0.job, sight: $0.sight, deadline: $0.deadline) }) {
            if connection?.isLost ?? true {
                own.withLock { $0 = nil }
                connection = nil
                do {
                    connection = try opening.open(.writing, until: candidate.deadline) { [queue] in queue.closedBecause != nil }
                } catch {
                    candidate.job.answer((error as? Failure)?.error ?? error)
                    continue
                }
                own.withLock { $0 = connection?.tag }
            }
            guard let usable = connection else { continue }
            let batch = Batch(usable, listeners: listeners, limit: max(1, opening.options.maxBatch))
            batch.run(first: candidate, next: ready)
            if usable.isInTransaction || batch.isAbandoned { connection = nil }
            let jobs = batch.committed
            if jobs > 0 { counters.withLock { $0 = ($0.commits + 1, $0.jobs + jobs) } }
            if batch.isUnknown {
                // It may be committed, and its actions did not run.
                own.withLock { $0 = nil }
                listeners.tell(.everything)
            }
            batch.runActions()
            batch.answer()
            backlog = batch.again + backlog
        }
    }
}
