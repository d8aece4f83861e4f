import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Creating, duplicating and editing a role.
enum RoleForm {
    private static var path: String { RolesPages.path }

    // MARK: Create

    static func new(_ call: Call) async throws -> Answer {
        let desk = try await call.read { permit, tx in try RoleDesk(permit, tx) }
        return page(call, nil, desk, FormView(Parts(call.house.assets), values: RoleFields.values(of: Grants(), desk)))
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let role = try await call.write { permit, tx, ledger in
                let role = try Roles.draft(Fields(RoleFields.input(form, nil, RoleDesk(permit, tx))), at: ledger.now, permit, tx)
                try Roles.create(role, permit, tx, ledger)
                return role
            }
            return .see(Done.created.at(RoleLook.path(role.id)))
        } catch let problem as Problem where problem.isAboutInput {
            let desk = try await call.read { permit, tx in try RoleDesk(permit, tx) }
            return page(call, nil, desk, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    /// The form of a new role with the grants of another, as far as the reader holds them.
    static func duplicate(_ call: Call) async throws -> Answer {
        let (original, desk) = try await find(call)
        let grants = original.grants.held(by: desk.reader)
        var values = RoleFields.values(of: grants, desk)
        let name = t("Copy of %1", original.name).unicodeScalars.prefix(100)
        values["name"] = [String(String.UnicodeScalarView(name))]
        values["description"] = [original.description]
        let parts = Parts(call.house.assets)
        let isLess = grants != original.grants
        let note = isLess ? parts.alert("\(t("What you do not hold yourself is left out."))", tone: .warning) : ""
        return page(call, nil, desk, FormView(parts, values: values), copying: original, above: note)
    }

    // MARK: Edit

    static func edit(_ call: Call) async throws -> Answer {
        let (role, desk) = try await find(call)
        if role.isBuiltIn { return builtIn(call, role) }
        guard desk.mayEdit(role) else { throw Problem.forbiddenGrant }
        var values = RoleFields.values(of: role.grants, desk)
        values["name"] = [role.name]
        values["description"] = [role.description]
        return page(call, role, desk, FormView(Parts(call.house.assets), values: values), version: role.tag.text)
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let (before, after, preview, desk) = try await call.read { permit, tx in
                let before = try Roles.find(call.id(), permit, tx)
                let desk = try RoleDesk(permit, tx)
                let fields = { try Fields(RoleFields.input(form, before, desk)) }
                let (after, preview) = try Roles.preview(before.id, fields, PageRequest(limit: RoleEffects.shown), permit, tx)
                return (before, after, preview, desk)
            }
            try form.requireVersion(before.tag)
            let yes = agreement(to: after, from: before)
            if before.grants != after.grants, RoleEffects.matter(preview, desk), form["confirmed"] != yes {
                let values = Dictionary(form.fields.map { ($0.name, [$0.value]) }, uniquingKeysWith: +)
                let asked = FormView(Parts(call.house.assets), values: values)
                return page(call, before, desk, asked, version: before.tag.text, asks: (preview, yes), status: 409)
            }
            let role = try await call.write { permit, tx, ledger in
                let (before, desk) = (try Roles.find(call.id(), permit, tx), try RoleDesk(permit, tx))
                return try Roles.update(
                    before.id, { try Fields(RoleFields.input(form, before, desk)) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(RoleLook.path(role.id)))
        } catch let problem as Problem where problem.isAboutInput {
            let (role, desk) = try await find(call)
            if role.isBuiltIn { return builtIn(call, role) }
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, role, desk, view, version: form.version(after: problem, stored: role.tag), status: problem.status)
        }
    }

    /// What somebody says yes to: this change and no other.
    private static func agreement(to after: RoleDefinition, from before: RoleDefinition) -> String {
        ETag(["from": before.details, "to": after.details]).text
    }

    private static func find(_ call: Call) async throws -> (RoleDefinition, RoleDesk) {
        try await call.read { permit, tx in (try Roles.find(call.id(), permit, tx), try RoleDesk(permit, tx)) }
    }

    /// Why a built-in role is not edited or deleted, and what can be done instead.
    static func builtIn(_ call: Call, _ role: RoleDefinition) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let actions = [
            parts.link(t("Duplicate"), to: RoleLook.path(role.id) + "/duplicate", icon: "copy", primary: true),
            parts.link(t("Back"), to: RoleLook.path(role.id)),
        ]
        let text = t("It came with the account and stays as it is. Duplicate it, and change the copy.")
        let head = parts.head("<bdi>\(role.name)</bdi>", crumbs: [(word(.roles), path)])
        return frame.page(
            role.name, at: .roles, narrow: true,
            head + parts.empty(t("This %1 is built in", wordInside(.role)), text, icon: "lock", actions: actions), status: 409)
    }

    // MARK: The page

    private static func page(
        _ call: Call, _ role: RoleDefinition?, _ desk: RoleDesk, _ form: FormView, version: String? = nil, copying original: RoleDefinition? = nil,
        above: HTML = "", asks: (RolePreview, yes: String)? = nil, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let own = role.map { RoleLook.path($0.id) }
        let title = role.map { t("Edit %1", $0.name) } ?? original.map { t("Duplicate %1", $0.name) } ?? word(.createRole)
        let crumbs = [(word(.roles), path)] + ([role ?? original].compactMap { $0 }.map { ($0.name, RoleLook.path($0.id)) })
        let action = role == nil ? word(.createRole) : asks == nil ? t("Save changes") : t("Save for all of them")
        let back = own ?? original.map { RoleLook.path($0.id) } ?? path
        let main: HTML = """
            \(parts.head("\(title)", crumbs: crumbs))\(form.summary)\(above)\
            \(if: status == 412, "<p>\(parts.link(t("History"), to: (own ?? path) + "/history", icon: "history"))</p>")\
            <form method="post" action="\(own ?? path)">\(version.map { form.hidden("version", $0) })\
            \(asks.map { asks -> HTML in form.hidden("confirmed", asks.yes) + RoleEffects.asked(asks.0, desk, paths: call.house.paths, parts) })
            \(RoleFields.name(form))\(RoleFields.screens(form, role, desk, parts))\(RoleFields.functions(form, role, desk, parts))
            \(form.actions(action, cancel: back))</form>
            """
        return frame.page(title, at: .roles, narrow: true, main, status: status)
    }
}

extension Grants {
    /// These, as far as somebody holds them.
    fileprivate func held(by access: Access) -> Grants {
        var screens: [Screen: ScreenGrant] = [:]
        for (screen, grant) in self.screens {
            let held = access.screens[screen] ?? Held()
            let reach: Reach = grant.reach == .all && held.level(on: .all) > .none ? .all : Screen.withReach.contains(screen) ? .own : .all
            screens[screen] = ScreenGrant(min(grant.level, held.level(on: reach)), reach: reach)
        }
        return Grants(screens: screens, functions: functions.reduce(into: [:]) { $0[$1.key] = min($1.value, access.level(of: $1.key)) })
    }
}
