import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// "Who can do this here?": everybody who may, with the roles that give it.
enum WhoCanPage {
    static func path(_ call: Call) -> String { call.house.paths.users + "/who-can" }

    /// What the URL asks for; what it cannot mean is left out.
    struct Asked: Sendable, Hashable {
        var thing: Evaluation.Resource?
        var level = Level.read
        var place: PlaceID?
        var after: String?

        init(_ query: FormData) {
            let parts = (query["what"] ?? "").split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] == "screen" { thing = .screen(Screen(rawValue: parts[1])) }
            if parts.count == 2, parts[0] == "function" { thing = .function(Function(rawValue: parts[1])) }
            level = query["level"] == "full" ? .full : .read
            place = query["place"].flatMap { PlaceID($0) }
            after = query["after"].flatMap { UserID($0) }?.description
        }

        var what: String {
            switch thing {
            case .screen(let screen): "screen:" + screen.rawValue
            case .function(let function): "function:" + function.rawValue
            case .session, nil: ""
            }
        }

        func url(_ path: String, after: String? = nil) -> String {
            var query = [("what", what), ("level", level.name)]
            if let place { query.append(("place", place.description)) }
            if let after { query.append(("after", after)) }
            return path + "?" + PercentEncoding.query(query)
        }
    }

    static func show(_ call: Call) async throws -> Answer {
        let asked = Asked(call.pageQuery())
        let frame = Frame(call)
        let parts = frame.parts
        let (catalogue, places) = try await call.read { permit, tx in
            (try AccountFacts.of(permit, tx).catalogue, try DecisionStore.places(permit, tx))
        }
        let head = parts.head(
            "\(t("Who can do this?"))", lead: t("Everybody who may, and the roles that give it to them."),
            crumbs: [(word(.users), call.house.paths.users)])
        let form = form(asked, catalogue, places, call, parts)
        guard let thing = asked.thing else { return frame.page(t("Who can do this?"), at: .users, head + form) }
        var circumstances = Evaluation.Circumstances()
        if let place = asked.place { circumstances.place = .some(place) }
        let page = SearchPage(after: asked.after)
        let found = try await DecisionSearch.subjects(.user, asked.level, thing, circumstances, page, call)
        let (people, roles) = try await call.read { permit, tx in
            (try DecisionStore.people(found.items.map(\.id), permit, tx), try Roles.all(permit, tx).map(\.role))
        }
        let list = list(found, people, roles, asked, call, parts)
        return frame.page(t("Who can do this?"), at: .users, head + form + "<div id=\"list\">\(list)</div>")
    }

    private static func form(
        _ asked: Asked, _ catalogue: Catalogue, _ places: [DecisionStore.Place], _ call: Call, _ parts: Parts
    ) -> HTML {
        let values = ["what": [asked.what], "level": [asked.level.name], "place": [asked.place?.description ?? ""]]
        let form = FormView(parts, values: values)
        let own = Screen.ownScreens.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }
        let things =
            [(value: "", text: t("Choose"))] + catalogue.screens.map { (value: "screen:" + $0.id.rawValue, text: $0.label) }
            + catalogue.functions.map { (value: "function:" + $0.id.rawValue, text: $0.label) }
            + own.map { (value: "screen:" + $0.rawValue, text: catalogue.name(of: $0)) }
        let levels = [(value: "read", text: t("Read")), (value: "full", text: t("Full"))]
        let somewhere = [(value: "", text: t("Anywhere"))] + places.map { (value: $0.id.description, text: $0.path) }
        return """
            <form class="card" method="get" action="\(path(call))" aria-label="\(t("Who can do this?"))"><div class="card-body"><div class="field-row">\
            \(form.select("what", t("What"), things))\(form.select("level", t("Level"), levels))\
            \(if: !places.isEmpty, form.select("place", word(.place), somewhere))</div>\
            <div class="form-actions"><button class="btn btn-primary" type="submit">\(parts.icon("search"))\(t("Show"))</button></div></div></form>
            """
    }

    private static func list(
        _ found: Found<DecisionSearch.Person>, _ people: [String: DecisionStore.Person], _ roles: [Role], _ asked: Asked, _ call: Call, _ parts: Parts
    ) -> HTML {
        if found.items.isEmpty, asked.after == nil {
            return parts.empty(t("Nobody"), t("Nobody who can sign in may do this."), icon: "users")
        }
        let rows = found.items.map { item -> HTML in
            let person = people[item.id]
            let via = item.via.compactMap { id in roles.first { $0.id.description == id }?.name }
            let path = "\(call.house.paths.users)/\(item.id)/access"
            return """
                <tr><th scope="row"><a href="\(path)"><bdi>\(person?.name ?? item.id)</bdi></a><span class="sub"><bdi>\(person?.username ?? "")</bdi></span></th>\
                \(parts.cell(t("Given by"), via.map { name -> HTML in parts.badge(name, icon: "user") }.joined(separator: " ")))</tr>
                """
        }
        let shown = found.items.count == 1 ? t("1 person") : t("%1 people", String(found.items.count))
        return """
            \(parts.table(caption: t("Who can do this, newest first"), columns: [t("Name"), t("Given by")], rows: rows))\
            \(parts.pager(t("%1, newest first", shown), older: found.last.map { asked.url(path(call), after: $0) }))
            """
    }
}
