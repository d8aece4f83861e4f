import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// Marks sessions whose deadline has passed as EXPIRED. They answer so from their deadline on; this makes events, history and counts of rows
/// follow. Several nodes may run it: one at a time holds the lease.
package struct SessionExpiry: Sendable {
    private let gate: Gate
    private let lease = Lease("sessions.expiry", holder: Random.base62(22))

    /// Marked in one transaction, so that nobody waits long behind it.
    package static let batch = 100
    /// How long a node that died keeps the others waiting, in seconds.
    static let leaseSeconds = 60

    package init(_ gate: Gate) { self.gate = gate }

    /// Marks all that are due now, batch by batch; answers how many. None where another node holds the lease.
    @discardableResult
    package func sweep() async throws -> Int {
        var marked = 0
        while try await gate.takes(lease, for: Self.leaseSeconds) {
            let now = gate.now
            let accounts = try await gate.read(door: .expiry) { permit, tx in
                try SessionExpiryStore.accounts(at: now, limit: 20, permit, tx)
            }
            if accounts.isEmpty { break }
            let before = marked
            for account in accounts { marked += try await sweep(account) }
            // Only a clock that went back finds some and marks none.
            if marked == before { break }
        }
        return marked
    }

    private func sweep(_ account: AccountID) async throws -> Int {
        let origin = Origin(address: "local", userAgent: "", requestID: .new(at: gate.now))
        return try await gate.write(guest: .expiry, origin: origin, { permit, _ in Guest((), in: account, as: .system, keys: .all, permit) }) {
            _, permit, tx, ledger in
            let due = try SessionExpiryStore.due(at: ledger.now, limit: Self.batch, permit, tx)
            for id in due { try Sessions.expire(id, permit, tx, ledger) }
            return due.count
        }
    }
}
