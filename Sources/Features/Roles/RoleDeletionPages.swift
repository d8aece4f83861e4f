import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Deleting a role: asked once, and where people hold it, with another role for them.
enum RoleDeletionPages {
    private struct Asked: Sendable {
        let role: RoleDefinition
        let desk: RoleDesk
        let holders: Int
        let people: [RoleHolder]
        /// What could be given to the holders; empty where the reader may not.
        let choices: [RoleDefinition]
    }

    private static func find(_ call: Call) async throws -> Asked {
        try await call.read { permit, tx in
            let role = try Roles.find(call.id(), permit, tx)
            let desk = try RoleDesk(permit, tx)
            let holders = try Roles.holders(of: [role.id], permit, tx)[role.id] ?? 0
            let named =
                desk.seesUsers && holders > 0 ? try Roles.people(holding: role.id, PageRequest(limit: RoleEffects.shown), permit, tx).items : []
            let access = permit.access
            let choices = desk.mayMove && holders > 0 ? try Roles.all(permit, tx).filter { $0.id != role.id && access.mayGive($0.role) } : []
            return Asked(role: role, desk: desk, holders: holders, people: named, choices: choices)
        }
    }

    static func ask(_ call: Call) async throws -> Answer {
        let asked = try await find(call)
        if asked.role.isBuiltIn { return RoleForm.builtIn(call, asked.role) }
        guard asked.desk.mayEdit(asked.role) else { throw Problem.forbiddenGrant }
        if asked.holders > 0 { return page(call, asked, FormView(Parts(call.house.assets))) }
        let frame = Frame(call)
        let own = RoleLook.path(asked.role.id)
        let question = t("Delete %1?", asked.role.name)
        let main = frame.parts.confirm(
            question, t("Nobody holds it. What happened to it stays in the history."), action: t("Delete"), path: own + "/delete", back: own)
        return frame.page(question, at: .roles, narrow: true, main)
    }

    static func delete(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let target = form["move_to"].flatMap { $0.isEmpty ? nil : RoleID($0).map { IDFilter.id($0) } ?? .matchesNothing }
        do {
            if let target, let question = try await question(call, form, target) { return question }
            try await call.write { permit, tx, ledger in try Roles.delete(call.id(), movingTo: target, permit, tx, ledger) }
            return .see(Done.deleted.at(RolesPages.path))
        } catch let problem as Problem where problem.isAboutInput {
            let asked = try await find(call)
            if asked.role.isBuiltIn { return RoleForm.builtIn(call, asked.role) }
            return page(call, asked, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    /// Who would gain and lose what by the other role; nil once that was seen.
    private static func question(_ call: Call, _ form: FormData, _ target: IDFilter<RoleKind>) async throws -> Answer? {
        let (to, preview) = try await call.read { permit, tx in
            try Roles.previewMove(call.id(), to: target, PageRequest(limit: RoleEffects.shown), permit, tx)
        }
        let asked = try await find(call)
        let yes = ETag(["role": .string(asked.role.tag.text), "to": .string(to.tag.text)]).text
        if form["confirmed"] == yes || preview.holders == 0 { return nil }
        let view = FormView(Parts(call.house.assets), values: ["move_to": [to.id.description]])
        return page(call, asked, view, moving: (to, preview, yes), status: 409)
    }

    private static func page(
        _ call: Call, _ asked: Asked, _ form: FormView, moving: (to: RoleDefinition, RolePreview, yes: String)? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let own = RoleLook.path(asked.role.id)
        let title = t("Delete %1", asked.role.name)
        let lead = t("It is held by %1. They need another one before it can go.", RoleLook.people(asked.holders))
        let effects = moving.map { moving -> HTML in
            """
            <p>\(t("Instead:")) <a href="\(RoleLook.path(moving.to.id))"><bdi>\(moving.to.name)</bdi></a></p>
            \(RoleEffects.html(moving.1, asked.desk, paths: call.house.paths, parts))
            """
        }
        let main: HTML = """
            \(parts.head("\(title)", lead: asked.holders > 0 ? lead : nil, crumbs: [(word(.roles), RolesPages.path), (asked.role.name, own)]))\
            \(form.summary)\(moving == nil ? people(asked, call, parts) : "")\(effects)\(choose(asked, form, own, moving?.yes, parts))
            """
        return frame.page(title, at: .roles, narrow: true, main, status: status)
    }

    private static func people(_ asked: Asked, _ call: Call, _ parts: Parts) -> HTML {
        if asked.people.isEmpty { return "" }
        let items = asked.people.map { person -> HTML in
            "<li><div><a href=\"\(call.house.paths.users)/\(person.id)\"><bdi>\(person.name)</bdi></a><span class=\"sub\"><bdi>\(person.username)</bdi></span></div></li>"
        }
        let rest = asked.holders - asked.people.count
        let all = "\(RoleLook.path(asked.role.id))/holders"
        let more: HTML = rest > 0 ? "<li><div><a href=\"\(all)\">\(t("and %1", RoleLook.people(rest)))</a></div></li>" : ""
        return """
            <section class="card" aria-labelledby="holders"><div class="card-header"><h2 id="holders">\(t("Who holds it"))</h2></div>\
            <ul class="items">\(items)\(more)</ul></section>
            """
    }

    private static func choose(_ asked: Asked, _ form: FormView, _ own: String, _ yes: String?, _ parts: Parts) -> HTML {
        guard !asked.choices.isEmpty else {
            let why =
                asked.desk.mayMove
                ? t("There is no other that you could give them.") : t("Somebody with access to %1 can give them another.", wordInside(.users))
            return "<p>\(why)</p><p>\(parts.link(t("Back"), to: own))</p>"
        }
        let options = [(value: "", text: t("Choose"))] + asked.choices.map { (value: $0.id.description, text: $0.name) }
        let action = yes == nil ? t("See what changes") : t("Move %1 and delete", RoleLook.people(asked.holders))
        return """
            <form method="post" action="\(own)/delete">\(yes.map { form.hidden("confirmed", $0) })\
            \(form.select("move_to", t("Give them instead"), options, help: t("Each of them gets it in place of this one, with an entry in the history.")))
            <div class="form-actions"><button class="btn \(yes == nil ? "btn-primary" as HTML : "btn-danger")" type="submit">\(action)</button>\
            <a class="btn" href="\(own)">\(t("Cancel"))</a></div></form>
            """
    }
}
