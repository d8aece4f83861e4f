import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// One role: what it grants, who holds it, its history.
enum RolePage {
    private enum Tab { case grants, holders, history }

    private struct Shown: Sendable {
        let role: RoleDefinition
        let desk: RoleDesk
        let holders: Int
    }

    private static func find(_ call: Call) async throws -> Shown {
        try await call.read { permit, tx in
            let role = try Roles.find(call.id(), permit, tx)
            return Shown(role: role, desk: try RoleDesk(permit, tx), holders: try Roles.holders(of: [role.id], permit, tx)[role.id] ?? 0)
        }
    }

    // MARK: What it grants

    static func grants(_ call: Call) async throws -> Answer {
        let shown = try await find(call)
        let (role, desk) = (shown.role, shown.desk)
        let parts = Parts(call.house.assets)
        let named = try await call.read { permit, tx in try role.role.gives.isEmpty ? [] : Roles.all(permit, tx) }
        let screens = desk.screens.map { group in
            table(
                group.title, word(.screen),
                group.items.map { screen in row(desk.name(screen), desk.about(screen), grant(role.grants.screens[screen], screen, parts), parts) })
        }
        let functions = desk.functions.map { group in
            table(
                group.title, word(.function),
                group.items.map { entry in row(entry.label, nil, RoleLook.level(role.grants.functions[entry.id] ?? .none, parts), parts) })
        }
        let facts: [(String, HTML)] = [
            (t("Kind"), RoleLook.badge(role, parts)), (t("Held by"), held(shown)), (t("May give"), gives(role, named)),
            (t("Created"), parts.time(role.createdAt)),
            (t("Id"), "<button class=\"id\" type=\"button\" aria-label=\"\(t("Copy role id"))\">\(role.id)</button>"),
        ]
        let main: HTML = """
            <div class="split"><div>\(screens)\(functions)</div><div>\(parts.card(t("At a glance"), parts.details(facts)))\(note(role, desk, parts))</div></div>
            """
        return page(call, shown, .grants, main)
    }

    private static func held(_ shown: Shown) -> HTML {
        if shown.holders == 0 { return "\(t("Nobody"))" }
        let people = RoleLook.people(shown.holders)
        return shown.desk.seesUsers ? "<a href=\"\(RoleLook.path(shown.role.id))/holders\">\(people)</a>" : "\(people)"
    }

    private static func gives(_ role: RoleDefinition, _ all: [RoleDefinition]) -> HTML {
        if role.role.isManager { return "\(t("Everything that there is"))" }
        if role.role.gives.isEmpty { return "\(t("What grants nothing that the giver lacks"))" }
        let names = role.role.gives.sorted().map { name -> HTML in
            guard let other = all.first(where: { $0.name == name }) else { return "<bdi>\(name)</bdi>" }
            return "<a href=\"\(RoleLook.path(other.id))\"><bdi>\(name)</bdi></a>"
        }
        return "\(names.joined(separator: ", ")), \(t("whatever they grant"))"
    }

    private static func note(_ role: RoleDefinition, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        if role.isBuiltIn {
            return "<p class=\"form-hint\">\(t("It came with the account and stays as it is. Duplicate it, and change the copy."))</p>"
        }
        if desk.mayChange, !desk.mayEdit(role) {
            return "<p class=\"form-hint\">\(t("You cannot change it: it grants something that you do not hold."))</p>"
        }
        return ""
    }

    private static func table(_ title: String, _ column: String, _ rows: [HTML]) -> HTML {
        """
        <section class="card"><div class="card-header"><h2>\(title)</h2></div><table class="table table-cards levels">\
        <caption class="visually-hidden">\(title)</caption><thead><tr><th scope="col">\(column)</th><th scope="col">\(t("Level"))</th></tr></thead>\
        <tbody>\(rows)</tbody></table></section>
        """
    }

    private static func row(_ name: String, _ about: String?, _ level: HTML, _ parts: Parts) -> HTML {
        let sub = about.map { text -> HTML in "<span class=\"sub\">\(text)</span>" }
        return "<tr><th scope=\"row\">\(name)\(sub)</th>\(parts.cell(t("Level"), level))</tr>"
    }

