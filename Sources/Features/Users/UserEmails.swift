import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import RolesFeature
import SignInFeature

/// The first password by mail.
extension Users {
    /// Mails a new link to choose the first password; the one before it dies at once.
    /// - Throws: `Hidden`; `Problem` 403 for somebody whose roles one may not give, 409 `not_pending`.
    package static func activate(
        _ id: UserID, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> User {
        let user = try find(id, permit, tx)
        if !permit.access.mayEdit(holderOf: try Roles.existing(Set(user.roles), permit, tx)) { throw Problem.forbiddenGrant }
        guard user.status(at: ledger.now) == .pending else {
            throw Problem.conflict("not_pending", "Only somebody without a password, who is not disabled, can be sent an activation link.")
        }
        try PersonalMail.activate(id, at: ledger.now, room, permit, tx)
        try ledger.record("user.activation_sent", user.subject)
        return user
    }
}

/// Another e-mail address: asked for by whoever may set the person's password, confirmed by a link to the new address, announced at the old one (P13).
enum UserEmails {
    /// Mails a link to the new address; nothing changes until it is used. A newer one ends it.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 for somebody who holds more than oneself, 409 `email_taken`.
    static func ask(
        _ id: UserID, _ fields: () throws -> Fields, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> User {
        let user = try Users.find(id, permit, tx)
        let fields = try fields()
        let email = fields.email("email")
        if email == user.email { fields.invalid("email", "same_email", "This is the e-mail address already.") }
        try fields.finish()
        // Whoever reads a person's mail can choose their password.
        if !permit.access.maySetPassword(of: try Users.access(of: user, permit, tx)) { throw Problem.forbiddenGrant }
        if try UserEmailStore.isTaken(email, besides: id, permit, tx) { throw taken }
        try PersonalMail.confirm(email, of: id, at: ledger.now, room, permit, tx)
        try ledger.record("user.email_change_requested", user.subject, [Change("email", from: .string(user.email), to: .string(email))])
        return user
    }

    /// Whose new address a link confirms.
    /// - Throws: `Problem` 410 `link_closed`.
    static func asked(_ token: String, _ house: House) async throws -> (name: String, email: String) {
        try await house.gate.read(door: .passwordLink) { [now = house.gate.now] permit, tx in
            let (id, account, email) = try PersonalLinks.email(token, at: now, permit, tx)
            return (try UserEmailStore.find(id, in: account, permit, tx)?.name ?? "", email)
        }
    }

    /// Makes the address of a link the person's, and their username where that was the old address.
    /// - Throws: `Problem` 410 `link_closed`, 409 `email_taken` or `username_taken`.
    static func confirm(_ token: String, _ origin: Origin, _ house: House) async throws {
        try await house.gate.write(door: .passwordLink, origin: origin) { [room = house.mail] permit, tx, book in
            let (id, account, email) = try PersonalLinks.useEmail(token, at: book.now, permit, tx)
            guard let before = try UserEmailStore.find(id, in: account, permit, tx) else { throw Hidden() }
            var after = before
            after.email = email
            if IdentityKey.canonical(before.username) == IdentityKey.canonical(before.email) { after.username = email }
            do { try UserEmailStore.update(id, in: account, after, permit, tx) } catch DatabaseError.unique { throw taken }
            if after.username != before.username {
                do { try UserEmailStore.claim(after.username, of: id, in: account, permit, tx) } catch DatabaseError.unique {
                    throw Problem.conflict("username_taken", "Somebody has this username. Ask for another address.", field: "email")
                }
            }
            let subject = Subject("user", id, before.name)
            try book.record(
                "user.email_changed", subject, in: .account(account), by: Actor(kind: .user, id: id.description, name: before.name),
                Change.between(before.details, after.details))
            try PersonalMail.announce(before.email, became: email, of: id, in: account, at: book.now, room, permit, tx)
        }
    }

    private static var taken: Problem { Problem.conflict("email_taken", "Another user of this account has this e-mail.", field: "email") }
}
