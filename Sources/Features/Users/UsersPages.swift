import ExportsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// Settings > Users: the list.
package enum UsersPages {
    private static let pattern = "/settings/users"
    static var path: String { Inside.path(pattern) }
    private static let read = Route.Needs.need(.screen(.users, .read))
    private static let full = Route.Needs.need(.screen(.users, .full))

    package static let routes: [Route] = [
        .get(pattern, read, alsoInAccounts: true, handler: list),
        .get(pattern + "/new", full, alsoInAccounts: true, handler: UserForm.new),
        .post(pattern, full, alsoInAccounts: true, handler: UserForm.create),
        .get(pattern + "/{id}", read, alsoInAccounts: true, handler: UserPage.details),
        .get(pattern + "/{id}/access", read, alsoInAccounts: true, handler: UserPage.access),
        .get(pattern + "/{id}/history", read, alsoInAccounts: true, handler: UserPage.history),
        .get(pattern + "/{id}/edit", full, alsoInAccounts: true, handler: UserForm.edit),
        .post(pattern + "/{id}", full, alsoInAccounts: true, handler: UserForm.save),
        .post(pattern + "/{id}/give-key", full, alsoInAccounts: true, handler: UserKeyPages.give),
        .get(pattern + "/{id}/password", full, alsoInAccounts: true, handler: UserStandingPages.askPassword),
        .post(pattern + "/{id}/password", full, alsoInAccounts: true, stepUp: .secondStep, handler: UserStandingPages.setPassword),
        .get(pattern + "/{id}/second-step/reset", full, alsoInAccounts: true, handler: UserFactorsPages.ask),
        .post(pattern + "/{id}/second-step/reset", full, alsoInAccounts: true, stepUp: .secondStep, handler: UserFactorsPages.reset),
        .get(pattern + "/{id}/email", full, alsoInAccounts: true, handler: UserEmailPages.ask),
        .post(pattern + "/{id}/email", full, alsoInAccounts: true, stepUp: .secondStep, handler: UserEmailPages.change),
        .get(pattern + "/{id}/activation", full, alsoInAccounts: true, handler: UserEmailPages.askActivation),
        .post(pattern + "/{id}/activation", full, alsoInAccounts: true, handler: UserEmailPages.activate),
        .get("/email/{token}", .nothing(because: .oneTimeLink), handler: UserEmailPages.showConfirmation),
        .post("/email/{token}", .nothing(because: .oneTimeLink), handler: UserEmailPages.confirm),
        .get(pattern + "/{id}/deactivate", full, alsoInAccounts: true) { try await UserStandingPages.ask(disable: true, $0) },
        .post(pattern + "/{id}/deactivate", full, alsoInAccounts: true) { try await UserStandingPages.set(disabled: true, $0) },
        .get(pattern + "/{id}/reactivate", full, alsoInAccounts: true) { try await UserStandingPages.ask(disable: false, $0) },
        .post(pattern + "/{id}/reactivate", full, alsoInAccounts: true) { try await UserStandingPages.set(disabled: false, $0) },
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let asked = UsersAsked(call.pageQuery())
        let now = call.now
        let (page, holdings) = try await call.read { permit, tx in
            (try Users.list(asked.filter(at: now), asked.page, at: now, permit, tx), try Holdings(at: now, withPlaces: true, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let whoCan = parts.link(t("Who can do this?"), to: path + "/who-can", icon: "search")
        let export = try call.mayExport ? [parts.link(t("Export"), to: asked.exportURL, icon: "download")] : []
        // Whoever works on an account from outside has the same by API.
        let tidying =
            Inside.account != nil
            ? []
            : [
                parts.link(t("Access reviews"), to: call.house.paths.reviews, icon: "shield"),
                parts.link(t("Unused access"), to: call.house.paths.advice, icon: "clock"),
            ]
        let actions =
            [whoCan] + tidying + export
            + (holdings.mayCreate
                ? [
                    parts.link(t("Import"), to: path + "/import", icon: "table"),
                    parts.link(word(.createUser), to: path + "/new", icon: "plus", primary: true),
                ] : [])
        let head = parts.head(
            "\(word(.users))", lead: t("Who may sign in to %1, and what each person sees.", holdings.account.name), actions: actions)
        let list: HTML
        if !page.items.isEmpty {
            let rows =
                asked.showsMatrix(holdings) ? UserMatrix(holdings, at: now, parts).html(page.items) : table(page.items, holdings, at: now, parts)
            list = rows + pager(asked, page, parts)
        } else if asked.isNarrowed || asked.after != nil {
            let clear: HTML = "<a class=\"btn\" href=\"\(path)\">\(t("Clear search and filters"))</a>"
            list = parts.empty(t("Nothing matches"), t("None fits this search and these filters."), icon: "search", actions: [clear])
        } else {
            let text = t("Here you will see everybody who may sign in to this account: what they may do, and when they were last here.")
            return frame.page(
                word(.users), at: .users,
                head + "<div id=\"list\">\(parts.empty(t("No %1 yet", wordInside(.users)), text, icon: "users", actions: actions))</div>")
        }
        return frame.page(
            word(.users), at: .users,
            head + done(call, parts) + UserTools(asked, holdings, parts).form
                + "<div id=\"list\">\(UserTools(asked, holdings, parts).chips)\(list)</div>")
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .deleted: parts.alert("\(t("The user was deleted."))")
        case .completed: parts.alert("\(t("Everybody in the list was added."))")
        default: ""
        }
    }

    private static func table(_ users: [User], _ holdings: Holdings, at now: Timestamp, _ parts: Parts) -> HTML {
        let keys = holdings.hasFieldWork ? [t("API keys")] : []
        return parts.table(
            caption: t("%1, newest first", word(.users)), columns: [t("Name"), word(.role)] + keys + [t("Status"), t("Last seen"), ""],
            rows: users.map { row($0, holdings, at: now, parts) })
    }

    private static func row(_ user: User, _ holdings: Holdings, at now: Timestamp, _ parts: Parts) -> HTML {
        let status = user.status(at: now)
        return """
            <tr\(attribute: "class", status == .disabled ? "off" : nil)>\
            <th scope="row"><a href="\(UserLook.path(user))"><bdi>\(user.name)</bdi></a><span class="sub"><bdi>\(user.username)</bdi></span></th>
            \(parts.cell(word(.role), UserLook.roles(user, holdings, parts)))\
            \(if: holdings.hasFieldWork, parts.cell(t("API keys"), UserLook.keys(user, holdings, parts)))\
            \(parts.cell(t("Status"), UserLook.badge(status, parts)))\
            \(parts.cell(t("Last seen"), UserLook.lastHere(user, parts)))
            \(parts.menuCell(parts.menu(for: user.name, UserLook.actions(user, holdings, at: now))))</tr>
            """
    }

    /// How many are shown; a count of all only when it is asked for.
    private static func pager(_ asked: UsersAsked, _ page: Page<User>, _ parts: Parts) -> HTML {
        let shown = page.items.count == 1 ? "1 " + wordInside(.user) : "\(page.items.count) " + wordInside(.users)
        var all: HTML = ""
        if let total = page.total {
            all = " · \(t("%1 in all", String(total)))"
        } else if page.next != nil || asked.after != nil {
            all = " · <a href=\"\(asked.changed { $0.wantsTotal = true }.url)\">\(t("Count all"))</a>"
        }
        return """
            <nav class="pager" aria-label="\(t("Pages"))"><span>\(shown), \(t("newest first"))\(all)</span>\
            \(if: asked.after != nil, "<a class=\"btn btn-sm\" href=\"\(asked.changed { $0.after = nil }.url)\" rel=\"first\">\(t("Newest"))</a>")\
            \(page.next.map { next -> HTML in "<a class=\"btn btn-sm\" href=\"\(asked.changed { $0.after = next }.url)\" rel=\"next\">\(t("Older"))</a>" })</nav>
            """
    }
}
