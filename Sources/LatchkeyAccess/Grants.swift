/// What a role grants on one screen.
package struct ScreenGrant: Sendable, Hashable {
    package var level: Level
    package var reach: Reach

    package init(_ level: Level, reach: Reach = .own) {
        self.level = level
        self.reach = reach
    }
}

/// The grants of one role: screens at levels (with a reach where records have owners), functions at levels. Never holds `none`.
package struct Grants: Sendable, Hashable {
    package private(set) var screens: [Screen: ScreenGrant]
    package private(set) var functions: [Function: Level]

    package init(screens: [Screen: ScreenGrant] = [:], functions: [Function: Level] = [:]) {
        self.screens = screens.filter { $0.value.level > .none }
        self.functions = functions.filter { $0.value > .none }
        for screen in self.screens.keys where !Screen.withReach.contains(screen) { self.screens[screen]?.reach = .all }
    }

    package var isEmpty: Bool { screens.isEmpty && functions.isEmpty }
}

/// The levels held on one screen, for each reach. `all` never exceeds `own`: who may do something to everybody's may do it to their own.
package struct Held: Sendable, Hashable {
    package private(set) var own: Level = .none
    package private(set) var all: Level = .none

    package init() {}

    package init(_ grant: ScreenGrant) { add(grant) }

    /// Adds one role's grant: the highest level wins, for each reach by itself.
    package mutating func add(_ grant: ScreenGrant) {
        own = max(own, grant.level)
        if grant.reach.covers(.all) { all = max(all, grant.level) }
    }

    /// The level held on records of this reach.
    package func level(on reach: Reach) -> Level {
        switch reach {
        case .own: own
        case .all: all
        }
    }

    package var level: Level { own }

    /// The widest reach at which this level is held; nil when it is not held at all. Nobody needs `none`, so nothing is held at it.
    package func reach(at level: Level) -> Reach? { level == .none ? nil : all >= level ? .all : own >= level ? .own : nil }

    package func covers(_ grant: ScreenGrant) -> Bool { level(on: grant.reach) >= grant.level }

    /// The fewest grants that add up to this: one, or two where reading goes wider than writing.
    package var grants: [ScreenGrant] {
        if own == .none { return [] }
        if all == own { return [ScreenGrant(own, reach: .all)] }
        return [ScreenGrant(own, reach: .own)] + (all > .none ? [ScreenGrant(all, reach: .all)] : [])
    }
}

/// A role as the policy needs to know it.
package struct Role: Sendable, Hashable {
    package var id: RoleID
    package var name: String
    package var grants: Grants
    /// Exactly one built-in role of an account is its manager role: all of Latchkey's own screens, all keys and places.
    package var isManager: Bool
    /// Names of further roles that holders may give to others, whatever those grant.
    package var gives: Set<String>

    package init(id: RoleID, name: String, grants: Grants, isManager: Bool = false, gives: Set<String> = []) {
        self.id = id
        self.name = name
        self.grants = grants
        self.isManager = isManager
        self.gives = gives
    }
}
