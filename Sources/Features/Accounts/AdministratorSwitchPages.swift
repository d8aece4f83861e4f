import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// Switching into another administrator's view.
enum AdministratorSwitchPages {
    static func ask(_ call: Call) async throws -> Answer { try await page(call, FormView(Parts(call.house.assets))) }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let now = call.now
        let (administrator, rules) = try await call.enterpriseRead { permit, tx in
            (try Administrators.find(call.id(), permit, tx), try Switching.Rules(at: now, permit, tx))
        }
        let frame = Frame(call)
        let parts = frame.parts
        let title = t("Switch into %1", administrator.name)
        let rights = AdministratorRights(call)
        let back = rights.manages ? AdministratorsPages.own(administrator) : call.house.paths.accounts
        guard rights.maySwitch(into: administrator) else {
            let text = administrator.isDisabled ? t("This administrator is disabled.") : t("You are this administrator yourself.")
            let main: HTML = """
                \(parts.head("<bdi>\(administrator.name)</bdi>", crumbs: rights.manages ? AdministratorPage.crumbs() : []))\
                \(parts.alert("\(text)", tone: .warning))\(parts.link(t("Back"), to: back))
                """
            return frame.page(title, at: .administrators, narrow: true, main, status: status)
        }
        let shared = Permission.allCases.filter(rights.shared(with: administrator).contains)
        let what: HTML =
            shared.isEmpty
            ? "<p class=\"muted\">\(t("You see what both of you see, and may change nothing."))</p>"
            : "<p class=\"muted\">\(t("You may do what both of you may:")) \(shared.map(\.label).joined(separator: ", ")).</p>"
        let fields: HTML = """
            \(form.summary)\(what)<p class="muted">\(t("It is over at the latest:")) \(parts.time(rules.end))</p>
            \(form.text("reason", t("Reason"), help: t("The history shows it."), optional: !rules.isReasonRequired))
            """
        let main = parts.confirm(
            title,
            t("You see the enterprise as this person sees it, in the groups that both of you have. The history names both of you."),
            action: t("Switch"), path: AdministratorsPages.own(administrator) + "/switch", back: back, dangerous: false, fields: fields)
        return frame.page(title, at: .administrators, narrow: true, main, status: status)
    }

    static func switchInto(_ call: Call) async throws -> Answer {
        // The token goes into the browser's cookie, so a caller without one would lose it.
        guard call.isByCookie else { throw Problem(403, "browser_only", t("This page switches a browser. With a token, use the API.")) }
        let form = try call.form()
        do {
            let switched = try await call.enterpriseWrite { permit, tx, ledger in
                let id: AdministratorID = try call.id()
                _ = try Administrators.find(id, permit, tx)
                let fields = try Fields(JSON(members: form.texts("reason")))
                let reason = fields.optionalText("reason", 1...500, multiline: true)
                try fields.finish()
                return try Administrators.switchInto(id, because: reason, call.origin, permit, tx, ledger)
            }
            return ParentLogins.enter(switched.token, from: call, .see(call.house.paths.home))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
