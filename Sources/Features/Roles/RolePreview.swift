import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

/// Who would gain and lose what by an edit of a role.
package struct RolePreview: Sendable {
    /// What one holder would gain, or lose: screens and functions whose level or reach changes.
    package struct Effect: Sendable {
        package var holder: RoleHolder
        package var screens: [Screen]
        package var functions: [Function]

        var json: JSON {
            [
                "user": ["id": JSON(holder.id), "name": .string(holder.name)], "screens": JSON(screens.map(\.rawValue)),
                "functions": JSON(functions.map(\.rawValue)),
            ]
        }
    }

    package private(set) var gains: [Effect] = []
    package private(set) var loses: [Effect] = []

    package init() {}

    /// The effects of `role` as it would be on these holders, whose roles are as they are.
    init(of role: Role, holders: [RoleHolder], roles: [UserID: [Role]]) {
        for holder in holders {
            let held = roles[holder.id] ?? []
            let now = Access(user: holder.id, roles: held, places: .nothing, keys: .nothing)
            let then = Access(user: holder.id, roles: held.map { $0.id == role.id ? role : $0 }, places: .nothing, keys: .nothing)
            if let gain = Self.effect(on: holder, from: now, to: then) { gains.append(gain) }
            if let loss = Self.effect(on: holder, from: then, to: now) { loses.append(loss) }
        }
    }

    package var json: JSON { ["gains": .array(gains.map(\.json)), "loses": .array(loses.map(\.json))] }

    /// What `more` holds beyond `less`; nil where there is nothing.
    private static func effect(on holder: RoleHolder, from less: Access, to more: Access) -> Effect? {
        let screens = more.screens.filter { screen, held in
            let before = less.screens[screen] ?? Held()
            return Reach.allCases.contains { held.level(on: $0) > before.level(on: $0) }
        }
        let functions = more.functions.filter { $0.value > less.level(of: $0.key) }
        if screens.isEmpty, functions.isEmpty { return nil }
        return Effect(holder: holder, screens: screens.keys.sorted(), functions: functions.keys.sorted())
    }
}
