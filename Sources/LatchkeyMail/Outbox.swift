import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// A mail to be sent: which template, to whom, and the ids that it is written from. Tokens are minted when it is sent.
package struct MailOrder: Sendable {
    package var template: String
    /// What the template needs beside the person: ids, never a token.
    package var details: JSON
    /// A generated password; it waits sealed under the master key and is erased when the mail is settled.
    package var secret: String?

    package init(_ template: String, details: JSON = [:], secret: String? = nil) {
        self.template = template
        self.details = details
        self.secret = secret
    }
}

/// A mail that waits, as its template gets it.
package struct OutboxMail: Sendable {
    package let id: MailID
    package let template: String
    package let person: OwnPermit.Person?
    package let account: AccountID?
    package let details: JSON
    /// The generated password that waited with it.
    package let secret: String?
    package let attempts: Int
    package let createdAt: Timestamp
}

/// How a mail stands.
package enum MailState: String, Sendable, CaseIterable {
    case waiting
    /// Leased to somebody who sends it, and surely not handed over yet.
    case taken
    /// At the last step: from here on only the other side knows.
    case handing
    case sent
    /// Given up: refused, or not taken for days.
    case failed
    /// Handed over, and no answer: not sent again.
    case unknown
    /// What it was about is no more.
    case cancelled
}

/// What waits to be mailed. A row is written in the transaction of the change that it tells of, and wakes the sender after the commit.
package enum Outbox {
    /// A mail to a user of the permit's account.
    package static func post(
        _ order: MailOrder, to user: UserID, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try post(order, person: .user(user, in: permit.account), account: permit.account, at: now, room, tx)
    }

    /// A mail to somebody outside, about something of the permit's account.
    package static func post(
        _ order: MailOrder, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try post(order, person: nil, account: permit.account, at: now, room, tx)
    }

    /// A mail to oneself.
    package static func post(_ order: MailOrder, at now: Timestamp, _ room: MailRoom, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        let account: AccountID? = if case .user(_, let account) = permit.person { account } else { nil }
        try post(order, person: permit.person, account: account, at: now, room, tx)
    }

    /// A mail to an administrator.
    package static func post(
        _ order: MailOrder, to administrator: AdministratorID, at now: Timestamp, _ room: MailRoom, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws {
        try post(order, person: .administrator(administrator), account: nil, at: now, room, tx)
    }

    /// A mail to somebody whom a door knows; to nobody in particular where `person` is nil.
    package static func post(
        _ order: MailOrder, to person: OwnPermit.Person?, at now: Timestamp, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        let account: AccountID? = if case .user(_, let account)? = person { account } else { nil }
        try post(order, person: person, account: account, at: now, room, tx)
    }

    private static func post(
        _ order: MailOrder, person: OwnPermit.Person?, account: AccountID?, at now: Timestamp, _ room: MailRoom, _ tx: any Transaction
    ) throws {
        let id = MailID.new(at: now)
        try OutboxStore.insert(
            id, order, sealed: order.secret.map { room.seal($0, of: id) }, person: person, account: account, at: now, tx)
        tx.afterCommit { [bell = room.bell] in bell.ring() }
    }

    // MARK: What is no more

    /// Takes back what waits of these templates for a user of the permit's account.
    package static func cancel(
        _ templates: [String], to user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try OutboxStore.cancel(templates, .user(user, in: permit.account), at: now, tx)
    }

    /// Takes back what waits of these templates for oneself.
    package static func cancel(_ templates: [String], at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        try OutboxStore.cancel(templates, permit.person, at: now, tx)
    }

    package static func cancel(
        _ templates: [String], to person: OwnPermit.Person, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try OutboxStore.cancel(templates, person, at: now, tx)
    }

    package static func cancel(
        _ templates: [String], to administrator: AdministratorID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try OutboxStore.cancel(templates, .administrator(administrator), at: now, tx)
    }

    /// Takes back what waits for anybody of an account.
    package static func cancel(inAccount account: AccountID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try OutboxStore.cancel(inAccount: account, at: now, tx)
    }

    /// How many mails of a template were ordered for a person since then.
    package static func count(
        _ template: String, to person: OwnPermit.Person, since: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Int {
        try OutboxStore.count(template, person, since: since, tx)
    }
}
