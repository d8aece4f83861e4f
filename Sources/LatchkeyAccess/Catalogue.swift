/// What kind of dashboard an account has: its screens and functions beside Latchkey's own, its built-in roles, words and defaults.
package struct Catalogue: Sendable {
    package struct ScreenEntry: Sendable, Hashable {
        package var id: Screen
        package var label: String
        package var group: String?

        package init(_ id: Screen, _ label: String, group: String? = nil) {
            self.id = id
            self.label = label
            self.group = group
        }
    }

    package struct FunctionEntry: Sendable, Hashable {
        package var id: Function
        package var label: String
        package var group: String?
        package var screen: Screen?

        package init(_ id: Function, _ label: String, group: String? = nil, screen: Screen? = nil) {
            self.id = id
            self.label = label
            self.group = group
            self.screen = screen
        }
    }

    package struct BuiltInRole: Sendable, Hashable {
        package var name: String
        package var description: String
        package var grants: Grants
        package var isManager: Bool
        package var gives: Set<String>

        package init(_ name: String, _ description: String, _ grants: Grants, isManager: Bool = false, gives: Set<String> = []) {
            self.name = name
            self.description = description
            self.grants = grants
            self.isManager = isManager
            self.gives = gives
        }
    }

    package struct Defaults: Sendable, Hashable {
        package var concurrentLogins: ConcurrentLogins
        package var maxLogins: Int
        package var userDeletion: Bool

        package init(concurrentLogins: ConcurrentLogins, maxLogins: Int, userDeletion: Bool) {
            self.concurrentLogins = concurrentLogins
            self.maxLogins = maxLogins
            self.userDeletion = userDeletion
        }
    }

    package var id: String
    package var screens: [ScreenEntry]
    package var functions: [FunctionEntry]
    package var exclusions: [Exclusion]
    package var roles: [BuiltInRole]
    package var terms: [String: String]
    package var defaults: Defaults
    package var hasFieldWork: Bool

    package init(
        id: String, screens: [ScreenEntry] = [], functions: [FunctionEntry] = [], exclusions: [Exclusion] = [], roles: [BuiltInRole],
        terms: [String: String] = [:], defaults: Defaults, hasFieldWork: Bool
    ) {
        self.id = id
        self.screens = screens
        self.functions = functions
        self.exclusions = exclusions
        self.roles = roles
        self.terms = terms
        self.defaults = defaults
        self.hasFieldWork = hasFieldWork
    }

    /// Every screen that a role of this account may grant: Latchkey's own, then the catalogue's.
    package var grantableScreens: [Screen] { Screen.ownScreens + screens.map(\.id) }

    package func contains(_ screen: Screen) -> Bool { Screen.ownScreens.contains(screen) || screens.contains { $0.id == screen } }
    package func contains(_ function: Function) -> Bool { functions.contains { $0.id == function } }
}

/// What happens when a user who is signed in signs in again elsewhere.
package enum ConcurrentLogins: String, Sendable, Hashable, CaseIterable {
    case takeOver = "take_over"
    case refuse
    case allow
}

/// Two functions that exclude each other: maker and checker. Symmetric.
package struct Exclusion: Sendable, Hashable {
    /// `record`: one person may hold both, but not use both on one record. `person`: nobody holds both.
    package enum On: String, Sendable, Hashable {
        case record
        case person
    }

    package var a: Function
    package var b: Function
    package var on: On

    package init(_ a: Function, _ b: Function, on: On) {
        self.a = a
        self.b = b
        self.on = on
    }

    package func involves(_ function: Function) -> Bool { a == function || b == function }
}

extension Catalogue {
    /// The exclusions on the person that holding all of `grants` together would break.
    package func conflicts(_ grants: [Grants]) -> [Exclusion] {
        let held = Set(grants.flatMap { $0.functions.keys })
        return exclusions.filter { $0.on == .person && held.contains($0.a) && held.contains($0.b) }
    }

    /// The manager role's grants: all of Latchkey's own screens at full with reach all, and of the catalogue's what it lists for it,
    /// everything where it lists nothing; "everything" leaves out functions that exclude each other on the person.
    package static func managerGrants(
        screens: [ScreenEntry], functions: [FunctionEntry], exclusions: [Exclusion], listed: Grants = Grants()
    ) -> Grants {
        var granted: [Screen: ScreenGrant] = [:]
        for screen in Screen.ownScreens { granted[screen] = ScreenGrant(.full, reach: .all) }
        if listed.isEmpty {
            for entry in screens { granted[entry.id] = ScreenGrant(.full) }
            let excluded = exclusions.filter { $0.on == .person }
            let free = functions.map(\.id).filter { id in !excluded.contains { $0.involves(id) } }
            return Grants(screens: granted, functions: Dictionary(free.map { ($0, .full) }, uniquingKeysWith: max))
        }
        return Grants(screens: granted.merging(listed.screens) { own, _ in own }, functions: listed.functions)
    }
}
