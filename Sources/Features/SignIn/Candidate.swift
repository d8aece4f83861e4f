import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// Somebody who may sign in, as the door sees them: a user of an account, or an administrator.
struct Candidate: Sendable {
    /// Why somebody cannot sign in, whatever they type.
    enum Obstacle: String, Sendable {
        case disabled
        case accountDisabled = "account_disabled"
        /// No password was set yet.
        case pending
        /// The password was mailed, and its time is over.
        case passwordEnded = "password_ended"
    }

    var person: OwnPermit.Person
    var name: String
    var username: String
    var passwordHash: String?
    var mustChangePassword: Bool
    var obstacle: Obstacle?
    /// The account's rules; nil for administrators.
    var security: SecuritySettings?
    /// Minutes without activity after which their logins end; nil is never.
    var idleMinutes: Int?
    var words: PersonWords
    var email = ""
    /// The account's name; nil for administrators.
    var accountName: String?

    /// Whether they, or their account, are disabled: then no link works, and none is mailed.
    var isShutOut: Bool { obstacle == .disabled || obstacle == .accountDisabled }

    static let administratorsIdleMinutes = 30
    static let administratorsHours = 12

    var loginHours: Int { security?.absoluteHours ?? Self.administratorsHours }
    var passwordPolicy: PasswordPolicy { security?.password ?? PasswordPolicy() }

    var actor: Actor {
        switch person {
        case .user(let id, _): Actor(kind: .user, id: id.description, name: name)
        case .administrator(let id): Actor(kind: .administrator, id: id.description, name: name)
        }
    }

    var subject: Subject { Subject(actor.kind.rawValue, actor.id, name) }

    /// Where their sign-ins are written: in their account's history, or the enterprise's.
    var chain: Chain {
        switch person {
        case .user(_, let account): .account(account)
        case .administrator: .enterprise
        }
    }

    var json: JSON {
        ["kind": .string(actor.kind.rawValue), "id": .string(actor.id), "name": .string(name), "username": .string(username)]
    }
}

extension PersonWords {
    /// An administrator has one name; its words count like a first and a last name.
    static func ofAdministrator(name: String, email: String, enterprise: String?) -> PersonWords {
        let parts = name.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
        return PersonWords(
            username: email, firstName: parts.first, lastName: parts.count > 1 ? parts.last : nil, email: email,
            accountNames: [enterprise].compactMap { $0 })
    }
}
