import LatchkeyAccess
import LatchkeyJSON

/// What changes for those who hold a role, for one and the same set of roles: the screens and functions whose level or reach changes.
package struct RoleEffect: Sendable, Hashable {
    package struct OnScreen: Sendable, Hashable {
        package var screen: Screen
        package var before: Held
        package var after: Held

        package var isGain: Bool { Reach.allCases.contains { after.level(on: $0) > before.level(on: $0) } }
        package var isLoss: Bool { Reach.allCases.contains { after.level(on: $0) < before.level(on: $0) } }
    }

    package struct OnFunction: Sendable, Hashable {
        package var function: Function
        package var before: Level
        package var after: Level

        package var isGain: Bool { after > before }
        package var isLoss: Bool { after < before }
    }

    package private(set) var screens: [OnScreen] = []
    package private(set) var functions: [OnFunction] = []

    /// The effect of giving `after` in place of `before` to somebody who holds these grants from other roles.
    init(from before: Grants, to after: Grants, beside others: [Grants]) {
        for screen in Set(before.screens.keys).union(after.screens.keys).sorted() where before.screens[screen] != after.screens[screen] {
            var (was, will) = (Held(), Held())
            for grant in others.compactMap({ $0.screens[screen] }) {
                was.add(grant)
                will.add(grant)
            }
            if let grant = before.screens[screen] { was.add(grant) }
            if let grant = after.screens[screen] { will.add(grant) }
            if was != will { screens.append(OnScreen(screen: screen, before: was, after: will)) }
        }
        for function in Set(before.functions.keys).union(after.functions.keys).sorted() where before.functions[function] != after.functions[function]
        {
            let other = others.reduce(Level.none) { max($0, $1.functions[function] ?? .none) }
            let was = max(other, before.functions[function] ?? .none), will = max(other, after.functions[function] ?? .none)
            if was != will { functions.append(OnFunction(function: function, before: was, after: will)) }
        }
    }

    package var isGain: Bool { screens.contains(where: \.isGain) || functions.contains(where: \.isGain) }
    package var isLoss: Bool { screens.contains(where: \.isLoss) || functions.contains(where: \.isLoss) }
    package var isNothing: Bool { screens.isEmpty && functions.isEmpty }

    /// The ids of what is gained, or lost.
    var gains: [(String, JSON)] {
        [
            ("screens", JSON(screens.filter(\.isGain).map(\.screen.rawValue))),
            ("functions", JSON(functions.filter(\.isGain).map(\.function.rawValue))),
        ]
    }

    var losses: [(String, JSON)] {
        [
            ("screens", JSON(screens.filter(\.isLoss).map(\.screen.rawValue))),
            ("functions", JSON(functions.filter(\.isLoss).map(\.function.rawValue))),
        ]
    }
}
