import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// A mail, now and past the outbox, that says whether mail works.
package enum MailTest {
    package struct Result: Sendable {
        package var to: String
        package var isSent: Bool
        package var detail: String

        package var json: JSON { ["to": .string(to), "sent": .bool(isSent), "detail": .string(detail)] }
    }

    /// Sends to the administrator who asks, and to nobody else.
    static func run(_ call: Call) async throws -> Result {
        let address = try await call.enterpriseRead { permit, tx in try MailStandingStore.ownAddress(permit, tx) }
        guard let address else { throw Refusal.signIn }
        let result = await send(to: address, call.house)
        try await call.enterpriseWrite { permit, _, ledger in
            try ledger.record(
                "mail.tested", Subject("administrator", permit.administrator, permit.actor.name), [Change("sent", to: .bool(result.isSent))])
        }
        return result
    }

    /// Sends to whom an operator names by command; the address is not written down.
    package static func run(to address: String, _ house: House) async throws -> Result {
        let result = await send(to: address, house)
        let origin = Origin(address: "local", userAgent: "", requestID: .new(at: house.gate.now))
        try await house.gate.write(door: .command, origin: origin, touches: .records) { permit, _, book in
            let subject = Subject(permit.actor.kind.rawValue, permit.actor.id, permit.actor.name)
            try book.record("mail.tested", subject, in: .enterprise, by: permit.actor, [Change("sent", to: .bool(result.isSent))])
        }
        return result
    }

    private static func send(to address: String, _ house: House) async -> Result {
        let outcome: MailOutcome
        do {
            let letter = try Letter(
                to: address, subject: t("A test mail from Latchkey"),
                [.text(t("Mail works: this was sent from %1 at your wish.", house.settings.publicURL.origin))])
            let message = try MailMessage(
                id: .new(at: house.gate.now), from: house.mail.from, to: letter.to, subject: letter.subject, text: letter.text,
                html: letter.html.bytes, at: house.gate.now)
            outcome = await house.mail.sender.send(message) { true }
        } catch is Letter.AddressRefused { outcome = .refused(t("%1 is no e-mail address.", address)) } catch { outcome = .refused("\(error)") }
        return result(outcome, to: address, house)
    }

    private static func result(_ outcome: MailOutcome, to address: String, _ house: House) -> Result {
        switch outcome {
        case .sent:
            let detail =
                house.mail.server == nil
                ? t("The mail was kept as a file on the server.") : t("The mail server took the mail. Look into your mail.")
            return Result(to: address, isSent: true, detail: detail)
        case .postponed(let reason), .refused(let reason): return Result(to: address, isSent: false, detail: t("The mail was not taken: %1", reason))
        case .unknown(let reason): return Result(to: address, isSent: false, detail: t("Nobody knows whether the mail was taken: %1", reason))
        }
    }
}
