import APIKeysFeature
import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Settings > Sharable links: the list, and the page to print.
package enum LinksPages {
    static let path = "/settings/links"
    private static let read = Route.Needs.need(.screen(.links, .read))
    private static let full = Route.Needs.need(.screen(.links, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: list),
        .get(path + "/new", full, handler: LinkForm.new),
        .post(path, full, handler: LinkForm.create),
        .get(path + "/{id}", read, handler: LinkForm.edit),
        .post(path + "/{id}", full, handler: LinkForm.save),
        .get(path + "/{id}/qr", read, handler: poster),
        ThingHistory.page(path + "/{id}/history", read, at: .links, of: { (word(.links), path) }) { call, permit, tx in
            try Links.find(call.id(), at: call.now, permit, tx).subject
        },
    ]

    /// Everything that a list of links shows, read at one moment.
    private struct Shown: Sendable {
        let page: Page<Link>
        let tokens: [LinkID: String]
        let notices: LinkNotices
    }

    private static func list(_ call: Call) async throws -> Answer {
        let query = call.pageQuery()
        let search = searched(query["search"])
        let request = PageRequest(after: query["after"].flatMap(Cursor.init(text:)))
        let now = call.now
        let shown = try await call.read { permit, tx in
            let page = try Links.list(search: search, request, at: now, permit, tx)
            var tokens: [LinkID: String] = [:]
            for link in page.items { tokens[link.id] = try Links.token(of: link.id, opening: call.house.masterKey, permit, tx) }
            return Shown(page: page, tokens: tokens, notices: try LinkNotices(about: page.items, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let mayEdit = try call.principal().access?.level(of: .links) == .full
        let new = parts.link(t("Create link"), to: path + "/new", icon: "plus", primary: true)
        let head = parts.head(
            "\(t("Sharable links"))",
            lead: t("A customer who opens a link starts a session under its API key. It belongs to the assigned user, and to nobody else."),
            actions: mayEdit ? [new] : [])
        if shown.page.items.isEmpty, search == nil, request.after == nil {
            let text = t("Here you will see the links that start sessions: print one at the counter, or send it to a customer.")
            return frame.page(
                t("Sharable links"), at: .links, head + parts.empty(t("No links yet"), text, icon: "link", actions: mayEdit ? [new] : []))
        }
        let main: HTML = """
            \(head)\(done(call, parts))\(tools(search ?? "", parts))<div id="list">\(found(shown, search, call, parts, mayEdit: mayEdit))</div>
            """
        return frame.page(t("Sharable links"), at: .links, main)
    }

    private static func searched(_ text: String?) -> String? {
        let plain = (text ?? "").unicodeScalars.filter { !$0.isControl }.prefix(200)
        let search = String(String.UnicodeScalarView(plain)).trimmingWhitespace()
        return search.isEmpty ? nil : search
    }

    private static func tools(_ search: String, _ parts: Parts) -> HTML {
        """
        <form class="list-tools" id="filter" method="get" action="\(path)" role="search" aria-label="\(t("Sharable links"))" hx-get="\(path)"\
         hx-trigger="submit, input changed delay:250ms from:#q" hx-target="#list" hx-select="#list" hx-swap="outerHTML" hx-push-url="true">
        <div class="search">\(parts.icon("search"))<label class="visually-hidden" for="q">\(t("Name of the link"))</label>\
        <input class="form-control" type="search" id="q" name="search" value="\(search)" placeholder="\(t("Name of the link"))" maxlength="200"\
         autocomplete="off" data-search></div></form>
        """
    }

    private static func found(_ shown: Shown, _ search: String?, _ call: Call, _ parts: Parts, mayEdit: Bool) -> HTML {
        let page = shown.page
        if page.items.isEmpty {
            let clear: HTML = "<a class=\"btn\" href=\"\(path)\">\(t("Clear search and filters"))</a>"
            return parts.empty(t("Nothing matches"), t("No link has this name."), icon: "search", actions: [clear])
        }
        let rows = page.items.map { row($0, shown, call, parts, mayEdit: mayEdit) }
        let table = parts.table(
            caption: t("Sharable links, newest first"), columns: [t("Name"), t("Assigned user"), t("Starts"), t("Status"), t("URL"), ""], rows: rows)
        let count = page.items.count == 1 ? t("1 link") : t("%1 links", String(page.items.count))
        let query = search.map { [("search", $0)] } ?? []
        return table + parts.pager(count, older: page.next.map { path + "?" + PercentEncoding.query(query + [("after", $0.text)]) })
    }

    private static func row(_ link: Link, _ shown: Shown, _ call: Call, _ parts: Parts, mayEdit: Bool) -> HTML {
        let own = "\(path)/\(link.id)"
        let isOpen = link.closed(at: call.now) == nil
        let items: [Parts.MenuItem] = [
            .init(mayEdit ? t("Edit") : t("Details"), own, icon: "edit"), .init(t("QR code to print"), own + "/qr", icon: "qr"),
            .init(word(.history), own + "/history", icon: "history"),
        ]
        let holder: HTML = link.holder.map { holder -> HTML in "<bdi>\(holder.name)</bdi>" } ?? "<span class=\"muted\">\(t("Nobody"))</span>"
        let url = shown.tokens[link.id].map { LinkLook.url(call.house.paths.link($0), id: "url-\(link.id)", of: link, parts) }
        return """
            <tr\(attribute: "class", isOpen ? nil : "off")><th scope="row"><a href="\(own)"><bdi>\(link.name)</bdi></a><span class="sub"><bdi>\(link.key.name)</bdi>\
            \(if: link.key.mode == .test, " · \(t("Test"))")</span></th>
            \(parts.cell(t("Assigned user"), "\(holder)\(shown.notices.inRow(link, call, parts))"))\
            \(parts.cell(t("Starts"), "<span class=\"num\">\(LinkLook.starts(link))</span>"))\
            \(parts.cell(t("Status"), "\(LinkLook.badge(link, at: call.now, parts))\(LinkLook.why(link).map { why -> HTML in "<span class=\"sub\">\(why)</span>" })"))\
            \(parts.cell(t("URL"), "\(url)"))
            \(parts.menuCell(parts.menu(for: link.name, items)))</tr>
            """
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The link was created."))")
        case .saved: parts.alert("\(t("The link was saved. It counts for sessions started from now on."))")
        default: ""
        }
    }

    /// The QR code large, with what it is for, to be printed and put up.
    private static func poster(_ call: Call) async throws -> Answer {
        let (link, token) = try await call.read { permit, tx in
            let link = try Links.find(call.id(), at: call.now, permit, tx)
            return (link, try Links.token(of: link.id, opening: call.house.masterKey, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let url = call.house.paths.link(token)
        let api = "/api/v1/links/\(link.id)"
        guard let code = QRCode(url) else { throw Problem.hidden }
        let actions: [HTML] = [
            "<a class=\"btn\" href=\"\(api)/qr.svg\" download=\"qr.svg\">\(parts.icon("download"))SVG</a>",
            "<a class=\"btn\" href=\"\(api)/qr.png\" download=\"qr.png\">\(parts.icon("download"))PNG</a>",
        ]
        let main: HTML = """
            \(parts.head("\(t("QR code"))", lead: t("Print this page and put it up. The code can be scanned as long as the link is on."), crumbs: [(t("Sharable links"), path), (link.name, "\(path)/\(link.id)")], actions: actions))
            <section class="card poster" aria-label="\(t("To print"))"><h2><bdi>\(call.caller?.surroundings.account)</bdi></h2>\
            \(code.svg(label: t("QR code of %1", link.name)))<p class="lead">\(t("Scan this code to send the photos of your vehicle."))</p>\
            <p class="mono">\(url)</p></section>
            """
        return frame.page(t("QR code"), at: .links, narrow: true, main)
    }
}
