import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A person who signs in to one account.
package struct User: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        /// Without a password yet.
        case pending
        case enabled
        /// Disabled by somebody, or past the end.
        case disabled
    }

    package var id: UserID
    package var username: String
    package var email: String
    package var firstName: String
    package var lastName: String
    /// By id.
    package var roles: [RoleID]
    /// The keys that were ticked; a holder of the manager role has all whatever stands here.
    package var keys: Scope<APIKeyID>
    package var places: Scope<PlaceID>
    package var hasPassword: Bool
    package var mustChangePassword: Bool
    /// From then on the user is as disabled.
    package var endsAt: Timestamp?
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp
    package var lastSignInAt: Timestamp?
    package var lastSeenAt: Timestamp?
    /// When they were let in again after they had been disabled or had ended: being away counts from then.
    package var enabledAt: Timestamp?

    package var name: String { firstName + " " + lastName }
    package var subject: Subject { Subject("user", id, name) }

    package func hasEnded(at now: Timestamp) -> Bool { endsAt.map { $0 <= now } ?? false }

    package func status(at now: Timestamp) -> Status { Self.status(disabledAt: disabledAt, endsAt: endsAt, hasPassword: hasPassword, at: now) }

    static func status(disabledAt: Timestamp?, endsAt: Timestamp?, hasPassword: Bool, at now: Timestamp) -> Status {
        if disabledAt != nil { return .disabled }
        if let endsAt, endsAt <= now { return .disabled }
        return hasPassword ? .enabled : .pending
    }

    /// As it is answered to somebody who holds `keys`: others do not exist for them (ruling 2).
    package func json(at now: Timestamp, visible keys: Scope<APIKeyID>) -> JSON {
        [
            "id": JSON(id), "username": .string(username), "email": .string(email), "first_name": .string(firstName),
            "last_name": .string(lastName), "status": .string(status(at: now).rawValue), "roles": JSON(roles.map(\.description)),
            "api_keys": self.keys.shown(to: keys).idsJSON(), "places": places.idsJSON(), "ends_at": JSON(endsAt),
            "must_change_password": .bool(mustChangePassword), "created_at": JSON(createdAt), "last_sign_in_at": JSON(lastSignInAt),
            "last_seen_at": JSON(lastSeenAt),
        ]
    }

    /// What history compares.
    package var details: JSON {
        [
            "username": .string(username), "email": .string(email), "first_name": .string(firstName), "last_name": .string(lastName),
            "roles": JSON(roles.map(\.description)), "api_keys": keys.idsJSON(), "places": places.idsJSON(), "ends_at": JSON(endsAt),
            "has_password": .bool(hasPassword), "must_change_password": .bool(mustChangePassword),
        ]
    }
}
