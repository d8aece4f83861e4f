import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb

/// A one-time link with which an administrator who is locked out chooses a new password (P8): good once, for 30 minutes, the newest alone.
package enum PasswordLink {
    /// No enabled administrator signs in with this e-mail. Only who commands the server's machine learns it.
    package struct NoSuchAdministrator: Error, CustomStringConvertible {
        package var description: String { "There is no enabled administrator with this e-mail." }
    }

    // MARK: For the command and the page

    /// A token for a password link.
    /// - Throws: `NoSuchAdministrator`.
    package static func mint(email: String, _ house: House) async throws -> String {
        try await house.gate.write(door: .command, origin: OneTime.local(house)) { try mint(email: email, $0, $1, $2).text }
    }

    /// Sets the password that a link's holder chose, by the field `new`; ends all logins of the administrator, and signs nobody in.
    /// - Throws: `Problem` 410 `link_closed`, 422 naming the field. `PasswordHasher.Overloaded`.
    package static func use(_ fields: Fields, token: String, _ origin: Origin, _ house: House) async throws {
        let person = try await house.gate.read(door: .passwordLink) { [now = house.gate.now] in try holder(of: token, at: now, $0, $1) }
        let new = fields.secret("new")
        PasswordRules.judge(new, field: "new", policy: person.passwordPolicy, person: person.words, fields)
        try fields.finish()
        let hash = try await house.hasher.hash(new)
        try await house.gate.write(door: .passwordLink, origin: origin) { permit, tx, book in
            try use(token, passwordHash: hash, permit, tx, book)
        }
    }

    /// The name and e-mail of the administrator whose link this is.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func holder(of token: String, _ house: House) async throws -> (name: String, email: String) {
        let person = try await house.gate.read(door: .passwordLink) { [now = house.gate.now] in try holder(of: token, at: now, $0, $1) }
        return (person.name, person.username)
    }

    // MARK: In a transaction

    /// A new token for the enabled administrator of this e-mail; those before it end.
    /// - Throws: `NoSuchAdministrator`.
    package static func mint(email: String, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook) throws -> Secret {
        guard let id = try PasswordLinkStore.administrator(email: email.trimmingWhitespace(), permit, tx),
            let person = try CandidateStore.find(.administrator(id), at: book.now, permit, tx), person.obstacle != .disabled
        else { throw NoSuchAdministrator() }
        let token = Secret.mint(.password)
        try PasswordLinkStore.end(of: id, permit, tx)
        try PasswordLinkStore.insert(token.hash, for: id, at: book.now, expiresAt: book.now.adding(seconds: 30 * 60), permit, tx)
        try book.record("password_link.created", person.subject, in: .enterprise, by: permit.actor)
        return token
    }

    /// Uses a token up.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func use(
        _ token: String, passwordHash: String, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        let person = try holder(of: token, at: book.now, permit, tx)
        guard case .administrator(let id) = person.person else { throw OneTime.closed }
        try PasswordLinkStore.end(of: id, permit, tx)
        try CandidateStore.choose(passwordHash, person.person, permit, tx)
        try LoginStore.end(of: person.person, .init(reason: .password, at: book.now), permit, tx)
        try book.record("administrator.password_changed", person.subject, in: .enterprise, by: person.actor)
    }

    private static func holder(
        of token: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Candidate {
        guard let id = try PasswordLinkStore.find(OneTime.hash(token, .password), at: now, permit, tx),
            let person = try CandidateStore.find(.administrator(id), at: now, permit, tx), person.obstacle != .disabled
        else { throw OneTime.closed }
        return person
    }
}
