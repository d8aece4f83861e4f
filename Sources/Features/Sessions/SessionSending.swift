import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// The capture link of a session, mailed to its customer.
extension Sessions {
    /// How many times one session's link is mailed: nobody fills a stranger's mailbox with it.
    package static let mailsOfOne = 20

    /// The address in the field `email`.
    /// - Throws: `Problem` 400 or 422.
    static func address(_ fields: Fields) throws -> String {
        let email = fields.email("email")
        try fields.finish()
        return email
    }

    /// Mails the capture link; the outbox holds the session's id, and the token is unsealed when the mail is sent.
    /// - Throws: `Problem` 403 `not_owner`, 409 `wrong_status`, `no_capture_link` or `too_many_mails`.
    static func send(
        _ session: Session, to email: String, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let id = session.id
        try requireWritable(session, permit)
        guard SessionStatus.underWay.contains(session.status(at: ledger.now)) else { throw wrongStatus(session, at: ledger.now) }
        guard try CaptureTokenStore.sealed(of: id, permit, tx) != nil else {
            throw Problem.conflict("no_capture_link", "This session is from before there were capture links: it has none.")
        }
        guard try SessionRecordStore.count(event: sent, of: id, permit, tx) < mailsOfOne else {
            throw Problem.conflict("too_many_mails", "The link of this session was mailed \(mailsOfOne) times already. Hand it over in another way.")
        }
        let order = MailOrder(SessionLetters.capture, details: ["session": JSON(id), "email": .string(email)])
        try Outbox.post(order, at: ledger.now, room, permit, tx)
        try SessionRecordStore.append(event: sent, to: id, data: ["email": .string(email)], at: ledger.now, permit, tx)
        try ledger.record(sent, session.subject, [Change("email", to: .string(email))])
        ledger.announce(session.happening)
    }

    private static var sent: String { "session.sent" }
}

/// What is mailed to customers. Looked at again when it is sent: a session that is over or gone is not mailed.
package enum SessionLetters {
    static let capture = "session.capture"

    package static let all: [LetterKind] = [LetterKind(capture, write: capture)]

    private static func capture(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let account = mail.account, let id = mail.details["session"]?.text.flatMap({ SessionID($0) }),
            let email = mail.details["email"]?.text, let found = try CaptureTokenStore.mailed(id, in: account, at: book.now, permit, tx),
            let token = try CaptureTokens.text(found.sealed, of: id, in: account, opening: house.masterKey)
        else { return nil }
        var paragraphs: [Letter.Paragraph] = [
            .text(found.customer.map { t("Hello %1,", $0) } ?? t("Hello,")),
            .text(
                t(
                    "%1 asks you for photos of your vehicle. It takes a few minutes: open this link on your phone and walk around the vehicle.",
                    found.brand)),
            .link(label: t("Take the photos"), url: house.paths.capture(token)),
            .text(t("You can come back to it until you are done. The link is for you alone: hand it to nobody else.")),
        ]
        if let deadline = found.deadline {
            paragraphs.append(.text(t("It works until %1 (UTC).", String(deadline.description.prefix(16)).replacing("T", with: " "))))
        }
        paragraphs.append(.facts([(label: t("Code"), value: found.code)]))
        return try Letter(to: email, subject: t("Photos of your vehicle for %1", found.brand), paragraphs)
    }
}
