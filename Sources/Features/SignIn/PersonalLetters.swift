import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// The letters about signing in. Each looks again, at the time of sending, whether the person may still have it, and mints its token then.
package enum PersonalLetters {
    package static let all: [LetterKind] =
        [
            LetterKind(PersonalMail.forgotten, write: forgotten),
            LetterKind(PersonalMail.disowned, write: disowned),
            LetterKind(PersonalMail.activation, write: activation),
            LetterKind(PersonalMail.credentials, write: credentials),
            LetterKind(PersonalMail.confirmEmail, write: confirmEmail),
            LetterKind(PersonalMail.emailChanged, write: emailChanged),
        ] + FactorMail.letters

    private static func recipient(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws -> Candidate? {
        guard let person = mail.person, let found = try CandidateStore.find(person, at: book.now, permit, tx), !found.isShutOut else { return nil }
        return found
    }

    /// The enterprise and the account, as a person knows them.
    private static func place(_ person: Candidate, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> String {
        let enterprise = try CandidateStore.enterprise(permit, tx) ?? "Latchkey"
        return person.accountName.map { enterprise + " · " + $0 } ?? enterprise
    }

    private static func signIn(_ person: Candidate, _ house: House) -> [(label: String, value: String)] {
        [(t("Sign-in address"), house.paths.absolute(house.paths.signIn())), (t("Username"), person.username)]
    }

    // MARK: Passwords

    private static func activation(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let person = try recipient(mail, permit, tx, book), person.passwordHash == nil else { return nil }
        let place = try place(person, permit, tx)
        let token = try PersonalLinks.mint(.activation, for: person.person, at: book.now, permit, tx)
        return try Letter(
            to: person.email, subject: t("Your access to %1", place),
            [
                .text(t("Hello %1,", person.name)), .text(t("You have access to %1. Choose a password, then you can sign in.", place)),
                .link(label: t("Choose your password"), url: house.paths.absolute(house.paths.choosePassword(token.text))),
                .text(t("The link works once, for 3 days. After that, ask whoever gave you access to send a new one.")),
                .facts(signIn(person, house)),
            ])
    }

    private static func credentials(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let person = try recipient(mail, permit, tx, book), person.passwordHash != nil else { return nil }
        let place = try place(person, permit, tx)
        var facts = signIn(person, house)
        var last = t("Your password is the one that you were given.")
        if let password = mail.secret {
            facts.append((t("Password"), password))
            last = t("The password is good for 3 days. You choose your own at the first sign-in.")
        }
        return try Letter(
            to: person.email, subject: t("Your login details for %1", place),
            [.text(t("Hello %1,", person.name)), .text(t("With these you sign in to %1.", place)), .facts(facts), .text(last)])
    }

    private static func forgotten(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        var people: [Candidate] = []
        for json in mail.details["people"]?.elements ?? [] {
            guard let person = PersonalMail.person(json), let found = try CandidateStore.find(person, at: book.now, permit, tx), !found.isShutOut
            else { continue }
            let isSame = people.first.map { IdentityKey.canonical($0.email) == IdentityKey.canonical(found.email) } ?? true
            if isSame { people.append(found) }
        }
        guard let first = people.first else { return nil }
        let enterprise = try CandidateStore.enterprise(permit, tx) ?? "Latchkey"
        var paragraphs: [Letter.Paragraph] = [.text(t("Hello %1,", first.name))]
        if people.count > 1 {
            paragraphs.append(.text(t("Your e-mail exists in several accounts, each with its own username and password.")))
        }
        for person in people {
            let token = try PersonalLinks.mint(.password, for: person.person, at: book.now, permit, tx)
            var facts = [(label: t("Username"), value: person.username)]
            if let account = person.accountName { facts.insert((t("Account"), account), at: 0) }
            paragraphs.append(.facts(facts))
            paragraphs.append(.link(label: t("Choose a new password"), url: house.paths.absolute(house.paths.choosePassword(token.text))))
        }
        paragraphs.append(
            .text(t("A link works once, for 30 minutes. If you did not ask for this, do nothing: your password stays as it is.")))
        return try Letter(to: first.email, subject: t("Choose a new password for %1", enterprise), paragraphs)
    }

    private static func disowned(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let person = try recipient(mail, permit, tx, book) else { return nil }
        let place = try place(person, permit, tx)
        let token = try PersonalLinks.mint(.password, for: person.person, at: book.now, permit, tx)
        return try Letter(
            to: person.email, subject: t("Choose a new password for %1", place),
            [
                .text(t("Hello %1,", person.name)),
                .text(
                    t(
                        """
                        A browser in which you were signed in says that a later sign-in with your username was not yours. All your sign-ins were ended, and \
                        your password no longer works.
                        """)), .facts([(label: t("Username"), value: person.username)]),
                .link(label: t("Choose a new password"), url: house.paths.absolute(house.paths.choosePassword(token.text))),
                .text(t("The link works once, for 30 minutes. After that, ask for another one by “Forgotten your password?” on the sign-in page.")),
            ])
    }

    // MARK: A new e-mail address

    private static func confirmEmail(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let person = try recipient(mail, permit, tx, book), let email = mail.details["email"]?.text else { return nil }
        let place = try place(person, permit, tx)
        let token = try PersonalLinks.mint(.email, for: person.person, email: email, at: book.now, permit, tx)
        return try Letter(
            to: email, subject: t("Confirm your e-mail address for %1", place),
            [
                .text(t("Hello %1,", person.name)), .text(t("This address is to become your e-mail address in %1.", place)),
                .link(label: t("Confirm the address"), url: house.paths.absolute(house.paths.confirmEmail(token.text))),
                .text(t("The link works once, for 3 days. If you do not know what this is about, do nothing: nothing changes then.")),
            ])
    }

    private static func emailChanged(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let person = try recipient(mail, permit, tx, book), let old = mail.details["from"]?.text, let new = mail.details["to"]?.text
        else { return nil }
        let place = try place(person, permit, tx)
        return try Letter(
            to: old, subject: t("Your e-mail address in %1 was changed", place),
            [
                .text(t("Hello %1,", person.name)),
                .text(t("Your e-mail address in %1 was changed from %2 to %3. Mails now go to the new one.", place, old, new)),
                .text(t("If you did not expect this, tell whoever gave you access.")),
            ])
    }
}
