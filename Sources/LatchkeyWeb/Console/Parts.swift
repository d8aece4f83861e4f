import LatchkeyAccess

/// The small parts that pages are made of. Markup and class names are those of `latchkey.css`.
package struct Parts: Sendable {
    let assets: Assets

    package init(_ assets: Assets) { self.assets = assets }

    package func icon(_ name: StaticString, small: Bool = false) -> HTML {
        "\(small ? assets.smallIcon : assets.icon)\(literal: name)\"></use></svg>"
    }

    /// A state by shape, colour and word.
    package func badge(_ text: String, icon name: StaticString? = nil, tone: Tone = .plain) -> HTML {
        "<span class=\"badge\(tone.badge)\">\(name.map { icon($0) })\(text)</span>"
    }

    package enum Tone: Sendable {
        case plain, good, warning, bad, info, violet

        var badge: HTML {
            switch self {
            case .plain: ""
            case .good: " badge-good"
            case .warning: " badge-warn"
            case .bad: " badge-bad"
            case .info: " badge-info"
            case .violet: " badge-violet"
            }
        }
    }

    /// A moment: the script shows it local; the title is exact.
    package func time(_ time: Timestamp?, ago: Bool = false, none: String = "") -> HTML {
        guard let time else { return "<span class=\"muted\">\(none)</span>" }
        let shown = time.minute
        return "<time datetime=\"\(time.description)\" title=\"\(shown) UTC\"\(if: ago, " data-shape=\"ago\"")>\(shown) UTC</time>"
    }

    /// The head of a page: title, what it is for, what can be done.
    package func head(_ title: HTML, lead: String? = nil, crumbs: [(String, String)] = [], actions: [HTML] = [], withTabs: Bool = false) -> HTML {
        """
        \(if: !crumbs.isEmpty, "<nav class=\"crumbs\" aria-label=\"\(t("Breadcrumb"))\"><ol>\(crumbs.map { crumb -> HTML in "<li><a href=\"\(crumb.1)\">\(crumb.0)</a></li>" })</ol></nav>")
        <div class="page-head\(if: withTabs, " with-tabs")"><div><h1>\(title)</h1>\(lead.map { text -> HTML in "<p>\(text)</p>" })</div>\
        \(if: !actions.isEmpty, "<div class=\"actions\">\(actions)</div>")</div>
        """
    }

    package func link(_ text: String, to path: String, icon name: StaticString? = nil, primary: Bool = false) -> HTML {
        "<a class=\"btn\(if: primary, " btn-primary")\" href=\"\(path)\">\(name.map { icon($0) })\(text)</a>"
    }

    package func tabs(_ label: String, _ tabs: [(text: String, path: String, isCurrent: Bool)]) -> HTML {
        let links = tabs.map { tab -> HTML in "<a href=\"\(tab.path)\"\(attribute: "aria-current", tab.isCurrent ? "page" : nil)>\(tab.text)</a>" }
        return "<nav class=\"tabs\" aria-label=\"\(label)\">\(links)</nav>"
    }

    /// An entry of a row's ⋮ menu.
    package struct MenuItem: Sendable {
        var text: String, path: String, icon: StaticString, isDangerous: Bool
        /// Whether it is a question, for a dialog.
        package let asks: Bool

        package init(_ text: String, _ path: String, icon: StaticString, dangerous: Bool = false, asks: Bool = false) {
            self.text = text
            self.path = path
            self.icon = icon
            isDangerous = dangerous
            self.asks = asks
        }
    }

    /// What this person may do to this row; nothing where that is nothing.
    package func menu(for name: String, _ items: [MenuItem]) -> HTML {
        if items.isEmpty { return "" }
        let entries = items.map { item -> HTML in
            "<li><a class=\"menu-item\(if: item.isDangerous, " danger")\" href=\"\(item.path)\"\(flag: "data-dialog", item.asks)>\(icon(item.icon))\(item.text)</a></li>"
        }
        return """
            <details class="menu"><summary class="btn btn-icon" aria-label="\(t("Actions for %1", name))">\(icon("dots"))</summary>\
            <div class="menu-list"><ul>\(entries)</ul></div></details>
            """
    }

    package func empty(_ title: String, _ text: String, icon name: StaticString, actions: [HTML] = []) -> HTML {
        """
        <div class="card"><div class="empty">\(icon(name))<h2>\(title)</h2><p>\(text)</p>\
        \(if: !actions.isEmpty, "<div class=\"actions\">\(actions)</div>")</div></div>
        """
    }

    package func alert(_ text: HTML, tone: AlertTone = .success) -> HTML {
        "<div class=\"alert \(tone.classes)\" role=\"\(tone.role)\">\(icon(tone.icon))<div>\(text)</div></div>"
    }

    package enum AlertTone: Sendable {
        case success, warning, danger

        var classes: HTML {
            switch self {
            case .success: "alert-success"
            case .warning: "alert-warning"
            case .danger: "alert-danger"
            }
        }
        var icon: StaticString {
            switch self {
            case .success: "success"
            case .warning: "alert"
            case .danger: "error"
            }
        }
        var role: HTML { self == .success ? "status" : "alert" }
    }

    /// A table of rows whose cells know their column's name, so that it becomes cards on a phone.
    package func table(caption: String, columns: [String], rows: [HTML]) -> HTML {
        let heads = columns.map { name -> HTML in
            name.isEmpty ? "<th scope=\"col\"><span class=\"visually-hidden\">\(t("Actions"))</span></th>" : "<th scope=\"col\">\(name)</th>"
        }
        return """
            <div class="card"><table class="table table-cards"><caption class="visually-hidden">\(caption)</caption>\
            <thead><tr>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    package func cell(_ column: String, _ content: HTML) -> HTML { "<td data-label=\"\(column)\"><span>\(content)</span></td>" }
    package func menuCell(_ menu: HTML) -> HTML { "<td class=\"end\">\(menu)</td>" }

    /// How many are shown, and the way to the next ones.
    package func pager(_ text: String, older: String?) -> HTML {
        """
        <nav class="pager" aria-label="\(t("Pages"))"><span>\(text)</span>\
        \(older.map { path -> HTML in "<a class=\"btn\" href=\"\(path)\" rel=\"next\">\(t("Older"))\(icon("arrow-right"))</a>" })</nav>
        """
    }

    /// Pairs of a name and a value.
    package func details(_ pairs: [(String, HTML)]) -> HTML {
        "<dl class=\"facts\">\(pairs.map { pair -> HTML in "<dt>\(pair.0)</dt><dd>\(pair.1)</dd>" })</dl>"
    }

    package func card(_ title: String, _ body: HTML, aside: HTML? = nil) -> HTML {
        """
        <section class="card"><div class="card-header"><h2 class="card-title">\(title)</h2>\(aside)</div><div class="card-body">\(body)</div></section>
        """
    }

    /// A page that asks once before something is done; a script shows the same in a dialog.
    package func confirm(
        _ question: String, _ consequences: String, action: String, path: String, back: String, dangerous: Bool = true, fields: HTML = ""
    ) -> HTML {
        """
        <div class="card"><div class="card-body" data-dialog-content><h1>\(question)</h1><p class="muted mt-2">\(consequences)</p>\
        <form method="post" action="\(path)">\(fields)<div class="form-actions at-end"><a class="btn" href="\(back)" data-close>\(t("Cancel"))</a>\
        <button class="btn \(dangerous ? "btn-danger" as HTML : "btn-primary")" type="submit">\(action)</button></div></form></div></div>
        """
    }

    /// A secret, shown this once, with a step to say that it was kept.
    package func secret(title: String, lead: String, values: [(id: StaticString, label: String, value: String)], then path: String) -> HTML {
        let rows = values.map { item -> HTML in
            let id = "\(item.id)"
            return """
                <span class="form-label" id="\(id)-label">\(item.label)</span><div class="secret-row">\
                <output id="\(id)" aria-labelledby="\(id)-label">\(item.value)</output>\
                <button class="btn js-only" type="button" data-copy-from="\(id)">\(icon("copy"))<span data-label-text>\(t("Copy"))\
                <span class="visually-hidden"> \(item.label)</span></span></button></div>
                """
        }
        return """
            <section class="card secret" aria-labelledby="secret-title"><div class="card-body"><h2 id="secret-title">\(title)</h2>\
            <p class="muted">\(lead)</p>\(rows)<form method="get" action="\(path)"><div class="form-check mb-2">\
            <input class="form-check-input" type="checkbox" id="stored" required><label for="stored">\(t("I have stored it: it cannot be shown again"))</label></div>\
            <button class="btn btn-primary" type="submit">\(t("Continue"))</button></form></div></section>
            """
    }
}
