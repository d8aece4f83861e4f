import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import Synchronization

/// Lets so many guesses at passwords through and no more, alike for names that nobody has (P6). In memory, and told to the other nodes: a restart begins anew.
///
/// - One person from one address: five failures, then one guess after 30 s, 60 s, … an hour.
/// - One address, whomever it tries: a hundred failures, which grow back one every 9 s.
/// - One person from everywhere: past a hundred failures in a row, one guess at a time, ever slower up to 10 s.
///
/// A browser that this person has signed in with before counts for itself, and only the first rule holds for it.
package final class Throttle: Sendable {
    package typealias Attempt = ThrottleState.Attempt

    private let state = Mutex(ThrottleState())

    package init() {}

    /// Judges one guess: `judge` answers what a right one opens, nil for a wrong one. Parallel guesses beyond what is left stand in line.
    ///
    /// - Parameter isWhole: whether what was opened is all that is asked for. Half of it is no failure, and takes none back.
    /// - Throws: `Problem` 429 `too_many_attempts`; what `judge` throws, and then nothing is counted.
    package func judged<Opened>(
        _ attempt: Attempt, _ clock: LatchkeyGate.Clock, isWhole: (Opened) -> Bool = { _ in true }, _ judge: () async throws -> Opened?
    ) async throws -> Opened? {
        try await enter(attempt, clock)
        let opened: Opened?
        do { opened = try await judge() } catch {
            leave(attempt, .unjudged, clock)
            throw error
        }
        leave(attempt, opened.map { isWhole($0) ? .right : .unjudged } ?? .wrong, clock)
        return opened
    }

    private func enter(_ attempt: Attempt, _ clock: LatchkeyGate.Clock) async throws {
        while true {
            let decision = await withCheckedContinuation { (waiter: ThrottleState.Waiter) in
                let decided = state.withLock { state -> ThrottleState.Decision? in
                    let decision = state.enter(attempt, at: clock.now())
                    guard decision == .wait else { return decision }
                    state.park(waiter, attempt)
                    return nil
                }
                if let decided { waiter.resume(returning: decided) }
            }
            switch decision {
            case .wait: continue
            case .refused(let seconds):
                throw Problem(
                    429, "too_many_attempts", "Too many attempts. Try again in \(seconds) seconds.", headers: [.retryAfter: String(seconds)])
            case .go(let milliseconds):
                // A client that hangs up cancels the wait, and its guess is then judged early: it was counted all the same.
                if milliseconds > 0 { try? await Task.sleep(for: .milliseconds(milliseconds)) }
                return
            }
        }
    }

    /// Whether this person has failed before from where the attempt comes from.
    func remembers(_ attempt: Attempt) -> Bool { state.withLock { $0.remembers(attempt) } }

    /// Counts what was judged on another node.
    func hear(_ attempt: Attempt, wasRight: Bool, _ clock: LatchkeyGate.Clock) {
        state.withLock { $0.hear(attempt, wasRight: wasRight, at: clock.now()) }
    }

    private func leave(_ attempt: Attempt, _ outcome: ThrottleState.Outcome, _ clock: LatchkeyGate.Clock) {
        let waiting = state.withLock { $0.leave(attempt, outcome, at: clock.now()) }
        for waiter in waiting { waiter.resume(returning: .wait) }
    }
}
