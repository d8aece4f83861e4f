import LatchkeyAccess
import LatchkeyJSON

/// A catalogue as `GET /catalogue` answers it, `PUT` takes it and the database keeps it. Latchkey's own screens come on top and are not repeated.
extension Catalogue {
    package var json: JSON {
        [
            "screens": .array(screens.map(Self.json)), "functions": .array(functions.map(json)), "roles": .array(roles.map(Self.json)),
            "terms": JSON(members: terms.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, .string($0.value)) }),
            "navigation": .array(navigation.map(Self.json)), "defaults": defaults.json, "field_work": .bool(hasFieldWork),
        ]
    }

    private static func json(_ entry: ScreenEntry) -> JSON {
        var members: [(String, JSON)] = [("id", .string(entry.id.rawValue)), ("label", .string(entry.label))]
        if let group = entry.group { members.append(("group", .string(group))) }
        if let url = entry.url { members.append(("url", .string(url))) }
        return JSON(members: members)
    }

    private func json(_ entry: FunctionEntry) -> JSON {
        var members: [(String, JSON)] = [("id", .string(entry.id.rawValue)), ("label", .string(entry.label))]
        if let group = entry.group { members.append(("group", .string(group))) }
        if let screen = entry.screen { members.append(("screen", .string(screen.rawValue))) }
        let excludes = exclusions.filter { $0.involves(entry.id) }.map { (id: $0.a == entry.id ? $0.b : $0.a, on: $0.on) }
        if !excludes.isEmpty {
            let sorted = excludes.sorted { $0.id < $1.id }
            members.append(("excludes", .array(sorted.map { ["id": .string($0.id.rawValue), "on": .string($0.on.rawValue)] })))
        }
        if entry.stepUp { members.append(("step_up", true)) }
        return JSON(members: members)
    }

    /// A manager role with what is listed for it: where that is nothing, it holds everything.
    private static func json(_ role: BuiltInRole) -> JSON {
        [
            "name": .string(role.name), "description": .string(role.description), "screens": role.listed.screensJSON,
            "functions": role.listed.functionsJSON, "manager": .bool(role.isManager), "gives": JSON(role.gives.sorted()),
        ]
    }

    private static func json(_ group: NavigationGroup) -> JSON {
        var members: [(String, JSON)] = []
        if let label = group.label { members.append(("label", .string(label))) }
        if group.isTabs { members.append(("tabs", true)) }
        let items = group.items.map { item -> JSON in
            item.label.map { ["id": .string(item.screen.rawValue), "label": .string($0)] } ?? .string(item.screen.rawValue)
        }
        return JSON(members: members + [("items", .array(items))])
    }
}

extension Catalogue.Defaults {
    package var json: JSON {
        [
            "concurrent_logins": .string(concurrentLogins.rawValue), "max_logins": .int(Int64(maxLogins)), "user_deletion": .bool(userDeletion),
        ]
    }
}

/// Reading back what `json` wrote. What a request brings is judged field by field before it comes to be such a text.
extension Catalogue {
    package init(id: String, json: JSON) {
        let functions = json["functions"]?.elements ?? []
        self.init(
            id: id, screens: (json["screens"]?.elements ?? []).compactMap(Self.screen), functions: functions.compactMap(Self.function),
            exclusions: Self.exclusions(functions), roles: (json["roles"]?.elements ?? []).compactMap(Self.role),
            terms: Dictionary(
                (json["terms"]?.members ?? []).compactMap { key, value in Word(rawValue: key).flatMap { word in value.text.map { (word, $0) } } },
                uniquingKeysWith: { first, _ in first }),
            navigation: (json["navigation"]?.elements ?? []).map(Self.group), defaults: Defaults(json["defaults"] ?? .null),
            hasFieldWork: json["field_work"]?.answer ?? false)
    }

    private static func screen(_ json: JSON) -> ScreenEntry? {
        guard let id = json["id"]?.text else { return nil }
        return ScreenEntry(Screen(rawValue: id), json["label"]?.text ?? id, group: json["group"]?.text, url: json["url"]?.text)
    }

    private static func function(_ json: JSON) -> FunctionEntry? {
        guard let id = json["id"]?.text else { return nil }
        return FunctionEntry(
            Function(rawValue: id), json["label"]?.text ?? id, group: json["group"]?.text,
            screen: (json["screen"]?.text).map { Screen(rawValue: $0) }, stepUp: json["step_up"]?.answer ?? false)
    }

    private static func exclusions(_ functions: [JSON]) -> [Exclusion] {
        var all: [Exclusion] = []
        for function in functions {
            for excluded in function["excludes"]?.elements ?? [] {
                guard let a = function["id"]?.text, let b = excluded["id"]?.text, let on = excluded["on"]?.text.flatMap(Exclusion.On.init) else {
                    continue
                }
                let exclusion = Exclusion(Function(rawValue: a), Function(rawValue: b), on: on)
                if !all.contains(where: { $0.isSame(as: exclusion) }) { all.append(exclusion) }
            }
        }
        return all
    }

    private static func role(_ json: JSON) -> BuiltInRole? {
        guard let name = json["name"]?.text else { return nil }
        return BuiltInRole(
            name, json["description"]?.text ?? "", Grants(screensJSON: json["screens"] ?? .null, functionsJSON: json["functions"] ?? .null),
            isManager: json["manager"]?.answer ?? false, gives: Set((json["gives"]?.elements ?? []).compactMap(\.text)))
    }

    private static func group(_ json: JSON) -> NavigationGroup {
        let items = (json["items"]?.elements ?? []).compactMap { item in
            (item.text ?? item["id"]?.text).map { NavigationItem(Screen(rawValue: $0), item["label"]?.text) }
        }
        return NavigationGroup(json["label"]?.text, isTabs: json["tabs"]?.answer ?? false, items)
    }
}

extension Catalogue.Defaults {
    fileprivate init(_ json: JSON) {
        self.init(
            concurrentLogins: json["concurrent_logins"]?.text.flatMap(ConcurrentLogins.init) ?? .allow, maxLogins: json["max_logins"]?.whole ?? 10,
            userDeletion: json["user_deletion"]?.answer ?? false)
    }
}