    private static func grant(_ grant: ScreenGrant?, _ screen: Screen, _ parts: Parts) -> HTML {
        let level = RoleLook.level(grant?.level ?? .none, parts)
        guard let grant, Screen.withReach.contains(screen) else { return level }
        return "\(level), \(RoleLook.whose(grant.reach))"
    }

    // MARK: Who holds it

    static func holders(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let shown = try await find(call)
        let parts = Parts(call.house.assets)
        guard shown.desk.seesUsers else {
            let text = t("It is held by %1. Who that is, you would see with access to %2.", RoleLook.people(shown.holders), wordInside(.users))
            return page(call, shown, .holders, parts.empty(t("You have no access to %1", wordInside(.users)), text, icon: "lock"))
        }
        let people = try await call.read { permit, tx in try Roles.people(holding: shown.role.id, PageRequest(after: after), permit, tx) }
        guard !people.items.isEmpty else {
            let text = t("Give it to somebody on their page, under Edit.")
            return page(call, shown, .holders, parts.empty(t("Nobody holds it"), text, icon: "users"))
        }
        let users = call.house.paths.users
        let rows = people.items.map { person -> HTML in
            """
            <tr><th scope="row"><a href="\(users)/\(person.id)"><bdi>\(person.name)</bdi></a></th>\
            \(parts.cell(t("Username"), "<bdi>\(person.username)</bdi>"))\
            \(parts.cell(t("In all"), "<a href=\"\(users)/\(person.id)/access\">\(t("What they can do in all"))<span class=\"visually-hidden\">: \(person.name)</span></a>"))</tr>
            """
        }
        let count = t("%1 of %2, newest first", String(people.items.count), String(shown.holders))
        let older = people.next.map { RoleLook.path(shown.role.id) + "/holders?after=" + $0.text }
        let table = parts.table(caption: t("Who holds it"), columns: [t("Name"), t("Username"), t("In all")], rows: rows)
        return page(call, shown, .holders, table + parts.pager(count, older: older))
    }

    // MARK: History

    static func history(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let shown = try await find(call)
        let entries = try await call.read { permit, tx in
            try HistoryPage.find(HistoryFilter(subject: shown.role.id.description), PageRequest(after: after), permit, tx)
        }
        let parts = Parts(call.house.assets)
        if entries.items.isEmpty, after == nil {
            return page(call, shown, .history, parts.empty(t("Nothing happened to it yet"), t("It came with the account."), icon: "history"))
        }
        let own = RoleLook.path(shown.role.id)
        let leads = HistoryLeads(restoringAll: { entry in
            shown.desk.mayEdit(shown.role) && entry.action == "role.changed" && !entry.changes.isEmpty ? "\(own)/restore?entry=\(entry.id)" : nil
        })
        return page(call, shown, .history, ThingHistory.card(entries, at: own + "/history", parts, leads))
    }

    // MARK: Around the tabs

    private static func page(_ call: Call, _ shown: Shown, _ tab: Tab, _ content: HTML) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let (role, desk) = (shown.role, shown.desk)
        let own = RoleLook.path(role.id)
        var actions: [HTML] = []
        if desk.mayChange { actions.append(parts.link(t("Duplicate"), to: own + "/duplicate", icon: "copy")) }
        if desk.mayEdit(role) { actions.append(parts.link(t("Edit"), to: own + "/edit", icon: "edit")) }
        let menu = parts.menu(for: role.name, RoleLook.actions(role, isHeld: shown.holders > 0, desk, onOwnPage: true))
        if !menu.isEmpty { actions.append(menu) }
        let tabs = parts.tabs(
            role.name,
            [
                (t("Grants"), own, tab == .grants), (t("Held by"), own + "/holders", tab == .holders),
                (word(.history), own + "/history", tab == .history),
            ])
        let title: HTML = "<bdi>\(role.name)</bdi> \(RoleLook.badge(role, parts))"
        let head = parts.head(title, lead: role.description, crumbs: [(word(.roles), RolesPages.path)], actions: actions, withTabs: true)
        return frame.page(role.name, at: .roles, head + tabs + RoleLook.done(call, parts) + content)
    }
}
