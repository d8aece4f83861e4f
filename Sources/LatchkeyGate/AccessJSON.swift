import LatchkeyAccess
import LatchkeyJSON

/// What a principal holds, as `GET /me` and a user's access tell it: only what is granted.
extension Access {
    /// `{screens, functions, places, api_keys}`. In an account without field work its screens and `api_keys` are absent.
    package func json(hasFieldWork: Bool) -> JSON {
        let granted = screens.filter { $0.value.level > .none && (hasFieldWork || !Policy.fieldWorkScreens.contains($0.key)) }
        var members: [(String, JSON)] = [
            ("screens", JSON(members: granted.sorted { $0.key < $1.key }.map { ($0.key.rawValue, $0.value.json(of: $0.key)) })),
            (
                "functions",
                JSON(members: functions.filter { $0.value > .none }.sorted { $0.key < $1.key }.map { ($0.key.rawValue, .string($0.value.name)) })
            ),
            ("places", places.idsJSON()),
        ]
        if hasFieldWork { members.append(("api_keys", keys.idsJSON())) }
        return JSON(members: members)
    }
}

extension Held {
    /// `{level, reach?, read_reach?}`: `reach` is that of `level`, `read_reach` is there where reading goes wider.
    package func json(of screen: Screen) -> JSON {
        var members: [(String, JSON)] = [("level", .string(level.name))]
        if Screen.withReach.contains(screen), let reach = reach(at: level) {
            members.append(("reach", .string(reach.rawValue)))
            if let wider = self.reach(at: .read), wider != reach { members.append(("read_reach", .string(wider.rawValue))) }
        }
        return JSON(members: members)
    }
}

extension Scope {
    /// `"all"`, or the ids in their order.
    package func idsJSON<Kind>() -> JSON where Element == ID<Kind> {
        switch self {
        case .all: "all"
        case .only(let ids): JSON(ids.sorted().map { $0.description })  // a key path of a generic type is built anew each time
        }
    }
}

extension Access {
    /// What a user may see and do, and for each screen and function the roles that grant it, those first that grant its level.
    package func explained(hasFieldWork: Bool) -> JSON {
        let json = json(hasFieldWork: hasFieldWork)
        let screens = (json["screens"]?.members ?? []).map { id, _ in
            let screen = Screen(rawValue: id)
            return (id, Self.ids(via(screen, at: level(of: screen)), then: via(screen, at: .read)))
        }
        let functions = (json["functions"]?.members ?? []).map { id, _ in
            let function = Function(rawValue: id)
            return (id, Self.ids(via(function, at: level(of: function)), then: via(function, at: .read)))
        }
        return json.adding("via", ["screens": JSON(members: screens), "functions": JSON(members: functions)])
    }

    private static func ids(_ first: [Role], then all: [Role]) -> JSON {
        JSON((first + all.filter { !first.contains($0) }).map(\.id.description))
    }
}
