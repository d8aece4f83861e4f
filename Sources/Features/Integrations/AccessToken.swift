import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

/// A token with which an integration calls, live. To those who look at logins it is one, with an id of that kind.
package struct AccessToken: Sendable, Hashable {
    package var id: LoginID
    package var integration: IntegrationID
    package var integrationName: String
    package var format: Integration.TokenFormat
    /// What it was asked for; nil for all that the integration has.
    package var scope: [Function: Level]?
    package var createdAt: Timestamp
    package var lastSeenAt: Timestamp
    package var expiresAt: Timestamp
    package var address: String
    package var userAgent: String

    package init(
        id: LoginID, integration: IntegrationID, integrationName: String, format: Integration.TokenFormat, scope: [Function: Level]?,
        createdAt: Timestamp, lastSeenAt: Timestamp, expiresAt: Timestamp, address: String, userAgent: String
    ) {
        self.id = id
        self.integration = integration
        self.integrationName = integrationName
        self.format = format
        self.scope = scope
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }

    var subject: Subject { Subject("integration", integration, integrationName) }

    /// As `GET /logins` shows it.
    package var json: JSON {
        [
            "id": JSON(id), "kind": "integration", "principal": ["id": JSON(integration), "name": .string(integrationName)],
            "created_at": JSON(createdAt), "last_seen_at": JSON(lastSeenAt), "expires_at": JSON(expiresAt), "address": .string(address),
            "user_agent": .string(userAgent), "current": false,
        ]
    }
}
