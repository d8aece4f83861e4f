import LatchkeyAccess
import Synchronization

/// From where API keys and integrations called in vain, in memory until it is written down: whoever set the addresses may have forgotten one. Only
/// who shows a credential that is live gets here, so that a stranger fills nothing.
package final class RefusedAddresses: Sendable {
    package struct Place: Sendable, Hashable {
        package var account: AccountID
        package var address: String
        package var kind: Actor.Kind
        package var principal: String
    }

    package struct Count: Sendable {
        package var at: Timestamp
        package var calls: Int
    }

    private let waiting = Mutex<[Place: Count]>([:])
    private static let most = 1000

    package init() {}

    package func note(_ address: String, of principal: Principal, at now: Timestamp) {
        guard let account = principal.account else { return }
        let place = Place(account: account, address: address, kind: principal.actor.kind, principal: principal.actor.id)
        waiting.withLock { waiting in
            if waiting[place] == nil, waiting.count >= Self.most { return }
            waiting[place] = Count(at: now, calls: (waiting[place]?.calls ?? 0) + 1)
        }
    }

    /// Takes out all that wait to be written down.
    package func take() -> [Place: Count] {
        waiting.withLock { waiting in
            defer { waiting.removeAll() }
            return waiting
        }
    }
}
