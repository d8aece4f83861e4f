import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb

/// What is mailed to people about signing in: the templates' names, and ordering such a mail in the transaction of its change.
package enum PersonalMail {
    package static let forgotten = "password.forgotten"
    package static let activation = "user.activation"
    package static let credentials = "user.credentials"
    package static let confirmEmail = "email.confirm"
    package static let emailChanged = "email.changed"
    package static let disowned = "login.disowned"

    /// Those that carry a token or a password.
    static let withSecrets = [forgotten, disowned, activation, credentials, confirmEmail]

    /// How long a mailed password signs somebody in.
    package static let passwordSeconds: Int64 = 3 * 86_400

    /// A link with which a user without a password chooses the first one; an older one ends at once.
    package static func activate(
        _ user: UserID, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try PersonalLinks.end(.activation, of: user, at: now, permit, tx)
        try Outbox.post(MailOrder(activation), to: user, at: now, room, permit, tx)
    }

    package static func activate(
        _ administrator: AdministratorID, at now: Timestamp, _ room: MailRoom, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try PersonalLinks.end(.activation, of: administrator, at: now, permit, tx)
        try Outbox.post(MailOrder(activation), to: administrator, at: now, room, permit, tx)
    }

    /// To somebody who forgot that they have no password yet.
    static func activate(
        _ person: OwnPermit.Person, at now: Timestamp, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try PersonalLinks.end(.activation, of: person, at: now, permit, tx)
        try Outbox.post(MailOrder(activation), to: person, at: now, room, permit, tx)
    }

    /// Sign-in address and username, and the password where it was generated.
    package static func credentials(
        _ user: UserID, generated password: String?, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try Outbox.post(MailOrder(credentials, secret: password), to: user, at: now, room, permit, tx)
    }

    /// A link, to the new address, that confirms it; an older one ends at once.
    package static func confirm(
        _ email: String, of user: UserID, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try PersonalLinks.end(.email, of: user, at: now, permit, tx)
        try Outbox.post(MailOrder(confirmEmail, details: ["email": .string(email)]), to: user, at: now, room, permit, tx)
    }

    /// To the old address, that it was changed.
    package static func announce(
        _ old: String, became new: String, of user: UserID, in account: AccountID, at now: Timestamp, _ room: MailRoom,
        _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        let order = MailOrder(emailChanged, details: ["from": .string(old), "to": .string(new)])
        try Outbox.post(order, to: .user(user, in: account), at: now, room, permit, tx)
    }

    // MARK: People in details

    static func json(_ person: OwnPermit.Person) -> JSON {
        switch person {
        case .user(let user, let account): ["account": JSON(account), "user": JSON(user)]
        case .administrator(let administrator): ["administrator": JSON(administrator)]
        }
    }

    static func person(_ json: JSON) -> OwnPermit.Person? {
        if let user = json["user"]?.text.flatMap({ UserID($0) }), let account = json["account"]?.text.flatMap({ AccountID($0) }) {
            return .user(user, in: account)
        }
        return json["administrator"]?.text.flatMap { AdministratorID($0) }.map { .administrator($0) }
    }
}
