import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// What a sign-in does where the user is signed in elsewhere (user-management.md 7; ruling 30). Administrators may have several logins.
enum LoginRule {
    /// Makes room for one more login; answers those that ended for it.
    /// - Throws: `Problem` 409 `already_signed_in` where a take-over needs a yes, `login_refused` where there is no room.
    static func makeRoom(
        for person: Candidate, takeOver: Bool, _ origin: Origin, _ gate: Gate, at now: Timestamp, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws -> [LoginID] {
        guard let security = person.security else { return [] }
        let stored = try LoginStore.candidates(of: person.person, idleMinutes: person.idleMinutes, at: now, permit, tx)
        let live = Logins.awake(stored, person, gate, at: now)
        switch security.concurrentLogins {
        case .allow:
            if live.count >= security.maxLogins {
                throw Problem.conflict(
                    "login_refused", "You are signed in \(live.count) times, and more is not allowed here. Sign out elsewhere first.")
            }
            return []
        case .refuse:
            if !live.isEmpty { throw Problem.conflict("login_refused", "You are signed in elsewhere. Sign out there first.") }
            return []
        case .takeOver:
            if live.isEmpty { return [] }
            if !takeOver { throw Problem.conflict("already_signed_in", "You are signed in elsewhere. Continue here, and that login ends.") }
            try PersonalLinkStore.forget(at: now, permit, tx)
            try PersonalLinkStore.insertDisowning(of: live.map(\.id), at: now, permit, tx)
            let ender = Ender(name: person.name, address: origin.address, userAgent: origin.userAgent)
            try LoginStore.end(of: person.person, .init(reason: .takenOver, at: now, by: ender), permit, tx)
            return live.map(\.id)
        }
    }
}
