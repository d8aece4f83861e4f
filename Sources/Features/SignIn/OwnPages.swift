import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// My settings: one's own password, devices and theme.
enum OwnPages {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .get("/my", .need(.login)) { try await settings($0, FormView(Parts($0.house.assets))) },
            .post("/my/password", .need(.login)) { try await changePassword($0, desk, first: false) },
            .get("/my/new-password", .need(.firstSteps)) { try await newPasswordPage($0, FormView(Parts($0.house.assets))) },
            .post("/my/new-password", .need(.firstSteps)) { try await changePassword($0, desk, first: true) },
            .post("/my/theme", .need(.login), leaves: .nothing(because: "the theme is a cookie of this browser"), handler: theme),
            .post("/my/logins/{id}/close", .need(.login), handler: close),
            .post("/my/logins/close-others", .need(.login), handler: closeOthers),
        ]
    }

    // MARK: The page

    private static func settings(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let now = call.now
        let (logins, current, person, standing) = try await call.ownRead { permit, tx in
            (
                try Logins.own(at: now, call.gate, permit, tx), permit.login, try CandidateStore.find(at: now, permit, tx),
                try OwnFactors.standing(at: now, permit, tx)
            )
        }
        guard let person else { throw Refusal.signIn }
        let frame = Frame(call)
        let parts = frame.parts
        let done: HTML =
            switch Done(call) {
            case .passwordChanged: parts.alert("\(t("Your password was changed. Your other sign-ins have ended."))")
            case .closed: parts.alert("\(t("The sign-in was closed."))")
            case .saved: parts.alert("\(t("Saved."))")
            default: ""
            }
        let profile = parts.details([
            (t("Name"), "<bdi>\(person.name)</bdi>"), (t("Username"), "\(person.username)"),
        ])
        let theme = Cookies.value("theme", in: call.inbound.headers) ?? "system"
        let themeForm = FormView(parts, values: ["theme": [theme]])
        let main: HTML = """
            \(parts.head("\(t("My settings"))"))\(done)\(form.summary)
            <section class="form-section" aria-labelledby="s-profile"><div class="form-section-head"><h2 id="s-profile">\(t("Profile"))</h2></div><div class="form-section-body">\(profile)</div></section>
            <form method="post" action="/my/password">\(form.section(t("Password"), lead: t("Your other sign-ins end when you change it."), id: "s-password", passwordFields(form, person) + [
                "<button class=\"btn\" type=\"submit\">\(t("Change password"))</button>",
            ]))</form>
            \(form.section(t("Second step"), lead: t("What you show beside your password when you sign in."), id: "s-second-step", [secondStep(standing, parts)]))
            \(form.section(t("Signed-in devices"), lead: t("Close what you do not know, then change your password."), id: "s-devices", [devices(logins, current, parts)]))
            <form method="post" action="/my/theme">\(form.section(t("Theme"), id: "s-theme", [
                themeForm.radios("theme", t("Colours"), [("system", t("As this device"), ""), ("light", t("Light"), ""), ("dark", t("Dark"), "")]),
                "<button class=\"btn\" type=\"submit\">\(t("Save theme"))</button>",
            ]))</form>
            """
        return frame.page(t("My settings"), at: .mySettings, narrow: true, main, status: status)
    }

    private static func secondStep(_ standing: OwnFactors.Standing, _ parts: Parts) -> HTML {
        let names = standing.list.items.map { factor -> HTML in "<li>\(FactorMail.name(factor.kind)): <strong><bdi>\(factor.name)</bdi></strong></li>"
        }
        let none: HTML =
            standing.isRequired && standing.rule.methods.contains(.mail)
            ? "<p>\(t("You are mailed a code when you sign in."))</p>" : "<p>\(t("None: your password alone signs you in."))</p>"
        return """
            \(names.isEmpty ? none : "<ul>\(names)</ul>")<p><a class="btn" href="\(OwnFactorsPages.path)">\(names.isEmpty ? t("Set up a second step") : t("Manage your second step"))</a></p>
            """
    }

    private static func passwordFields(_ form: FormView, _ person: Candidate) -> [HTML] {
        let criteria = form.criteria("new", person.passwordPolicy, words: [person.name, person.username])
        return [
            form.hidden("username", person.username), form.password("current", t("Present password"), isNew: false),
            form.password("new", t("New password"), isNew: true, below: criteria, generates: "new"),
        ]
    }

    private static func devices(_ logins: [Login], _ current: LoginID, _ parts: Parts) -> HTML {
        let items = logins.map { login -> HTML in
            let name = UserAgent.name(login.userAgent)
            let isCurrent = login.id == current
            let close: HTML = """
                <form method="post" action="/my/logins/\(login.id)/close" data-confirm="\(t("Close the sign-in on %1?", name))" data-confirm-text="\(t("It is signed out at once."))" data-confirm-action="\(t("Close it"))">\
                <button class="btn btn-sm" type="submit" aria-label="\(t("Close %1", name))">\(t("Close"))</button></form>
                """
            return """
                <li>\(parts.icon("device"))<div><strong>\(name)</strong> \(if: isCurrent, parts.badge(t("This device"), icon: "st-on", tone: .good))\
                <span class="sub">\(login.address) · \(t("last active")) \(parts.time(login.lastSeenAt, ago: true)) · \(t("until")) \(parts.time(login.expiresAt))</span></div>\(if: !isCurrent, close)</li>
                """
        }
        return """
            <ul class="items card">\(items)</ul>\(if: logins.count > 1, """
            <form method="post" action="/my/logins/close-others"><button class="btn btn-quiet-danger" type="submit">\(t("Close all others"))</button></form>
            """)
            """
    }

    // MARK: Password

    private static func newPasswordPage(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let now = call.now
        guard let person = try await call.ownRead({ try CandidateStore.find(at: now, $0, $1) }) else { throw Refusal.signIn }
        let card: HTML = """
            <h1>\(t("Choose a new password"))</h1><p class="lead">\(t("For %1. The one you were given works only for this step.", person.username))</p>
            \(form.summary)<form method="post" action="/my/new-password">\(passwordFields(form, person))
            <button class="btn btn-primary w-100" type="submit">\(t("Save and continue"))</button></form>
            """
        return Frame(call).sheet(
            t("Choose a new password"), enterprise: call.caller?.surroundings.enterprise ?? "", page: "sign-in", card, status: status)
    }

    private static func changePassword(_ call: Call, _ desk: FrontDesk, first: Bool) async throws -> Answer {
        let form = try call.form()
        do {
            try await OwnPassword.change(Fields(JSON(members: form.texts("current", "new"))), call, desk)
            return .see(first ? call.house.paths.home : Done.passwordChanged.at(call.house.paths.mySettings))
        } catch let problem as Problem where problem.isAboutInput {
            let view = FormView(Parts(call.house.assets), refused: form, problem)
            return try await first ? newPasswordPage(call, view, status: problem.status) : settings(call, view, status: problem.status)
        }
    }

    // MARK: Devices and theme

    private static func close(_ call: Call) async throws -> Answer {
        let isCurrent = try await call.ownWrite { permit, tx, ledger in
            let login = try Logins.find(call.id(), at: ledger.now, call.gate, permit, tx)
            try Logins.close(login.id, because: .closed, permit, tx, ledger)
            return login.id == permit.login
        }
        return isCurrent ? call.withoutCookie(.see("/sign-in")) : .see(Done.closed.at(call.house.paths.mySettings))
    }

    private static func closeOthers(_ call: Call) async throws -> Answer {
        try await call.ownWrite { permit, tx, ledger in
            let all = try Logins.own(at: ledger.now, call.gate, permit, tx)
            // The login that this one was switched from carries it.
            let root = all.first { $0.id == permit.login }?.root
            for login in all where login.id != permit.login && login.id != root {
                try Logins.close(login.id, because: .closed, permit, tx, ledger)
            }
        }
        // Back to whichever page has the button.
        let paths = call.house.paths
        return .see(Done.closed.at(try call.form()["from"] == "logins" ? paths.logins : paths.mySettings))
    }

    private static func theme(_ call: Call) async throws -> Answer {
        let choice = try call.form()["theme"] ?? ""
        var answer = Answer.see(Done.saved.at(call.house.paths.mySettings))
        guard ["light", "dark", "system"].contains(choice) else {
            throw Problem.invalid("theme", "invalid_choice", t("Choose light, dark or as this device."))
        }
        answer.setCookie("theme=" + choice + "; Path=/; SameSite=Lax; Max-Age=31536000")
        return answer
    }
}
