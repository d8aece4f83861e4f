import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// A mail to oneself, now and past the outbox, that says whether mail works.
enum MailTest {
    struct Result: Sendable {
        var to: String
        var isSent: Bool
        var detail: String

        var json: JSON { ["to": .string(to), "sent": .bool(isSent), "detail": .string(detail)] }
    }

    /// Sends to the administrator who asks, and to nobody else.
    static func run(_ call: Call) async throws -> Result {
        let address = try await call.enterpriseRead { permit, tx in try MailStandingStore.ownAddress(permit, tx) }
        guard let address else { throw Refusal.signIn }
        let outcome: MailOutcome
        do {
            let letter = try Letter(
                to: address, subject: t("A test mail from Latchkey"),
                [.text(t("Mail works: this was sent from %1 at your wish.", call.house.settings.publicURL.origin))])
            let message = try MailMessage(
                id: .new(at: call.now), from: call.house.mail.from, to: letter.to, subject: letter.subject, text: letter.text,
                html: letter.html.bytes, at: call.now)
            outcome = await call.house.mail.sender.send(message) { true }
        } catch { outcome = .refused("\(error)") }
        let result = result(outcome, to: address, call)
        try await call.enterpriseWrite { permit, _, ledger in
            try ledger.record(
                "mail.tested", Subject("administrator", permit.administrator, permit.actor.name), [Change("sent", to: .bool(result.isSent))])
        }
        return result
    }

    private static func result(_ outcome: MailOutcome, to address: String, _ call: Call) -> Result {
        switch outcome {
        case .sent:
            let detail =
                call.house.mail.server == nil
                ? t("The mail was kept as a file on the server.") : t("The mail server took the mail. Look into your mail.")
            return Result(to: address, isSent: true, detail: detail)
        case .postponed(let reason), .refused(let reason): return Result(to: address, isSent: false, detail: t("The mail was not taken: %1", reason))
        case .unknown(let reason): return Result(to: address, isSent: false, detail: t("Nobody knows whether the mail was taken: %1", reason))
        }
    }
}
