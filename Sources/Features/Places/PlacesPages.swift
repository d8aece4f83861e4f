import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// Settings > Places: the tree.
package enum PlacesPages {
    static let path = "/settings/places"
    private static let read = Route.Needs.need(.screen(.places, .read))
    private static let full = Route.Needs.need(.screen(.places, .full))

    package static let routes: [Route] = [
        .get(path, read, handler: tree),
        .get(path + "/new", full, handler: PlaceForm.new),
        .post(path, full, handler: PlaceForm.create),
        .get(path + "/import", full, handler: PlaceImportPages.ask),
        .post(path + "/import", full, handler: PlaceImportPages.go),
        .post(
            path + "/import/load", full, leaves: .nothing(because: "It puts a file's lines into the form, and changes nothing."),
            upload: .multipart(limit: 4 << 20), handler: PlaceImportPages.load),
        .get(path + "/{id}", read, handler: PlaceForm.edit),
        .post(path + "/{id}", full, handler: PlaceForm.save),
        .get(path + "/{id}/delete", full, handler: PlaceForm.askDelete),
        .post(path + "/{id}/delete", full, handler: PlaceForm.delete),
        ThingHistory.page(path + "/{id}/history", read, at: .places, of: { (word(.places), path) }) { call, permit, tx in
            try Places.find(call.id(), permit, tx).subject
        },
    ]

    /// So many places stand on one page; what lies deeper is a click away.
    private static let most = 400

    private static func tree(_ call: Call) async throws -> Answer {
        let asked = call.pageQuery()["in"].flatMap { PlaceID($0) }
        let outline = try await call.read { permit, tx in PlaceOutline(try Places.all(permit, tx)) }
        let frame = Frame(call)
        let parts = frame.parts
        let access = try call.principal().access
        let mayEdit = access?.level(of: .places) == .full
        let place = asked.flatMap { outline[$0] }
        let new = parts.link(
            place == nil ? t("Add a place") : t("Add a place here"), to: path + "/new" + (place.map { "?in=\($0.id)" } ?? ""), icon: "plus",
            primary: true)
        let actions = mayEdit ? [parts.link(t("Import"), to: path + "/import", icon: "table"), new] : []
        let crumbs =
            place.map { place in [(word(.places), path)] + outline.path(to: place.id).dropLast().map { ($0.name, "\(path)?in=\($0.id)") } } ?? []
        let head = parts.head(
            place.map { "<bdi>\($0.name)</bdi>" } ?? "\(word(.places))",
            lead: place.map { PlaceLook.name($0.kind) } ?? t("Buildings, floors and rooms. Whoever is granted a place has everything in it."),
            crumbs: crumbs, actions: actions)
        if outline.isEmpty {
            let text = t("Add a building, then its floors and rooms, or import a list. Until there is one, people have all places or none.")
            return frame.page(word(.places), at: .places, head + parts.empty(t("No places yet"), text, icon: "building", actions: actions))
        }
        let nodes = outline.nodes(in: place?.id, most: most)
        let row = Row(parts: parts, mayEdit: mayEdit, maySeeUsers: (access?.level(of: .users) ?? .none) > .none)
        let list: HTML =
            nodes.isEmpty
            ? "<div class=\"card\"><div class=\"card-body muted\">\(t("Nothing lies in it."))</div></div>"
            : "<div class=\"card\"><ul class=\"tree\" aria-label=\"\(word(.places))\">\(nodes.map(row.html))</ul></div>"
        return frame.page(
            place?.name ?? word(.places), at: .places,
            head + done(call, parts) + list + parts.pager(outline.count == 1 ? t("1 place") : t("%1 places", String(outline.count)), older: nil))
    }

    private static func done(_ call: Call, _ parts: Parts) -> HTML {
        switch Done(call) {
        case .created: parts.alert("\(t("The place was added."))")
        case .saved: parts.alert("\(t("The place was saved."))")
        case .deleted: parts.alert("\(t("The place was deleted."))")
        case .completed: parts.alert("\(t("The list was imported."))")
        default: ""
        }
    }

    /// One place in the tree, with what lies in it.
    private struct Row {
        let parts: Parts
        let mayEdit: Bool
        let maySeeUsers: Bool

        func html(_ node: PlaceOutline.Node) -> HTML {
            let menu: HTML = "<div class=\"tree-menu\">\(parts.menu(for: node.place.name, items(node.place)))</div>"
            if node.count == 0 { return "<li>\(menu)<div class=\"tree-row\">\(PlaceLook.label(node.place))</div></li>" }
            if node.children.isEmpty {
                return """
                    <li>\(menu)<div class="tree-row"><a href="\(path)?in=\(node.place.id)">\(PlaceLook.label(node.place))</a> \
                    <span class="muted">\(PlaceLook.inside(node.count))</span></div></li>
                    """
            }
            return """
                <li>\(menu)<details\(flag: "open", node.depth == 0)><summary class="tree-row">\(parts.icon("chevron-right", small: true))\(PlaceLook.label(node.place)) \
                <span class="muted">\(PlaceLook.inside(node.count))</span></summary><ul>\(node.children.map(html))</ul></details></li>
                """
        }

        private func items(_ place: Place) -> [Parts.MenuItem] {
            let own = PlaceLook.path(place)
            let users = Parts.MenuItem(t("Who has it"), "/settings/users?place=\(place.id)", icon: "users")
            let history = Parts.MenuItem(word(.history), own + "/history", icon: "history")
            guard mayEdit else { return [.init(t("Details"), own, icon: "info")] + (maySeeUsers ? [users] : []) + [history] }
            return [
                .init(t("Add a place here"), "\(path)/new?in=\(place.id)", icon: "plus"),
                .init(t("Rename or move"), own, icon: "edit"),
            ] + (maySeeUsers ? [users] : []) + [history, .init(t("Delete"), own + "/delete", icon: "x", dangerous: true, asks: true)]
        }
    }
}
