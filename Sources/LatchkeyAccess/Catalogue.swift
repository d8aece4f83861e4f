/// What kind of dashboard an account has: its screens and functions beside Latchkey's own, its built-in roles, words and defaults.
package struct Catalogue: Sendable {
    package struct ScreenEntry: Sendable, Hashable {
        package var id: Screen
        package var label: String
        package var group: String?
        /// Where the company's own dashboard shows it: the console's menu leads there.
        package var url: String?

        package init(_ id: Screen, _ label: String, group: String? = nil, url: String? = nil) {
            self.id = id
            self.label = label
            self.group = group
            self.url = url
        }
    }

    package struct FunctionEntry: Sendable, Hashable {
        package var id: Function
        package var label: String
        package var group: String?
        /// Only groups it.
        package var screen: Screen?
        /// Whether using it wants a fresh second step.
        package var stepUp: Bool

        package init(_ id: Function, _ label: String, group: String? = nil, screen: Screen? = nil, stepUp: Bool = false) {
            self.id = id
            self.label = label
            self.group = group
            self.screen = screen
            self.stepUp = stepUp
        }
    }

    package struct BuiltInRole: Sendable, Hashable {
        package var name: String
        package var description: String
        /// What the catalogue lists for it. Of a manager role never Latchkey's own screens: it holds them all.
        package let listed: Grants
        /// What it grants: what is listed; of a manager role see `managerGrants`.
        package fileprivate(set) var grants: Grants
        package var isManager: Bool
        package var gives: Set<String>

        package init(_ name: String, _ description: String, _ grants: Grants, isManager: Bool = false, gives: Set<String> = []) {
            self.name = name
            self.description = description
            listed =
                isManager ? Grants(screens: grants.screens.filter { !Screen.ownScreens.contains($0.key) }, functions: grants.functions) : grants
            self.grants = listed
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
    package let screens: [ScreenEntry]
    package let functions: [FunctionEntry]
    package let exclusions: [Exclusion]
    package let roles: [BuiltInRole]
    package var terms: [Word: String]
    package var navigation: [NavigationGroup]
    package var defaults: Defaults
    package var hasFieldWork: Bool

    package init(
        id: String, screens: [ScreenEntry] = [], functions: [FunctionEntry] = [], exclusions: [Exclusion] = [], roles: [BuiltInRole],
        terms: [Word: String] = [:], navigation: [NavigationGroup] = [], defaults: Defaults, hasFieldWork: Bool
    ) {
        self.id = id
        self.screens = screens
        self.functions = functions
        self.exclusions = exclusions
        self.roles = roles.map { role in
            guard role.isManager else { return role }
            var manager = role
            manager.grants = Self.managerGrants(screens: screens, functions: functions, exclusions: exclusions, listed: role.listed)
            return manager
        }
        self.terms = terms
        self.navigation = navigation
        self.defaults = defaults
        self.hasFieldWork = hasFieldWork
    }

    /// Every screen that a role of this account may grant: Latchkey's own, then the catalogue's.
    package var grantableScreens: [Screen] { Screen.ownScreens + screens.map(\.id) }

    package func contains(_ screen: Screen) -> Bool { Screen.ownScreens.contains(screen) || screens.contains { $0.id == screen } }
    package func contains(_ function: Function) -> Bool { functions.contains { $0.id == function } }

    /// What an integration of the account may be given: the catalogue's functions, Latchkey's own screens, and asking about others (ruling 28).
    package var functionsOfIntegrations: [Function] {
        let screens = Screen.ownScreens.filter { hasFieldWork || !Policy.fieldWorkScreens.contains($0) }
        return functions.map(\.id) + screens.map { Function(rawValue: $0.rawValue) } + [.decisions]
    }
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

    /// Whether both exclude the same two functions, on whatever.
    package func isSame(as other: Exclusion) -> Bool { a == other.a && b == other.b || a == other.b && b == other.a }
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
