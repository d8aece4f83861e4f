import LatchkeyAccess
import LatchkeyJSON

/// What a history entry is about.
package struct Subject: Sendable, Hashable {
    package var kind: String
    package var id: String
    package var name: String

    package init(_ kind: String, _ id: String, _ name: String) {
        self.kind = kind
        self.id = id
        self.name = name
    }

    package init<Kind>(_ kind: String, _ id: ID<Kind>, _ name: String) { self.init(kind, id.description, name) }
}

/// One field's change. Secrets never come here: a changed password is an action without values.
package struct Change: Sendable, Equatable {
    package var field: String
    package var from: JSON
    package var to: JSON

    package init(_ field: String, from: JSON = .null, to: JSON = .null) {
        self.field = field
        self.from = from
        self.to = to
    }

    /// The fields that differ between two records of the same shape, nested ones dotted.
    package static func between(_ before: JSON, _ after: JSON, prefix: String = "") -> [Change] {
        var changes: [Change] = []
        for (field, to) in after.members {
            let from = before[field] ?? .null
            if from == to { continue }
            // A made or a cleared object is told member by member too.
            if to.isObject || from.isObject, to.isObject || to.isNull, from.isObject || from.isNull {
                changes += between(from, to, prefix: prefix + field + ".")
            } else {
                changes.append(Change(prefix + field, from: from, to: to))
            }
        }
        for (field, from) in before.members where after[field] == nil && from != .null {
            changes += from.isObject ? between(from, .null, prefix: prefix + field + ".") : [Change(prefix + field, from: from)]
        }
        return changes
    }

    var json: JSON { ["field": .string(field), "from": from, "to": to] }
}

/// The chain that an entry stands in: one for each account and one for the enterprise.
package enum Chain: Sendable, Hashable {
    case account(AccountID)
    case enterprise

    package var name: String {
        switch self {
        case .account(let id): id.description
        case .enterprise: "enterprise"
        }
    }
}
