import LatchkeyAccess
import Synchronization

/// Which screens and functions people use, in memory until it is written down: each once a day, which is all that advice about unused access needs.
package final class GrantUses: Sendable {
    package struct Use: Sendable, Hashable {
        package enum Kind: String, Sendable { case screen, function }

        package var account: AccountID
        package var user: UserID
        package var kind: Kind
        package var id: String
    }

    private struct State {
        var day: Int64 = 0
        /// Those of this day.
        var noted: Set<Use> = []
        var waiting: [Use: Timestamp] = [:]
    }

    private let state = Mutex(State())
    /// Beyond so many it begins anew: something is written once more than it need be.
    private static let most = 200_000

    package init() {}

    /// Notes that a person was let in to a screen of Latchkey's own. Programs, and administrators, are not people of the account.
    package func note(_ screen: Screen, by principal: Principal, at now: Timestamp) {
        guard let account = principal.account, let user = principal.user else { return }
        note([Use(account: account, user: user, kind: .screen, id: screen.rawValue)], at: now)
    }

    /// Notes what somebody was granted who was asked about.
    package func note(_ uses: [Use], at now: Timestamp) {
        if uses.isEmpty { return }
        let day = now.milliseconds / 86_400_000
        state.withLock { state in
            if day != state.day || state.noted.count > Self.most {
                state.day = day
                state.noted.removeAll(keepingCapacity: true)
            }
            for use in uses where state.noted.insert(use).inserted { state.waiting[use] = now }
        }
    }

    /// Takes out all that waits to be written down.
    package func take() -> [Use: Timestamp] {
        state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
    }

    /// Puts back what could not be written; what came since is newer.
    package func giveBack(_ uses: [Use: Timestamp]) {
        state.withLock { state in
            if state.waiting.count + uses.count > Self.most { return }
            state.waiting.merge(uses) { newer, _ in newer }
        }
    }
}

extension GrantUses.Use {
    package init(_ screen: Screen, by user: UserID, in account: AccountID) {
        self.init(account: account, user: user, kind: .screen, id: screen.rawValue)
    }

    package init(_ function: Function, by user: UserID, in account: AccountID) {
        self.init(account: account, user: user, kind: .function, id: function.rawValue)
    }
}
