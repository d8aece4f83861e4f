import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// A one-time link with which a person chooses a password (P8): an administrator by command, or whoever was mailed one. Good once, the newest alone.
package enum PasswordLink {
    /// No enabled administrator signs in with this e-mail. Only who commands the server's machine learns it.
    package struct NoSuchAdministrator: Error, CustomStringConvertible {
        package var description: String { "There is no enabled administrator with this e-mail." }
    }

    /// Whose link it is, as its page needs it.
    package struct Holder: Sendable {
        package let name: String
        package let username: String
        package let policy: PasswordPolicy
        /// Whether it is their first password.
        package let isFirst: Bool
    }

    // MARK: For the command, the API and the page

    /// A token for an administrator's password link.
    /// - Throws: `NoSuchAdministrator`.
    package static func mint(email: String, _ house: House) async throws -> String {
        try await house.gate.write(door: .command, origin: OneTime.local(house)) { try mint(email: email, $0, $1, $2).text }
    }

    /// Sets the password that a link's holder chose, by the field `new`; ends all their logins, and signs nobody in.
    /// - Throws: `Problem` 410 `link_closed`, 422 naming the field. `PasswordHasher.Overloaded`.
    package static func use(_ fields: Fields, token: String, _ origin: Origin, _ house: House) async throws {
        let new = fields.secret("new")
        let person = try await house.gate.read(door: .passwordLink) { [now = house.gate.now] in try find(token, at: now, $0, $1).person }
        PasswordRules.judge(new, field: "new", policy: person.passwordPolicy, person: person.words, fields)
        try fields.finish()
        let hash = try await house.hasher.hash(new)
        try await house.gate.write(door: .passwordLink, origin: origin) { permit, tx, book in
            try use(token, passwordHash: hash, permit, tx, book)
        }
    }

    /// Whose link this is.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func holder(of token: String, _ house: House) async throws -> Holder {
        let (person, isFirst) = try await house.gate.read(door: .passwordLink) { [now = house.gate.now] in try find(token, at: now, $0, $1) }
        return Holder(name: person.name, username: person.username, policy: person.passwordPolicy, isFirst: isFirst)
    }

    // MARK: In a transaction

    /// A new token for the enabled administrator of this e-mail; those before it end.
    /// - Throws: `NoSuchAdministrator`.
    package static func mint(email: String, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook) throws -> Secret {
        guard let id = try PersonalLinkStore.administrator(email: email.trimmingWhitespace(), permit, tx),
            let person = try CandidateStore.find(.administrator(id), at: book.now, permit, tx), !person.isShutOut
        else { throw NoSuchAdministrator() }
        let token = try PersonalLinks.mint(.password, for: person.person, at: book.now, permit, tx)
        try book.record("password_link.created", person.subject, in: .enterprise, by: permit.actor)
        return token
    }

    /// Uses a token up.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func use(
        _ token: String, passwordHash: String, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        let (person, isFirst) = try find(token, at: book.now, permit, tx)
        try PersonalLinkStore.end(LinkPurpose.allCases, of: person.person, permit, tx)
        try Outbox.cancel(PersonalMail.withSecrets, to: person.person, at: book.now, permit, tx)
        try CandidateStore.choose(passwordHash, person.person, permit, tx)
        try LoginStore.end(of: person.person, .init(reason: .password, at: book.now), permit, tx)
        let action = person.actor.kind.rawValue + (isFirst ? ".activated" : ".password_changed")
        try book.record(action, person.subject, in: person.chain, by: person.actor)
    }

    private static func find(
        _ token: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (person: Candidate, isFirst: Bool) {
        guard let found = try PersonalLinkStore.find(OneTime.hash(token, .password), at: now, permit, tx),
            LinkPurpose.ofPasswords.contains(found.purpose), let person = try CandidateStore.find(found.person, at: now, permit, tx),
            !person.isShutOut
        else { throw OneTime.closed }
        return (person, found.purpose == .activation)
    }
}
