import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Logging

/// Signing in: a name and a password become a login.
enum SignIn {
    /// What somebody typed.
    struct Request: Sendable {
        var username: String
        var password: String
        /// Whether to end the logins elsewhere, where the account's rule is `take_over`.
        var takeOver: Bool

        var person: Fingerprint { .person(username) }
    }

    /// A new login. Its token is shown this once.
    struct Opened: Sendable {
        var token: Secret
        var login: LoginID
        var person: Candidate

        var json: JSON {
            [
                "token": .string(token.text), "login": JSON(login), "principal": person.json,
                "must_change_password": .bool(person.mustChangePassword),
            ]
        }
    }

    /// - Throws: `Problem` 401 `invalid_credentials`, alike and with equal work whatever is wrong; 429; 422 for a password that is too long;
    ///   once the password was right, 409 `already_signed_in` or `login_refused`. `PasswordHasher.Overloaded`.
    static func open(_ request: Request, _ browser: KnownBrowser?, _ origin: Origin, _ desk: FrontDesk, _ house: House) async throws -> Opened {
        let attempt = Throttle.Attempt(request.person, browser, origin)
        let found: Candidate?
        do {
            found = try await desk.judged(attempt, house) {
                let key = Fingerprint.canonical(request.username)
                let now = house.gate.now
                let found = try await house.gate.read(door: .signIn) { try CandidateStore.find(named: key, at: now, $0, $1) }
                let isRight = try await Password.verify(request.password, found, field: "password", house)
                if isRight, let found, found.obstacle == nil { return found }
                desk.noteFailure(found, origin, house)
                return nil
            }
        } catch let problem as Problem where problem.status == 429 {
            house.metrics.count("latchkey_sign_ins_throttled_total")
            throw problem
        }
        guard let found, let hash = found.passwordHash else { throw invalidCredentials }
        let renewed = house.hasher.needsRehash(hash) ? try await house.hasher.hash(request.password) : nil
        let opened = try await house.gate.write(door: .signIn, origin: origin) { [gate = house.gate] permit, tx, book -> Opened? in
            // No login is made while others end. Between the look and this write the person may have been disabled, or their password changed.
            try tx.lock(found.chain.name)
            guard let person = try CandidateStore.find(found.person, at: book.now, permit, tx), person.obstacle == nil, person.passwordHash == hash
            else { return nil }
            if let renewed { try CandidateStore.renew(renewed, person.person, permit, tx) }
            let displaced = try LoginRule.makeRoom(for: person, takeOver: request.takeOver, origin, gate, at: book.now, permit, tx)
            return try open(person, displacing: displaced, origin, permit, tx, book)
        }
        guard let opened else { throw invalidCredentials }
        house.metrics.count("latchkey_sign_ins_total")
        return opened
    }

    private static func open(
        _ person: Candidate, displacing displaced: [LoginID], _ origin: Origin, _ permit: borrowing DoorPermit, _ tx: any Transaction,
        _ book: Doorbook
    ) throws -> Opened {
        let token = Secret.mint(.login)
        var login = NewLogin(
            id: .new(at: book.now), hash: token.hash, createdAt: book.now, expiresAt: book.now.adding(seconds: Int64(person.loginHours) * 3600),
            origin: origin)
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
        try book.record("login.opened", person.subject, in: person.chain, by: person.actor, [Change("login", to: JSON(login.id))])
        return Opened(token: token, login: login.id, person: person)
    }

    static var invalidCredentials: Problem {
        Problem(
            401, "invalid_credentials", "The username or the password is not right.",
            headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\""])
    }
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
    func noteFailure(_ person: Candidate?, _ origin: Origin, _ house: House) {
        house.metrics.count("latchkey_sign_ins_failed_total")
        guard let person else {
            return house.logger.notice(
                "sign-in with an unknown name", metadata: ["request_id": .string(origin.requestID.description), "address": .string(origin.address)])
        }
        let reason = person.obstacle?.rawValue ?? "wrong_password"
        failures.note(.init(subject: person.subject, chain: person.chain, reason: reason, origin: origin), house)
    }
}

/// A password that is checked.
enum Password {
    /// The same work whoever it is, and where there is nobody.
    /// - Throws: `Problem` 422 `too_long`; `PasswordHasher.Overloaded`.
    static func verify(_ password: String, _ person: Candidate?, field: String, _ house: House) async throws -> Bool {
        do { return try await house.hasher.verify(password, against: person?.passwordHash) } catch is PasswordHasher.TooLong {
            throw Problem.invalid(field, "too_long", "This must have at most 1024 bytes.")
        }
    }
}
