import APIKeysFeature
import LatchkeyAccess
import LatchkeyWeb

/// Sessions: the list, as a table or as cards.
package enum SessionsPages {
    static let path = "/sessions"
    private static let read = Route.Needs.need(.screen(.sessions, .read))
    private static let full = Route.Needs.need(.screen(.sessions, .full))

    package static func routes(photos: any SessionPhotos) -> [Route] {
        [
            .get(path, read) { try await list($0, photos) },
            .get(path + "/new", full, handler: SessionForm.new),
            .post(path, full, handler: SessionForm.create),
            .get(path + "/{id}", read) { try await SessionPage.show($0, photos) },
            .get(path + "/{id}/edit", full, handler: SessionForm.edit),
            .post(path + "/{id}", full, handler: SessionForm.save),
            .get(path + "/{id}/delete", full, handler: SessionForm.askDelete),
            .post(path + "/{id}/delete", full, handler: SessionForm.delete),
            .post(path + "/{id}/notes", full) { try await SessionPage.addNote($0, photos) },
            .post(path + "/{id}/send", full) { try await SessionPage.send($0, photos) },
            .post(path + "/{id}/review", full) { try await SessionPage.review($0, photos) },
        ]
    }

    private static func list(_ call: Call, _ photos: any SessionPhotos) async throws -> Answer {
        let asked = SessionsAsked(call.pageQuery())
        let now = call.now
        let (page, keys, faces) = try await call.read { permit, tx in
            let page = try Sessions.list(asked.filter, asked.page, at: now, permit, tx)
            return (
                page, try APIKeys.list(PageRequest(limit: 200), at: now, permit, tx).items,
                try asked.isCards ? photos.faces(of: page.items.map(\.id), permit, tx) : [:]
            )
        }
        let frame = Frame(call)
        let parts = frame.parts
        let rows = SessionRows(parts, try call.principal().access, at: now)
        let mayCreate = rows.mayWrite
        let new = parts.link(t("New session"), to: path + (asked.mode == .test ? "/new?mode=test" : "/new"), icon: "plus", primary: true)
        var main = parts.head("\(t("Sessions"))", actions: mayCreate ? [new] : [])
        if Done(call) == .deleted { main += parts.alert("\(t("The session was deleted."))") }
        let isFirst = !asked.isNarrowed && asked.after == nil && page.items.isEmpty
        if isFirst {
            main += "<div id=\"list\" data-live>\(empty(asked, rows, parts, mayCreate ? [new] : []))</div>"
        } else {
            let list: HTML = "\(chips(asked, keys, parts))\(found(asked, page, faces, rows, parts))"
            main += "\(tools(asked, keys, parts))<div id=\"list\"\(flag: "data-live", asked.after == nil)>\(list)</div>"
        }
        return frame.page(t("Sessions"), at: .sessions, mode: asked.mode.rawValue, main)
    }

    private static func empty(_ asked: SessionsAsked, _ rows: SessionRows, _ parts: Parts, _ actions: [HTML]) -> HTML {
        let text =
            rows.showsOwner
            ? t("Here you will see the inspections under the API keys that you hold, whoever created them, and how far each one is.")
            : t("Here you will see the inspections that you create, and how far each one is. Only you see yours.")
        return parts.empty(asked.mode == .test ? t("No test sessions yet") : t("No sessions yet"), text, icon: "sessions", actions: actions)
    }

    private static func found(
        _ asked: SessionsAsked, _ page: Page<Session>, _ faces: [SessionID: HTML], _ rows: SessionRows, _ parts: Parts
    ) -> HTML {
        if page.items.isEmpty {
            let clear: HTML = "<a class=\"btn\" href=\"\(asked.cleared.url)\">\(t("Clear search and filters"))</a>"
            return parts.empty(
                t("Nothing matches"), t("No session that you can see fits this search and these filters."), icon: "search", actions: [clear])
        }
        return "\(asked.isCards ? rows.cards(page.items, faces) : rows.table(page.items))\(pager(asked, page, parts))"
    }

    /// How many are shown; a count of all only when it is asked for, because it looks at each of them.
    private static func pager(_ asked: SessionsAsked, _ page: Page<Session>, _ parts: Parts) -> HTML {
        let shown = page.items.count == 1 ? t("1 shown") : t("%1 shown", String(page.items.count))
        var all: HTML = ""
        if let total = page.total {
            all = " · \(total == 1 ? t("1 in all") : t("%1 in all", String(total)))"
        } else if page.next != nil || asked.after != nil {
            var counted = asked
            counted.wantsTotal = true
            all = " · <a href=\"\(counted.url)\">\(t("Count all"))</a>"
        }
        return """
            <nav class="pager" aria-label="\(t("Pages"))"><span>\(t("Newest first")) · \(shown)\(all)</span>\
            \(if: asked.after != nil, "<a class=\"btn btn-sm\" href=\"\(asked.changed { _ in }.url)\" rel=\"first\">\(t("Newest"))</a>")\
            \(page.next.map { next -> HTML in "<a class=\"btn btn-sm\" href=\"\(asked.changed { $0.after = next }.url)\" rel=\"next\">\(t("Older"))</a>" })</nav>
            """
    }

    // MARK: Search and filters

    private static func tools(_ asked: SessionsAsked, _ keys: [APIKey], _ parts: Parts) -> HTML {
        let statuses = SessionStatus.allCases.map { status -> HTML in
            let id = "status-" + status.rawValue.lowercased()
            return """
                <div class="form-check"><input class="form-check-input" type="checkbox" id="\(id)" name="status" value="\(status.rawValue)"\
                \(flag: "checked", asked.statuses.contains(status))><label for="\(id)">\(SessionLook.badge(status, parts))</label></div>
                """
        }
        let form = FormView(
            parts,
            values: [
                "api_key": [asked.apiKey?.description ?? ""], "source": [asked.source?.rawValue ?? ""], "from": [asked.from], "to": [asked.to],
            ])
        let keyOptions = [(value: "", text: t("All"))] + keys.map { (value: $0.id.description, text: $0.name) }
        // Those that sessions can come from until there are widgets.
        let sources =
            [(value: "", text: t("All"))] + [Session.Source.dashboard, .shareableLink, .api].map { (value: $0.rawValue, text: SessionLook.name($0)) }
        return """
            <form class="list-tools" id="filter" method="get" action="\(path)" role="search" aria-label="\(t("Sessions"))" hx-get="\(path)"\
             hx-trigger="submit, input changed delay:250ms from:#q" hx-target="#list" hx-select="#list" hx-select-oob="#views" hx-swap="outerHTML" hx-push-url="true">
            \(if: asked.mode == .test, form.hidden("mode", "test"))\(if: asked.isCards, form.hidden("view", "cards"))
            <div class="search">\(parts.icon("search"))<label class="visually-hidden" for="q">\(t("Code, VIN, contact, vehicle or reference"))</label>\
            <input class="form-control" type="search" id="q" name="search" value="\(asked.search)" placeholder="\(t("Code, VIN, contact, vehicle …"))" maxlength="200" autocomplete="off" data-search></div>
            \(menu(t("Status"), parts, icon: "filter", "<fieldset><legend>\(t("Status"))</legend>\(statuses)</fieldset>"))
            \(menu(t("API key"), parts, form.select("api_key", t("API key"), keyOptions)))
            \(menu(t("Source"), parts, form.select("source", t("Source"), sources)))
            \(menu(t("Created"), parts, "\(form.text("from", t("From"), .date, optional: true))\(form.text("to", t("Up to and including"), .date, optional: true))"))
            <span class="flex-fill"></span>\(views(asked, parts))
            </form>
            """
    }

    private static func menu(_ title: String, _ parts: Parts, icon: StaticString? = nil, _ content: HTML) -> HTML {
        """
        <details class="menu menu-start" name="filters"><summary class="btn">\(icon.map { parts.icon($0) })\(title)\(parts.icon("chevron-down", small: true))</summary>\
        <div class="menu-list wide">\(content)<button class="btn btn-primary w-100 mt-2" type="submit">\(t("Show"))</button></div></details>
        """
    }

    private static func views(_ asked: SessionsAsked, _ parts: Parts) -> HTML {
        func link(_ text: String, _ icon: StaticString, isCards: Bool) -> HTML {
            var other = asked
            other.isCards = isCards
            let current = asked.isCards == isCards ? "true" : nil
            return "<a href=\"\(other.url)\"\(attribute: "aria-current", current)>\(parts.icon(icon, small: true))\(text)</a>"
        }
        return """
            <nav class="segmented" id="views" aria-label="\(t("View"))">\(link(t("Table"), "table", isCards: false))\(link(t("Cards"), "cards", isCards: true))</nav>
            """
    }

    private static func chips(_ asked: SessionsAsked, _ keys: [APIKey], _ parts: Parts) -> HTML {
        var chips: [HTML] = []
        func chip(_ filter: String, _ value: String, _ without: SessionsAsked) {
            chips.append(
                """
                <li><a class="chip" href="\(without.url)" aria-label="\(t("Remove filter: %1 %2", filter, value))">\(filter) <strong><bdi>\(value)</bdi></strong>\(parts.icon("x"))</a></li>
                """)
        }
        for status in asked.statuses {
            chip(t("Status"), SessionLook.name(status), asked.changed { asked in asked.statuses.removeAll { $0 == status } })
        }
        if let key = asked.apiKey {
            chip(t("API key"), keys.first { $0.id == key }?.name ?? key.description, asked.changed { $0.apiKey = nil })
        }
        if let source = asked.source { chip(t("Source"), SessionLook.name(source), asked.changed { $0.source = nil }) }
        if !asked.from.isEmpty { chip(t("From"), asked.from, asked.changed { $0.from = "" }) }
        if !asked.to.isEmpty { chip(t("Up to"), asked.to, asked.changed { $0.to = "" }) }
        if chips.isEmpty { return "" }
        return """
            <ul class="chips" aria-label="\(t("Filters in use"))">\(chips)<li><a class="btn btn-link btn-sm" href="\(asked.cleared.url)">\(t("Clear all"))</a></li></ul>
            """
    }
}
