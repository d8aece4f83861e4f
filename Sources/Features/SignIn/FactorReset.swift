import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// Taking an administrator's second step away by command, for the one who has lost it and whom no other can help.
package enum FactorReset {
    /// Ends their logins and one-time links too, and mails them; answers how many factors there were.
    /// - Throws: `PasswordLink.NoSuchAdministrator`.
    package static func run(email: String, _ house: House) async throws -> Int {
        try await house.gate.write(door: .command, origin: OneTime.local(house)) { [room = house.mail] permit, tx, book in
            guard let id = try PersonalLinkStore.administrator(email: email.trimmingWhitespace(), permit, tx),
                let person = try CandidateStore.find(.administrator(id), at: book.now, permit, tx), !person.isShutOut
            else { throw PasswordLink.NoSuchAdministrator() }
            let before = try Factors.list(of: person.person, permit, tx).items
            if before.isEmpty { return 0 }
            try Factors.removeAll(of: person.person, permit, tx)
            try LoginStore.end(of: person.person, .init(reason: .secondStep, at: book.now), permit, tx)
            try PersonalLinkStore.end(LinkPurpose.allCases, of: person.person, permit, tx)
            try Outbox.cancel(PersonalMail.withSecrets, to: person.person, at: book.now, permit, tx)
            try Outbox.post(FactorMail.order(.reset), to: person.person, at: book.now, room, permit, tx)
            try book.record(
                "factor.reset", person.subject, in: .enterprise, by: permit.actor,
                [Change("factors", from: .array(before.map { .string($0.name) }), to: [])])
            return before.count
        }
    }
}
