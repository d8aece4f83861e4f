import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import SignInFeature

/// What the overview says of users.
extension Users {
    package static func count(_ status: User.Status, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try UserStore.count(UserFilter(status: status), at: now, permit, tx)
    }

    /// The one manager who can sign in, where there is just one: nobody could help if they were lost.
    package static func aloneManager(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> User? {
        let managers = try UserAttentionStore.managers(at: now, limit: 2, permit, tx)
        guard managers.count == 1, let id = managers.first else { return nil }
        return try find(id, permit, tx)
    }

    /// Pending users whose activation link ends within a day, or who have none an hour after they were made; with its end.
    package static func activationsEnding(
        at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [(User, Timestamp?)] {
        let pending = try UserStore.list(UserFilter(status: .pending), PageRequest(limit: 200), at: now, permit, tx)
        let ends = try PersonalLinks.activationEnds(of: pending.map(\.id), permit, tx)
        let urgent = pending.compactMap { user -> (User, Timestamp?)? in
            guard let end = ends[user.id] else { return user.createdAt < now.adding(seconds: -3600) ? (user, nil) : nil }
            return end < now.adding(seconds: 86_400) ? (user, end) : nil
        }
        return Array(urgent.prefix(limit))
    }

    /// Enabled users who have not been seen since then, nor were made since.
    package static func notSeen(
        since: Timestamp, at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [User] {
        try UserAttentionStore.notSeen(since: since, at: now, limit: limit, permit, tx).map { try find($0, permit, tx) }
    }
}
