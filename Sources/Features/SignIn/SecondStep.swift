import FactorsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// The second step of a sign-in whose password was right. Where it stands is kept on the server; what comes too early, again, empty or from another
/// browser leads nowhere (P9).
enum SecondStep {
    /// What somebody is asked for: any one of the kinds.
    struct Asked: Sendable {
        var token: Secret
        var kinds: [Factor.Kind]

        /// As a program is told.
        var problem: Problem {
            Problem(
                401, "second_step_required", "The password is right. Show a second step, with this step token.",
                extra: [("step_token", .string(token.text)), ("methods", JSON(kinds.map(\.rawValue)))], headers: SignIn.challenge)
        }
    }

    /// What somebody shows.
    enum Shown: Sendable {
        /// Of an authenticator app, or mailed: their lengths differ.
        case code(String)
        case recoveryCode(String)
        case passkey(PasskeyAnswer)

        var field: String {
            switch self {
            case .code: "code"
            case .recoveryCode: "recovery_code"
            case .passkey: "passkey"
            }
        }
    }

    /// Where a sign-in comes from, and how it goes on.
    struct Step: Sendable {
        var token: Secret?
        /// What the browser shows; nil for a program.
        var nonce: StepNonce?
        var shown: Shown?
        var takesOver = false
    }

    // MARK: Asking

