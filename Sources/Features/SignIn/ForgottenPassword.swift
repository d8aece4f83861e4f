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
        let _: Bool? = try await desk.askings.judged(Throttle.Attempt(.person(email), nil, origin), house.gate.clock) { nil }
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

    /// One mail to everybody who has this e-mail and may sign in; the links before it end.
    private static func order(
        _ email: String, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws {
        var people: [Candidate] = []
        for person in try PersonalLinkStore.everybody(email: email, permit, tx) {
            if let found = try CandidateStore.find(person, at: book.now, permit, tx), !found.isShutOut { people.append(found) }
        }
        guard let first = people.first else { return }
        let since = book.now.adding(seconds: -3600)
        if try Outbox.count(PersonalMail.forgotten, to: first.person, since: since, permit, tx) >= mailsAnHour { return }
        for person in people {
            try PersonalLinkStore.end([.password], of: person.person, permit, tx)
            try Outbox.cancel(LinkPurpose.password.templates, to: person.person, at: book.now, permit, tx)
            try book.record("password_link.requested", person.subject, in: person.chain, by: permit.actor)
        }
        let details: JSON = ["people": .array(people.map { PersonalMail.json($0.person) })]
        try Outbox.post(MailOrder(PersonalMail.forgotten, details: details), to: first.person, at: book.now, room, permit, tx)
    }
}
