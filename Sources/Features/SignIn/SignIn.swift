import FactorsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Logging

/// Signing in: a name and a password become a login, or the question for a second step.
enum SignIn {
    /// What somebody typed.
    struct Request: Sendable {
        var username: String
        var password: String
        /// Whether to end the logins elsewhere, where the account's rule is `take_over`.
        var takeOver: Bool

        var person: Fingerprint { .person(username) }
    }

    /// What a right password leads to.
    enum Outcome: Sendable {
        case opened(Opened)
        case secondStep(SecondStep.Asked)
    }

    /// A new login. Its token is shown this once.
    struct Opened: Sendable {
        var token: Secret
        var login: LoginID
        var person: Candidate
        /// Whether they must add a second factor before anything else.
        var mustAddFactor: Bool

        var json: JSON {
            [
                "token": .string(token.text), "login": JSON(login), "principal": person.json,
                "must_change_password": .bool(person.mustChangePassword), "must_add_factor": .bool(mustAddFactor),
            ]
        }
    }

    /// Somebody whose password was right, and what else they must show.
    private struct Found: Sendable {
        var person: Candidate
        var kinds: [Factor.Kind]
    }

    /// - Parameter nonce: what the browser will show at the second step; nil for a program.
    /// - Throws: `Problem` 401 `invalid_credentials`, alike and with equal work whatever is wrong; 429; 422 for a password that is too long;
    ///   once the password was right, and no second step is asked for, 409 `already_signed_in` or `login_refused`. `PasswordHasher.Overloaded`.
    static func open(
        _ request: Request, _ browser: KnownBrowser?, nonce: StepNonce?, _ origin: Origin, _ desk: FrontDesk, _ house: House
    ) async throws -> Outcome {
        let attempt = Throttle.Attempt(request.person, browser, origin)
        let found: Found?
        do {
            // A right password alone takes no failure back where a second step follows: guesses at that are counted in the same line.
            found = try await desk.judged(attempt, house, isWhole: { $0.kinds.isEmpty }) { try await judge(request, origin, desk, house) }
        } catch let problem as Problem where problem.status == 429 {
            house.metrics.count("latchkey_sign_ins_throttled_total")
            throw problem
        }
        guard let found, let hash = found.person.passwordHash else { throw invalidCredentials }
        let renewed = house.hasher.needsRehash(hash) ? try await house.hasher.hash(request.password) : nil
        if !found.kinds.isEmpty {
            return .secondStep(try await SecondStep.ask(found.person, renewed: renewed, nonce: nonce, takesOver: request.takeOver, origin, house))
        }
        let opened = try await house.gate.write(door: .signIn, origin: origin) { [gate = house.gate] permit, tx, book -> Opened? in
            // No login is made while others end. Between the look and this write the person may have been disabled, their password changed, or a
            // factor added.
            try tx.lock(found.person.chain.name)
            guard let person = try CandidateStore.find(found.person.person, at: book.now, permit, tx), person.obstacle == nil,
                person.passwordHash == hash, try SecondStep.kinds(for: person, permit, tx).isEmpty
            else { return nil }
            if let renewed { try CandidateStore.renew(renewed, person.person, permit, tx) }
            let displaced = try LoginRule.makeRoom(for: person, takeOver: request.takeOver, origin, gate, at: book.now, permit, tx)
            return try open(person, displacing: displaced, origin, permit, tx, book)
        }
        guard let opened else { throw invalidCredentials }
        house.metrics.count("latchkey_sign_ins_total")
        return .opened(opened)
    }

