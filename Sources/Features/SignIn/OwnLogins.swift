import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One's own logins.
extension Logins {
    /// Those that are live, newest first; of administrators the switched ones too.
    static func own(at now: Timestamp, _ gate: Gate, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> [Login] {
        guard let person = try CandidateStore.find(at: now, permit, tx) else { return [] }
        return awake(try LoginStore.candidates(idleMinutes: person.idleMinutes, at: now, permit, tx), person, gate, at: now)
    }

    /// One page of them.
    static func own(
        _ page: PageRequest, at now: Timestamp, _ gate: Gate, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> Page<Login> {
        let all = try own(at: now, gate, permit, tx)
        let rest = page.after.map { after in all.filter { $0.id.description < after.key } } ?? all
        return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit, total: page.wantsTotal ? all.count : nil) { $0.id.description }
    }

    /// - Throws: `Hidden` for a login that is not one's own, or not live.
    static func find(
        _ id: LoginID, at now: Timestamp, _ gate: Gate, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> Login {
        guard let login = try own(at: now, gate, permit, tx).first(where: { $0.id == id }) else { throw Hidden() }
        return login
    }

    /// Ends one of one's own logins, and those switched from it.
    static func close(_ id: LoginID, because reason: EndReason, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger) throws {
        try LoginStore.end(id, .init(reason: reason, at: ledger.now), permit, tx)
        let subject = Subject(permit.actor.kind.rawValue, permit.actor.id, permit.actor.name)
        try ledger.record("login.closed", subject, changes(closed: id, reason))
    }

    package static func changes(closed id: LoginID, _ reason: EndReason) -> [Change] {
        [Change("login", from: JSON(id)), Change("reason", to: .string(reason.rawValue))]
    }

    /// Those that are not idle, by what the gate has seen; each with the time at which it was last seen.
    static func awake(_ stored: [Login], _ person: Candidate, _ gate: Gate, at now: Timestamp) -> [Login] {
        stored.compactMap { login in
            var login = login
            login.lastSeenAt = gate.lastSeen(login.root, stored: login.lastSeenAt)
            guard let minutes = person.idleMinutes else { return login }
            return now < login.lastSeenAt.adding(seconds: Int64(minutes) * 60) ? login : nil
        }
    }
}
