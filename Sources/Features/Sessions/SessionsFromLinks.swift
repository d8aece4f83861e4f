import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

extension Sessions {
    /// A session that a customer starts from a sharable link, not stored yet: STARTED at once, with the link's key, owner and name stamped. The
    /// fields are `first_name`, `last_name` and `phone`.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        fromLink name: String, under key: APIKey, owner: (id: UserID, name: String)?, _ fields: Fields, at now: Timestamp
    ) throws -> Session {
        let contact = SessionFields.customer(fields)
        try fields.finish()
        return Session(
            id: .new(at: now), code: "", status: .started, mode: key.mode.rawValue, apiKey: key.id, owner: owner?.id, ownerName: owner?.name,
            source: .shareableLink, apiKeyName: key.name, linkName: name, username: nil, contact: contact, vehicle: .init(), clientID: nil,
            reference: nil, language: key.language, redirectURL: key.redirectURL, invalidReason: nil, createdAt: now, startedAt: now,
            capturedAt: nil, completedAt: nil, deadline: key.sessionExpiry.seconds.map { now.adding(seconds: $0) })
    }
}
