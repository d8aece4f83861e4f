import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// Disables users who have not signed in for as many days as their account's settings say. Several nodes may run it: one at a time holds the lease.
package struct UserDormancy: Sendable {
    private let gate: Gate
    private let lease = Lease("users.dormancy", holder: Random.base62(22))

    /// Disabled in one transaction, so that nobody waits long behind it.
    package static let batch = 50
    /// How long a node that died keeps the others waiting, in seconds.
    static let leaseSeconds = 60
    /// What the entry says of why.
    package static let reason = "not_signed_in"

    package init(_ gate: Gate) { self.gate = gate }

    /// Disables all who are due now; answers how many. None where another node holds the lease.
    @discardableResult
    package func sweep() async throws -> Int {
        var disabled = 0
        var last: AccountID?
        repeat {
            guard try await gate.takes(lease, for: Self.leaseSeconds) else { return disabled }
            let accounts = try await gate.read(door: .upkeep) { [last] permit, tx in
                try UserDormancyStore.accounts(after: last, limit: 500, permit, tx)
            }
            for (account, days) in accounts { if let days { disabled += try await sweep(account, days) } }
            last = accounts.last?.account
        } while last != nil
        return disabled
    }

    private func sweep(_ account: AccountID, _ days: Int) async throws -> Int {
        var disabled = 0
        var last: UserID?
        repeat {
            let now = gate.now
            let since = now.adding(seconds: -Int64(days) * 86_400)
            let due = try await gate.read(door: .upkeep) { [last] permit, tx in
                try UserDormancyStore.away(since: since, at: now, in: account, after: last, limit: Self.batch, permit, tx)
            }
            if due.isEmpty { return disabled }
            guard try await gate.takes(lease, for: Self.leaseSeconds) else { return disabled }
            disabled += try await gate.write(upkeep: account) { permit, tx, ledger in
                var count = 0
                for user in due { count += try Self.disable(user, awaySince: since, permit, tx, ledger) ? 1 : 0 }
                return count
            }
            last = due.last
        } while true
    }

    /// Unless they have come back meanwhile, or nobody else could manage the account.
    private static func disable(
        _ id: UserID, awaySince since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Bool {
        guard try UserDormancyStore.isAway(id, since: since, at: ledger.now, permit, tx) else { return false }
        do { _ = try Users.setDisabled(true, id, because: reason, permit, tx, ledger) } catch let problem as Problem where problem.status == 409 {
            return false
        }
        return true
    }
}
