import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Whether a user may sign in, and with what password.
enum UserStandingPages {
    private static var path: String { UsersPages.path }

    static func find(_ call: Call) async throws -> (User, Holdings) {
        try await call.read { permit, tx in (try Users.find(call.id(), permit, tx), try Holdings(at: call.now, permit, tx)) }
    }

    static func crumbs(_ user: User) -> [(String, String)] { [(word(.users), path), (user.name, UserLook.path(user))] }

    // MARK: Password

    static func askPassword(_ call: Call) async throws -> Answer {
        let (user, holdings) = try await find(call)
        guard holdings.maySetPassword(of: user) else { throw Problem.forbiddenGrant }
        return passwordPage(call, user, holdings, FormView(Parts(call.house.assets), values: ["password_by": ["typed"], "must_change": ["yes"]]))
    }

    static func setPassword(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let password = try await call.read { permit, tx in try Users.password(for: call.id(), { try fields(form) }, permit, tx) }
            let hash = try await call.house.hasher.hash(password.text)
            let user = try await call.write { permit, tx, ledger in
                try Users.setPassword(of: call.id(), { try fields(form) }, judged: password, hash: hash, call.house.mail, permit, tx, ledger)
                return try Users.find(call.id(), permit, tx)
            }
            guard password.isGenerated else { return .see(Done.passwordChanged.at(UserLook.path(user))) }
            return UserForm.secretPage(call, user, password, title: t("%1 has a new password", user.name))
        } catch let problem as Problem where problem.isAboutInput {
            let (user, holdings) = try await find(call)
            return passwordPage(call, user, holdings, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func fields(_ form: FormData) throws -> Fields {
        var members: [(String, JSON)] = [("must_change", .bool(form.isTicked("must_change"))), ("send", .bool(form.isTicked("send")))]
        if form["password_by"] == "generated" { return try Fields(JSON(members: members + [("generate", true)])) }
        members += form.texts("password")
        let fields = try Fields(JSON(members: members))
        requireRepeat(form, fields)
        return fields
    }

    /// Notes where what was typed twice is not the same.
    static func requireRepeat(_ form: FormData, _ fields: Fields) {
        if !(form["password"] ?? "").utf8.elementsEqual((form["repeat"] ?? "").utf8) {
            fields.invalid("repeat", "not_the_same", t("Repeat the password: the two are not the same."))
        }
    }

    private static func passwordPage(_ call: Call, _ user: User, _ holdings: Holdings, _ form: FormView, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let title = t("Change the password of %1", user.name)
        let criteria = form.criteria(
            "password", holdings.account.security.password, words: [user.firstName, user.lastName, user.username, user.email])
        let same: HTML = """
            <ul class="criteria" data-criteria="repeat" id="repeat-criteria"><li data-rule="same" data-with="password">\(t("Both are the same"))</li></ul>
            """
        let typed: HTML = """
            <div data-show-when="password_by=typed">\
            \(form.password("password", t("New password"), isNew: true, below: criteria, generates: "password repeat", required: false))\
            \(form.password("repeat", t("Repeat it"), isNew: true, below: same, required: false))</div>
            """
        let section = form.section(
            t("New password"), id: "s-password",
            [
                form.radios(
                    "password_by", t("The new password"),
                    [("typed", t("Type one"), ""), ("generated", t("Generate one"), t("Shown once after saving."))]),
                typed, form.check("must_change", t("Must choose their own at the next sign-in")),
                form.check("send", t("Send the login details by e-mail")),
                "<p class=\"form-hint\">\(t("Sign-in address and username; a generated password too, which is then good for 3 days."))</p>",
            ])
        let main: HTML = """
            \(frame.parts.head("\(title)", lead: t("The old one and all sign-ins end at once."), crumbs: crumbs(user)))\(form.summary)\
            <form method="post" action="\(UserLook.path(user))/password">\(section)
            \(form.actions(t("Save new password"), cancel: UserLook.path(user)))</form>
            """
        return frame.page(title, at: .users, narrow: true, main, status: status)
    }

    // MARK: Deactivate and reactivate

    static func ask(disable: Bool, _ call: Call) async throws -> Answer {
        let (user, holdings) = try await find(call)
        guard holdings.mayEdit(user) else { throw Problem.forbiddenGrant }
        let question = t("%1 %2?", disable ? word(.disable) : word(.enable), user.name)
        let consequences =
            switch (disable, holdings.isReader(user)) {
            case (true, true): t("This is you: you are signed out at once and cannot sign in until somebody else reactivates you.")
            case (true, false):
                holdings.hasFieldWork
                    ? t(
                        "All sign-ins of this person end at once, and there are no new ones. Sessions and history stay, and reactivating gives back exactly what there was."
                    )
                    : t(
                        "All sign-ins of this person end at once, and there are no new ones. The history stays, and reactivating gives back exactly what there was."
                    )
            case (false, _): t("This person can sign in again and has exactly what there was before. Nobody is signed in by it.")
            }
        let frame = Frame(call)
        let own = UserLook.path(user)
        let main = frame.parts.confirm(
            question, consequences, action: disable ? word(.disable) : word(.enable), path: own + (disable ? "/deactivate" : "/reactivate"),
            back: own, dangerous: disable)
        return frame.page(question, at: .users, narrow: true, main)
    }

    static func set(disabled: Bool, _ call: Call) async throws -> Answer {
        do {
            let user = try await call.write { permit, tx, ledger in try Users.setDisabled(disabled, call.id(), permit, tx, ledger) }
            return .see((disabled ? Done.disabled : Done.enabled).at(UserLook.path(user)))
        } catch let problem as Problem where problem.isAboutInput {
            return try await refused(call, problem)
        }
    }

    /// Why what was asked by a button, without a form, is not done.
    static func refused(_ call: Call, _ problem: Problem) async throws -> Answer {
        let (user, _) = try await find(call)
        let frame = Frame(call)
        let form = FormView(frame.parts, refused: FormData(), problem)
        let main =
            frame.parts.head("<bdi>\(user.name)</bdi>", crumbs: crumbs(user)) + form.summary
            + frame.parts.link(t("Back"), to: UserLook.path(user))
        return frame.page(user.name, at: .users, narrow: true, main, status: problem.status)
    }
}
