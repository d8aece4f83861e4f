import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import RolesFeature

/// A role as it was once.
struct PastRole: Sendable {
    /// What history compares, each value by its dotted name.
    private var values: [String: JSON]
    let id: RoleID

    /// A role before some of its entries: all those that `isLater` says are to be taken back. Nil where history does not have it.
    static func find(
        _ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction, taking isLater: (PastStore.Step) -> Bool
    ) throws -> PastRole? {
        let now = try Roles.existing([id], permit, tx).isEmpty ? nil : Roles.find(id, permit, tx)
        var role = PastRole(values: now.map { flat($0.allDetails) } ?? [:], id: id)
        var isKnown = now != nil
        var before: [PastStore.Step] = []
        try PastStore.walkBack(id.description, actions: "role", permit, tx) { step in
            if isLater(step) {
                // Of a deleted role its entry says what it was; older ones do not, and it is made anew from its beginning.
                if step.action == "role.deleted" { isKnown = !step.changes.isEmpty }
                if step.isErased { isKnown = false }
                role.takeBack(step)
                return true
            }
            if isKnown { return false }
            before.append(step)
            return true
        }
        if isKnown { return role }
        guard before.last?.action == "role.created", !before.contains(where: \.isErased) else { return nil }
        role.values = [:]
        for step in before.reversed() { role.repeatStep(step) }
        return role
    }

    private mutating func takeBack(_ step: PastStore.Step) { set(step, to: "from") }

    private mutating func repeatStep(_ step: PastStore.Step) { set(step, to: "to") }

    private mutating func set(_ step: PastStore.Step, to end: String) {
        for change in step.changes {
            guard let field = change["field"]?.text else { continue }
            values[field] = change[end].flatMap { $0.isNull ? nil : $0 }
        }
    }

    /// Members of members by dotted names, as changes name them.
    private static func flat(_ json: JSON, prefix: String = "") -> [String: JSON] {
        var values: [String: JSON] = [:]
        for (name, value) in json.members {
            if value.object == nil {
                values[prefix + name] = value.isNull ? nil : value
            } else {
                values.merge(flat(value, prefix: prefix + name + ".")) { first, _ in first }
            }
        }
        return values
    }

    // MARK: What it was

    var name: String { values["name"]?.text ?? "" }
    var description: String { values["description"]?.text ?? "" }

    var role: Role {
        Role(
            id: id, name: name, grants: grants, isManager: values["manager"]?.answer ?? false,
            gives: Set((values["gives"]?.items ?? []).compactMap(\.text)))
    }

    /// Screens are `screens.x.level` and `screens.x.reach`, functions `functions.x`; x may have dots in it.
    private var grants: Grants {
        var screens: [Screen: ScreenGrant] = [:]
        var functions: [Function: Level] = [:]
        for (field, value) in values {
            if field.hasPrefix("functions.") {
                functions[Function(rawValue: String(field.dropFirst("functions.".count)))] = value.text.flatMap(Level.init(name:))
            } else if field.hasPrefix("screens."), field.hasSuffix(".level"), let level = value.text.flatMap(Level.init(name:)) {
                let screen = String(field.dropFirst("screens.".count).dropLast(".level".count))
                let reach = values["screens.\(screen).reach"]?.text.flatMap(Reach.init) ?? .own
                screens[Screen(rawValue: screen)] = ScreenGrant(level, reach: reach)
            }
        }
        return Grants(screens: screens, functions: functions)
    }

    var json: JSON {
        let role = role
        return [
            "id": JSON(id), "name": .string(name), "description": .string(description), "manager": .bool(role.isManager),
            "gives": JSON(role.gives.sorted()), "screens": role.grants.screensJSON, "functions": role.grants.functionsJSON,
        ]
    }
}
