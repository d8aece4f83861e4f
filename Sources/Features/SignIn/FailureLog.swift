import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Logging
import Synchronization

/// Failed sign-ins of known people, and of known clients, on their way into history. They are written after the answer, so that a known name takes no longer than
/// an unknown one; under a flood the line has an end, and what does not fit is counted and dropped.
package final class FailureLog: Sendable {
    package struct Failure: Sendable {
        var action: String
        var subject: Subject
        var chain: Chain
        var reason: String
        var origin: Origin

        package init(_ action: String = "login.failed", subject: Subject, chain: Chain, reason: String, origin: Origin) {
            self.action = action
            self.subject = subject
            self.chain = chain
            self.reason = reason
            self.origin = origin
        }
    }

    package init() {}

    private struct State {
        var waiting: [Failure] = []
        var isWriting = false
    }

    private static let longest = 1000
    private let state = Mutex(State())

    /// Takes a failure and returns at once.
    package func note(_ failure: Failure, _ house: House) {
        let begins = state.withLock { state -> Bool? in
            if state.waiting.count >= Self.longest { return nil }
            state.waiting.append(failure)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard let begins else { return house.metrics.count("latchkey_failed_sign_ins_unrecorded_total") }
        if begins { Task { await write(house) } }
    }

    private func write(_ house: House) async {
        while true {
            let next = state.withLock { state in
                defer { state.waiting = [] }
                state.isWriting = !state.waiting.isEmpty
                return state.waiting
            }
            if next.isEmpty { return }
            for failure in next { await write(failure, house) }
        }
    }

    private func write(_ failure: Failure, _ house: House) async {
        do {
            try await house.gate.write(door: .signIn, origin: failure.origin, touches: .records) { permit, _, book in
                try book.record(
                    failure.action, failure.subject, in: failure.chain, by: permit.actor, [Change("reason", to: .string(failure.reason))])
            }
        } catch {
            house.metrics.count("latchkey_failed_sign_ins_unrecorded_total")
            house.logger.error(
                "a failed sign-in is not in history: \(error)", metadata: ["request_id": .string(failure.origin.requestID.description)])
        }
    }
}
