import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Records > History: everything that happened in the account.
package enum HistoryPages {
    package static let routes: [Route] = [.get("/history", .need(.screen(.history, .read)), alsoInAccounts: true, handler: show)]

    private static func show(_ call: Call) async throws -> Answer {
        let path = call.house.paths.history
        let query = call.pageQuery()
        let filter = HistoryFilter(
            action: query["action"].flatMap { isAction($0) ? $0 : nil }, from: day(query["from"]), to: day(query["to"])?.adding(seconds: 86_400))
        let after = query["after"].flatMap(Cursor.init(text:))
        let (page, names) = try await call.read { permit, tx in
            let page = try HistoryPage.find(filter, PageRequest(after: after), permit, tx)
            return (page, try HistoryPage.names(in: page.items, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let head = parts.head("\(word(.history))", lead: t("Who changed what, when, from what to what. Nobody can edit or remove an entry."))
        let form = FormView(parts, values: Dictionary(query.fields.map { ($0.name, [$0.value]) }, uniquingKeysWith: +))
        let tools: HTML = """
            <form class="list-tools" method="get" action="\(path)" aria-label="\(t("Filter"))">\
            \(form.select("action", t("What happened"), actions))\(form.text("from", t("From"), .date, optional: true))\(form.text("to", t("Up to and including"), .date, optional: true))\
            <button class="btn" type="submit">\(parts.icon("filter"))\(t("Show"))</button>\
            \(if: filter.action != nil || filter.from != nil || filter.to != nil, "<a class=\"btn btn-link\" href=\"\(path)\">\(t("Clear"))</a>")</form>
            """
        guard !page.items.isEmpty else {
            let empty = parts.empty(t("Nothing found"), t("No entry fits what you asked for."), icon: "history")
            return frame.page(word(.history), at: .history, head + tools + empty)
        }
        var older: [(String, String)] = query.fields.filter { $0.name != "after" }.map { ($0.name, $0.value) }
        if let next = page.next { older.append(("after", next.text)) }
        let list: HTML = "<div class=\"card\"><div class=\"card-body\">\(HistoryTimeline.html(page.items, parts, names: names))</div></div>"
        let pager = parts.pager(
            t("%1 entries, newest first", String(page.items.count)), older: page.next == nil ? nil : path + "?" + PercentEncoding.query(older))
        return frame.page(word(.history), at: .history, head + tools + list + pager)
    }

    private static func isAction(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
    }

    private static func day(_ text: String?) -> Timestamp? { text.flatMap { Timestamp($0 + "T00:00:00Z") } }

    private static var actions: [(value: String, text: String)] {
        [
            ("", t("Everything")), ("user.created", t("%1 created", word(.user))), ("user.changed", t("%1 changed", word(.user))),
            ("user.disabled", t("%1 %2", word(.user), wordInside(.disabled))),
            ("user.enabled", t("%1 can sign in again", word(.user))), ("user.password_set", t("Password set")), ("login.opened", t("Signed in")),
            ("login.failed", t("Failed to sign in")), ("api_key.created", t("API key created")), ("api_key.rotated", t("API key rotated")),
            ("link.created", t("Link created")), ("link.changed", t("Link changed")),
            ("session.created", t("Session created")), ("session.changed", t("Session changed")),
            ("account.switched", t("Administrator switched in")),
            ("settings.changed", t("Settings changed")),
        ]
    }
}
