import LatchkeyAccess
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// Changing one's own password.
enum OwnPassword {
    /// Sets `new` where `current` is right; the other logins and all one-time links end. The login that asks goes on.
    /// - Throws: `Problem` 400, 422 naming the fields (`wrong_password` on `current`), 429 as for sign-in. `PasswordHasher.Overloaded`.
    static func change(_ fields: Fields, _ call: Call, _ desk: FrontDesk) async throws {
        let current = fields.secret("current")
        let new = fields.secret("new")
        try fields.finish()
        let now = call.now
        guard let person = try await call.ownRead({ try CandidateStore.find(at: now, $0, $1) }), let hash = person.passwordHash else {
            throw Refusal.signIn
        }
        let attempt = Throttle.Attempt(.person(person.username), KnownBrowser(call), call.origin)
        let right = try await desk.judged(attempt, call.house) {
            if try await Password.verify(current, person, field: "current", call.house) { return person }
            desk.noteFailure(person, call.origin, call.house)
            return nil
        }
        if right == nil { fields.invalid("current", "wrong_password", wrong) }
        PasswordRules.judge(new, field: "new", policy: person.passwordPolicy, person: person.words, fields)
        if right != nil { PasswordRules.requireAnother(than: current, new, field: "new", fields) }
        try fields.finish()
        let newHash = try await call.house.hasher.hash(new)
        try await call.ownWrite { permit, tx, ledger in
            // Somebody may have set another password meanwhile.
            guard try CandidateStore.find(at: ledger.now, permit, tx)?.passwordHash == hash else {
                throw Problem.invalid("current", "wrong_password", wrong)
            }
            try CandidateStore.choose(newHash, permit, tx)
            try LoginStore.endOthers(.init(reason: .password, at: ledger.now), permit, tx)
            try PersonalLinks.end(at: ledger.now, permit, tx)
            try ledger.record(person.actor.kind.rawValue + ".password_changed", person.subject)
        }
    }

    private static let wrong = "This is not your current password."
}
