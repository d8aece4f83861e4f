import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// The warning where an assigned user lacks a link's key, and its one-click remedy; shown wherever such a link or user is.
package struct LinkNotices: Sendable {
    /// Users whose edit the reader may make, of those that links are assigned to.
    private let editable: Set<UserID>
    private let mayGive: Scope<APIKeyID>

    package init(about links: [Link], _ permit: borrowing Permit, _ tx: any Transaction) throws {
        let access = permit.access
        mayGive = access.level(of: .users) == .full ? access.keys : .nothing
        var editable: Set<UserID> = []
        for user in Set(links.filter { $0.holder?.holdsKey == false }.compactMap(\.user)) where mayGive != .nothing {
            let roles = try Roles.existing(Set(LinkUserStore.roles(of: user, permit, tx)), permit, tx)
            if access.mayEdit(holderOf: roles) { editable.insert(user) }
        }
        self.editable = editable
    }

    /// Nothing where the user holds the key, or nobody is assigned.
    package func alert(_ link: Link, _ call: Call, _ parts: Parts) -> HTML {
        guard let user = link.user, let holder = link.holder, !holder.holdsKey else { return "" }
        let text: HTML = """
            <bdi>\(holder.name)</bdi> \(t("does not hold the API key")) <bdi>\(link.key.name)</bdi>\(t(", and sees no session of the link")) <bdi>\(link.name)</bdi>.
            """
        return parts.alert("\(text)\(remedy(link, user, holder, call, parts))", tone: .warning)
    }

    /// For a row of a list.
    func inRow(_ link: Link, _ call: Call, _ parts: Parts) -> HTML {
        guard let user = link.user, let holder = link.holder, !holder.holdsKey else { return "" }
        return """
            <span class="badge badge-warn badge-plain mt-1">\(parts.icon("alert"))\(t("Lacks the key: sees none of its sessions"))</span>\
            \(remedy(link, user, holder, call, parts))
            """
    }

    /// The one-click remedy alone, for a place that says in its own words what is wrong.
    package func remedy(for link: Link, _ call: Call, _ parts: Parts) -> HTML {
        guard let user = link.user, let holder = link.holder, !holder.holdsKey else { return "" }
        return remedy(link, user, holder, call, parts)
    }

    private func remedy(_ link: Link, _ user: UserID, _ holder: Link.Holder, _ call: Call, _ parts: Parts) -> HTML {
        guard editable.contains(user), mayGive.contains(link.apiKey) else { return "" }
        return """
            <form class="mt-1" method="post" action="\(call.house.paths.giveKey(to: user))"><input type="hidden" name="api_key" value="\(link.apiKey)">\
            <button class="btn btn-sm" type="submit">\(parts.icon("key"))\(t("Give %1 the key", holder.name))</button></form>
            """
    }
}
