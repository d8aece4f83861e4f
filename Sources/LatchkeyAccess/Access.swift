/// What a principal holds in one account: the sum of their roles, bounded by places and API keys.
///
/// Rule 2 of the one rule of access: roles add up, a request is allowed if one of them alone allows it.
package struct Access: Sendable {
    /// Whose own records `own` means; nil for a principal that owns nothing (API key, integration, switched administrator).
    package let user: UserID?
    package let roles: [Role]
    package let places: Scope<PlaceID>
    /// The places of the account: what lies in what is held.
    package let tree: PlaceTree
    package let keys: Scope<APIKeyID>
    package let screens: [Screen: Held]
    package let functions: [Function: Level]

    package init(user: UserID?, roles: [Role], places: Scope<PlaceID>, keys: Scope<APIKeyID>, tree: PlaceTree = .empty) {
        self.user = user
        self.roles = roles
        // The manager role holds all keys and places, current and future.
        let isManager = roles.contains(where: \.isManager)
        self.places = isManager ? .all : places
        self.keys = isManager ? .all : keys
        self.tree = tree
        var screens: [Screen: Held] = [:]
        var functions: [Function: Level] = [:]
        for role in roles {
            for (screen, grant) in role.grants.screens { screens[screen, default: Held()].add(grant) }
            for (function, level) in role.grants.functions { functions[function] = max(functions[function] ?? .none, level) }
        }
        self.screens = screens
        self.functions = functions
    }

    package var isManager: Bool { roles.contains(where: \.isManager) }

    package func level(of screen: Screen) -> Level { screens[screen]?.level ?? .none }
    package func level(of function: Function) -> Level { functions[function] ?? .none }

    /// Whether this place, or one that it is in, is held.
    package func holds(_ place: PlaceID) -> Bool { places.holds(place, in: tree) }

    /// The roles that alone grant this screen at this level.
    package func via(_ screen: Screen, at level: Level) -> [Role] {
        roles.filter { ($0.grants.screens[screen]?.level ?? .none) >= level }
    }

    /// The roles that alone grant this function at this level.
    package func via(_ function: Function, at level: Level) -> [Role] {
        roles.filter { ($0.grants.functions[function] ?? .none) >= level }
    }

    /// Whether every grant of a role is held here too, reach included.
    package func holds(_ grants: Grants) -> Bool {
        grants.screens.allSatisfy { screens[$0.key]?.covers($0.value) ?? false } && grants.functions.allSatisfy { level(of: $0.key) >= $0.value }
    }

    /// Whether all that a role gives its holders is held here too: its grants, being the manager, and the roles that it may give further.
    package func holds(_ role: Role) -> Bool {
        if !holds(role.grants) { return false }
        return isManager || !role.isManager && role.gives.allSatisfy { name in roles.contains { $0.gives.contains(name) } }
    }

    /// Whether everything that `other` holds (roles, keys, places) is held here too.
    package func holds(_ other: Access) -> Bool {
        other.roles.allSatisfy { holds($0) } && keys.contains(other.keys) && places.holds(other.places, in: tree)
    }
}

/// An API key's access: `sessions` at full, reach all, under that key alone, and nothing else.
extension Access {
    package static func ofAPIKey(_ key: APIKeyID, name: String) -> Access {
        let grants = Grants(screens: [.sessions: ScreenGrant(.full, reach: .all)])
        return Access(user: nil, roles: [Role(id: RoleID(bits: 0), name: name, grants: grants)], places: .nothing, keys: .only([key]))
    }

    /// What somebody holds who comes through a door without a person behind it: sessions under these keys, and nothing else. What they reach of
    /// them, the door's own feature bounds further.
    package static func ofGuest(keys: Scope<APIKeyID>) -> Access {
        let grants = Grants(screens: [.sessions: ScreenGrant(.full, reach: .all)])
        return Access(user: nil, roles: [Role(id: RoleID(bits: 0), name: "", grants: grants)], places: .nothing, keys: keys)
    }

    /// What an integration holds: its functions, reach all, all keys, all places. Latchkey's own screens are functions of the same ids.
    ///
    /// - Parameter scope: what the token was asked for, nil for everything; it never gives more than the integration has now.
    package static func ofIntegration(
        name: String, functions held: [Function: Level], within scope: [Function: Level]? = nil, tree: PlaceTree = .empty
    ) -> Access {
        var functions = held
        if let scope {
            functions = [:]
            for (function, level) in held { functions[function] = scope[function].map { min($0, level) } }
        }
        let own = Set(Screen.ownScreens.map(\.rawValue))
        var screens: [Screen: ScreenGrant] = [:]
        for (function, level) in functions where own.contains(function.rawValue) {
            screens[Screen(rawValue: function.rawValue)] = ScreenGrant(level, reach: .all)
        }
        let role = Role(id: RoleID(bits: 0), name: name, grants: Grants(screens: screens, functions: functions))
        return Access(user: nil, roles: [role], places: .all, keys: .all, tree: tree)
    }
}
