/// Rule 5: nobody gives away what they do not have (and rulings 1, 3, 4).
extension Access {
    /// Whether a person holding this may give `role` to somebody else, or to themselves.
    ///
    /// The manager role gives every role of its account and a role gives those that its `gives` names, but nobody gives *themselves*
    /// grants that they lack.
    package func mayGive(_ role: Role, toOneself: Bool = false) -> Bool {
        if holds(role) { return true }
        if toOneself { return false }
        return isManager || roles.contains { $0.gives.contains(role.name) }
    }

    /// Creating or editing a role needs every grant in it oneself, for the manager role too.
    package func mayDefine(_ grants: Grants) -> Bool { holds(grants) }

    /// The same for a role of a catalogue that brings in screens and functions which the account never had: of those, the manager gives.
    package func mayDefine(_ grants: Grants, bringing screens: Set<Screen>, _ functions: Set<Function>) -> Bool {
        if !isManager { return mayDefine(grants) }
        return mayDefine(
            Grants(
                screens: grants.screens.filter { !screens.contains($0.key) }, functions: grants.functions.filter { !functions.contains($0.key) }))
    }

    package func mayGive(_ keys: Scope<APIKeyID>) -> Bool { self.keys.contains(keys) }
    /// A place is given by who holds it or one that it is in.
    package func mayGive(_ places: Scope<PlaceID>) -> Bool { self.places.holds(places, in: tree) }

    /// Moving a place into another gives it to everybody who holds that one; at the top of the tree it is given to nobody.
    package func mayMove(_ place: PlaceID, into parent: PlaceID?) -> Bool { parent == nil || holds(place) }

    /// Whoever may give all roles of a person may edit and disable them.
    package func mayEdit(holderOf roles: [Role]) -> Bool { roles.allSatisfy { mayGive($0) } }

    /// Setting a password means being able to become that person: it needs everything they hold.
    package func maySetPassword(of other: Access) -> Bool { holds(other) }

    /// Giving a function to an integration needs it oneself at that level, and what is a screen of Latchkey's own on everybody's records, with all
    /// keys where those bound it: integrations have reach all (ruling 5). Asking about others is for those who may see users, or may ask themselves.
    package func mayGive(_ function: Function, at level: Level) -> Bool {
        if function == .decisions { return self.level(of: .users) >= .read || self.level(of: function) >= level }
        let screen = Screen(rawValue: function.rawValue)
        guard Screen.ownScreens.contains(screen) else { return self.level(of: function) >= level }
        if Screen.withReach.contains(screen), keys != .all { return false }
        return screens[screen]?.covers(ScreenGrant(level, reach: .all)) ?? false
    }

    /// An API key's secret reads everybody's sessions under it: making or handing one out needs that reach (ruling 1).
    package var mayHandOutSecrets: Bool { screens[.sessions]?.covers(ScreenGrant(.full, reach: .all)) ?? false }
}
