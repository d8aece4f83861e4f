import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// What is mailed about second steps: the codes, and that something was changed (P16).
package enum FactorMail {
    static let code = "sign_in.code"
    static let changed = "factor.changed"

    /// What happened to somebody's second step.
    package enum Event: String, Sendable, CaseIterable {
        case added, removed
        /// All taken away, by somebody else.
        case reset
        case recoveryCodesRenewed = "recovery_codes_renewed"
        case recoveryCodeUsed = "recovery_code_used"
    }

    package static func order(_ event: Event, _ factor: Factor? = nil, left: Int64? = nil) -> MailOrder {
        var details: [(String, JSON)] = [("event", .string(event.rawValue))]
        if let factor { details += [("kind", .string(factor.kind.rawValue)), ("name", .string(factor.name))] }
        if let left { details.append(("left", .int(left))) }
        return MailOrder(changed, details: JSON(members: details))
    }

    package static func name(_ kind: Factor.Kind) -> String {
        switch kind {
        case .passkey: t("Passkey")
        case .totp: t("Authenticator app")
        case .mail: t("Mailed code")
        case .recovery: t("Recovery code")
        }
    }

    static let letters: [LetterKind] = [LetterKind(code, write: writeCode), LetterKind(changed, write: writeChanged)]

    private static func recipient(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws -> (person: Candidate, place: String)? {
        guard let person = mail.person, let found = try CandidateStore.find(person, at: book.now, permit, tx), !found.isShutOut else { return nil }
        let enterprise = try CandidateStore.enterprise(permit, tx) ?? "Latchkey"
        return (found, found.accountName.map { enterprise + " · " + $0 } ?? enterprise)
    }

    private static func writeCode(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let (person, place) = try recipient(mail, permit, tx, book), let hash = mail.details["flow"]?.text.flatMap({ Base64URL.decode($0) }),
            let flow = try SignInFlows.find(hash, at: book.now, permit, tx), flow.passed == nil
        else { return nil }
        let code = try SignInFlows.mintMailCode(flow, at: book.now, house.masterKey, permit, tx)
        return try Letter(
            to: person.email, subject: t("Your code for %1", place),
            [
                .text(t("Hello %1,", person.name)), .text(t("With this code you finish signing in to %1.", place)), .facts([(t("Code"), code)]),
                .text(t("It works once, for 10 minutes, and only where you typed your password.")),
                .text(t("If you are not signing in right now, somebody else knows your password: change it.")),
            ])
    }

    private static func writeChanged(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard let (person, place) = try recipient(mail, permit, tx, book), let event = mail.details["event"]?.text.flatMap(Event.init) else {
            return nil
        }
        let factor = mail.details["name"]?.text ?? ""
        let kind = mail.details["kind"]?.text.flatMap { Factor.Kind(rawValue: $0) }.map(name) ?? ""
        let what =
            switch event {
            case .added: t("A second step was added to your sign-in in %1: %2, “%3”.", place, kind, factor)
            case .removed: t("A second step was removed from your sign-in in %1: %2, “%3”. Your other sign-ins have ended.", place, kind, factor)
            case .reset: t("Your second step in %1 was reset by somebody who manages users. All your sign-ins have ended.", place)
            case .recoveryCodesRenewed: t("You have new recovery codes for %1. The old ones no longer work.", place)
            case .recoveryCodeUsed:
                t("Somebody signed in to %1 as you with a recovery code. %2 are left.", place, String(mail.details["left"]?.whole ?? 0))
            }
        return try Letter(
            to: person.email, subject: t("Your second step for %1", place),
            [
                .text(t("Hello %1,", person.name)), .text(what),
                .text(t("If this was not you, choose a new password at once, and tell whoever gave you access.")),
            ])
    }
}
