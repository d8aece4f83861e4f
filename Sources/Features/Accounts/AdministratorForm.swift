import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Creating and editing an administrator. Who may not edit them sees the form without being able to change it.
enum AdministratorForm {
    // MARK: What is typed

    private static func input(_ form: FormData, isNew: Bool) throws -> Fields {
        var members = form.texts("name")
        members.append(("groups", form["groups_by"] == "all" ? "all" : form.list("groups")))
        members.append(("permissions", form.list("permissions")))
        guard isNew else { return try Fields(JSON(members: members)) }
        members += form.texts("email")
        switch form["password_by"] {
        case "generated": members.append(("generate_password", true))
        // Left empty it is too short, and no wish for a link.
        case "typed": members.append(("password", .string(form["password"] ?? "")))
        default: break
        }
        let fields = try Fields(JSON(members: members))
        if form["password_by"] == "typed" { AdministratorPasswordPages.requireRepeat(form, fields) }
        return fields
    }

    // MARK: Create

    static func new(_ call: Call) async throws -> Answer {
        let rights = AdministratorRights(call)
        let values = ["password_by": ["mailed"], "groups_by": [rights.groups == .all ? "all" : "some"]]
        return try await newPage(call, FormView(Parts(call.house.assets), values: values))
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let password = try await call.enterpriseRead { permit, tx in
                try Administrators.draft(input(form, isNew: true), at: call.now, permit, tx).password
            }
            let hash = try await password.hashed(call.house)
            let administrator = try await call.enterpriseWrite { permit, tx, ledger in
                let draft = try Administrators.draft(input(form, isNew: true), judged: password, at: ledger.now, permit, tx)
                try Administrators.create(draft.administrator, passwordHash: hash, call.house.mail, permit, tx, ledger)
                return draft.administrator
            }
            guard let password, password.isGenerated else { return .see(Done.created.at(AdministratorsPages.own(administrator))) }
            return AdministratorPasswordPages.secretPage(call, administrator, password, title: t("%1 was created", administrator.name))
        } catch let problem as Problem where problem.isAboutInput {
            return try await newPage(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func newPage(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let (tree, enterprise) = try await call.enterpriseRead { permit, tx in
            (try Groups.tree(permit, tx), try Enterprise.find(permit, tx).name)
        }
        let frame = Frame(call)
        let person = form.section(
            t("Person"), lead: t("The e-mail signs in."), id: "s-person",
            [form.row(form.text("name", t("Name")), form.text("email", t("E-mail"), .email))])
        let main: HTML = """
            \(frame.parts.head("\(t("Create administrator"))", crumbs: AdministratorPage.crumbs()))\(form.summary)
            <form method="post" action="\(AdministratorsPages.path)">\(person)\(access(form, nil, tree, AdministratorRights(call)))
            \(AdministratorPasswordPages.first(form, enterprise: enterprise))
            \(form.actions(t("Create administrator"), cancel: AdministratorsPages.path))</form>
            """
        return frame.page(t("Create administrator"), at: .administrators, narrow: true, main, status: status)
    }

    // MARK: Edit

    static func edit(_ call: Call) async throws -> Answer {
        let (administrator, tree) = try await AdministratorPage.find(call)
        var values = ["name": [administrator.name], "permissions": administrator.permissions.map(\.rawValue)]
        switch administrator.groups {
        case .all: values["groups_by"] = ["all"]
        case .only(let groups):
            values["groups_by"] = ["some"]
            values["groups"] = groups.map(\.description)
        }
        let form = FormView(Parts(call.house.assets), values: values)
        return page(call, administrator, tree, form, version: administrator.tag.text)
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let administrator = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.update(call.id(), { try input(form, isNew: false) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(AdministratorsPages.own(administrator)))
        } catch let problem as Problem where problem.isAboutInput {
            let (administrator, tree) = try await AdministratorPage.find(call)
            let version = form.version(after: problem, stored: administrator.tag)
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, administrator, tree, view, version: version, status: problem.status)
        }
    }

    private static func page(
        _ call: Call, _ administrator: Administrator, _ tree: GroupTree, _ form: FormView, version: String, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let rights = AdministratorRights(call)
        let mayEdit = rights.mayEdit(administrator)
        let own = AdministratorsPages.own(administrator)
        let notice: HTML = """
            \(if: administrator.isErased, parts.alert("\(t("The data of this administrator was erased: nothing but the id is left."))", tone: .warning))\
            \(if: !mayEdit && !administrator.isErased, parts.alert("\(t("You cannot change this person, who holds something that you do not."))", tone: .warning))\
            \(if: administrator.isDisabled && !administrator.isErased, parts.alert("\(t("This administrator is disabled: they cannot sign in."))", tone: .warning))\
            \(if: administrator.isDisabled && mayEdit, """
            <form method="post" action="\(own)/enable" class="mb-2"><button class="btn" type="submit">\(parts.icon("check"))\(t("Enable"))</button></form>
            """)
            """
        let password =
            administrator.hasPassword
            ? administrator.mustChangePassword ? t("Must be changed at the next sign-in") : t("Set")
            : administrator.isErased ? t("None") : t("None yet: a link to choose it was mailed")
        let facts: [(String, HTML)] = [
            (t("E-mail"), administrator.isErased ? "–" : "<a href=\"mailto:\(administrator.email)\">\(administrator.email)</a>"),
            (t("Last sign-in"), parts.time(administrator.lastSignInAt, ago: true, none: t("Never"))),
            (t("Last seen"), parts.time(administrator.lastSeenAt, ago: true, none: t("Never"))), (t("Password"), "\(password)"),
            (t("Created"), parts.time(administrator.createdAt)),
            (t("Id"), "<button class=\"id\" type=\"button\" aria-label=\"\(t("Copy administrator id"))\">\(administrator.id)</button>"),
        ]
        let main: HTML = """
            \(AdministratorPage.head(call, administrator, isHistory: false, parts))\(AdministratorPage.done(call, parts))\(notice)\(form.summary)
            \(parts.card(t("At a glance"), parts.details(facts)))<form method="post" action="\(own)">\(form.hidden("version", version))
            <fieldset class="plain"\(flag: "disabled", !mayEdit)>\(form.section(t("Person"), id: "s-person", [form.text("name", t("Name"))]))
            \(access(form, administrator, tree, rights))</fieldset>
            \(if: mayEdit, form.actions(t("Save changes"), cancel: AdministratorsPages.path))</form>
            """
        return frame.page(administrator.name, at: .administrators, narrow: true, main, status: status)
    }

    // MARK: What they may do, and where

    private static func access(_ form: FormView, _ administrator: Administrator?, _ tree: GroupTree, _ rights: AdministratorRights) -> HTML {
        var options = [
            (value: "some", text: t("The groups ticked below"), help: t("Ticking a group covers everything in it, what is added later too."))
        ]
        if rights.groups == .all || administrator?.groups == .all {
            options.insert(
                (value: "all", text: t("All groups"), help: t("Later ones too, and %1 of no group.", wordInside(.accounts))), at: 0)
        }
        // Nobody gives what they do not have; what somebody else has is shown.
        let offered = Permission.allCases.filter { rights.permissions.contains($0) || administrator?.permissions.contains($0) ?? false }
        let permissions = form.checks(
            "permissions", t("May"),
            offered.map { permission in
                (value: permission.rawValue, text: "\(permission.label)<span class=\"sub\">\(permission.meaning)</span>")
            },
            help: t("Everybody here sees the %1 and groups that are theirs.", wordInside(.accounts)))
        return form.section(
            t("Where"), lead: t("What lies outside does not exist for them."), id: "s-where",
            [
                form.radios("groups_by", t("Groups"), options),
                """
                <div data-show-when="groups_by=some"><fieldset class="field" id="groups" tabindex="-1"><legend>\(t("Groups ticked"))</legend>\
                \(ticks(form, tree))\(form.problem(with: "groups"))</fieldset></div>
                """,
            ])
            + form.section(t("What"), id: "s-what", [permissions])
    }

    private static func ticks(_ form: FormView, _ tree: GroupTree) -> HTML {
        let top = tree.children(of: nil)
        if top.isEmpty { return "<p class=\"form-hint\">\(t("There are no groups yet."))</p>" }
        return "<ul class=\"tree ticks\">\(top.map { tick($0, form, tree) })</ul>"
    }

    private static func tick(_ group: Group, _ form: FormView, _ tree: GroupTree) -> HTML {
        let inside = tree.children(of: group.id)
        return """
            <li><div class="form-check tree-tick"><input class="form-check-input" type="checkbox" id="group-\(group.id)" name="groups" value="\(group.id)" data-branch\
            \(flag: "checked", form.has("groups", group.id.description))><label for="group-\(group.id)"><bdi>\(group.name)</bdi></label></div>\
            \(if: !inside.isEmpty, "<ul>\(inside.map { tick($0, form, tree) })</ul>")</li>
            """
    }
}
