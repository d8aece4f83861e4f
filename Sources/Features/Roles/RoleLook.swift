import LatchkeyAccess
import LatchkeyWeb

/// How roles look, in lists and on their pages.
enum RoleLook {
    static func path(_ id: RoleID) -> String { RolesPages.path(id) }

    static func badge(_ role: RoleDefinition, _ parts: Parts) -> HTML {
        if role.role.isManager { return parts.badge(t("Manager"), icon: "shield", tone: .violet) }
        return role.isBuiltIn ? parts.badge(t("Built in"), icon: "lock") : parts.badge(t("Custom"), icon: "edit", tone: .info)
    }

    static func level(_ level: Level, _ parts: Parts) -> HTML {
        switch level {
        case .none: "<span class=\"level level-none\">\(parts.icon("level-none"))\(t("None"))</span>"
        case .read: "<span class=\"level level-read\">\(parts.icon("level-read"))\(t("Read"))</span>"
        case .full: "<span class=\"level level-full\">\(parts.icon("level-full"))\(t("Full"))</span>"
        }
    }

    static func people(_ count: Int) -> String { count == 1 ? t("1 person") : t("%1 people", String(count)) }

    static func whose(_ reach: Reach) -> String { reach == .own ? t("their own") : t("everyone's") }

    /// What a role grants, at a glance: what at full, then what to read.
    static func glance(_ role: RoleDefinition, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let granted = desk.screens.flatMap(\.items).compactMap { screen in role.grants.screens[screen].map { (name(screen, $0, desk), $0.level) } }
        let functions = desk.functions.flatMap(\.items).compactMap { entry in role.grants.functions[entry.id].map { (entry.label, $0) } }
        let lines = [Level.full, .read].compactMap { level -> HTML? in
            let names = (granted + functions).filter { $0.1 == level }.map(\.0)
            if names.isEmpty { return nil }
            let more: HTML = names.count > shown ? " \(t("and %1 more", String(names.count - shown)))" : ""
            return "<span>\(self.level(level, parts)) <bdi>\(names.prefix(shown).joined(separator: ", "))</bdi>\(more)</span>"
        }
        return "<span class=\"glance\">\(lines)</span>"
    }

    private static let shown = 5

    private static func name(_ screen: Screen, _ grant: ScreenGrant, _ desk: RoleDesk) -> String {
        Screen.withReach.contains(screen) ? t("%1 (%2)", desk.name(screen), whose(grant.reach)) : desk.name(screen)
    }

    /// What this reader may do with this role.
    static func actions(_ role: RoleDefinition, isHeld: Bool, _ desk: RoleDesk, onOwnPage: Bool = false) -> [Parts.MenuItem] {
        let own = path(role.id)
        var items: [Parts.MenuItem] = []
        if !onOwnPage {
            items.append(.init(t("View"), own, icon: "eye"))
            if desk.mayEdit(role) { items.append(.init(t("Edit"), own + "/edit", icon: "edit")) }
            if desk.mayChange { items.append(.init(t("Duplicate"), own + "/duplicate", icon: "copy")) }
            items.append(.init(t("History"), own + "/history", icon: "history"))
        }
        if desk.mayEdit(role) { items.append(.init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: !isHeld)) }
        return items
    }

    static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The %1 was created. Now it can be given to people.", wordInside(.role)))")
        case .saved: parts.alert("\(t("The %1 was saved. Whoever holds it has what it grants from now on.", wordInside(.role)))")
        case .deleted: parts.alert("\(t("The %1 was deleted.", wordInside(.role)))")
        default: ""
        }
    }
}
