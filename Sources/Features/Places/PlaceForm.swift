import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Adding, renaming, moving and deleting a place.
enum PlaceForm {
    private static let path = PlacesPages.path
    /// So many places can be chosen to move into.
    private static let mostChoices = 1000

    static func new(_ call: Call) async throws -> Answer {
        let outline = try await outline(call)
        let parent = call.pageQuery()["in"].flatMap { PlaceID($0) }.flatMap { outline[$0] }
        let kind: Place.Kind =
            switch parent?.kind {
            case nil: .building
            case .building: .floor
            case .floor, .room, .area: .room
            }
        let values = ["kind": [kind.rawValue], "parent": [parent?.id.description ?? ""]]
        return page(call, nil, outline, FormView(Parts(call.house.assets), values: values))
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let place = try await call.write { permit, tx, ledger in
                let place = try Places.draft(Fields(input(form)), at: ledger.now, permit, tx)
                try Places.create(place, permit, tx, ledger)
                return place
            }
            return .see(Done.created.at(list(place)))
        } catch let problem as Problem where problem.isAboutInput {
            return page(call, nil, try await outline(call), FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    static func edit(_ call: Call) async throws -> Answer {
        let (place, outline) = try await find(call)
        let values = ["name": [place.name], "kind": [place.kind.rawValue], "parent": [place.parent?.description ?? ""]]
        return page(call, place, outline, FormView(Parts(call.house.assets), values: values), version: place.tag.text)
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let place = try await call.write { permit, tx, ledger in
                try Places.update(call.id(), { try Fields(input(form)) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(list(place)))
        } catch let problem as Problem where problem.isAboutInput {
            let (place, outline) = try await find(call)
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, place, outline, view, version: form.version(after: problem, stored: place.tag), status: problem.status)
        }
    }

    private static func find(_ call: Call) async throws -> (Place, PlaceOutline) {
        try await call.read { permit, tx in (try Places.find(call.id(), permit, tx), PlaceOutline(try Places.all(permit, tx))) }
    }

    private static func outline(_ call: Call) async throws -> PlaceOutline {
        try await call.read { permit, tx in PlaceOutline(try Places.all(permit, tx)) }
    }

    /// The page of the tree where the place can be seen.
    private static func list(_ place: Place) -> String { place.parent.map { "\(path)?in=\($0)" } ?? path }

    private static func input(_ form: FormData) -> JSON { JSON(members: form.texts("name", "kind", "parent")) }

    private static func page(
        _ call: Call, _ place: Place?, _ outline: PlaceOutline, _ form: FormView, version: String? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let title = place?.name ?? t("Add a place")
        let mayEdit = call.caller?.principal.access?.level(of: .places) == .full
        let kinds = Place.Kind.allCases.map { (value: $0.rawValue, text: PlaceLook.name($0)) }
        let crumbs =
            [(word(.places), path)] + (place.map { place in outline.path(to: place.id).dropLast().map { ($0.name, "\(path)?in=\($0.id)") } } ?? [])
        let section = form.section(
            t("Place"), id: "s-place",
            [
                form.text("name", t("Name"), help: t("Unique among the places beside it.")), form.select("kind", t("Kind"), kinds),
                form.select(
                    "parent", t("Lies in"), choices(outline, place, form),
                    help: place == nil ? nil : t("Whoever is granted the place that you choose, or one around it, has this one at once.")),
            ])
        let main: HTML = """
            \(parts.head("<bdi>\(title)</bdi>", crumbs: crumbs))\(form.summary)<form method="post" action="\(place.map(PlaceLook.path) ?? path)">\
            \(version.map { form.hidden("version", $0) })<fieldset class="plain"\(flag: "disabled", !mayEdit)>\(section)</fieldset>\
            \(if: mayEdit, form.actions(place == nil ? t("Add place") : t("Save changes"), cancel: path))</form>
            """
        return frame.page(title, at: .places, narrow: true, main, status: status)
    }

    /// Where it may lie: anywhere but in itself.
    private static func choices(_ outline: PlaceOutline, _ place: Place?, _ form: FormView) -> [(value: String, text: String)] {
        var choices = [(value: "", text: t("Nothing: at the top"))]
        func add(_ node: PlaceOutline.Node) {
            choices.append((node.place.id.description, String(repeating: "\u{2003}", count: node.depth) + node.place.name))
            node.children.forEach(add)
        }
        outline.nodes(most: mostChoices, without: place?.id).forEach(add)
        // One that lies too deep to be listed is there where it is chosen already.
        let chosen = form.value("parent")
        if !choices.contains(where: { $0.value == chosen }), let parent = PlaceID(chosen).flatMap({ outline[$0] }) {
            choices.append((chosen, outline.path(to: parent.id).map(\.name).joined(separator: " / ")))
        }
        return choices
    }

    // MARK: Delete

    static func askDelete(_ call: Call) async throws -> Answer {
        let (place, holds) = try await call.read { permit, tx in
            let place = try Places.find(call.id(), permit, tx)
            var holds = try Places.holds(on: place.id, permit, tx)
            // Who is granted what is told to those who may see users.
            if permit.access.level(of: .users) == .none { holds.holders = holds.holders.map { .init(id: $0.id, username: "", name: "") } }
            return (place, holds)
        }
        let frame = Frame(call)
        let title = t("Delete %1?", place.name)
        let main =
            holds.isNothing
            ? frame.parts.confirm(
                title, t("Nothing lies in it and nobody is granted it. This is final."), action: t("Delete"), path: PlaceLook.path(place) + "/delete",
                back: path)
            : held(place, holds, frame.parts)
        return frame.page(title, at: .places, narrow: true, main)
    }

    static func delete(_ call: Call) async throws -> Answer {
        do {
            try await call.write { permit, tx, ledger in try Places.delete(call.id(), permit, tx, ledger) }
            return .see(Done.deleted.at(path))
        } catch let problem as Problem where problem.code == "place_in_use" {
            var answer = try await askDelete(call)
            answer.status = problem.status
            return answer
        }
    }

    /// What keeps it from being deleted, with the ways there.
    private static func held(_ place: Place, _ holds: PlaceHolds, _ parts: Parts) -> HTML {
        let children = holds.children.map { child -> HTML in "<li><a href=\"\(PlaceLook.path(child))\">\(PlaceLook.label(child))</a></li>" }
        let holders = holds.holders.filter { !$0.name.isEmpty }.map { holder -> HTML in
            "<li><a href=\"/settings/users/\(holder.id)\"><bdi>\(holder.name)</bdi></a></li>"
        }
        let people = holds.holders.count == 1 ? t("1 person is granted it:") : t("%1 people are granted it:", Self.number(holds.holders.count))
        return """
            <div class="card"><div class="card-body" data-dialog-content><h1>\(t("%1 cannot be deleted yet", place.name))</h1>\
            <p class="muted mt-2">\(t("Move or delete what lies in it, and take it away from those who are granted it."))</p>\
            \(if: !children.isEmpty, "<h2 class=\"mt-2\">\(PlaceLook.inside(children.count))</h2><ul class=\"plain-list\">\(children)</ul>")\
            \(if: !holds.holders.isEmpty, "<h2 class=\"mt-2\">\(people)</h2><ul class=\"plain-list\">\(holders)</ul>")\
            <div class="form-actions at-end"><a class="btn" href="\(path)" data-close>\(t("Back"))</a></div></div></div>
            """
    }

    private static func number(_ count: Int) -> String { count < PlaceHolds.most ? String(count) : t("%1 or more", String(count)) }
}
