import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A reusable public URL that starts sessions under one API key, for one assigned user or for nobody.
package struct Link: Sendable, Hashable {
    package var id: LinkID
    package var name: String
    package var apiKey: APIKeyID
    package var user: UserID?
    package var isActive: Bool
    package var endsAt: Timestamp?
    package var maxStarts: Int?
    package var starts: Int
    package var createdAt: Timestamp
    /// What its key and its user are at the moment.
    package var key = Key()
    package var holder: Holder?

    package struct Key: Sendable, Hashable {
        package var name = ""
        package var mode = APIKey.Mode.live
        package var isDisabled = false
    }

    package struct Holder: Sendable, Hashable {
        package var name: String
        /// Disabled, or past their end.
        package var isDisabled: Bool
        package var holdsKey: Bool
    }

    package var subject: Subject { Subject("link", id, name) }

    /// Why a link starts nothing.
    package enum Closed: String, Sendable, CaseIterable {
        case off, ended
        case limitReached = "limit_reached"
        /// Its key, its user or its account is disabled; a stranger is not told which.
        case disabled
    }

    /// The first reason that applies; nil while it starts sessions.
    package func closed(at now: Timestamp, accountDisabled: Bool = false) -> Closed? {
        if !isActive { return .off }
        if let endsAt, now >= endsAt { return .ended }
        if let maxStarts, starts >= maxStarts { return .limitReached }
        return accountDisabled || key.isDisabled || holder?.isDisabled == true ? .disabled : nil
    }

    /// What is odd about it, for those who keep it.
    package enum Warning: String, Sendable, CaseIterable {
        case userLacksKey = "user_lacks_api_key"
        case userDisabled = "user_disabled"
        case keyDisabled = "api_key_disabled"
        case ended
        case limitReached = "limit_reached"
    }

    package func warnings(at now: Timestamp) -> [Warning] {
        var found: [Warning] = []
        if holder?.holdsKey == false { found.append(.userLacksKey) }
        if holder?.isDisabled == true { found.append(.userDisabled) }
        if key.isDisabled { found.append(.keyDisabled) }
        if let endsAt, now >= endsAt { found.append(.ended) }
        if let maxStarts, starts >= maxStarts { found.append(.limitReached) }
        return found
    }

    /// As the API answers it, but for its URL, which is not part of its version.
    package func json(at now: Timestamp) -> JSON {
        [
            "id": JSON(id), "name": .string(name), "api_key": JSON(apiKey), "user": JSON(user), "active": .bool(isActive), "ends_at": JSON(endsAt),
            "max_starts": JSON(maxStarts), "starts": JSON(starts),
            "warnings": .array(warnings(at: now).map { ["code": .string($0.rawValue), "message": .string($0.message)] }),
            "created_at": JSON(createdAt),
        ]
    }

    package func tag(at now: Timestamp) -> ETag { ETag(json(at: now)) }

    /// What history compares.
    var details: JSON {
        [
            "name": .string(name), "api_key": JSON(apiKey), "user": JSON(user), "active": .bool(isActive), "ends_at": JSON(endsAt),
            "max_starts": JSON(maxStarts),
        ]
    }
}

extension Link.Warning {
    /// For programs, in English, as problems are.
    var message: String {
        switch self {
        case .userLacksKey: "The assigned user does not hold this API key, and sees none of its sessions."
        case .userDisabled: "The assigned user is disabled: the link starts nothing."
        case .keyDisabled: "The API key is disabled: the link starts nothing."
        case .ended: "The link is past its end: it starts nothing."
        case .limitReached: "The link has reached its limit: it starts nothing."
        }
    }
}
