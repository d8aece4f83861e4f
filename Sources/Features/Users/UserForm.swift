import APIKeysFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature

/// Creating and editing a user.
enum UserForm {
    private static var path: String { UsersPages.path }

    // MARK: Create

    static func new(_ call: Call) async throws -> Answer {
        let holdings = try await holdings(call)
        // Of many roles none is given unless it is ticked.
        let usual = holdings.offersSeveralRoles(to: nil) ? nil : holdings.choices(for: nil).first { $0.isBuiltIn && !$0.role.isManager }
        let values = ["roles": [usual?.id.description ?? ""], "password_by": ["generated"], "places_by": ["some"]]
        return page(call, nil, holdings, FormView(Parts(call.house.assets), values: values))
    }

    static func create(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let input = try input(form, call, of: nil)
        do {
            let password = try await call.read { permit, tx in try Users.draft(fields(input, form), at: call.now, permit, tx).password }
            let hash = try await password.hashed(call.house)
            let user = try await call.write { permit, tx, ledger in
                let draft = try Users.draft(fields(input, form), judged: password, at: ledger.now, permit, tx)
                try Users.create(draft, passwordHash: hash, call.house.mail, permit, tx, ledger)
                return draft.user
            }
            guard let password, password.isGenerated else { return .see(Done.created.at(UserLook.path(user))) }
            return secretPage(call, user, password, title: t("%1 was created", user.name))
        } catch let problem as Problem where problem.isAboutInput {
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return page(call, nil, try await holdings(call), view, status: problem.status)
        }
    }

    /// The form's fields; a password that is typed is typed twice.
    private static func fields(_ input: JSON, _ form: FormData) throws -> Fields {
        let fields = try Fields(input)
        if form["password_by"] == "typed" { UserStandingPages.requireRepeat(form, fields) }
        return fields
    }

    private static func holdings(_ call: Call) async throws -> Holdings {
        try await call.read { permit, tx in try Holdings(at: call.now, withPlaces: true, permit, tx) }
    }

    /// A generated password, this once.
    static func secretPage(_ call: Call, _ user: User, _ password: NewPassword, title: String) -> Answer {
        let frame = Frame(call)
        let lead =
            user.mustChangePassword
            ? t("Hand it over in a safe way. It must be changed at the first sign-in.") : t("Hand it over in a safe way.")
        let panel = frame.parts.secret(
            title: t("The password, shown only now"), lead: lead,
            values: [("secret-username", t("Username"), user.username), ("secret-password", t("Password"), password.text)], then: UserLook.path(user))
        return frame.page(title, at: .users, narrow: true, frame.parts.head("\(title)", crumbs: [(word(.users), path)]) + panel)
    }

    // MARK: Edit

    static func edit(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await find(call)
        guard holdings.mayEdit(user) else { throw Problem.forbiddenGrant }
        let lacking = try await call.read { permit, tx in try UserKeyPages.Lacking(of: user.id, at: call.now, permit, tx) }
        var values = [
            "first_name": [user.firstName], "last_name": [user.lastName], "username": [user.username], "roles": user.roles.map(\.description),
            "ends_at": [day(user.endsAt) ?? ""],
        ]
        switch user.keys {
        case .all: values["all_keys"] = ["yes"]
        case .only(let keys): values["api_keys"] = keys.map(\.description)
        }
        switch user.places {
        case .all: values["places_by"] = ["all"]
        case .only(let places):
            values["places_by"] = ["some"]
            values["places"] = places.map(\.description)
        }
        let parts = Parts(call.house.assets)
        return page(
            call, user, holdings, FormView(parts, values: values), version: version(of: user, holdings, at: call.now).text,
            above: lacking.alerts(call, parts))
    }

