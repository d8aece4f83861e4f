import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A live login into an account, as those see it who look after its logins.
package struct ActiveLogin: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case user
        /// Switched into the account.
        case administrator
        case integration
    }

    package var id: LoginID
    package var kind: Kind
    package var principalID: String
    package var name: String
    /// What a user signs in with.
    package var username: String?
    package var createdAt: Timestamp
    package var lastSeenAt: Timestamp
    package var expiresAt: Timestamp
    package var address: String
    package var userAgent: String
    /// Whether it is the one that asks.
    package var isCurrent = false

    package var subject: Subject { Subject(kind.rawValue, principalID, name) }
    package var user: UserID? { kind == .user ? UserID(principalID) : nil }

    package var json: JSON {
        [
            "id": JSON(id), "kind": .string(kind.rawValue), "principal": ["id": .string(principalID), "name": .string(name)],
            "created_at": JSON(createdAt), "last_seen_at": JSON(lastSeenAt), "expires_at": JSON(expiresAt), "address": .string(address),
            "user_agent": .string(userAgent), "current": .bool(isCurrent),
        ]
    }
}

/// What a list of logins is narrowed to.
package struct LoginFilter: Sendable {
    /// Beginnings of words of a name, username or e-mail, or of an address.
    package var search: String?
    package var user: IDFilter<UserKind>?
    package var kind: ActiveLogin.Kind?

    package init(search: String? = nil, user: IDFilter<UserKind>? = nil, kind: ActiveLogin.Kind? = nil) {
        self.search = search
        self.user = user
        self.kind = kind
    }
}
