import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// Showing again that it is still the person who signed in, for what asks for that (`StepUp`). It counts for five minutes.
enum SteppingUp {
    /// What is shown: by whoever has a second step that, else the password.
    enum Shown: Sendable {
        case password(String)
        case secondStep(SecondStep.Shown)

        var field: String {
            switch self {
            case .password: "password"
            case .secondStep(let shown): shown.field
            }
        }

        /// Exactly one of the body's fields.
        init?(_ fields: Fields) {
            let texts = ["password", "code", "recovery_code"].map { (name: $0, text: fields.isAbsent($0) ? nil : fields.secret($0)) }
            let nested = fields.optionalObject("passkey")
            let passkey = nested.map { PasskeyAnswer($0) }
            fields.finish(nested: nested)
            let named = texts.filter { $0.text != nil }.map(\.name) + (fields.isAbsent("passkey") ? [] : ["passkey"])
            if named.isEmpty { fields.invalid("password", "required", "Show your second step, or where you have none your password.") }
            for other in named.dropFirst() { fields.invalid(other, "mutually_exclusive", "Show one thing, not several.") }
            if let passkey {
                self = .secondStep(.passkey(passkey))
            } else if let (name, text) = texts.first(where: { $0.text != nil }), let text {
                self = name == "password" ? .password(text) : .secondStep(name == "code" ? .code(text) : .recoveryCode(text))
            } else {
                return nil
            }
        }
    }

    /// A login whose person has shown that it is them. Its token is new, and the old one is dead (S1).
    struct Renewed: Sendable {
        var token: Secret
        var login: LoginID
        var until: Timestamp

        var json: JSON { ["token": .string(token.text), "login": JSON(login), "fresh_until": JSON(until)] }
    }

    /// Asks for a passkey of one's own.
    /// - Throws: `Problem` 409 `no_passkey` or `no_passkeys_here`.
    static func askPasskey(_ call: Call) async throws -> Passkeys.Asking {
        let now = call.now
        let desk = try Passkeys.Desk(call.house)
        return try await call.ownRead { permit, tx in
            guard try Factors.list(permit, tx).kinds.contains(.passkey) else {
                throw Problem.conflict("no_passkey", t("There is no passkey to ask for."))
            }
            return try Passkeys.ask(at: now, desk, permit, tx)
        }
    }

    /// - Throws: `Problem` 400, 422 naming the field that is wrong, 429 as for sign-in. `PasswordHasher.Overloaded`.
    static func run(_ fields: Fields, _ call: Call, _ desk: FrontDesk) async throws -> Renewed {
        let shown = Shown(fields)
        let hasSecondStep = try call.principal().proof?.hasSecondStep == true
        switch shown {
        case .password? where hasSecondStep: fields.invalid("password", "second_step_needed", t("You have a second step: show that."))
        case .secondStep(let other)? where !hasSecondStep:
            fields.invalid(other.field, "no_second_step", t("You have no second step: show your password."))
        default: break
        }
        try fields.finish()
        guard let shown else { throw Problem.invalid("password", "required", "This is required.") }
        let now = call.now
        guard let person = try await call.ownRead({ try CandidateStore.find(at: now, $0, $1) }) else { throw Refusal.signIn }
        let attempt = Throttle.Attempt(.person(person.username), KnownBrowser(call), call.origin)
        let renewed = try await desk.judged(attempt, call.house) {
            if let renewed = try await judge(shown, person, call) { return renewed }
            desk.noteFailure(person, reason: "wrong_" + shown.field, call.origin, call.house)
            return nil
        }
        guard let renewed else { throw Self.wrong(shown) }
        return renewed
    }

    private static func wrong(_ shown: Shown) -> Problem {
        switch shown {
        case .password: Problem.invalid("password", "wrong_password", t("This is not your password."))
        case .secondStep(.passkey): Problem.invalid("passkey", "invalid_code", PasskeySignIn.refused)
        case .secondStep: Problem.invalid(shown.field, "invalid_code", t("This code is not right, was used already, or is out of date."))
        }
    }

    private static func judge(_ shown: Shown, _ person: Candidate, _ call: Call) async throws -> Renewed? {
        if case .password(let password) = shown {
            guard try await Password.verify(password, person, field: "password", call.house) else { return nil }
        }
        let (key, room, desk) = (call.house.masterKey, call.house.mail, try? Passkeys.Desk(call.house))
        return try await call.ownWrite { permit, tx, ledger in
            let now = ledger.now
            switch shown {
            case .password:
                // Somebody may have set another password meanwhile.
                guard try CandidateStore.find(at: now, permit, tx)?.passwordHash == person.passwordHash else { return nil }
                return try renew("password", permit, tx, ledger)
            case .secondStep(.code(let code)):
                return try Factors.useCode(code, at: now, key, permit, tx) ? renew(Factor.Kind.totp.rawValue, permit, tx, ledger) : nil
            case .secondStep(.recoveryCode(let code)):
                guard try Factors.useRecoveryCode(code, permit, tx) else { return nil }
                try noteRecovery(person, room, permit, tx, ledger)
                return try renew(Factor.Kind.recovery.rawValue, permit, tx, ledger)
            case .secondStep(.passkey(let answer)):
                guard let desk, let passkey = try Passkeys.judge(answer, at: now, desk, permit, tx), try Passkeys.use(passkey, at: now, permit, tx)
                else { return nil }
                if passkey.isCounterRegressed {
                    try ledger.record("passkey.counter_fell", person.subject, [Change("factor", to: JSON(passkey.factor))])
                }
                return try renew(Factor.Kind.passkey.rawValue, permit, tx, ledger)
            }
        }
    }

    private static func noteRecovery(
        _ person: Candidate, _ room: MailRoom, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let left = Int64(try Factors.list(permit, tx).recoveryCodesLeft)
        try ledger.record(
            "recovery_code.used", person.subject, [Change("recovery_codes_left", from: .int(left + 1), to: .int(left))])
        try Outbox.post(FactorMail.order(.recoveryCodeUsed, left: left), at: ledger.now, room, permit, tx)
    }

    /// The login that asks goes on under another token, as of somebody who has just shown that it is them.
    private static func renew(_ means: String, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger) throws -> Renewed {
        let token = Secret.mint(.login)
        guard try LoginStore.renew(token.hash, at: ledger.now, permit, tx) else { throw Refusal.signIn }
        try ledger.record(
            "login.stepped_up", Subject(permit.actor.kind.rawValue, permit.actor.id, permit.actor.name),
            [Change("login", to: JSON(permit.login)), Change("with", to: .string(means))])
        return Renewed(token: token, login: permit.login, until: ledger.now.adding(seconds: Proof.seconds))
    }
}
