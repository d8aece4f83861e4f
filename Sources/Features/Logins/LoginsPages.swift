import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import SignInFeature

/// Active sessions: who is signed in, from where, and the end of it.
package enum LoginsPages {
    static let path = "/settings/logins"
    private static let read = Route.Needs.need(.screen(.logins, .read))
    private static let full = Route.Needs.need(.screen(.logins, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: list),
        .get(path + "/{id}/close", full, handler: askClose),
        .post(path + "/{id}/close", full, handler: close),
        .get("/settings/users/{id}/logins/close", full, handler: askCloseAll),
        .post("/settings/users/{id}/logins/close", full, handler: closeAll),
    ]

    // MARK: List

    private static func list(_ call: Call) async throws -> Answer {
        let asked = LoginsAsked(call.pageQuery())
        let (page, security) = try await call.read { permit, tx in
            (
                try ActiveLogins(call).list(asked.filter, asked.page, permit, tx), try SecurityRules.find(permit, tx)
            )
        }
        let frame = Frame(call)
        let parts = frame.parts
        let may = try May(call)
        let head = parts.head(
            "\(word(.logins))", lead: t("Everybody who is signed in now. What is closed here ends with its next request."),
            actions: [
                InactivityChoice.html(security, mayChange: may.close, parts),
                parts.link(t("Security settings"), to: SecurityPages.path, icon: "settings"),
            ])
        let list: HTML
        if page.items.isEmpty {
            let clear: HTML = "<a class=\"btn\" href=\"\(path)\">\(t("Clear search and filters"))</a>"
            list = parts.empty(t("Nothing matches"), t("Nobody who is signed in fits this search."), icon: "search", actions: [clear])
        } else {
            list = table(page.items, may, parts) + pager(asked, page, parts)
        }
        let others: HTML = """
            <form class="mt-2" method="post" action="/my/logins/close-others" data-confirm="\(t("Close all other sessions of yours?"))" data-confirm-text="\(t("They are signed out at once; this one stays."))" data-confirm-action="\(t("Close them"))">\
            <input type="hidden" name="from" value="logins"><button class="btn btn-quiet-danger" type="submit">\(t("Close all others of mine"))</button></form>
            """
        let main: HTML = """
            \(head)\(done(call, parts))\(tools(asked, parts))<div id="list" data-live="logins">\(chips(asked, page.items, parts))\(list)</div>\
            \(if: may.hasOwn, others)
            """
        return frame.page(word(.logins), at: .logins, main)
    }

    private struct May {
        let close: Bool
        /// Whether the one who looks is a user of the account, with logins of their own there.
        let hasOwn: Bool
        let seeUsers: Bool

        init(_ call: Call) throws {
            let principal = try call.principal()
            close = principal.access?.level(of: .logins) == .full
            hasOwn = principal.user != nil
            seeUsers = principal.access.map { $0.level(of: .users) > .none } ?? false
        }
    }

    private static func table(_ logins: [ActiveLogin], _ may: May, _ parts: Parts) -> HTML {
        parts.table(
            caption: t("Active sessions, newest first"), columns: [t("Who"), t("Browser"), t("Last seen"), t("Signed in"), t("Until"), ""],
            rows: logins.map { row($0, may, parts) })
    }

    private static func row(_ login: ActiveLogin, _ may: May, _ parts: Parts) -> HTML {
        let browser = UserAgent.name(login.userAgent)
        var items: [Parts.MenuItem] = []
        if may.close {
            items.append(.init(t("Close session"), "\(path)/\(login.id)/close", icon: "sign-out", dangerous: true, asks: true))
            if let user = login.user {
                items.append(
                    .init(t("Close all of %1", login.name), "/settings/users/\(user)/logins/close", icon: "ban", dangerous: true, asks: true))
            }
        }
        var name: HTML = "<bdi>\(login.name)</bdi>"
        if may.seeUsers, let user = login.user { name = "<a href=\"/settings/users/\(user)\">\(name)</a>" }
        var below: HTML = login.username.map { username -> HTML in "<span class=\"sub\"><bdi>\(username)</bdi></span>" } ?? ""
        if login.kind == .administrator { below = "<span class=\"sub\">\(t("Administrator, switched in"))</span>" }
        if login.kind == .integration { below = "<span class=\"sub\">\(t("Integration"))</span>" }
        return """
            <tr><th scope="row">\(name) \(if: login.isCurrent, parts.badge(t("This device"), icon: "st-on", tone: .good))\(below)</th>
            \(parts.cell(t("Browser"), "<span title=\"\(login.userAgent)\">\(browser)</span><span class=\"sub mono\">\(login.address)</span>"))\
            \(parts.cell(t("Last seen"), parts.time(login.lastSeenAt, ago: true)))\(parts.cell(t("Signed in"), parts.time(login.createdAt)))\
            \(parts.cell(t("Until"), parts.time(login.expiresAt)))
            \(parts.menuCell(parts.menu(for: t("%1, %2", login.name, browser), items)))</tr>
            """
    }

    private static func pager(_ asked: LoginsAsked, _ page: Page<ActiveLogin>, _ parts: Parts) -> HTML {
        let shown = page.items.count == 1 ? t("1 sign-in") : t("%1 sign-ins", String(page.items.count))
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

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .closed: parts.alert("\(t("Closed. The next request is refused, and the browser is told."))")
        case .saved: parts.alert("\(t("Saved. It holds at once, for those who are signed in too."))")
        default: ""
        }
    }

    // MARK: Search and filters

    private static func tools(_ asked: LoginsAsked, _ parts: Parts) -> HTML {
        let form = FormView(parts, values: ["kind": [asked.kind?.rawValue ?? ""]])
        let kinds: [(value: String, text: String)] = [
            ("", t("All")), ("user", t("Users")), ("administrator", t("Administrators")), ("integration", t("Integrations")),
        ]
        return """
            <form class="list-tools" id="filter" method="get" action="\(path)" role="search" aria-label="\(word(.logins))" hx-get="\(path)"\
             hx-trigger="submit, input changed delay:250ms from:#q" hx-target="#list" hx-select="#list" hx-swap="outerHTML" hx-push-url="true">
            <div class="search">\(parts.icon("search"))<label class="visually-hidden" for="q">\(t("Name, username, e-mail or address"))</label>\
            <input class="form-control" type="search" id="q" name="search" value="\(asked.search)" placeholder="\(t("Name, username, e-mail or address"))"\
             maxlength="200" autocomplete="off" data-search></div>\(asked.user.map { form.hidden("user", $0.description) })
            <details class="menu menu-start" name="filters"><summary class="btn">\(parts.icon("filter"))\(t("Kind"))\(parts.icon("chevron-down", small: true))</summary>\
            <div class="menu-list wide">\(form.select("kind", t("Kind"), kinds))<button class="btn btn-primary w-100 mt-2" type="submit">\(t("Show"))</button></div></details>
            </form>
            """
    }

    private static func chips(_ asked: LoginsAsked, _ logins: [ActiveLogin], _ parts: Parts) -> HTML {
        var chips: [HTML] = []
        func chip(_ filter: String, _ value: String, _ without: LoginsAsked) {
            chips.append(
                """
                <li><a class="chip" href="\(without.url)" aria-label="\(t("Remove filter: %1 %2", filter, value))">\(filter) <strong><bdi>\(value)</bdi></strong>\(parts.icon("x"))</a></li>
                """)
        }
        if let user = asked.user { chip(t("User"), logins.first { $0.user == user }?.name ?? t("unknown"), asked.changed { $0.user = nil }) }
        if let kind = asked.kind {
            let names: [ActiveLogin.Kind: String] = [.user: t("Users"), .administrator: t("Administrators"), .integration: t("Integrations")]
            chip(t("Kind"), names[kind] ?? "", asked.changed { $0.kind = nil })
        }
        if chips.isEmpty { return "" }
        return """
            <ul class="chips" aria-label="\(t("Filters in use"))">\(chips)<li><a class="btn btn-link btn-sm" href="\(path)">\(t("Clear all"))</a></li></ul>
            """
    }

    // MARK: Closing

    private static func askClose(_ call: Call) async throws -> Answer {
        let login = try await call.read { permit, tx in try ActiveLogins(call).find(call.id(), permit, tx) }
        let frame = Frame(call)
        let question = t("Close the session of %1 on %2?", login.name, UserAgent.name(login.userAgent))
        let text =
            login.kind == .integration
            ? t("Its next call is refused. The integration can get another token: to keep it out, disable it.")
            : login.isCurrent
                ? t("This is the one that you are using: you are signed out.")
                : t(
                    "It is signed out at once, and its browser is told that it was you. They can sign in again: to keep somebody out, deactivate them."
                )
        let main = frame.parts.confirm(question, text, action: t("Close session"), path: "\(path)/\(login.id)/close", back: path)
        return frame.page(question, at: .logins, narrow: true, main)
    }

    private static func close(_ call: Call) async throws -> Answer {
        let closed = try await call.write { permit, tx, ledger in try ActiveLogins(call).close(call.id(), permit, tx, ledger) }
        return closed.isCurrent ? call.withoutCookie(.see("/sign-in")) : .see(Done.closed.at(path))
    }

    private static func askCloseAll(_ call: Call) async throws -> Answer {
        let id: UserID = try call.id()
        let (name, logins) = try await call.read { permit, tx in try ActiveLogins(call).find(allOf: id, permit, tx) }
        let frame = Frame(call)
        let question = t("Close all sessions of %1?", name)
        let count = logins.count == 1 ? t("1 sign-in ends at once.") : t("%1 sign-ins end at once.", String(logins.count))
        let own = logins.contains(where: \.isCurrent) ? " " + t("The one that you are using is among them.") : ""
        let text = count + own + " " + t("They can sign in again: to keep somebody out, deactivate them.")
        let main = frame.parts.confirm(question, text, action: t("Close all"), path: "/settings/users/\(id)/logins/close", back: path)
        return frame.page(question, at: .logins, narrow: true, main)
    }

    private static func closeAll(_ call: Call) async throws -> Answer {
        let closed = try await call.write { permit, tx, ledger in try ActiveLogins(call).close(allOf: call.id(), permit, tx, ledger) }
        return closed.contains(where: \.isCurrent) ? call.withoutCookie(.see("/sign-in")) : .see(Done.closed.at(path))
    }
}

