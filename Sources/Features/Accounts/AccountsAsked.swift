import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What the URL of the list of accounts asks for; what it cannot mean is left out.
struct AccountsAsked: Sendable {
    private let search: String
    private let group: GroupID?
    let after: Cursor?

    init(_ query: FormData) {
        let text = (query["search"] ?? "").unicodeScalars.filter { !$0.isControl }.prefix(200)
        search = String(String.UnicodeScalarView(text)).trimmingWhitespace()
        group = query["group"].flatMap { GroupID($0) }
        after = query["after"].flatMap(Cursor.init(text:))
    }

    var isNarrowed: Bool { !search.isEmpty || group != nil }

    func filter(_ tree: GroupTree) -> AccountFilter { AccountFilter(search: search, in: group.map { .id($0) }, tree) }

    func older(_ next: Cursor) -> String {
        var query = [("after", next.text)]
        if !search.isEmpty { query.append(("search", search)) }
        if let group { query.append(("group", group.description)) }
        return AccountsPages.path + "?" + PercentEncoding.query(query)
    }

    /// Search and filter above the list.
    func tools(_ tree: GroupTree, _ parts: Parts) -> HTML {
        let form = FormView(parts, values: ["group": [group?.description ?? ""]])
        let groups = [(value: "", text: t("All"))] + tree.groups.map { (value: $0.id.description, text: tree.path($0.id)) }
        let choice: HTML =
            tree.groups.isEmpty
            ? ""
            : """
            <details class="menu menu-start" name="filters"><summary class="btn">\(parts.icon("filter"))\(t("Group"))\(parts.icon("chevron-down", small: true))</summary>\
            <div class="menu-list wide">\(form.select("group", t("Group"), groups))<button class="btn btn-primary w-100 mt-2" type="submit">\(t("Show"))</button></div></details>
            """
        return """
            <form class="list-tools" method="get" action="\(AccountsPages.path)" role="search" aria-label="\(word(.accounts))">\
            <div class="search">\(parts.icon("search"))<label class="visually-hidden" for="q">\(t("Name"))</label>\
            <input class="form-control" type="search" id="q" name="search" value="\(search)" placeholder="\(t("Name"))"\
             maxlength="200" autocomplete="off" data-search></div>\(choice)\
            \(if: isNarrowed, "<a class=\"btn btn-link\" href=\"\(AccountsPages.path)\">\(t("Clear search and filters"))</a>")</form>
            """
    }
}
