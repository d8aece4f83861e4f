import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Showing again that it is still the person who signed in, for what asks for that (`StepUp`). It counts for five minutes.
enum SteppingUp {
    /// What it was shown with, as history has it.
    enum Means: String, Sendable { case password }

    /// A login whose person has shown that it is them. Its token is new, and the old one is dead (S1).
    struct Renewed: Sendable {
        var token: Secret
        var login: LoginID
        var until: Timestamp

        var json: JSON { ["token": .string(token.text), "login": JSON(login), "fresh_until": JSON(until)] }
    }

    /// - Throws: `Problem` 400, 422 naming the field that is wrong, 429 as for sign-in. `PasswordHasher.Overloaded`.
    static func run(_ fields: Fields, _ call: Call, _ desk: FrontDesk) async throws -> Renewed {
        let password = fields.secret("password")
        if try call.principal().proof?.hasSecondStep == true {
            fields.invalid("password", "second_step_needed", "You have a second step: show that.")
        }
        try fields.finish()
        return try await byPassword(password, fields, call, desk)
    }

    private static func byPassword(_ password: String, _ fields: Fields, _ call: Call, _ desk: FrontDesk) async throws -> Renewed {
        let now = call.now
        guard let person = try await call.ownRead({ try CandidateStore.find(at: now, $0, $1) }) else { throw Refusal.signIn }
        let attempt = Throttle.Attempt(.person(person.username), KnownBrowser(call), call.origin)
        let right = try await desk.judged(attempt, call.house) {
            if try await Password.verify(password, person, field: "password", call.house) { return person }
            desk.noteFailure(person, call.origin, call.house)
            return nil
        }
        if right == nil { fields.invalid("password", "wrong_password", "This is not your password.") }
        try fields.finish()
        return try await call.ownWrite { permit, tx, ledger in
            // Somebody may have set another password meanwhile.
            guard try CandidateStore.find(at: ledger.now, permit, tx)?.passwordHash == person.passwordHash else {
                throw Problem.invalid("password", "wrong_password", "This is not your password.")
            }
            return try renew(.password, permit, tx, ledger)
        }
    }

    /// The login that asks goes on under another token, as of somebody who has just shown that it is them.
    static func renew(_ means: Means, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger) throws -> Renewed {
        let token = Secret.mint(.login)
        guard try LoginStore.renew(token.hash, at: ledger.now, permit, tx) else { throw Refusal.signIn }
        try ledger.record(
            "login.stepped_up", Subject(permit.actor.kind.rawValue, permit.actor.id, permit.actor.name),
            [Change("login", to: JSON(permit.login)), Change("with", to: .string(means.rawValue))])
        return Renewed(token: token, login: permit.login, until: ledger.now.adding(seconds: Proof.seconds))
    }
}
