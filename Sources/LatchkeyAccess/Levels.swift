/// How much of a screen or function is granted. `none` is never stored: what is not granted is absent.
package enum Level: Int, Sendable, Hashable, Comparable, CaseIterable {
    case none = 0
    case read = 1
    case full = 2

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// `none`, `read` or `full`, as the API writes it.
    package var name: String {
        switch self {
        case .none: "none"
        case .read: "read"
        case .full: "full"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }
}

/// Whose records a grant on sessions reaches. A closed set that may grow (a team's): `covers` and `Visibility` are all that know its members.
package enum Reach: String, Sendable, Hashable, CaseIterable {
    case own
    case all

    /// Whether whoever has this reach also has the other.
    package func covers(_ other: Reach) -> Bool { self == other || self == .all }
}

/// All of something, now and in future, or just these.
package enum Scope<Element: Hashable & Sendable>: Sendable, Hashable {
    case all
    case only(Set<Element>)

    package static var nothing: Scope { .only([]) }

    package func contains(_ element: Element) -> Bool {
        switch self {
        case .all: true
        case .only(let elements): elements.contains(element)
        }
    }

    /// Whether everything in `other`, now and in future, is also in this one.
    package func contains(_ other: Scope) -> Bool {
        switch (self, other) {
        case (.all, _): true
        case (.only, .all): false
        case (.only(let mine), .only(let others)): others.isSubset(of: mine)
        }
    }
}

/// One part of a dashboard that access is granted to.
package struct Screen: RawRepresentable, Hashable, Sendable, Comparable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// One action of a dashboard or its API.
package struct Function: RawRepresentable, Hashable, Sendable, Comparable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension Function {
    /// Asking about others: for integrations alone, in no catalogue.
    package static let decisions = Function(rawValue: "decisions")
}

extension Screen {
    package static let overview = Screen(rawValue: "overview")
    package static let sessions = Screen(rawValue: "sessions")
    package static let sessionFiles = Screen(rawValue: "session-files")
    package static let apiKeys = Screen(rawValue: "api-keys")
    package static let account = Screen(rawValue: "account")
    package static let users = Screen(rawValue: "users")
    package static let roles = Screen(rawValue: "roles")
    package static let links = Screen(rawValue: "links")
    package static let places = Screen(rawValue: "places")
    package static let logins = Screen(rawValue: "logins")
    package static let integrations = Screen(rawValue: "integrations")
    package static let catalogue = Screen(rawValue: "catalogue")
    package static let history = Screen(rawValue: "history")

    /// Latchkey's own screens (`screens-and-roles.md`); a catalogue's come on top and cannot redefine these.
    package static let ownScreens: [Screen] = [
        .overview, .sessions, .sessionFiles, .apiKeys, .account, .users, .roles, .links, .places, .logins, .integrations, .catalogue, .history,
    ]

    /// Names that no catalogue may take: Latchkey's own, those that are to come, and what integrations alone have as functions.
    package static let reservedNames: Set<String> = Set(
        ownScreens.map(\.rawValue) + [
            "vin-assignments", "api-logs", "session-events", "webhooks", "branding", "batches", "estimates", "connections", "capture-flows",
            "disputes", "decisions",
        ])

    /// The screens whose records have owners, so that a grant on them has a reach.
    package static let withReach: Set<Screen> = [.sessions, .sessionFiles]
}
