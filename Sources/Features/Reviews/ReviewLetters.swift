import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// What is mailed to those who are to answer a review. Looked at again when it is sent: of one that is over nobody is told.
package enum ReviewLetters {
    static let begun = "review.begun"
    static let ending = "review.ending"

    package static let all: [LetterKind] = [LetterKind(begun, write: write), LetterKind(ending, write: write)]

    struct Facts: Sendable {
        var name: String
        var email: String
        var review: String
        var dueAt: Timestamp
        var account: String
        var enterprise: String
        /// Of others than themselves.
        var unanswered: Int
    }

    private static func write(
        _ mail: OutboxMail, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook, _ house: House
    ) throws -> Letter? {
        guard case .user(let user, let account)? = mail.person, let id = mail.details["review"]?.text.flatMap({ ReviewID($0) }),
            let facts = try ReviewEndingStore.letter(id, to: user, in: account, at: book.now, permit, tx), facts.unanswered > 0
        else { return nil }
        let place = facts.enterprise + " · " + facts.account
        let subject =
            mail.template == ending ? t("Access review in %1: answers are missing", place) : t("Please review who has access to %1", place)
        let ask =
            mail.template == ending
            ? t("The access review “%1” ends soon, and not all of it is answered.", facts.review)
            : t("You are asked to say of each person whether their access is still right: “%1”.", facts.review)
        return try Letter(
            to: facts.email, subject: subject,
            [
                .text(t("Hello %1,", facts.name)), .text(ask),
                .facts([(t("Until"), facts.dueAt.minute + " UTC"), (t("Answers that are missing"), String(facts.unanswered))]),
                .link(label: t("Open the review"), url: house.paths.absolute("\(house.paths.reviews)/\(id)")),
            ])
    }
}
