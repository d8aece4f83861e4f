import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

/// A signed-in browser or client, live.
package struct Login: Sendable, Hashable {
    package var id: LoginID
    /// The login whose activity counts: of a switched one, the one that it came from.
    var root: LoginID
    package var createdAt: Timestamp
    package var lastSeenAt: Timestamp
    package var expiresAt: Timestamp
    package var address: String
    package var userAgent: String

    func json(of person: Actor, isCurrent: Bool) -> JSON {
        [
            "id": JSON(id), "kind": .string(person.kind.rawValue), "principal": ["id": .string(person.id), "name": .string(person.name)],
            "created_at": JSON(createdAt), "last_seen_at": JSON(lastSeenAt), "expires_at": JSON(expiresAt), "address": .string(address),
            "user_agent": .string(userAgent), "current": .bool(isCurrent),
        ]
    }
}

/// A login to be stored.
struct NewLogin: Sendable {
    var id: LoginID
    var hash: [UInt8]
    var account: AccountID?
    var user: UserID?
    var administrator: AdministratorID?
    var actingAs: AdministratorID?
    var parent: LoginID?
    var createdAt: Timestamp
    var expiresAt: Timestamp
    /// When a second step was shown for it; nil where none was.
    var steppedUpAt: Timestamp?
    var origin: Origin
}
