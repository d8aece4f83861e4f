import LatchkeyDatabase

/// Writes that share one transaction and one sync, each in a savepoint of its own; belongs to the writer's thread.
///
/// READ COMMITTED, so that a write that joins later sees what other nodes have committed meanwhile: who was let in on a snapshot would still
/// be let in after another node had confirmed that they are not.
final class Batch {
    /// A write that waits, and what it has been through.
    struct Candidate {
        let job: any TransactionJob
        let sight: Sight
        let deadline: ContinuousClock.Instant
        /// How often another transaction was in its way.
        var conflicts = 0
        /// How often its connection was lost before the commit.
        var losses = 0
    }

    private struct Attempt {
        let candidate: Candidate
        var failure: (any Error)?
        var actions: [@Sendable () -> Void] = []
        /// The locks that it took besides those that the batch held before.
        var locks: Set<String> = []
    }

    /// Writes that have to run again, in order: nothing of theirs was committed.
    private(set) var again: [Candidate] = []
    /// Whether the connection was lost between sending the commit and its answer.
    private(set) var isUnknown = false
    /// Whether another connection is needed.
    private(set) var isAbandoned = false
    private let connection: Connection
    private let listeners: Listeners
    private let limit: Int
    private var attempts: [Attempt] = []
    /// The locks of the writes so far, which nobody else gets before the commit: a later write need not ask the server for them again.
    private var held: Set<String> = []
    /// Taken from those who wait and not begun.
    private var pulled: Candidate?

    init(_ connection: Connection, listeners: Listeners, limit: Int) {
        self.connection = connection
        self.listeners = listeners
        self.limit = limit
    }

    /// How many writes were committed.
    var committed: Int { attempts.count { $0.failure == nil } }

    /// Runs the first write and those that are waiting by then, and commits; nobody is answered yet.
    func run(first: Candidate, next: () -> Candidate?) {
        var current = first
        do {
            try connection.run("BEGIN; SAVEPOINT write; " + Wall.setting(first.sight))
            while true {
                let (attempt, spent) = try run(current)
                // Whoever had to give way more than once, or lost a connection, runs alone: it holds up nobody, and nobody it.
                let mayShare = attempts.count + 1 < limit && current.conflicts < 2 && current.losses == 0
                let following = mayShare ? next() : nil
                if let following { pulled = following }
                try settle(attempt, spent, before: following)
                guard let following else { break }
                (current, pulled) = (following, nil)
            }
        } catch {
            return abandon(error, current)
        }
        if committed > 0 { commit() } else { connection.rollBack() }
    }

    /// Runs a body in the open savepoint; throws only what takes the whole batch down.
    private func run(_ candidate: Candidate) throws -> (Attempt, Failure?) {
        let transaction = PostgresTransaction(
            connection, isFirst ? .first : .later, seeing: candidate.sight, listeners: listeners, holding: held)
        var attempt = Attempt(candidate: candidate)
        do {
            try candidate.job.run(in: transaction)
            attempt.failure = transaction.failure?.error
        } catch {
            attempt.failure = error
        }
        transaction.end()
        if let failure = transaction.failure, failure.kind == .lost { throw failure }
        // Another server is the primary now.
        if transaction.failure?.error == .readOnly { throw Failure(error: .unavailable("the server takes no writes"), kind: .lost) }
        attempt.actions = transaction.actions
        attempt.locks = transaction.locks
        return (attempt, transaction.failure)
    }

    /// Whether nothing is held: what came before was taken back with its locks.
    private var isFirst: Bool { committed == 0 }

    /// Keeps what a body did, or takes it back, and opens the next one's savepoint, in which it sees what it may and nothing of whoever came before.
    private func settle(_ attempt: Attempt, _ failure: Failure?, before next: Candidate?) throws {
        var (attempt, spent) = (attempt, failure)
        let setting = next.map { Wall.setting($0.sight) }
        if attempt.failure == nil {
            do {
                // Constraints that are checked at the commit would fail everybody's. Whoever comes next must not wait long for what other
                // nodes hold, as they may wait for what is held here. And a commit takes as long as it takes.
                try connection.run(
                    setting.map { setting in
                        """
                        SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; RELEASE SAVEPOINT write; SET LOCAL lock_timeout = 50;
                        SAVEPOINT write; \(setting)
                        """
                    } ?? "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = 0")
            } catch let error as Failure where error.kind != .lost {
                (attempt.failure, spent) = (error.error, error)
            }
        }
        if attempt.failure == nil {
            held.formUnion(attempt.locks)
        } else {
            attempt.actions = []
            try connection.run("ROLLBACK TO SAVEPOINT write; " + (setting ?? "SET LOCAL statement_timeout = 0"))
        }
        guard let spent, spent.kind == .conflict else { return attempts.append(attempt) }
        var candidate = attempt.candidate
        candidate.conflicts += 1
        if candidate.conflicts <= Self.patience, ContinuousClock.now < candidate.deadline {
            again.append(candidate)
        } else {
            attempts.append(Attempt(candidate: candidate, failure: DatabaseError.unavailable("others were in the way: \(spent.error)")))
        }
    }

    private static let patience = 6

    private func commit() {
        do {
            let command = try connection.run("COMMIT")
            if command != "COMMIT" { failAll(DatabaseError.unavailable("the server rolled the transaction back")) }
        } catch let failure as Failure {
            switch failure.kind {
            case .conflict: rerunAll { $0.conflicts += 1 }
            case .statement: failAll(failure.error)
            case .lost:
                // Nobody can know whether the writes are there; their callers must be told neither that they are nor that they are not.
                isUnknown = true
                failAll(DatabaseError.unavailable("the connection was lost during the commit: whether it was done is not known"))
            }
        } catch { failAll(error) }
    }

    /// Nothing of the batch is kept: what had not failed by itself runs again, unless that has been tried often enough.
    private func abandon(_ error: any Error, _ current: Candidate) {
        isAbandoned = true
        connection.rollBack()
        let isDone = attempts.contains { $0.candidate.job === current.job } || again.contains { $0.job === current.job }
        if !isDone { attempts.append(Attempt(candidate: current)) }
        rerunAll { $0.losses += 1 }
        if let pulled { again.append(pulled) }
    }

    private func rerunAll(_ note: (inout Candidate) -> Void) {
        var rest: [Attempt] = []
        var rerun: [Candidate] = []
        for attempt in attempts {
            var candidate = attempt.candidate
            note(&candidate)
            if attempt.failure != nil {
                rest.append(attempt)
            } else if candidate.conflicts > Self.patience || candidate.losses > 2 {
                rest.append(
                    Attempt(
                        candidate: candidate,
                        failure: DatabaseError.unavailable("the write was tried several times and the connection was lost each time")))
            } else {
                rerun.append(candidate)
            }
        }
        attempts = rest
        again = rerun + again
    }

    private func failAll(_ error: any Error) {
        for index in attempts.indices where attempts[index].failure == nil { attempts[index].failure = error }
    }

    /// Runs what waits for the commit, in the order of the writes.
    func runActions() {
        for attempt in attempts where attempt.failure == nil {
            for action in attempt.actions { action() }
        }
    }

    /// Answers every caller but those who run again.
    func answer() {
        for attempt in attempts { attempt.candidate.job.answer(attempt.failure) }
    }
}
