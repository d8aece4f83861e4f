import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// The fields of a role's form: a row for each screen and function, with what the reader holds to choose from. They have the names that the
/// verbs read, so that what is wrong is said where it stands.
enum RoleFields {
    private static func level(_ screen: Screen) -> String { "screens.\(screen.rawValue).level" }
    private static func reach(_ screen: Screen) -> String { "screens.\(screen.rawValue).reach" }
    private static func level(_ function: Function) -> String { "functions.\(function.rawValue)" }

    static func values(of grants: Grants, _ desk: RoleDesk) -> [String: [String]] {
        var values: [String: [String]] = [:]
        for screen in desk.screens.flatMap(\.items) {
            values[level(screen)] = [(grants.screens[screen]?.level ?? .none).name]
            if Screen.withReach.contains(screen) { values[reach(screen)] = [(grants.screens[screen]?.reach ?? .own).rawValue] }
        }
        for function in desk.functions.flatMap(\.items).map(\.id) { values[level(function)] = [(grants.functions[function] ?? .none).name] }
        return values
    }

    /// The body that a form stands for. What it has no row for, or none that can be chosen, stays as it is.
    static func input(_ form: FormData, _ role: RoleDefinition?, _ desk: RoleDesk) -> JSON {
        let before = role?.grants ?? Grants()
        let screens = Set(desk.catalogue.grantableScreens).union(before.screens.keys).sorted().compactMap { screen -> (String, JSON)? in
            let stored = before.screens[screen]
            guard let level = form[level(screen)] ?? stored?.level.name else { return nil }
            var members: [(String, JSON)] = [("level", .string(level))]
            if Screen.withReach.contains(screen) {
                members.append(("reach", .string(form[reach(screen)] ?? (stored?.reach ?? .own).rawValue)))
            }
            return (screen.rawValue, JSON(members: members))
        }
        let functions = Set(desk.catalogue.functions.map(\.id)).union(before.functions.keys).sorted().compactMap { function -> (String, JSON)? in
            (form[level(function)] ?? before.functions[function]?.name).map { (function.rawValue, .string($0)) }
        }
        return JSON(
            members: form.texts("name", "description") + [("screens", JSON(members: screens)), ("functions", JSON(members: functions))])
    }

    // MARK: Sections

    static func name(_ form: FormView) -> HTML {
        form.section(
            word(.role), id: "s-role",
            [
                form.text("name", t("Name"), help: t("Unique in the account.")),
                form.area("description", t("Description"), rows: 2),
            ])
    }

    static func screens(_ form: FormView, _ role: RoleDefinition?, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let groups = desk.screens.map { group in
            rows(
                group.title,
                group.items.flatMap { screen -> [HTML] in
                    let row = screenRow(form, screen, role?.grants.screens[screen], desk, parts)
                    return Screen.withReach.contains(screen) ? [row, reachRow(form, screen, desk)] : [row]
                })
        }
        return form.section(
            word(.screens), lead: t("What is at None is not in the menu, and its part of the API refuses. Read refuses every change."),
            id: "s-screens",
            [form.rows("screens", groups.joined())])
    }

    static func functions(_ form: FormView, _ role: RoleDefinition?, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        if desk.functions.isEmpty { return "" }
        let groups = desk.functions.map { group in rows(group.title, group.items.map { functionRow(form, $0, desk, parts) }) }
        return form.section(
            word(.functions), lead: t("What people may do on the dashboard, one by one."), id: "s-functions",
            [form.rows("functions", groups.joined())])
    }

    private static func rows(_ title: String, _ rows: [HTML]) -> HTML {
        "<fieldset class=\"field segment-rows\"><legend>\(title)</legend>\(rows)</fieldset>"
    }

    // MARK: Rows

    private static func screenRow(_ form: FormView, _ screen: Screen, _ stored: ScreenGrant?, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let held = desk.reader.level(of: screen)
        let used = desk.levels(screen) + [stored?.level].compactMap { $0 }
        let help = [desk.about(screen), lacks(held, used)].compactMap { $0 }
        return form.segments(level(screen), desk.name(screen), segments(held, used, parts), help: help)
    }

    private static func reachRow(_ form: FormView, _ screen: Screen, _ desk: RoleDesk) -> HTML {
        let isHeld = (desk.reader.screens[screen]?.level(on: .all) ?? .none) > .none
        let label = screen == .sessions ? t("Whose sessions") : t("Whose sessions to export")
        let help = isHeld ? [t("Only under their API keys in both cases.")] : [t("You do not hold everyone's.")]
        return form.segments(
            reach(screen), label,
            [.init(Reach.own.rawValue, "\(t("Their own"))"), .init(Reach.all.rawValue, "\(t("Everyone's"))", isOffered: isHeld)], help: help)
    }

    private static func functionRow(_ form: FormView, _ entry: Catalogue.FunctionEntry, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let held = desk.reader.level(of: entry.id)
        let excluded = desk.catalogue.exclusions.filter { $0.involves(entry.id) }.map { exclusion -> String in
            let other = desk.name(exclusion.a == entry.id ? exclusion.b : exclusion.a)
            return exclusion.on == .person
                ? t("Nobody holds this and %1.", other) : t("Never on a record on which the same person used %1.", other)
        }
        return form.segments(
            level(entry.id), entry.label, segments(held, [.read, .full], parts), help: excluded + [lacks(held, [.read, .full])].compactMap { $0 })
    }

    /// Why not everything can be chosen.
    private static func lacks(_ held: Level, _ used: [Level]) -> String? {
        guard let most = used.max(), held < most else { return nil }
        return held == .none || !used.contains(held) ? t("You do not hold this.") : t("You hold no more than Read.")
    }

    private static func segments(_ held: Level, _ used: [Level], _ parts: Parts) -> [FormView.Segment?] {
        [.none, .read, .full].map { (level: Level) in
            if level > .none, !used.contains(level) { return nil }
            return FormView.Segment(level.name, icon(level, parts), isOffered: level <= held)
        }
    }

    private static func icon(_ level: Level, _ parts: Parts) -> HTML {
        switch level {
        case .none: "\(parts.icon("level-none"))\(t("None"))"
        case .read: "\(parts.icon("level-read"))\(t("Read"))"
        case .full: "\(parts.icon("level-full"))\(t("Full"))"
        }
    }
}
