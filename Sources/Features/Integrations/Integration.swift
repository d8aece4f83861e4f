import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A machine account: a client id, a secret, and functions at levels.
package struct Integration: Sendable, Hashable {
    /// What its access tokens are: random, or signed and readable by whoever has the server's public keys.
    package enum TokenFormat: String, Sendable, CaseIterable { case opaque, jwt }

    package var id: IntegrationID
    package var name: String
    package var clientID: String
    package var functions: [Function: Level]
    package var tokenFormat: TokenFormat
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp
    /// Up to 30 s old.
    package var lastUsedAt: Timestamp?
    package var liveTokens: Int

    package var isDisabled: Bool { disabledAt != nil }
    package var subject: Subject { Subject("integration", id, name) }
    package var actor: Actor { Actor(kind: .integration, id: id.description, name: name) }

    package var json: JSON {
        [
            "id": JSON(id), "name": .string(name), "client_id": .string(clientID), "functions": functions.json,
            "token_format": .string(tokenFormat.rawValue), "status": isDisabled ? "disabled" : "enabled", "created_at": JSON(createdAt),
            "last_used_at": JSON(lastUsedAt), "live_tokens": .int(Int64(liveTokens)),
        ]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    var details: JSON {
        [
            "name": .string(name), "client_id": .string(clientID), "functions": functions.json, "token_format": .string(tokenFormat.rawValue),
        ]
    }
}