/// What the URL of the list asks for; what it cannot mean is left out.
struct LoginsAsked: Sendable {
    var search: String
    var user: UserID?
    var kind: ActiveLogin.Kind?
    var after: Cursor?
    var wantsTotal: Bool

    init(_ query: FormData) {
        let text = (query["search"] ?? "").unicodeScalars.filter { !$0.isControl }.prefix(200)
        search = String(String.UnicodeScalarView(text)).trimmingWhitespace()
        user = query["user"].flatMap { UserID($0) }
        kind = query["kind"].flatMap(ActiveLogin.Kind.init)
        after = query["after"].flatMap(Cursor.init(text:))
        wantsTotal = query["total"] == "true"
    }

    var filter: LoginFilter { LoginFilter(search: search.isEmpty ? nil : search, user: user.map { .id($0) }, kind: kind) }
    var page: PageRequest { PageRequest(after: after, wantsTotal: wantsTotal) }

    /// The same list, asked differently: from its beginning, unless the change says where.
    func changed(_ change: (inout LoginsAsked) -> Void) -> LoginsAsked {
        var asked = self
        asked.after = nil
        asked.wantsTotal = false
        change(&asked)
        return asked
    }

    var url: String {
        var query: [(String, String)] = []
        if !search.isEmpty { query.append(("search", search)) }
        if let user { query.append(("user", user.description)) }
        if let kind { query.append(("kind", kind.rawValue)) }
        if let after { query.append(("after", after.text)) }
        if wantsTotal { query.append(("total", "true")) }
        return query.isEmpty ? LoginsPages.path : LoginsPages.path + "?" + PercentEncoding.query(query)
    }
}
