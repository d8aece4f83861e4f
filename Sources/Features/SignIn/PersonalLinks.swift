import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// What a one-time link of a person is for.
package enum LinkPurpose: String, Sendable, CaseIterable {
    /// A forgotten password, or an administrator's by command: 30 minutes (P8).
    case password
    /// The first password of a user: 3 days.
    case activation
    /// A new e-mail address: 3 days.
    case email
    /// The token of a login that was displaced, with which its browser says that this was not its person: 24 hours. Not mailed, and there may be several.
    case disown

    package var seconds: Int64 {
        switch self {
        case .password: 30 * 60
        case .activation, .email: 3 * 86_400
        case .disown: 86_400
        }
    }

    package var kind: SecretKind {
        switch self {
        case .password, .activation: .password
        case .email: .email
        case .disown: .login
        }
    }

    /// The templates whose mails carry such a link, and what dies with it.
    var templates: [String] {
        switch self {
        case .password: [PersonalMail.forgotten, PersonalMail.disowned]
        case .activation: [PersonalMail.activation]
        case .email: [PersonalMail.confirmEmail]
        case .disown: []
        }
    }

    /// Those that choose a password.
    static let ofPasswords: [LinkPurpose] = [.password, .activation]
}

/// One-time links of people and the mails that carry them. A person has one live link of each purpose, the newest.
package enum PersonalLinks {
    /// A new link's token; the older one of its purpose ends.
    package static func mint(
        _ purpose: LinkPurpose, for person: OwnPermit.Person, email: String? = nil, at now: Timestamp, _ permit: borrowing DoorPermit,
        _ tx: any Transaction
    ) throws -> Secret {
        let token = Secret.mint(purpose.kind)
        try PersonalLinkStore.end([purpose], of: person, permit, tx)
        try PersonalLinkStore.forget(at: now, permit, tx)
        try PersonalLinkStore.insert(
            token.hash, purpose, for: person, email: email, at: now, expiresAt: now.adding(seconds: purpose.seconds), permit, tx)
        return token
    }

    /// When the activation links of these users end, or ended; of those who were sent one.
    package static func activationEnds(of users: [UserID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID: Timestamp] {
        try PersonalLinkStore.activationEnds(of: users, permit, tx)
    }

    /// Uses up the link that confirms an e-mail address: whose it is, and the address.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func useEmail(
        _ token: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (user: UserID, account: AccountID, email: String) {
        let found = try email(token, at: now, permit, tx)
        try PersonalLinkStore.end(LinkPurpose.allCases, of: .user(found.user, in: found.account), permit, tx)
        return found
    }

    /// Whose link to confirm an e-mail address this is.
    /// - Throws: `Problem` 410 `link_closed`.
    package static func email(
        _ token: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (user: UserID, account: AccountID, email: String) {
        guard let found = try PersonalLinkStore.find(OneTime.hash(token, .email), at: now, permit, tx), found.purpose == .email,
            case .user(let user, let account) = found.person, let email = found.email,
            let person = try CandidateStore.find(found.person, at: now, permit, tx), !person.isShutOut
        else { throw OneTime.closed }
        return (user, account, email)
    }

    // MARK: Ending

    /// Ends all links of a user of the permit's account, and takes back the mails that wait with one or with a password.
    package static func end(of user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try PersonalLinkStore.end(LinkPurpose.allCases, of: user, permit, tx)
        try Outbox.cancel(PersonalMail.withSecrets, to: user, at: now, permit, tx)
    }

    /// Ends the links of one purpose, for a newer one.
    package static func end(
        _ purpose: LinkPurpose, of user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try PersonalLinkStore.end([purpose], of: user, permit, tx)
        try Outbox.cancel(purpose.templates, to: user, at: now, permit, tx)
    }

    static func end(
        _ purpose: LinkPurpose, of administrator: AdministratorID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        try PersonalLinkStore.end([purpose], of: administrator, permit, tx)
        try Outbox.cancel(purpose.templates, to: administrator, at: now, permit, tx)
    }

    static func end(
        _ purpose: LinkPurpose, of person: OwnPermit.Person, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try PersonalLinkStore.end([purpose], of: person, permit, tx)
        try Outbox.cancel(purpose.templates, to: person, at: now, permit, tx)
    }

    /// Ends all of one's own, but for what a browser that was displaced may say: whoever displaced it may be the one who ends them.
    static func end(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        try PersonalLinkStore.end(LinkPurpose.allCases.filter { $0 != .disown }, permit, tx)
        try Outbox.cancel(PersonalMail.withSecrets, at: now, permit, tx)
    }

    static func end(of administrator: AdministratorID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try PersonalLinkStore.end(LinkPurpose.allCases, of: administrator, permit, tx)
        try Outbox.cancel(PersonalMail.withSecrets, to: administrator, at: now, permit, tx)
    }

    static func end(inAccount account: AccountID, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try PersonalLinkStore.end(inAccount: account, permit, tx)
        try Outbox.cancel(inAccount: account, at: now, permit, tx)
    }
}