    /// What this person must show; nothing where the password is enough.
    static func kinds(for person: Candidate, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [Factor.Kind] {
        try Factors.demanded(of: person.person, person.security?.secondStep, permit, tx)
    }

    /// Begins the second step of somebody whose password was right; a code is mailed at once where it is the only way.
    /// - Throws: `Problem` 401 `invalid_credentials` where that is so no more.
    static func ask(
        _ found: Candidate, renewed: String?, nonce: StepNonce?, takesOver: Bool, _ origin: Origin, _ house: House
    ) async throws -> Asked {
        try await house.gate.carry(door: .signIn, origin: origin) { [room = house.mail] permit, tx, book in
            guard let person = try CandidateStore.find(found.person, at: book.now, permit, tx), person.obstacle == nil,
                let hash = person.passwordHash, hash == found.passwordHash
            else { throw SignIn.invalidCredentials }
            if let renewed { try CandidateStore.renew(renewed, person.person, permit, tx) }
            let kinds = try kinds(for: person, permit, tx)
            let token = try SignInFlows.begin(
                person.person, passwordHash: renewed ?? hash, browser: nonce?.hash, takesOver: takesOver, at: book.now, permit, tx)
            if kinds == [.mail] { try mailCode(token.hash, to: person, room, permit, tx, book) }
            return Asked(token: token, kinds: kinds)
        }
    }

    /// What a sign-in that waits asks for, for the page that shows it again.
    /// - Throws: `Problem` 401 `step_closed`.
    static func asked(_ step: Step, _ house: House) async throws -> Asked {
        guard let token = step.token else { throw closed }
        let now = house.gate.now
        return try await house.gate.read(door: .signIn) { permit, tx in
            let (_, person) = try find(step, at: now, permit, tx)
            return Asked(token: token, kinds: try kinds(for: person, permit, tx))
        }
    }

    // MARK: Going on

    /// Judges what is shown, once, and makes the login; a take-over that waits for a yes is asked for again with the same token alone.
    /// - Throws: `Problem` 401 `step_closed` or `invalid_code`, 422 where nothing is shown, 429 as for passwords, 409 `already_signed_in` or
    ///   `login_refused`.
    static func goOn(_ step: Step, _ browser: KnownBrowser?, _ origin: Origin, _ desk: FrontDesk, _ house: House) async throws -> SignIn.Opened {
        let now = house.gate.now
        let (flow, person) = try await house.gate.read(door: .signIn) { try find(step, at: now, $0, $1) }
        if flow.passed == nil {
            guard let shown = step.shown else { throw Problem.invalid("code", "required", "Type a code.") }
            let attempt = Throttle.Attempt(.person(person.username), browser, origin)
            let right: Factor.Kind?
            do {
                right = try await desk.judged(attempt, house) {
                    if let kind = try await judge(shown, step, origin, house) { return kind }
                    desk.noteFailure(person, reason: "wrong_" + shown.field, origin, house)
                    return nil
                }
            } catch let problem as Problem where problem.status == 429 {
                house.metrics.count("latchkey_sign_ins_throttled_total")
                throw problem
            }
            if right == nil { throw invalid(shown) }
        }
        let opened = try await house.gate.write(door: .signIn, origin: origin) { [gate = house.gate] permit, tx, book in
            // No login is made while others end.
            try tx.lock(person.chain.name)
            let (flow, person) = try find(step, at: book.now, permit, tx)
            guard let kind = flow.passed else { throw closed }
            let displaced = try LoginRule.makeRoom(
                for: person, takeOver: flow.takesOver || step.takesOver, origin, gate, at: book.now, permit, tx)
            guard try SignInFlows.end(flow, permit, tx) else { throw closed }
            return try SignIn.open(person, displacing: displaced, by: kind, origin, permit, tx, book)
        }
        house.metrics.count("latchkey_sign_ins_total")
        return opened
    }

    /// Mails another code, where one is asked for.
    /// - Throws: `Problem` 401 `step_closed`, 409 `not_mailed`.
    static func mailAgain(_ step: Step, _ origin: Origin, _ house: House) async throws {
        try await house.gate.carry(door: .signIn, origin: origin) { [room = house.mail] permit, tx, book in
            let (flow, person) = try find(step, at: book.now, permit, tx)
            guard try kinds(for: person, permit, tx).contains(.mail) else {
                throw Problem.conflict("not_mailed", "No code is mailed for this sign-in.")
            }
            try mailCode(flow.hash, to: person, room, permit, tx, book)
        }
    }

    /// Asks for a passkey of whoever's sign-in waits.
    /// - Throws: `Problem` 401 `step_closed`, 409 `no_passkey` or `no_passkeys_here`.
    static func askPasskey(_ step: Step, _ house: House) async throws -> Passkeys.Asking {
        let now = house.gate.now
        let desk = try Passkeys.Desk(house)
        return try await house.gate.read(door: .signIn) { permit, tx in
            let (flow, person) = try find(step, at: now, permit, tx)
            guard try kinds(for: person, permit, tx).contains(.passkey) else {
                throw Problem.conflict("no_passkey", t("There is no passkey to ask for."))
            }
            return try Passkeys.ask(person.person, bound: bound(flow), at: now, desk, permit, tx)
        }
    }

    /// The flow that a passkey's challenge belongs to.
    private static func bound(_ flow: SignInFlow) -> String { Base64URL.encode(flow.hash) }

    // MARK: In a transaction

    /// Counts the try and uses up what is shown; nil where it is wrong.
    private static func judge(_ shown: Shown, _ step: Step, _ origin: Origin, _ house: House) async throws -> Factor.Kind? {
        try await house.gate.carry(door: .signIn, origin: origin) {
            [key = house.masterKey, room = house.mail, desk = try? Passkeys.Desk(house)] permit, tx, book in
            let (flow, person) = try find(step, at: book.now, permit, tx)
            guard try SignInFlows.spendTry(flow, at: book.now, permit, tx) else { throw closed }
            let asked = try kinds(for: person, permit, tx)
            guard let kind = try use(shown, asked, flow, person, key, desk, permit, tx, book) else { return nil }
            try SignInFlows.pass(flow, by: kind, permit, tx)
            if kind == .recovery { try noteRecovery(person, room, permit, tx, book) }
            return kind
        }
    }

    private static func use(
        _ shown: Shown, _ asked: [Factor.Kind], _ flow: SignInFlow, _ person: Candidate, _ key: MasterKey, _ desk: Passkeys.Desk?,
        _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws -> Factor.Kind? {
        switch shown {
        case .passkey(let answer):
            guard asked.contains(.passkey), let desk,
                let passkey = try Passkeys.judge(answer, of: person.person, bound: bound(flow), at: book.now, desk, permit, tx),
                try Passkeys.use(passkey, at: book.now, permit, tx)
            else { return nil }
            if passkey.isCounterRegressed { try PasskeySignIn.note(passkey, of: person, book) }
            return .passkey
        case .code(let code):
            if asked.contains(.totp), try Factors.useCode(code, of: person.person, at: book.now, key, permit, tx) { return .totp }
            return asked.contains(.mail) && flow.isMailCode(code, at: book.now, key) ? .mail : nil
        case .recoveryCode(let code):
            return try asked.contains(.recovery) && Factors.useRecoveryCode(code, of: person.person, permit, tx) ? .recovery : nil
        }
    }

    /// A sign-in that waits and is not over, with whoever it is of, who may still sign in with that password.
    /// - Throws: `Problem` 401 `step_closed`.
    static func find(
        _ step: Step, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (flow: SignInFlow, person: Candidate) {
        guard let token = step.token, let flow = try SignInFlows.find(token, browser: step.nonce?.hash, at: now, permit, tx),
            let person = try CandidateStore.find(flow.person, at: now, permit, tx), person.obstacle == nil, let hash = person.passwordHash,
            SignInFlow.fingerprint(ofPassword: hash) == flow.password
        else { throw closed }
        return (flow, person)
    }

    private static func noteRecovery(
        _ person: Candidate, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        let left = Int64(try Factors.list(of: person.person, permit, tx).recoveryCodesLeft)
        try book.record(
            "recovery_code.used", person.subject, in: person.chain, by: person.actor,
            [Change("recovery_codes_left", from: .int(left + 1), to: .int(left))])
        try Outbox.post(FactorMail.order(.recoveryCodeUsed, left: left), to: person.person, at: book.now, room, permit, tx)
    }

    /// A person is mailed no more codes than this in an hour, however many ask.
    private static let mailsAnHour = 10

    private static func mailCode(
        _ flow: [UInt8], to person: Candidate, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        let since = book.now.adding(seconds: -3600)
        if try Outbox.count(FactorMail.code, to: person.person, since: since, permit, tx) >= mailsAnHour { return }
        let order = MailOrder(FactorMail.code, details: ["flow": .string(Base64URL.encode(flow))])
        try Outbox.post(order, to: person.person, at: book.now, room, permit, tx)
    }

    // MARK: Saying no

    /// One answer for a token that was used, took too many tries, is out of date, of another browser, or was never made.
    static var closed: Problem {
        Problem(401, "step_closed", t("This sign-in is over. Begin again with your password."), headers: SignIn.challenge)
    }

    private static func invalid(_ shown: Shown) -> Problem {
        let text: String
        if case .passkey = shown { text = PasskeySignIn.refused } else { text = t("This code is not right, was used already, or is out of date.") }
        return Problem(401, "invalid_code", text, errors: [.init(shown.field, "invalid_code", text)], headers: SignIn.challenge)
    }
}
