import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// "That was not me": a browser whose login was taken over ends every login of its person.
///
/// The dead login's own token proves that it is that browser: for a day, once, and until a password is chosen by mail or set by somebody else. Changing
/// it from a login does not end that: a stranger who took over would do it. No stranger has such a token, and whoever has stolen one ends logins once;
/// what follows goes to the person's mailbox alone.
enum Disowning {
    static var closed: Problem {
        Problem(
            410, "disown_closed",
            t("This cannot be done from here any more. If somebody else knows your password, ask for a new one by “Forgotten your password?”."))
    }

    // MARK: From the notice to the button

    private static let context = "disown step"

    /// What the button sends: the token, which the browser no longer keeps, sealed. Nil where it has no right to it.
    static func flow(_ token: Secret, _ call: Call) async throws -> String? {
        let now = call.now
        guard try await call.gate.read(door: .passwordLink, { try find(token, at: now, $0, $1) }) != nil else { return nil }
        return Base64URL.encode(call.house.masterKey.seal(Array(token.text.utf8), context: context))
    }

    private static func token(_ flow: String, _ call: Call) -> Secret? {
        guard flow.utf8.count < 1024, let sealed = Base64URL.decode(flow), let bytes = try? call.house.masterKey.open(sealed, context: context) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self).flatMap { Secret($0) }
    }

    // MARK: Doing it

    /// Ends every login and one-time link of the person, lets their password sign nobody in, and mails them a link to choose another.
    /// - Throws: `Problem` 410 `disown_closed`.
    static func run(_ flow: String, _ call: Call) async throws {
        guard let token = token(flow, call) else { throw closed }
        try await call.gate.write(door: .passwordLink, origin: call.origin) { [room = call.house.mail] permit, tx, book in
            guard let person = try find(token, at: book.now, permit, tx), case .user(let user, let account) = person.person else { throw closed }
            try PersonalLinkStore.end(LinkPurpose.allCases, of: person.person, permit, tx)
            try Outbox.cancel(PersonalMail.withSecrets, to: person.person, at: book.now, permit, tx)
            try LoginStore.end(of: person.person, .init(reason: .disowned, at: book.now), permit, tx)
            // Whoever knows the password would sign in again at once, and end the link by it.
            try CandidateStore.endPassword(of: user, in: account, at: book.now, permit, tx)
            try Outbox.post(MailOrder(PersonalMail.disowned), to: person.person, at: book.now, room, permit, tx)
            try book.record("login.disowned", person.subject, in: person.chain, by: person.actor)
        }
    }

    /// Whose login a token was, while it may be said that what displaced it was not them.
    private static func find(
        _ token: Secret, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Candidate? {
        guard token.kind == .login, let found = try PersonalLinkStore.find(token.hash, at: now, permit, tx), found.purpose == .disown,
            let person = try CandidateStore.find(found.person, at: now, permit, tx), !person.isShutOut
        else { return nil }
        return person
    }
}
