import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The people at the enterprise level: the list. Each has a page of their own.
enum AdministratorsPages {
    static let path = "/administrators"
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))
    private static let switches = Route.Needs.need(.enterprise(.switchAdministrator))

    static let routes: [Route] = [
        .get(path, manage, handler: list),
        .get(path + "/new", manage, handler: AdministratorForm.new),
        .post(path, manage, stepUp: .secondStep, handler: AdministratorForm.create),
        .get(path + "/{id}", manage, handler: AdministratorForm.edit),
        .post(path + "/{id}", manage, handler: AdministratorForm.save),
        .get(path + "/{id}/history", manage, handler: AdministratorPage.history),
        .get(path + "/{id}/password", manage, handler: AdministratorPasswordPages.ask),
        .post(path + "/{id}/password", manage, stepUp: .secondStep, handler: AdministratorPasswordPages.set),
        .get(path + "/{id}/activation", manage, handler: AdministratorPage.askActivation),
        .post(path + "/{id}/activation", manage, handler: AdministratorPage.activate),
        .get(path + "/{id}/disable", manage, handler: AdministratorPage.askDisable),
        .post(path + "/{id}/disable", manage) { try await AdministratorPage.setDisabled(true, $0) },
        .post(path + "/{id}/enable", manage) { try await AdministratorPage.setDisabled(false, $0) },
        .get(path + "/{id}/switch", switches, handler: AdministratorSwitchPages.ask),
        .post(path + "/{id}/switch", switches, stepUp: .secondStep, handler: AdministratorSwitchPages.switchInto),
    ]

    static func own(_ administrator: Administrator) -> String { "\(path)/\(administrator.id)" }

    private static func list(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (page, tree) = try await call.enterpriseRead { permit, tx in
            (try Administrators.list(PageRequest(after: after), permit, tx), try Groups.tree(permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let rights = AdministratorRights(call)
        let new = parts.link(t("Create administrator"), to: path + "/new", icon: "plus", primary: true)
        let head = parts.head(
            "\(t("Administrators"))", lead: t("People of the enterprise, and what each of them may do in which groups."), actions: [new])
        guard !page.items.isEmpty else {
            let text = t("None works in your groups only. Those who work in others too, you do not see.")
            return frame.page(
                t("Administrators"), at: .administrators, head + parts.empty(t("No administrators yet"), text, icon: "shield", actions: [new]))
        }
        let table = parts.table(
            caption: t("Administrators, newest first"), columns: [t("Name"), t("Groups"), t("May"), t("Status"), t("Last sign-in"), ""],
            rows: page.items.map { row($0, tree, rights, parts) })
        let count = page.items.count == 1 ? t("1 administrator") : t("%1 administrators", String(page.items.count))
        let pager = parts.pager(t("%1, newest first", count), older: page.next.map { path + "?after=" + $0.text })
        return frame.page(t("Administrators"), at: .administrators, head + table + pager)
    }

    private static func row(_ administrator: Administrator, _ tree: GroupTree, _ rights: AdministratorRights, _ parts: Parts) -> HTML {
        let own = own(administrator)
        var items: [Parts.MenuItem] = [
            rights.mayEdit(administrator) ? .init(t("Edit"), own, icon: "edit") : .init(t("View"), own, icon: "eye"),
            .init(t("History"), own + "/history", icon: "history"),
        ]
        items += rights.actions(on: administrator, withPassword: true)
        return """
            <tr\(attribute: "class", administrator.isDisabled ? "off" : nil)><th scope="row"><a href="\(own)"><bdi>\(administrator.name)</bdi></a>\
            <span class="sub"><bdi>\(administrator.email)</bdi></span></th>
            \(parts.cell(t("Groups"), groups(administrator, tree)))\(parts.cell(t("May"), permissions(administrator)))
            \(parts.cell(t("Status"), AdministratorPage.status(administrator, parts)))\
            \(parts.cell(t("Last sign-in"), parts.time(administrator.lastSignInAt, ago: true, none: t("Never"))))
            \(parts.menuCell(parts.menu(for: administrator.name, items)))</tr>
            """
    }

    static func groups(_ administrator: Administrator, _ tree: GroupTree) -> HTML {
        guard case .only(let ids) = administrator.groups else { return "\(t("All groups"))" }
        if ids.isEmpty { return "<span class=\"muted\">\(t("None"))</span>" }
        return tree.groups.filter { ids.contains($0.id) }.map { group -> HTML in "<bdi>\(group.name)</bdi>" }.joined(separator: ", ")
    }

    private static func permissions(_ administrator: Administrator) -> HTML {
        let count = administrator.permissions.count
        if count == Permission.allCases.count { return "\(t("Everything"))" }
        if count == 0 { return "<span class=\"muted\">\(t("See only"))</span>" }
        return Permission.allCases.filter(administrator.permissions.contains).map { permission -> HTML in "\(permission.label)" }
            .joined(separator: ", ")
    }
}

/// What the administrator who looks may do to others.
struct AdministratorRights {
    let groups: Scope<GroupID>
    private let access: EnterpriseAccess
    private let own: AdministratorID?
    /// Whoever acts as somebody changes no credentials.
    private let isActing: Bool

    init(_ call: Call) {
        let principal = call.caller?.principal
        access = principal?.enterprise ?? EnterpriseAccess(permissions: [], groups: .nothing)
        groups = access.groups
        own = principal?.administrator
        isActing = principal?.actor.onBehalfOf != nil
    }

    var manages: Bool { access.permissions.contains(.manageAdministrators) }
    var permissions: Set<Permission> { access.permissions }

    func mayEdit(_ administrator: Administrator) -> Bool { manages && access.holds(administrator.access) && !administrator.isErased }

    func mayErase(_ administrator: Administrator) -> Bool {
        manages && access.groups == .all && access.holds(administrator.access) && !isActing && administrator.isDisabled
    }

    func maySetPassword(of administrator: Administrator) -> Bool { mayEdit(administrator) && !isActing }

    func maySwitch(into administrator: Administrator) -> Bool {
        access.permissions.contains(.switchAdministrator) && administrator.id != own && !administrator.isDisabled
    }

    /// What both hold.
    func shared(with administrator: Administrator) -> Set<Permission> { access.permissions.intersection(administrator.permissions) }

    func actions(on administrator: Administrator, withPassword: Bool) -> [Parts.MenuItem] {
        let path = AdministratorsPages.own(administrator)
        var items: [Parts.MenuItem] = []
        if withPassword, maySetPassword(of: administrator) { items.append(.init(t("Change password"), path + "/password", icon: "lock")) }
        if maySwitch(into: administrator) { items.append(.init(t("Switch into"), path + "/switch", icon: "switch", asks: true)) }
        let erase: [Parts.MenuItem] =
            mayErase(administrator) ? [.init(t("Erase data"), path + "/erase", icon: "x", dangerous: true, asks: true)] : []
        guard mayEdit(administrator) else { return items + erase }
        if administrator.status == .pending, !isActing {
            items.append(.init(t("Send activation again"), path + "/activation", icon: "mail", asks: true))
        }
        if !isActing { items.append(.init(t("Reset second step"), path + "/second-step/reset", icon: "shield", asks: true)) }
        if !administrator.isDisabled {
            items.append(.init(t("Disable"), path + "/disable", icon: "ban", dangerous: true, asks: true))
        } else {
            items.append(.init(t("Enable"), path, icon: "check"))
        }
        return items + erase
    }
}
