import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature

/// How large a catalogue may be.
enum CatalogueLimits {
    static let screens = 200, functions = 500, roles = 100, excludes = 50, gives = 100, groups = 20, items = 60
    /// Characters of an id, as in a grant.
    static let idLength = 1...100
}

extension Fields {
    /// The whole catalogue as it would be. Optional parts that are left out stay as they are; use it only after `finish`.
    package func catalogue(over current: Catalogue) -> Catalogue {
        let (screens, functions, exclusions) = (screenEntries(), functionEntries(), exclusionEntries())
        // What the parts that follow may name.
        let frame = Catalogue(
            id: Catalogue.own.id, screens: screens, functions: functions, exclusions: exclusions, roles: [], defaults: current.defaults,
            hasFieldWork: current.hasFieldWork)
        judge(exclusions, frame)
        return Catalogue(
            id: Catalogue.own.id, screens: screens, functions: functions, exclusions: exclusions,
            roles: builtInRoles(frame) ?? current.roles, terms: terms() ?? current.terms,
            navigation: navigation(frame) ?? current.navigation.kept(frame), defaults: defaults(current.defaults),
            hasFieldWork: optionalFlag("field_work") ?? current.hasFieldWork)
    }

    /// Reads each object of a list; what is wrong is told with its place, such as `screens.3.id`.
    private func each(_ field: String, in path: String = "", most: Int, required: Bool = false, _ read: (Fields, Int, String) -> Void) -> Bool {
        guard let value = value(field), value != .null else {
            if required { invalid(field, "required", "This is required.") }
            return false
        }
        guard case .array(let elements) = value else {
            malformed(field, "wrong_type", "This must be a list.")
            return false
        }
        if elements.count > most {
            invalid(field, "out_of_range", "This may have at most \(most) entries; it has \(elements.count).")
            return true
        }
        for (index, element) in elements.enumerated() {
            let place = "\(field).\(index)"
            guard element.isObject, let fields = try? Fields(element, prefix: "\(path)\(place).") else {
                malformed(place, "wrong_type", "This must be an object.")
                continue
            }
            read(fields, index, "\(path)\(place).")
            finish(nested: fields)
        }
        return true
    }

    /// An id that no other entry has, and that is none of Latchkey's own.
    private func newID(_ taken: inout Set<String>) -> String {
        let id = text("id", CatalogueLimits.idLength)
        if id.isEmpty { return id }
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        let marks: Set<UInt8> = [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
        if !(id.utf8.first.map(isLetter) ?? false) || !id.utf8.allSatisfy({ isLetter($0) || marks.contains($0) }) {
            invalid("id", "invalid_id", "This must be small letters, digits, and . _ - inside, such as control-center.")
        } else if Screen.reservedNames.contains(id) {
            invalid("id", "reserved", "Latchkey has \(id) itself; it cannot be redefined.")
        } else if !taken.insert(id).inserted {
            invalid("id", "duplicate", "Another entry has this id.")
        }
        return id
    }

    private func screenEntries() -> [Catalogue.ScreenEntry] {
        var entries: [Catalogue.ScreenEntry] = []
        var taken: Set<String> = []
        _ = each("screens", most: CatalogueLimits.screens, required: true) { fields, _, _ in
            let url = fields.optionalText("url", 1...500)
            if let url, !Paths.isLocal(url), !WebAddress.isSafe(url) {
                fields.invalid("url", "invalid_url", "This must be a path on this server, such as /dashboard/, or an https address.")
            }
            entries.append(
                .init(
                    Screen(rawValue: fields.newID(&taken)), fields.text("label", 1...100), group: fields.optionalText("group", 1...100), url: url))
        }
        return entries
    }

    private func functionEntries() -> [Catalogue.FunctionEntry] {
        var entries: [Catalogue.FunctionEntry] = []
        var taken: Set<String> = []
        let screens = Set((value("screens")?.elements ?? []).compactMap { $0["id"]?.text }).union(Screen.ownScreens.map(\.rawValue))
        _ = each("functions", most: CatalogueLimits.functions, required: true) { fields, _, path in
            let screen = fields.optionalText("screen", CatalogueLimits.idLength)
            if let screen, !screens.contains(screen) { fields.unknownReference("screen") }
            // Read with all the others.
            _ = fields.each("excludes", in: path, most: CatalogueLimits.excludes) { excluded, _, _ in
                _ = excluded.value("id")
                _ = excluded.value("on")
            }
            entries.append(
                .init(
                    Function(rawValue: fields.newID(&taken)), fields.text("label", 1...100), group: fields.optionalText("group", 1...100),
                    screen: screen.map { Screen(rawValue: $0) }, stepUp: fields.optionalFlag("step_up") ?? false))
        }
        return entries
    }

    /// The exclusions that functions name, each once, as they stand.
    private func exclusionEntries() -> [Exclusion] {
        var entries: [Exclusion] = []
        for (index, function) in (value("functions")?.elements ?? []).enumerated() {
            for (place, excluded) in (function["excludes"]?.elements ?? []).enumerated() where excluded.isObject {
                let path = "functions.\(index).excludes.\(place)."
                guard let fields = try? Fields(excluded, prefix: path) else { continue }
                let other = fields.text("id", CatalogueLimits.idLength)
                let on = fields.choice("on", default: ExcludedOn.record)
                let own = function["id"]?.text ?? ""
                let exclusion = Exclusion(Function(rawValue: own), Function(rawValue: other), on: on.on)
                if own == other, !own.isEmpty { fields.invalid("id", "excludes_itself", "A function cannot exclude itself.") }
                if let same = entries.first(where: { $0.isSame(as: exclusion) }) {
                    if same.on != exclusion.on { fields.invalid("on", "contradiction", "The other function says otherwise.") }
                } else {
                    entries.append(exclusion)
                }
                finish(nested: fields)
            }
        }
        return entries
    }

    private enum ExcludedOn: String, CaseIterable {
        case record, person
        var on: Exclusion.On { self == .record ? .record : .person }
    }

    private func judge(_ exclusions: [Exclusion], _ frame: Catalogue) {
        for (index, function) in (value("functions")?.elements ?? []).enumerated() {
            for (place, excluded) in (function["excludes"]?.elements ?? []).enumerated() {
                guard let id = excluded["id"]?.text, !frame.contains(Function(rawValue: id)) else { continue }
                unknownReference("functions.\(index).excludes.\(place).id")
            }
        }
    }
}

extension Fields {
    private func builtInRoles(_ frame: Catalogue) -> [Catalogue.BuiltInRole]? {
        var roles: [Catalogue.BuiltInRole] = []
        var taken: Set<String> = []
        let names = Set((value("roles")?.elements ?? []).compactMap { $0["name"]?.text?.trimmingWhitespace() })
        let isThere = each("roles", most: CatalogueLimits.roles) { fields, _, _ in
            let name = fields.name()
            if !name.isEmpty, !taken.insert(IdentityKey.canonical(name)).inserted {
                fields.invalid("name", "duplicate", "Another role has this name.")
            }
            let isManager = fields.optionalFlag("manager") ?? false
            let gives = fields.isAbsent("gives") ? [] : fields.texts("gives")
            if gives.count > CatalogueLimits.gives || gives.contains(where: { !names.contains($0) }) { fields.unknownReference("gives") }
            let grants = fields.grants(frame, before: isManager ? Grants() : nil, mayBeEmpty: isManager)
            if frame.conflicts([grants]).first != nil {
                fields.invalid("functions", "excluded_together", "These functions exclude each other on the person.")
            }
            roles.append(
                .init(name, fields.text("description", 1...500, multiline: true), grants, isManager: isManager, gives: Set(gives)))
        }
        guard isThere else { return nil }
        if roles.count(where: \.isManager) != 1 {
            invalid("roles", "one_manager", "Exactly one role must be the manager role, with manager: true.")
        }
        return roles
    }

