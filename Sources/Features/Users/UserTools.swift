import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import PlacesFeature
import RolesFeature

/// Search, filters and the choice of a view above the list of users; what is in use stands in the URL.
struct UserTools {
    private let asked: UsersAsked
    private let holdings: Holdings
    private let parts: Parts

    /// So many places can be chosen from.
    private static let mostPlaces = 300

    init(_ asked: UsersAsked, _ holdings: Holdings, _ parts: Parts) {
        self.asked = asked
        self.holdings = holdings
        self.parts = parts
    }

    var form: HTML {
        let form = FormView(
            parts,
            values: [
                "role": [asked.role?.description ?? ""], "status": [asked.status?.rawValue ?? ""], "screen": [asked.screen?.rawValue ?? ""],
                "level": [asked.level?.name ?? ""], "place": [asked.place?.description ?? ""], "away": [asked.away?.rawValue ?? ""],
            ])
        let all = [(value: "", text: t("All"))]
        let roles = all + holdings.roles.map { (value: $0.id.description, text: $0.name) }
        let statuses = all + [User.Status.enabled, .pending, .disabled].map { (value: $0.rawValue, text: UserLook.name($0)) }
        let screens = all + UserScreens.shown(holdings).map { (value: $0.id.rawValue, text: $0.label) }
        let levels = [(value: "", text: t("Read or full")), ("full", t("Full")), ("read", t("Read")), ("none", t("None"))]
        let away = all + UsersAsked.Away.allCases.map { (value: $0.rawValue, text: $0.text) }
        let path = UsersPages.path
        let places: HTML = holdings.places.isEmpty ? "" : menu(word(.place), form.select("place", word(.place), places))
        return """
            <form class="list-tools" id="filter" method="get" action="\(path)" role="search" aria-label="\(word(.users))" hx-get="\(path)"\
             hx-trigger="submit, input changed delay:250ms from:#q" hx-target="#list" hx-select="#list" hx-swap="outerHTML" hx-push-url="true">
            <div class="search">\(parts.icon("search"))<label class="visually-hidden" for="q">\(t("Name, username or e-mail"))</label>\
            <input class="form-control" type="search" id="q" name="search" value="\(asked.search)" placeholder="\(t("Name, username or e-mail"))"\
             maxlength="200" autocomplete="off" data-search></div>
            \(asked.view.map { form.hidden("view", $0.rawValue) })\(menu(word(.role), icon: "filter", form.select("role", word(.role), roles)))
            \(menu(t("Screen"), form.select("screen", t("Screen"), screens) + form.select("level", t("Level"), levels)))
            \(places)\(menu(t("Status"), form.select("status", t("Status"), statuses) + form.select("away", t("Last sign-in"), away)))
            \(views)</form>
            """
    }

    private var views: HTML {
        let showsMatrix = asked.showsMatrix(holdings)
        func link(_ view: UsersAsked.View, _ text: String, _ icon: StaticString) -> HTML {
            let isCurrent = showsMatrix == (view == .access)
            return """
                <a href="\(asked.changed { $0.view = view }.url)"\(attribute: "aria-current", isCurrent ? "true" : nil)>\(parts.icon(icon, small: true))\(text)</a>
                """
        }
        return
            "<div class=\"segmented\" role=\"group\" aria-label=\"\(t("View"))\">\(link(.list, t("List"), "users"))\(link(.access, t("Access"), "table"))</div>"
    }

    private var places: [(value: String, text: String)] {
        var choices = [(value: "", text: t("All"))]
        func add(_ node: PlaceOutline.Node) {
            choices.append((node.place.id.description, String(repeating: "\u{2003}", count: node.depth) + node.place.name))
            node.children.forEach(add)
        }
        holdings.places.nodes(most: Self.mostPlaces).forEach(add)
        if let place = asked.place, !choices.contains(where: { $0.value == place.description }) {
            choices.append((place.description, name(place)))
        }
        return choices
    }

    private func name(_ place: PlaceID) -> String {
        let path = holdings.places.path(to: place)
        return path.isEmpty ? t("unknown") : path.map(\.name).joined(separator: " / ")
    }

    private func menu(_ title: String, icon: StaticString? = nil, _ content: HTML) -> HTML {
        """
        <details class="menu menu-start" name="filters"><summary class="btn">\(icon.map { parts.icon($0) })\(title)\(parts.icon("chevron-down", small: true))</summary>\
        <div class="menu-list wide">\(content)<button class="btn btn-primary w-100 mt-2" type="submit">\(t("Show"))</button></div></details>
        """
    }

    var chips: HTML {
        var chips: [HTML] = []
        func chip(_ filter: String, _ value: String, _ without: UsersAsked) {
            chips.append(
                """
                <li><a class="chip" href="\(without.url)" aria-label="\(t("Remove filter: %1 %2", filter, value))">\(filter) <strong><bdi>\(value)</bdi></strong>\(parts.icon("x"))</a></li>
                """)
        }
        if let role = asked.role {
            chip(word(.role), holdings.roles.first { $0.id == role }?.name ?? t("unknown"), asked.changed { $0.role = nil })
        }
        if let screen = asked.screen {
            let label = holdings.account.catalogue.name(of: screen)
            let level = asked.level.map { ": " + UserScreens.name($0) } ?? ""
            chip(
                t("Screen"), label + level,
                asked.changed { asked in
                    asked.screen = nil
                    asked.level = nil
                })
        }
        if let place = asked.place { chip(word(.place), name(place), asked.changed { $0.place = nil }) }
        if let status = asked.status { chip(t("Status"), UserLook.name(status), asked.changed { $0.status = nil }) }
        if let away = asked.away { chip(t("Last sign-in"), away.text, asked.changed { $0.away = nil }) }
        if chips.isEmpty { return "" }
        return """
            <ul class="chips" aria-label="\(t("Filters in use"))">\(chips)<li><a class="btn btn-link btn-sm" href="\(asked.cleared.url)">\(t("Clear all"))</a></li></ul>
            """
    }
}
