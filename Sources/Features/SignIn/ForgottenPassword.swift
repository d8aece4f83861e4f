import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import Logging

/// A forgotten password: whoever has the e-mail is mailed a link, and whoever asks learns nothing (P5).
enum ForgottenPassword {
    /// What somebody asked for, on its way.
    struct Asked: Sendable {
        var email: String
        var origin: Origin
    }

    static let leavesLater = "whether somebody has this e-mail is looked up after the answer, and recorded then"

    /// A person is mailed no more than this in an hour, however many ask.
    private static let mailsAnHour = 5

    /// Takes the field `email` and answers alike, with equal work, whoever has it.
    /// - Throws: `Problem` 400, 422, 429 `too_many_attempts`.
    static func ask(_ fields: Fields, _ origin: Origin, _ desk: FrontDesk, _ house: House) async throws {
        let email = fields.email("email")
        try fields.finish()
        // Every asking counts like a failure: there is no right one.
        let _: Bool? = try await desk.judged(Throttle.Attempt(.person(email), nil, origin), asking: true, house) { nil }
        desk.forgotten.note(Asked(email: email, origin: origin), house)
    }

    static func mail(_ asked: Asked, _ house: House) async {
        do {
            try await house.gate.write(door: .passwordLink, origin: asked.origin, touches: .records) { [mail = house.mail] permit, tx, book in
                try order(asked.email, mail, permit, tx, book)
            }
        } catch {
            house.logger.error(
                "a forgotten password was not mailed: \(error)", metadata: ["request_id": .string(asked.origin.requestID.description)])
        }
    }

    /// One mail to everybody who has this e-mail and may sign in, and to whoever has no password yet their activation again; the links before end.
    private static func order(
        _ email: String, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        var people: [Candidate] = []
        for person in try PersonalLinkStore.everybody(email: email, permit, tx) {
            if let found = try CandidateStore.find(person, at: book.now, permit, tx), !found.isShutOut { people.append(found) }
        }
        for person in people where try person.passwordHash == nil && !isFull(PersonalMail.activation, person, permit, tx, book) {
            try PersonalMail.activate(person.person, at: book.now, room, permit, tx)
            try book.record(person.actor.kind.rawValue + ".activation_sent", person.subject, in: person.chain, by: permit.actor)
        }
        people.removeAll { $0.passwordHash == nil }
        guard let first = people.first, try !isFull(PersonalMail.forgotten, first, permit, tx, book) else { return }
        for person in people {
            try PersonalLinks.end(.password, of: person.person, at: book.now, permit, tx)
            try book.record("password_link.requested", person.subject, in: person.chain, by: permit.actor)
        }
        let details: JSON = ["people": .array(people.map { PersonalMail.json($0.person) })]
        try Outbox.post(MailOrder(PersonalMail.forgotten, details: details), to: first.person, at: book.now, room, permit, tx)
    }

    /// Whether somebody was mailed as often as they may be.
    private static func isFull(
        _ template: String, _ person: Candidate, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws -> Bool {
        try Outbox.count(template, to: person.person, since: book.now.adding(seconds: -3600), permit, tx) >= mailsAnHour
    }
}
