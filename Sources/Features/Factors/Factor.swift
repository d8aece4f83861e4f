import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// Something that a person shows beside their password. What it is stays secret; this is what may be told of it.
package struct Factor: Sendable, Hashable {
    /// What a second step can be. These words are the API's, the table's and the history's.
    package enum Kind: String, Sendable, CaseIterable {
        /// A passkey (WebAuthn).
        case passkey
        /// An authenticator app.
        case totp
        /// A code that is mailed while one signs in; nothing is stored for it.
        case mail
        /// One of ten codes, for whoever has lost the others.
        case recovery
    }

    package var id: FactorID
    package var kind: Kind
    package var name: String
    package var createdAt: Timestamp
    package var lastUsedAt: Timestamp?

    package init(id: FactorID, kind: Kind, name: String, createdAt: Timestamp, lastUsedAt: Timestamp? = nil) {
        self.id = id
        self.kind = kind
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }

    package var json: JSON {
        [
            "id": JSON(id), "kind": .string(kind.rawValue), "name": .string(name), "created_at": JSON(createdAt),
            "last_used_at": JSON(lastUsedAt),
        ]
    }

    /// What history says of one that was added.
    package var added: [Change] { [Change("kind", to: .string(kind.rawValue)), Change("name", to: .string(name))] }
    /// What history says of one that is gone.
    package var removed: [Change] { [Change("kind", from: .string(kind.rawValue)), Change("name", from: .string(name))] }
}

/// What a person has to show beside their password.
package struct FactorList: Sendable {
    /// Oldest first: what was added, and is not removed.
    package var items: [Factor]
    package var recoveryCodesLeft: Int

    package var json: JSON {
        JSON(members: [("items", .array(items.map(\.json))), ("next", .null), ("recovery_codes_left", .int(Int64(recoveryCodesLeft)))])
    }

    /// What a sign-in can be finished with.
    package var kinds: [Factor.Kind] {
        let own = Set(items.map(\.kind))
        if own.isEmpty { return [] }
        return Factor.Kind.allCases.filter { own.contains($0) || $0 == .recovery && recoveryCodesLeft > 0 }
    }
}

extension OwnPermit.Person {
    /// The id of the person.
    var holder: String {
        switch self {
        case .user(let id, _): id.description
        case .administrator(let id): id.description
        }
    }

    /// Where the secret of a factor lies, as what seals it says: table, column, account, row.
    package func context(ofSealed factor: FactorID) -> String {
        switch self {
        case .user(let id, let account): "factors/sealed/\(account)/\(id)/\(factor)"
        case .administrator(let id): "factors/sealed/enterprise/\(id)/\(factor)"
        }
    }
}