    private func terms() -> [Word: String]? {
        guard let fields = optionalObject("terms") else { return nil }
        var terms: [Word: String] = [:]
        for word in Word.allCases where fields.has(word.rawValue) { terms[word] = fields.optionalText(word.rawValue, 1...60) }
        finish(nested: fields)
        return terms
    }

    private func navigation(_ frame: Catalogue) -> [NavigationGroup]? {
        var groups: [NavigationGroup] = []
        var taken: Set<String> = []
        let isThere = each("navigation", most: CatalogueLimits.groups) { fields, _, path in
            var group = NavigationGroup(fields.optionalText("label", 1...60), isTabs: fields.optionalFlag("tabs") ?? false, [])
            if group.isTabs, group.label == nil { fields.invalid("label", "required", "Tabs need a label for their entry in the menu.") }
            group.items = fields.items(path, frame, &taken)
            groups.append(group)
        }
        return isThere ? groups : nil
    }

    /// Pages, each an id or an object with one and a label.
    private func items(_ path: String, _ frame: Catalogue, _ taken: inout Set<String>) -> [NavigationItem] {
        guard let value = value("items"), case .array(let elements) = value else {
            malformed("items", "wrong_type", "This must be a list of pages.")
            return []
        }
        if elements.count > CatalogueLimits.items {
            invalid("items", "out_of_range", "This may have at most \(CatalogueLimits.items) entries.")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let place = "items.\(index)"
            let whole = element.text.map { JSON.object(["id": .string($0)]) } ?? element
            guard whole.isObject, let fields = try? Fields(whole, prefix: path + place + ".") else {
                malformed(place, "wrong_type", "This must be the id of a screen, or an object with one.")
                return nil
            }
            let id = fields.text("id", CatalogueLimits.idLength)
            let label = fields.optionalText("label", 1...60)
            if !id.isEmpty, !frame.contains(Screen(rawValue: id)) { fields.unknownReference("id") }
            if !id.isEmpty, !taken.insert(id).inserted { fields.invalid("id", "duplicate", "The menu has this already.") }
            finish(nested: fields)
            return NavigationItem(Screen(rawValue: id), label)
        }
    }

    private func defaults(_ current: Catalogue.Defaults) -> Catalogue.Defaults {
        guard let fields = optionalObject("defaults") else { return current }
        var defaults = current
        defaults.concurrentLogins = fields.optionalChoice("concurrent_logins") ?? current.concurrentLogins
        defaults.maxLogins = fields.optionalInteger("max_logins", 1...100) ?? current.maxLogins
        defaults.userDeletion = fields.optionalFlag("user_deletion") ?? current.userDeletion
        finish(nested: fields)
        return defaults
    }
}

extension [NavigationGroup] {
    /// Without the pages of screens that are gone.
    fileprivate func kept(_ frame: Catalogue) -> [NavigationGroup] {
        map { group in
            var kept = group
            kept.items.removeAll { !frame.contains($0.screen) }
            return kept
        }
    }
}
