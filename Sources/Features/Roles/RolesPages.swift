import ExportsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Settings > Roles: the list.
package enum RolesPages {
    private static let pattern = "/settings/roles"
    package static var path: String { Inside.path(pattern) }
    /// A role's page.
    package static func path(_ id: RoleID) -> String { "\(path)/\(id)" }

    /// What a role grants, at a glance, for other pages that offer it.
    package static func glance(_ role: RoleDefinition, in account: AccountFacts, for reader: Access, _ parts: Parts) -> HTML {
        RoleLook.glance(role, RoleDesk(account, reader: reader), parts)
    }

    private static let read = Route.Needs.need(.screen(.roles, .read))
    private static let full = Route.Needs.need(.screen(.roles, .full))

    package static let routes: [Route] = [
        .get(pattern, read, alsoInAccounts: true, handler: list),
        .get(pattern + "/new", full, alsoInAccounts: true, handler: RoleForm.new),
        .post(pattern, full, alsoInAccounts: true, handler: RoleForm.create),
        .get(pattern + "/{id}", read, alsoInAccounts: true, handler: RolePage.grants),
        .get(pattern + "/{id}/holders", read, alsoInAccounts: true, handler: RolePage.holders),
        .get(pattern + "/{id}/history", read, alsoInAccounts: true, handler: RolePage.history),
        .get(pattern + "/{id}/edit", full, alsoInAccounts: true, handler: RoleForm.edit),
        .post(pattern + "/{id}", full, alsoInAccounts: true, handler: RoleForm.save),
        .get(pattern + "/{id}/duplicate", full, alsoInAccounts: true, handler: RoleForm.duplicate),
        .get(pattern + "/{id}/delete", full, alsoInAccounts: true, handler: RoleDeletionPages.ask),
        .post(pattern + "/{id}/delete", full, alsoInAccounts: true, handler: RoleDeletionPages.delete),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let after = call.pageQuery()["after"].flatMap(Cursor.init(text:))
        let (page, counts, desk) = try await call.read { permit, tx in
            let page = try Roles.list(PageRequest(after: after), permit, tx)
            return (page, try Roles.holders(of: page.items.map(\.id), permit, tx), try RoleDesk(permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let mayExport = try call.mayExport && (call.principal().access?.level(of: .users) ?? .none) > .none
        let export = mayExport ? [parts.link(t("Export"), to: Inside.path("/settings/exports/new") + "?kind=roles", icon: "download")] : []
        let create = desk.mayChange ? [parts.link(word(.createRole), to: path + "/new", icon: "plus", primary: true)] : []
        let head = parts.head(
            "\(word(.roles))", lead: t("What people may see and do. Whoever has several of them has their sum."), actions: export + create)
        let table = parts.table(
            caption: t("%1, newest first", word(.roles)), columns: [t("Name"), t("Grants"), t("Kind"), t("Held by"), ""],
            rows: page.items.map { row($0, counts[$0.id] ?? 0, desk, parts) })
        let isOnlyBuiltIn = after == nil && page.next == nil && page.items.allSatisfy(\.isBuiltIn)
        let hint: HTML = """
            <p class="form-hint">\(t("These came with the account and stay as they are. Duplicate one and change the copy, or create your own."))</p>
            """
        let count = page.items.count == 1 ? "1 " + wordInside(.role) : "\(page.items.count) " + wordInside(.roles)
        let pager = parts.pager(t("%1, newest first", count), older: page.next.map { path + "?after=" + $0.text })
        return frame.page(word(.roles), at: .roles, head + RoleLook.done(call, parts) + table + (isOnlyBuiltIn ? hint : "") + pager)
    }

    private static func row(_ role: RoleDefinition, _ holders: Int, _ desk: RoleDesk, _ parts: Parts) -> HTML {
        let own = RoleLook.path(role.id)
        var held: HTML = holders == 0 ? "<span class=\"muted\">\(t("Nobody"))</span>" : "\(RoleLook.people(holders))"
        if holders > 0, desk.seesUsers { held = "<a href=\"\(own)/holders\">\(held)</a>" }
        return """
            <tr><th scope="row"><a href="\(own)"><bdi>\(role.name)</bdi></a><span class="sub"><bdi>\(role.description)</bdi></span></th>
            \(parts.cell(t("Grants"), RoleLook.glance(role, desk, parts)))\(parts.cell(t("Kind"), RoleLook.badge(role, parts)))\
            \(parts.cell(t("Held by"), held))
            \(parts.menuCell(parts.menu(for: role.name, RoleLook.actions(role, isHeld: holders > 0, desk))))</tr>
            """
    }
}