    private static func judge(_ request: Request, _ origin: Origin, _ desk: FrontDesk, _ house: House) async throws -> Found? {
        let key = Fingerprint.canonical(request.username)
        let now = house.gate.now
        let (found, older) = try await house.gate.read(door: .signIn) { permit, tx in
            (try CandidateStore.find(named: key, at: now, permit, tx), try CandidateStore.olderHash(permit, tx))
        }
        let isRight = try await Password.verify(request.password, found, beside: older, field: "password", house)
        guard isRight, let found, found.obstacle == nil else {
            desk.noteFailure(found, origin, house)
            return nil
        }
        // Looked up for whoever knows the password alone: for everybody else the work stays equal.
        return Found(person: found, kinds: try await house.gate.read(door: .signIn) { try SecondStep.kinds(for: found, $0, $1) })
    }

    /// Makes the login; `kind` is the second step that was right, nil where none was asked for.
    static func open(
        _ person: Candidate, displacing displaced: [LoginID], by kind: Factor.Kind? = nil, _ origin: Origin, _ permit: borrowing DoorPermit,
        _ tx: any Transaction, _ book: Doorbook
    ) throws -> Opened {
        let token = Secret.mint(.login)
        var login = NewLogin(
            id: .new(at: book.now), hash: token.hash, createdAt: book.now, expiresAt: book.now.adding(seconds: Int64(person.loginHours) * 3600),
            steppedUpAt: kind == nil ? nil : book.now, origin: origin)
        switch person.person {
        case .user(let user, let account): (login.user, login.account) = (user, account)
        case .administrator(let administrator): login.administrator = administrator
        }
        // Whoever signs in has no need of a link to choose a new password (P8).
        try PersonalLinkStore.end(LinkPurpose.ofPasswords, of: person.person, permit, tx)
        try LoginStore.insert(login, permit, tx)
        try CandidateStore.noteSignIn(person.person, at: book.now, permit, tx)
        for gone in displaced {
            try book.record("login.closed", person.subject, in: person.chain, by: person.actor, Logins.changes(closed: gone, .takenOver))
        }
        let step = kind.map { [Change("second_step", to: .string($0.rawValue))] } ?? []
        try book.record("login.opened", person.subject, in: person.chain, by: person.actor, [Change("login", to: JSON(login.id))] + step)
        let mustAdd = try Factors.mustAdd(person.person, person.security?.secondStep, permit, tx)
        return Opened(token: token, login: login.id, person: person, mustAddFactor: mustAdd)
    }

    static var invalidCredentials: Problem {
        Problem(401, "invalid_credentials", "The username or the password is not right.", headers: challenge)
    }

    static let challenge: HTTPFields = [.wwwAuthenticate: "Bearer realm=\"latchkey\""]
}

extension Throttle.Attempt {
    init(_ person: Fingerprint, _ browser: KnownBrowser?, _ origin: Origin) {
        let address = Fingerprint.address(origin.address)
        let known = browser?.source(for: person)
        self.init(person: person, source: known ?? address, address: known == nil ? address : nil)
    }
}

extension FrontDesk {
    /// Of known people into history, of unknown names into log and metrics; the name itself nowhere, since people type passwords there.
    func noteFailure(_ person: Candidate?, reason: String = "wrong_password", _ origin: Origin, _ house: House) {
        house.metrics.count("latchkey_sign_ins_failed_total")
        guard let person else {
            return house.logger.notice(
                "sign-in with an unknown name", metadata: ["request_id": .string(origin.requestID.description), "address": .string(origin.address)])
        }
        let reason = person.obstacle?.rawValue ?? reason
        failures.note(.init(subject: person.subject, chain: person.chain, reason: reason, origin: origin), house)
    }
}

/// A password that is checked.
enum Password {
    /// The same work whoever it is, and where there is nobody.
    /// - Throws: `Problem` 422 `too_long`; `PasswordHasher.Overloaded`.
    static func verify(_ password: String, _ person: Candidate?, beside older: String? = nil, field: String, _ house: House) async throws -> Bool {
        do { return try await house.hasher.verify(password, against: person?.passwordHash, beside: older) } catch is PasswordHasher.TooLong {
            throw Problem.invalid(field, "too_long", "This must have at most 1024 bytes.")
        }
    }
}
