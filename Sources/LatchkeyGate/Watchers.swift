import LatchkeyAccess
import Synchronization

/// Something that those who watch an account may want to know.
package enum Happening: Sendable, Hashable {
    /// A session was made or changed; with what decides who sees it.
    case session(SessionID, key: APIKeyID, owner: UserID?)
    /// Facts changed: people, roles, logins. Whoever watches looks whether they are still let in.
    case facts
    /// Some time passed: the same.
    case look
}

/// Those who watch, on this node. What they are told was committed before.
package final class Watchers: Sendable {
    private struct Watcher: Sendable {
        let account: AccountID?
        let told: AsyncStream<Happening>.Continuation
    }

    private struct State {
        var watchers: [UInt64: Watcher] = [:]
        var next: UInt64 = 0
        var isOver = false
        var beating: Task<Void, Never>?
    }

    /// One clock for all, who are told to look in so many turns: thousands of clocks would be memory, and all at once a jolt.
    private static let turns: UInt64 = 16

    private let state = Mutex(State())
    private let beat: Duration

    /// - Parameter beat: how often each one is told to look, whatever happens.
    package init(beat: Duration = .seconds(15)) { self.beat = beat }

    package var count: Int { state.withLock { $0.watchers.count } }

    /// What happens in an account, or at the enterprise level, from now on and until `end`. Somebody too slow for it loses the oldest first.
    package func watch(_ account: AccountID?) -> AsyncStream<Happening> {
        let (stream, told) = AsyncStream.makeStream(of: Happening.self, bufferingPolicy: .bufferingNewest(256))
        let id = state.withLock { state -> UInt64? in
            if state.isOver { return nil }
            state.next += 1
            state.watchers[state.next] = Watcher(account: account, told: told)
            if state.beating == nil { state.beating = beating() }
            return state.next
        }
        guard let id else {
            told.finish()
            return stream
        }
        told.onTermination = { [weak self] _ in self?.leave(id) }
        return stream
    }

    private func leave(_ id: UInt64) {
        state.withLock { state in
            state.watchers.removeValue(forKey: id)
            if state.watchers.isEmpty {
                state.beating?.cancel()
                state.beating = nil
            }
        }
    }

    /// Tells everybody to look once in a beat, for as long as somebody watches.
    private func beating() -> Task<Void, Never> {
        Task { [weak self, pause = beat / Int(Self.turns)] in
            var turn: UInt64 = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: pause)
                guard let told = self?.state.withLock({ state in state.watchers.filter { $0.key % Self.turns == turn }.values }) else { return }
                for watcher in told { watcher.told.yield(.look) }
                turn = (turn + 1) % Self.turns
            }
        }
    }

    func tell(_ account: AccountID, _ happenings: [Happening]) {
        let told = state.withLock { $0.watchers.values.filter { $0.account == account } }
        for watcher in told { for happening in happenings { watcher.told.yield(happening) } }
    }

    func tellAll(_ happening: Happening) {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.told.yield(happening) }
    }

    /// Lets everybody go, and nobody watch any more: the server is about to stop.
    package func end() {
        let told = state.withLock { state in
            state.isOver = true
            state.beating?.cancel()
            return Array(state.watchers.values)
        }
        for watcher in told { watcher.told.finish() }
    }
}
