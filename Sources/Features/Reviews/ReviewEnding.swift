import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import UsersFeature

/// Reminds of reviews before their end, and ends those that are due. Several nodes may run it: one at a time holds the lease.
package struct ReviewEnding: Sendable {
    private let gate: Gate
    private let room: MailRoom
    private let lease = Lease("reviews.ending", holder: Random.base62(22))

    /// People who are settled in one transaction, so that nobody waits long behind it.
    package static let batch = 50
    /// How long a node that died keeps the others waiting, in seconds.
    static let leaseSeconds = 60

    package init(_ house: House) {
        gate = house.gate
        room = house.mail
    }

    /// Reminds and ends all that are due now; answers how many reviews it closed. None where another node holds the lease.
    @discardableResult
    package func sweep() async throws -> Int {
        guard try await gate.takes(lease, for: Self.leaseSeconds) else { return 0 }
        for review in try await gate.read(door: .upkeep, { [now = gate.now] in try ReviewEndingStore.toRemind(at: now, limit: 100, $0, $1) }) {
            try await remind(review.id, review.account)
        }
        var closed = 0
        for review in try await gate.read(door: .upkeep, { [now = gate.now] in try ReviewEndingStore.due(at: now, limit: 100, $0, $1) }) {
            var isClosed = false
            while !isClosed {
                guard try await gate.takes(lease, for: Self.leaseSeconds) else { return closed }
                isClosed = try await settle(review.id, review.account)
            }
            closed += 1
        }
        return closed
    }

    private func remind(_ id: ReviewID, _ account: AccountID) async throws {
        try await gate.write(upkeep: account) { [room] permit, tx, ledger in
            guard var review = try ReviewStore.find(id, permit, tx), review.status(at: ledger.now) == .open, review.remindedAt == nil else { return }
            review.remindedAt = ledger.now
            try ReviewStore.update(review, permit, tx)
            if review.counts.unanswered > 0 { try Reviews.mail(ReviewLetters.ending, about: review, at: ledger.now, room, permit, tx) }
            try ledger.record("review.reminded", review.subject)
        }
    }

    /// Settles some people of a review that is over; true once it is closed.
    private func settle(_ id: ReviewID, _ account: AccountID) async throws -> Bool {
        try await gate.write(upkeep: account) { permit, tx, ledger in
            guard var review = try ReviewStore.find(id, permit, tx), review.status(at: ledger.now) == .ending else { return true }
            if review.unanswered != .keep {
                let people = try ReviewItemStore.waiting(id, limit: Self.batch, permit, tx)
                for person in people { try Self.settle(person, review, permit, tx, ledger) }
                if !people.isEmpty { return false }
            }
            try ReviewItemStore.settleRest(of: id, permit, tx)
            review.closedAt = ledger.now
            try ReviewStore.update(review, permit, tx)
            let counts = try Reviews.find(id, permit, tx).counts
            try ledger.record("review.closed", review.subject, counts.json.members.map { Change("counts." + $0.0, to: $0.1) })
            return true
        }
    }

    /// What nobody answered about one person follows the setting, unless an edit would be refused: nobody loses the last manager by silence.
    private static func settle(
        _ person: UserID, _ review: Review, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let filter = ReviewItemFilter(standing: .unanswered, user: .id(person))
        let items = try ReviewItemStore.list(review.id, filter, PageRequest(limit: 200), permit, tx)
        let held = try Users.find(person, permit, tx).roles
        for var item in items where item.outcome == nil {
            do {
                switch held.contains(item.role) ? review.unanswered : .keep {
                case .keep: item.outcome = held.contains(item.role) ? .kept : .gone
                case .remove:
                    switch try Users.takeRole(item.role, from: person, because: Reviews.reason, permit, tx, ledger) {
                    case .removed: item.outcome = .removed
                    case .disabled: item.outcome = .disabled
                    case .gone: item.outcome = .gone
                    }
                case .disable:
                    _ = try Users.setDisabled(true, person, because: Reviews.reason, permit, tx, ledger)
                    item.outcome = .disabled
                }
            } catch let problem as Problem where problem.status == 409 {
                item.outcome = .refused
                item.reason = problem.code
            }
            try ReviewItemStore.update(item, permit, tx)
            var changes = [
                Change("review", to: .string(review.name)), Change("role", to: .string(item.roleName)),
                Change("outcome", to: .string(item.outcome?.rawValue ?? "")),
            ]
            if let reason = item.reason { changes.append(Change("reason", to: .string(reason))) }
            try ledger.record("review.unanswered", Subject("user", item.user, item.userName), changes)
        }
    }
}
