import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A catalogue as a page shows it.
struct CatalogueLook {
    private let catalogue: Catalogue
    private let parts: Parts

    init(_ catalogue: Catalogue, _ parts: Parts) {
        self.catalogue = catalogue
        self.parts = parts
    }

    var html: HTML { "\(screens)\(functions)\(roles)\(settings)" }

    private func section(_ title: String, _ body: HTML) -> HTML { "<h2 class=\"mt-4 mb-2\">\(title)</h2>\(body)" }

    private func code(_ id: String) -> HTML { "<span class=\"mono\">\(id)</span>" }
    private func text(_ text: String?) -> HTML { text.map { "<bdi>\($0)</bdi>" } ?? "<span class=\"muted\">—</span>" }

    private var screens: HTML {
        if catalogue.screens.isEmpty {
            return section(word(.screens), "<p class=\"muted\">\(t("None beside Latchkey's own pages."))</p>")
        }
        let rows = catalogue.screens.map { entry -> HTML in
            """
            <tr><th scope="row"><bdi>\(entry.label)</bdi></th>\(parts.cell(t("Id"), code(entry.id.rawValue)))\
            \(parts.cell(t("Group"), text(entry.group)))\(parts.cell(t("Address"), text(entry.url)))</tr>
            """
        }
        return section(
            word(.screens), parts.table(caption: word(.screens), columns: [t("Name"), t("Id"), t("Group"), t("Address")], rows: rows))
    }

    private var functions: HTML {
        if catalogue.functions.isEmpty { return "" }
        let names = Dictionary(catalogue.functions.map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first })
        let rows = catalogue.functions.map { entry -> HTML in
            let excludes = catalogue.exclusions.filter { $0.involves(entry.id) }.map { exclusion -> HTML in
                let other = exclusion.a == entry.id ? exclusion.b : exclusion.a
                let on = exclusion.on == .record ? t("on the same record") : t("for the same person")
                return "<div><bdi>\(names[other] ?? other.rawValue)</bdi> <span class=\"sub\">\(on)</span></div>"
            }
            let group = entry.group ?? entry.screen.flatMap { id in catalogue.screens.first { $0.id == id }?.label }
            return """
                <tr><th scope="row"><bdi>\(entry.label)</bdi>\(if: entry.stepUp, " \(parts.badge(t("Second step"), icon: "shield"))")</th>\
                \(parts.cell(t("Id"), code(entry.id.rawValue)))\(parts.cell(t("Group"), text(group)))\
                \(parts.cell(t("Excludes"), excludes.isEmpty ? text(nil) : "\(excludes)"))</tr>
                """
        }
        return section(
            word(.functions), parts.table(caption: word(.functions), columns: [t("Name"), t("Id"), t("Group"), t("Excludes")], rows: rows))
    }

    private var roles: HTML {
        let rows = catalogue.roles.map { role -> HTML in
            """
            <tr><th scope="row"><bdi>\(role.name)</bdi>\(if: role.isManager, " \(parts.badge(t("Manager"), icon: "shield", tone: .violet))")</th>\
            \(parts.cell(t("What it is for"), text(role.description)))\(parts.cell(t("Grants"), grants(role)))\
            \(parts.cell(t("May give"), role.gives.isEmpty ? text(nil) : text(role.gives.sorted().joined(separator: ", "))))</tr>
            """
        }
        let title = t("Built-in: %1", wordInside(.roles))
        return section(
            title, parts.table(caption: title, columns: [t("Name"), t("What it is for"), t("Grants"), t("May give")], rows: rows))
    }

    private func grants(_ role: Catalogue.BuiltInRole) -> HTML {
        if role.listed.isEmpty { return "\(t("Everything, also what is added later"))" }
        func label(_ level: Level) -> String { level == .full ? t("full") : t("read") }
        let screens = catalogue.grantableScreens.compactMap { id in
            role.listed.screens[id].map { catalogue.name(of: id) + " " + label($0.level) }
        }
        let functions = catalogue.functions.compactMap { entry in role.listed.functions[entry.id].map { entry.label + " " + label($0) } }
        return text((screens + functions).joined(separator: ", "))
    }

    private var settings: HTML {
        let words = catalogue.terms.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.english, text($0.value)) }
        let logins =
            switch catalogue.defaults.concurrentLogins {
            case .takeOver: t("One at a time; a second one takes over")
            case .refuse: t("One at a time; a second one is refused")
            case .allow: t("Several, at most %1", String(catalogue.defaults.maxLogins))
            }
        let defaults: [(String, HTML)] = [
            (t("Sign-ins of one person"), "\(logins)"), (t("Deleting users"), "\(catalogue.defaults.userDeletion ? t("offered") : t("not offered"))"),
            (t("Field work"), "\(catalogue.hasFieldWork ? t("yes: sessions, links and API keys") : t("no"))"),
        ]
        return """
            <div class="mt-4">\(parts.card(t("Defaults of the account"), parts.details(defaults)))</div>
            \(if: !words.isEmpty, "<div class=\"mt-4\">\(parts.card(t("Words"), parts.details(words)))</div>")
            """
    }

    // MARK: What would change

    static func outcome(_ revision: CatalogueRevision, _ parts: Parts) -> HTML {
        func shown(_ value: JSON) -> HTML {
            value.isNull ? "<span class=\"muted\">\(t("nothing"))</span>" : "\(value.text ?? String(decoding: value.encode(), as: UTF8.self))"
        }
        let obstacles = revision.obstacles.map { problem -> HTML in "<li>\(problem.detail)</li>" }
        let stands: HTML =
            obstacles.isEmpty ? "" : parts.alert("<h2>\(t("It cannot be saved like this"))</h2><ul>\(obstacles)</ul>", tone: .danger)
        if revision.isEmpty { return parts.alert("\(t("Nothing would change."))") + stands }
        let rows = revision.changes.map { change -> HTML in
            """
            <tr><th scope="row"><span class="mono">\(change.field)</span></th>\(parts.cell(t("From"), shown(change.from)))\
            \(parts.cell(t("To"), shown(change.to)))</tr>
            """
        }
        let table = parts.table(caption: t("What would change"), columns: [t("What"), t("From"), t("To")], rows: rows)
        return """
            \(stands)<section aria-labelledby="changes" tabindex="-1" data-focus class="mb-4"><h2 id="changes" class="mb-2">\(t("What would change"))</h2>\
            \(rows.isEmpty ? "<p class=\"muted\">\(t("Only what built-in roles grant."))</p>" as HTML : table)</section>
            """
    }
}
