import LatchkeyAccess
import LatchkeyWeb

/// The page of a whole history: the filter, what it finds, the way to older entries and out of the house.
package struct HistoryList {
    private let asked: HistoryAsked
    private let filter: HistoryFilter
    private let path: String
    private let kinds: [(kind: String, name: String, actions: [String])]
    private let exports: String?
    private let parts: Parts

    /// - Parameter exports: where the same is taken as a file.
    package init(_ asked: HistoryAsked, _ filter: HistoryFilter, ofEnterprise: Bool = false, at path: String, exports: String? = nil, _ parts: Parts)
    {
        self.asked = asked
        self.filter = filter
        self.path = path
        self.exports = exports
        self.parts = parts
        kinds = ofEnterprise ? HistoryActions.ofEnterprise : HistoryActions.ofAccounts
    }

    package func html(_ page: Page<HistoryEntry>) -> HTML {
        let above = tools + chips(page)
        guard !page.items.isEmpty else {
            if !asked.isNarrowed, asked.after == nil {
                return parts.empty(t("Nothing happened yet"), t("Whatever is changed here will be listed, with who changed it."), icon: "history")
            }
            let clear: HTML = "<a class=\"btn\" href=\"\(path)\">\(t("Clear search and filters"))</a>"
            return above + parts.empty(t("Nothing found"), t("No entry fits what you asked for."), icon: "history", actions: [clear])
        }
        let (asked, path) = (asked, path)
        let leads = HistoryLeads(
            actor: { entry in asked.changed { $0.actor = entry.actorID }.url(path) },
            subject: { entry in asked.changed { $0.subject = entry.subjectID }.url(path) })
        let older = page.next.map { next in
            var asked = asked
            asked.after = next
            return asked.url(path)
        }
        let count = page.items.count == 1 ? t("1 entry") : t("%1 entries, newest first", String(page.items.count))
        return above + """
            <div class="card"><div class="card-body">\(HistoryTimeline.html(page.items, parts, leads))</div></div>\(parts.pager(count, older: older))
            """
    }

    private var tools: HTML {
        let form = FormView(
            parts,
            values: [
                "kind": [asked.kind ?? ""], "action": [asked.action ?? ""],
            ])
        return """
            <form class="list-tools" method="get" action="\(path)" aria-label="\(t("Filter"))">\
            \(field("actor", word(.actor), "text", asked.actor))\(field("subject", t("To whom or what"), "text", asked.subject))\
            \(form.select("kind", t("Kind of thing"), HistoryActions.kinds(kinds, with: asked.kind)))\
            \(form.select("action", t("What happened"), HistoryActions.choices(kinds, with: asked.action)))\
            \(field("from", t("From (UTC)"), "date", asked.from))\(field("to", t("Up to and including"), "date", asked.to))\
            <button class="btn" type="submit">\(parts.icon("filter"))\(t("Show"))</button>\(download)</form>
            <p class="form-hint">\(t("A name, username or id. Follow a name in the list to see what that person did, or what happened to that thing."))</p>
            """
    }

    private func field(_ name: StaticString, _ label: String, _ type: StaticString, _ value: String) -> HTML {
        """
        <div class="field"><label class="form-label" for="\(literal: name)">\(label)</label><input class="form-control" type="\(literal: type)" \
        id="\(literal: name)" name="\(literal: name)" value="\(value)" autocomplete="off" spellcheck="false" autocapitalize="none"></div>
        """
    }

    private var download: HTML {
        guard let exports else { return "" }
        let items = HistoryExport.Format.allCases.map { format in
            Parts.MenuItem(format.name, exports + "?" + PercentEncoding.query(filter.parameters + [("format", format.rawValue)]), icon: "download")
        }
        return parts.menu(for: t("these entries"), items)
    }

    /// What is in use, each with the way out of it.
    private func chips(_ page: Page<HistoryEntry>) -> HTML {
        var chips: [HTML] = []
        func chip(_ filter: String, _ value: String, _ without: HistoryAsked) {
            chips.append(
                """
                <li><a class="chip" href="\(without.url(path))" aria-label="\(t("Remove filter: %1 %2", filter, value))">\(filter) <strong><bdi>\(value)</bdi></strong>\(parts.icon("x"))</a></li>
                """)
        }
        if !asked.actor.isEmpty {
            let name = page.items.first { $0.actorID == asked.actor }?.actorName ?? asked.actor
            chip(word(.actor), name, asked.changed { $0.actor = "" })
        }
        if !asked.subject.isEmpty {
            let name = page.items.first { $0.subjectID == asked.subject }?.subjectName ?? asked.subject
            chip(t("To"), name, asked.changed { $0.subject = "" })
        }
        if let kind = asked.kind {
            chip(t("Kind of thing"), kinds.first { $0.kind == kind }?.name ?? kind, asked.changed { $0.kind = nil })
        }
        if let action = asked.action {
            let text = HistoryActions.choices(kinds, with: action).first { $0.value == action }?.text ?? action
            chip(t("What happened"), text, asked.changed { $0.action = nil })
        }
        if !asked.from.isEmpty { chip(t("From (UTC)"), asked.from, asked.changed { $0.from = "" }) }
        if !asked.to.isEmpty { chip(t("Up to and including"), asked.to, asked.changed { $0.to = "" }) }
        if chips.isEmpty { return "" }
        return """
            <ul class="chips" aria-label="\(t("Filters in use"))">\(chips)<li><a class="btn btn-link btn-sm" href="\(path)">\(t("Clear all"))</a></li></ul>
            """
    }
}
