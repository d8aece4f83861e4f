import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import UsersFeature

/// Users > Unused access: who does not come, what nobody uses, and one button for each.
package enum AdvicePages {
    static let path = "/settings/unused"
    private static let full = Route.Needs.need(.screen(.users, .full))

    package static let routes: [Route] = [
        .get(path, .need(.screen(.users, .read)), handler: show),
        .post(path + "/person", full) { try await follow($0, "user", by: Advice.disable) },
        .post(path + "/role", full) { try await follow($0, "user", "role", by: Advice.takeRole) },
        .post(path + "/grant", .need(.screen(.roles, .full))) { try await follow($0, "role", "screen", "function", by: Advice.takeGrant) },
    ]

    private typealias Follow = @Sendable (Fields, borrowing Permit, any Transaction, Ledger) throws -> Void

    private static func follow(_ call: Call, _ names: String..., by verb: @escaping Follow) async throws -> Answer {
        let form = try call.form()
        let members = names.map { name in (name, (form[name] ?? "").isEmpty ? JSON.null : JSON(form[name])) }
        do {
            try await call.write { permit, tx, ledger in try verb(Fields(JSON(members: members)), permit, tx, ledger) }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let frame = Frame(call)
            let view = FormView(frame.parts, refused: form, problem)
            let title = t("Unused access")
            let again = names.map { view.hidden($0, form[$0] ?? "") }
            let main: HTML = """
                \(frame.parts.head("\(title)", crumbs: crumbs(call)))\(view.summary)
                <form method="post" action="\(call.inbound.path)">\(again)<button class="btn" type="submit">\(t("Try again"))</button> \
                \(frame.parts.link(t("Back"), to: path))</form>
                """
            return frame.page(title, at: .users, narrow: true, main, status: problem.status)
        }
    }

    private static func crumbs(_ call: Call) -> [(String, String)] { [(word(.users), call.house.paths.users)] }

    private static func show(_ call: Call) async throws -> Answer {
        let now = call.now
        let (advice, access) = try await call.read { permit, tx in
            (try Advice.find(days: Advice.usualDays, at: now, permit, tx), permit.access)
        }
        let frame = Frame(call)
        let parts = frame.parts
        let done = Done(call) == .saved ? parts.alert("\(t("Done. It is in the history."))") : ""
        let lead = t(
            "What nobody has used for %1 days. Taking it away costs nobody anything, and is an edit like any other.", String(Advice.usualDays))
        let head = parts.head("\(t("Unused access"))", lead: lead, crumbs: crumbs(call))
        let page = Shown(advice: advice, access: access, paths: call.house.paths, now: now, parts: parts)
        return frame.page(t("Unused access"), at: .users, head + done + page.html)
    }

    private struct Shown {
        let advice: Advice
        let access: Access
        let paths: Paths
        let now: Timestamp
        let parts: Parts

        var html: HTML {
            let truncated: HTML =
                advice.isTruncated
                ? "<p class=\"muted\">\(t("There is more of these; the first %1 of each are shown.", String(Advice.limit)))</p>" : ""
            return "\(people)\(knowledge)\(roles)\(grants)\(truncated)"
        }

        private func section(_ title: String, _ rows: [HTML], _ columns: [String], none: String) -> HTML {
            let body: HTML = rows.isEmpty ? "<p class=\"muted\">\(none)</p>" : parts.table(caption: title, columns: columns, rows: rows)
            return "<h2 class=\"mt-4\">\(title)</h2>\(body)"
        }

        private func button(_ step: String, _ text: String, _ about: String, _ fields: [(String, String)]) -> HTML {
            let hidden = fields.map { field -> HTML in "<input type=\"hidden\" name=\"\(field.0)\" value=\"\(field.1)\">" }
            return """
                <form method="post" action="\(AdvicePages.path)/\(step)">\(hidden)<button class="btn btn-sm" type="submit">\(text)\
                <span class="visually-hidden"> \(about)</span></button></form>
                """
        }

        private func name(_ id: UserID, _ name: String, _ username: String) -> HTML {
            "<th scope=\"row\"><a href=\"\(paths.users)/\(id)\"><bdi>\(name)</bdi></a><span class=\"sub\"><bdi>\(username)</bdi></span></th>"
        }

        private var mayEdit: Bool { access.level(of: .users) == .full }

        private var people: HTML {
            let rows = advice.people.map { user -> HTML in
                let act = mayEdit ? button("person", word(.disable), user.name, [("user", user.id.description)]) : ""
                return """
                    <tr>\(name(user.id, user.name, user.username))\(parts.cell(t("Last sign-in"), parts.time(user.lastSignInAt, ago: true, none: t("Never"))))\
                    \(parts.cell(t("Created"), parts.time(user.createdAt, ago: true)))\(parts.menuCell(act))</tr>
                    """
            }
            return section(
                t("People who have not been here"), rows, [t("Name"), t("Last sign-in"), t("Created"), ""],
                none: t("Everybody who may sign in has done so."))
        }

        /// What can be said of roles and grants, and what cannot.
        private var knowledge: HTML {
            guard let known = advice.knownSince, known <= advice.since else {
                let since: HTML = advice.knownSince.map { " \(t("It is written down since")) \(parts.time($0))." } ?? ""
                return parts.alert(
                    "\(t("Of roles and of what they grant nothing can be said yet: what is used is not known for long enough."))\(since)",
                    tone: .warning)
            }
            if advice.knowsCatalogue { return "" }
            return parts.alert(
                "\(t("No dashboard has asked Latchkey about this account's own screens and functions, so nothing is said of them."))",
                tone: .warning)
        }

        private var isKnown: Bool { advice.knownSince.map { $0 <= advice.since } ?? false }

        private var roles: HTML {
            if !isKnown { return "" }
            let rows = advice.roles.map { unused -> HTML in
                let fields = [("user", unused.user.id.description), ("role", unused.role.description)]
                let act = mayEdit ? button("role", t("Take away"), "\(unused.roleName), \(unused.user.name)", fields) : ""
                return """
                    <tr>\(name(unused.user.id, unused.user.name, unused.user.username))\(parts.cell(word(.role), "<bdi>\(unused.roleName)</bdi>"))\
                    \(parts.cell(t("Since"), parts.time(unused.since, none: t("Long ago"))))\(parts.menuCell(act))</tr>
                    """
            }
            return section(
                t("%1 that people hold and do not use", word(.roles)), rows, [t("Name"), word(.role), t("Since"), ""],
                none: t("None: everybody uses something of each that they hold."))
        }

        private var grants: HTML {
            if !isKnown { return "" }
            let mayTake = access.level(of: .roles) == .full
            let rows = advice.grants.map { unused -> HTML in
                let fields = [("role", unused.role.description), (unused.thing.kind.rawValue, unused.thing.id)]
                let act = mayTake ? button("grant", t("Take out"), "\(unused.name), \(unused.roleName)", fields) : ""
                return """
                    <tr><th scope="row"><a href="\(paths.roles)/\(unused.role)"><bdi>\(unused.roleName)</bdi></a></th>\
                    \(parts.cell(t("Grants"), "<bdi>\(unused.name)</bdi>"))\(parts.menuCell(act))</tr>
                    """
            }
            return section(
                t("What %1 grant and nobody uses", wordInside(.roles)), rows, [word(.role), t("Grants"), ""],
                none: t("Nothing, in those that the account has made itself."))
        }
    }
}
