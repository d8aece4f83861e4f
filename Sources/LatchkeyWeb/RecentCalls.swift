import LatchkeyAccess
import Synchronization

/// What integrations called lately, in memory until it is written down: the last so many of each, and of so many integrations, that a flood takes
/// neither memory nor disk.
package final class RecentCalls: Sendable {
    package struct Call: Sendable, Hashable {
        package var integration: IntegrationID
        package var account: AccountID
        package var id: EventID
        package var at: Timestamp
        package var method: String
        /// The route's pattern, never the path.
        package var route: String
        package var status: Int
        package var address: String

        package init(
            integration: IntegrationID, account: AccountID, id: EventID, at: Timestamp, method: String, route: String, status: Int, address: String
        ) {
            self.integration = integration
            self.account = account
            self.id = id
            self.at = at
            self.method = method
            self.route = route
            self.status = status
            self.address = address
        }
    }

    /// How many are kept of each integration.
    package static let kept = 100
    private static let mostIntegrations = 10_000
    private let state = Mutex(State())

    private struct State {
        var waiting: [IntegrationID: [Call]] = [:]
        var last = EventID(bits: 0)
    }

    package init() {}

    /// Notes a call; those of one millisecond stay in the order in which they are noted.
    package func note(_ call: Call) {
        state.withLock { state in
            if state.waiting[call.integration] == nil, state.waiting.count >= Self.mostIntegrations { return }
            var call = call
            if call.id <= state.last { call.id = EventID(bits: state.last.bits &+ 1) }
            state.last = call.id
            state.waiting[call.integration, default: []].append(call)
            if state.waiting[call.integration, default: []].count > Self.kept { state.waiting[call.integration]?.removeFirst() }
        }
    }

    /// Takes out all that wait to be written down.
    package func take() -> [[Call]] {
        state.withLock { state in
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
    }

    /// Those of one integration that are not written down yet, oldest first.
    package func unwritten(of integration: IntegrationID) -> [Call] { state.withLock { $0.waiting[integration] ?? [] } }
}
