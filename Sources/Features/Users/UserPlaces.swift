import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import PlacesFeature

/// The places of a user, in the form and on their page.
enum UserPlaces {
    /// So many can be ticked one by one; what lies deeper is given with what it lies in, or by API.
    private static let most = 1500

    /// Whether this account's people are told about places at all.
    private static func matters(_ user: User?, _ holdings: Holdings) -> Bool {
        !holdings.places.isEmpty || !holdings.hasFieldWork || (user.map { $0.places != .nothing } ?? false)
    }

    // MARK: The form

    /// All, now and in future, or those that are ticked in the tree; a place that is ticked stands for what lies in it.
    static func choice(_ form: FormView, _ user: User?, _ holdings: Holdings) -> HTML {
        if !matters(user, holdings) { return "" }
        var options = [
            (
                value: "some", text: t("The places ticked below"),
                help: t("Ticking a building covers everything in it, what is added later too.")
            )
        ]
        if holdings.reader.places == .all || user?.places == .all {
            options.insert((value: "all", text: t("All places, current and future"), help: ""), at: 0)
        }
        let ticks = Ticks(form: form, user: user, holdings: holdings)
        return """
            \(form.radios("places_by", word(.placeAccess), options))<div data-show-when="places_by=some"><fieldset class="field" id="places" tabindex="-1">\
            <legend>\(t("Places ticked"))</legend>\(ticks.html)\(form.problem(with: "places"))</fieldset></div>
            """
    }

    private struct Ticks {
        let form: FormView
        let user: User?
        let holdings: Holdings

        var html: HTML {
            let nodes = holdings.places.nodes(most: UserPlaces.most)
            if nodes.isEmpty { return "<p class=\"form-hint\">\(t("There are no places yet."))</p>" }
            // What is ticked and lies too deep to be shown stays ticked.
            let shown = Set(nodes.flatMap(ids))
            let deeper = form.values(of: "places").filter { !shown.contains($0) }.map { form.hidden("places", $0) }
            return "<ul class=\"tree ticks\">\(nodes.map(tick))</ul>\(deeper)"
        }

        private func ids(_ node: PlaceOutline.Node) -> [String] { [node.place.id.description] + node.children.flatMap(ids) }

        private func tick(_ node: PlaceOutline.Node) -> HTML {
            let place = node.place
            let isTicked = form.has("places", place.id.description)
            let mayGive = holdings.reader.holds(place.id) || isTicked || held(place.id)
            let box: HTML = """
                <div class="form-check tree-tick"><input class="form-check-input" type="checkbox" id="place-\(place.id)" name="places" value="\(place.id)" data-branch\
                \(flag: "checked", isTicked)\(flag: "disabled", !mayGive)><label for="place-\(place.id)">\(PlaceLook.label(place))</label></div>
                """
            if node.children.isEmpty { return "<li>\(box)</li>" }
            let inside = node.count == 1 ? t("1 place in it") : t("%1 places in it", String(node.count))
            return """
                <li>\(box)<details\(flag: "open", isOpen(node))><summary>\(inside)<span class="visually-hidden">: \(place.name)</span></summary>\
                <ul>\(node.children.map(tick))</ul></details></li>
                """
        }

        private func held(_ place: PlaceID) -> Bool {
            guard case .only(let places)? = user?.places else { return false }
            return places.contains(place)
        }

        /// Open where something in it is ticked, or few places are there at all.
        private func isOpen(_ node: PlaceOutline.Node) -> Bool {
            if holdings.places.count <= 30 { return true }
            return node.children.contains { form.has("places", $0.place.id.description) || isOpen($0) }
        }
    }

    /// What the form says; nil where it has no places. What is covered by another tick is left out: browsers without scripts send both.
    static func input(_ form: FormData, _ tree: PlaceTree) -> JSON? {
        guard let by = form["places_by"] else { return nil }
        if by == "all" { return "all" }
        let ticked = form.all("places")
        let ids = Set(ticked.compactMap { PlaceID($0) })
        return JSON(
            ticked.filter { text in
                guard let id = PlaceID(text), let path = tree.path(of: id) else { return true }
                return !path.dropFirst().contains(where: ids.contains)
            })
    }

    // MARK: The page

    /// A card with the places of a user; nothing where the account has no use for places.
    static func card(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        if !matters(user, holdings) { return "" }
        return """
            <section class="card" aria-labelledby="places"><div class="card-header"><h2 id="places">\(word(.placeAccess))</h2></div><ul class="items">\(items(user, holdings, parts))</ul></section>
            """
    }

    private static func items(_ user: User, _ holdings: Holdings, _ parts: Parts) -> HTML {
        guard case .only(let ids) = holdings.access(of: user).places else {
            return "<li>\(parts.icon("building"))<div><strong>\(t("All places, current and future"))</strong></div></li>"
        }
        let places = ids.compactMap { holdings.places[$0] }.map { ($0, PlaceOrder(name($0, holdings))) }.sorted { $0.1 < $1.1 }.map(\.0)
        if places.isEmpty { return "<li><div class=\"muted\">\(t("None"))</div></li>" }
        return places.map { place -> HTML in
            let around = holdings.places.path(to: place.id).dropLast().map { $0.name }.joined(separator: " / ")
            return """
                <li>\(parts.icon("building"))<div><strong><bdi>\(place.name)</bdi></strong>\(if: !around.isEmpty, "<span class=\"sub\"><bdi>\(around)</bdi></span>")</div></li>
                """
        }.joined()
    }

    private static func name(_ place: Place, _ holdings: Holdings) -> String {
        holdings.places.path(to: place.id).map(\.name).joined(separator: "/")
    }
}