    static func save(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let user = try await call.write { permit, tx, ledger in
                let before = try Users.find(call.id(), permit, tx)
                let keys = permit.keys
                let user = try Users.update(
                    before.id, { try Fields(input(form, call, of: before)) },
                    match: { try form.requireVersion(ETag($0.json(at: ledger.now, visible: keys))) }, permit, tx, ledger)
                try Users.requireAgreement(from: before, to: user, { isAgreed(form, $0) }, permit, tx)
                return user
            }
            return .see(Done.saved.at(UserLook.path(user)))
        } catch let hides as HidesSessions {
            let (user, holdings) = try await find(call)
            let view = FormView(Parts(call.house.assets), values: Dictionary(form.fields.map { ($0.name, [$0.value]) }, uniquingKeysWith: +))
            return page(call, user, holdings, view, version: form["version"], hides: hides, status: 409)
        } catch let problem as Problem where problem.isAboutInput {
            let (user, holdings) = try await find(call)
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            let version = form.version(after: problem, stored: version(of: user, holdings, at: call.now))
            return page(call, user, holdings, view, version: version, status: problem.status)
        }
    }

    private static func find(_ call: Call) async throws -> (User, Holdings) {
        try await call.read { permit, tx in (try Users.find(call.id(), permit, tx), try Holdings(at: call.now, withPlaces: true, permit, tx)) }
    }

    private static func version(of user: User, _ holdings: Holdings, at now: Timestamp) -> ETag {
        ETag(user.json(at: now, visible: holdings.reader.keys))
    }

    /// Yes to as many as were shown, and to no more.
    private static func isAgreed(_ form: FormData, _ hides: HidesSessions) -> Bool {
        guard form.isTicked("confirmed") else { return false }
        guard let count = hides.count, let shown = form["hides"].flatMap({ Int($0) }) else { return true }
        return count <= shown
    }

    // MARK: From the form to the verb's fields

    private static func input(_ form: FormData, _ call: Call, of user: User?) throws -> JSON {
        var members = form.texts("first_name", "last_name", "username")
        members.append(("roles", form.list("roles")))
        if case .account(_, hasFieldWork: true, _) = try call.principal().place {
            members.append(("api_keys", form.isTicked("all_keys") ? .string("all") : form.list("api_keys")))
        }
        if let places = UserPlaces.input(form, try call.principal().access?.tree ?? .empty) { members.append(("places", places)) }
        members.append(("ends_at", end(form, of: user)))
        guard user == nil else { return JSON(members: members) }
        members += form.texts("email")
        switch form["password_by"] {
        case "mailed": return JSON(members: members)
        case "typed":
            // Left empty it is too short, and no wish for a link.
            members += [("password", .string(form["password"] ?? "")), ("must_change", .bool(form.isTicked("must_change")))]
        default: members.append(("generate_password", true))
        }
        members.append(("send_credentials", .bool(form.isTicked("send_credentials"))))
        return JSON(members: members)
    }

    /// The beginning of a day; the moment that stands there already, where its day was left as it was.
    private static func end(_ form: FormData, of user: User?) -> JSON {
        let text = (form["ends_at"] ?? "").trimmingWhitespace()
        if text.isEmpty { return .null }
        if let end = user?.endsAt, day(end) == text { return JSON(end) }
        return .string(text.utf8.count == 10 ? text + "T00:00:00Z" : text)
    }

    private static func day(_ time: Timestamp?) -> String? { time.map { String($0.description.prefix(10)) } }

    // MARK: The page

    private static func page(
        _ call: Call, _ user: User?, _ holdings: Holdings, _ form: FormView, version: String? = nil, hides: HidesSessions? = nil,
        above: HTML = "", status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let parts = frame.parts
        let own = user.map(UserLook.path)
        let title = user.map { t("Edit %1", $0.name) } ?? word(.createUser)
        let crumbs = [(word(.users), path)] + (user.map { [($0.name, UserLook.path($0))] } ?? [])
        let warning: HTML = hides.flatMap { hides in user.map { UserFormParts.warning(hides, $0, holdings, parts) } } ?? ""
        let action = user == nil ? t("Create %1", wordInside(.user)) : hides == nil ? t("Save changes") : t("Save and hide them")
        let main: HTML = """
            \(parts.head("\(title)", crumbs: crumbs))\(form.summary)\(above)\(if: hides != nil, askedAgain(parts))\
            \(if: status == 412, history(own, parts))<form method="post" action="\(own ?? path)">\
            \(version.map { form.hidden("version", $0) })\
            \(hides.map { hides -> HTML in form.hidden("confirmed", "yes") + "\(hides.count.map { form.hidden("hides", String($0)) })" })
            \(UserFormParts.person(form, user))\(UserFormParts.access(form, user, holdings, warning: warning, parts))\
            \(if: user == nil, UserFormParts.password(form, holdings))
            \(form.actions(action, cancel: own ?? path))</form>
            """
        return frame.page(title, at: .users, narrow: true, main, status: status)
    }

    private static func askedAgain(_ parts: Parts) -> HTML {
        """
        <div class="alert alert-warning" role="alert" tabindex="-1" data-focus>\(parts.icon("alert"))\
        <div>\(t("Nothing is saved yet: it would hide sessions.")) <a href="#hides">\(t("See how many"))</a></div></div>
        """
    }

    private static func history(_ own: String?, _ parts: Parts) -> HTML {
        "<p>\(parts.link(t("History"), to: (own ?? path) + "/history", icon: "history"))</p>"
    }
}
