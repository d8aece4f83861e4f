import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The passwords that are set for administrators by others.
enum AdministratorPasswordPages {
    /// Notes where what was typed twice is not the same.
    static func requireRepeat(_ form: FormData, _ fields: Fields) {
        if !(form["password"] ?? "").utf8.elementsEqual((form["repeat"] ?? "").utf8) {
            fields.invalid("repeat", "not_the_same", t("Repeat the new password: the two are not the same."))
        }
    }

    private static func typed(_ form: FormView, words: [String] = [], wordsFrom fields: String = "") -> HTML {
        let criteria = form.criteria("password", PasswordPolicy(), words: words, wordsFrom: fields)
        let same: HTML = """
            <ul class="criteria" data-criteria="repeat" id="repeat-criteria"><li data-rule="same" data-with="password">\(t("Both are the same"))</li></ul>
            """
        return """
            <div data-show-when="password_by=typed">\
            \(form.password("password", t("Password"), isNew: true, below: criteria, generates: "password repeat", required: false))\
            \(form.password("repeat", t("Repeat it"), isNew: true, below: same, required: false))</div>
            """
    }

    /// The first one, in the form of a new administrator.
    static func first(_ form: FormView, enterprise: String) -> HTML {
        form.section(
            t("Password"), id: "s-password",
            [
                form.radios(
                    "password_by", t("First password"),
                    [
                        ("mailed", t("Mail a link to choose it"), t("It works for 3 days.")),
                        ("generated", t("Generate one"), t("Shown once after saving. It must be changed at the first sign-in.")),
                        ("typed", t("Type one"), ""),
                    ]), typed(form, words: [enterprise], wordsFrom: "name email"),
            ])
    }

    /// A generated password, this once.
    static func secretPage(_ call: Call, _ administrator: Administrator, _ password: NewPassword, title: String) -> Answer {
        let frame = Frame(call)
        let panel = frame.parts.secret(
            title: t("The password, shown only now"), lead: t("Hand it over in a safe way. It must be changed at the first sign-in."),
            values: [("secret-username", t("Username"), administrator.email), ("secret-password", t("Password"), password.text)],
            then: AdministratorsPages.own(administrator))
        return frame.page(
            title, at: .administrators, narrow: true, frame.parts.head("\(title)", crumbs: AdministratorPage.crumbs()) + panel)
    }

    // MARK: Another one

    static func ask(_ call: Call) async throws -> Answer {
        let (administrator, enterprise) = try await find(call)
        guard AdministratorRights(call).maySetPassword(of: administrator) else { throw Problem.forbiddenGrant }
        return page(
            call, administrator, enterprise, FormView(Parts(call.house.assets), values: ["password_by": ["typed"], "must_change": ["yes"]]))
    }

    private static func find(_ call: Call) async throws -> (Administrator, String) {
        try await call.enterpriseRead { permit, tx in (try Administrators.find(call.id(), permit, tx), try Enterprise.find(permit, tx).name) }
    }

    static func set(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let password = try await call.enterpriseRead { permit, tx in
                try Administrators.password(for: call.id(), { try fields(form) }, permit, tx)
            }
            let hash = try await call.house.hasher.hash(password.text)
            let administrator = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.setPassword(of: call.id(), { try fields(form) }, judged: password, hash: hash, permit, tx, ledger)
                return try Administrators.find(call.id(), permit, tx)
            }
            guard password.isGenerated else { return .see(Done.passwordChanged.at(AdministratorsPages.own(administrator))) }
            return secretPage(call, administrator, password, title: t("%1 has a new password", administrator.name))
        } catch let problem as Problem where problem.isAboutInput {
            let (administrator, enterprise) = try await find(call)
            return page(call, administrator, enterprise, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func fields(_ form: FormData) throws -> Fields {
        if form["password_by"] == "generated" { return try Fields(["generate": true]) }
        let fields = try Fields(JSON(members: form.texts("password") + [("must_change", .bool(form.isTicked("must_change")))]))
        requireRepeat(form, fields)
        return fields
    }

    private static func page(
        _ call: Call, _ administrator: Administrator, _ enterprise: String, _ form: FormView, status: Int = 200
    ) -> Answer {
        let frame = Frame(call)
        let title = t("Change the password of %1", administrator.name)
        let own = AdministratorsPages.own(administrator)
        let section = form.section(
            t("New password"), id: "s-password",
            [
                form.radios(
                    "password_by", t("The new password"),
                    [
                        ("typed", t("Type one"), ""),
                        ("generated", t("Generate one"), t("Shown once after saving. It must be changed at the first sign-in.")),
                    ]), typed(form, words: [administrator.name, administrator.email, enterprise]),
                form.check("must_change", t("Must choose their own at the next sign-in")),
            ])
        let main: HTML = """
            \(frame.parts.head("\(title)", lead: t("The old one and all sign-ins end at once."), crumbs: AdministratorPage.crumbs(administrator)))\
            \(form.summary)<form method="post" action="\(own)/password">\(section)
            \(form.actions(t("Save new password"), cancel: own))</form>
            """
        return frame.page(title, at: .administrators, narrow: true, main, status: status)
    }
}
