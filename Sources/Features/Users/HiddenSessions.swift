import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import RolesFeature

/// An edit would hide sessions from its user, which nobody has agreed to yet.
package struct HidesSessions: Error, Hashable {
    /// How many; nil where the editor does not see everybody's sessions, and so learns no number of them.
    package let count: Int?
    /// The keys that the edit takes away.
    let keys: Scope<APIKeyID>
}

extension Users {
    /// Asks about an edit that was made in this transaction and hides sessions from its user: thrown, it undoes the edit.
    /// - Throws: `HidesSessions` unless `isAgreed` says yes to that many.
    package static func requireAgreement(
        from before: User, to user: User, _ isAgreed: (HidesSessions) -> Bool, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        guard try AccountFacts.of(permit, tx).catalogue.hasFieldWork else { return }
        let was = try access(of: before, permit, tx).visibility(at: .read)
        let now = try access(of: user, permit, tx).visibility(at: .read)
        if now.covers(was) { return }
        var count: Int?
        if case .all = permit.visibleSessions {
            count = try UserSessionsStore.count(in: was, notIn: now, permit, tx)
            if count == 0 { return }
        }
        let hides = HidesSessions(count: count, keys: before.keys.beyond(user.keys))
        if !isAgreed(hides) { throw hides }
    }
}

extension Visibility {
    /// Whether everything in `other` is in here, whatever sessions there are.
    fileprivate func covers(_ other: Visibility) -> Bool {
        switch (self, other) {
        case (_, .nothing): true
        case (.nothing, _): false
        case (.all(let keys), .all(let others)), (.all(let keys), .own(_, let others)): keys.contains(others)
        case (.own(let user, let keys), .own(let other, let others)): user == other && keys.contains(others)
        case (.own, .all): false
        }
    }
}
