import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// Whether administrators must have a second step, and resetting one for somebody who has lost it.
enum AdministratorFactorsPages {
    static let path = "/enterprise/security"
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))

    static let routes: [Route] = [
        .get(path, manage, handler: show),
        .post(path, manage, handler: save),
        .get("/administrators/{id}/second-step/reset", manage, handler: ask),
        .post("/administrators/{id}/second-step/reset", manage, stepUp: .secondStep, handler: reset),
    ]

    // MARK: The rule

    private static func rule(_ call: Call) async throws -> SecondStepRule {
        try await call.enterpriseRead { permit, tx in try Factors.administratorsRule(permit, tx) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        let rule = try await rule(call)
        let values = ["second_step.required": [rule.required.rawValue], "second_step.methods": rule.methods.map(\.rawValue)]
        return page(call, FormView(Parts(call.house.assets), values: values), version: Administrators.tag(rule).text)
    }

    private static func save(_ call: Call) async throws -> Answer {
        // Before the form is looked at: it is the same no whatever it says.
        try await call.enterpriseRead { permit, _ in try Administrators.requireAllGroups(permit) }
        let form = try call.form()
        do {
            _ = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.setSecondStepRule({ try input(form) }, match: form.requireVersion, permit, tx, ledger)
            }
            return .see(Done.saved.at(path))
        } catch let problem as Problem where problem.isAboutInput {
            let version = form.version(after: problem, stored: Administrators.tag(try await rule(call)))
            return page(call, FormView(Parts(call.house.assets), refused: form, problem), version: version, status: problem.status)
        }
    }

    private static func input(_ form: FormData) throws -> Fields {
        let rule = JSON(members: [("required", JSON(form["second_step.required"])), ("methods", form.list("second_step.methods"))])
        return try Fields(["second_step": rule])
    }

    private static func page(_ call: Call, _ form: FormView, version: String, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let done = Done(call) == .saved ? frame.parts.alert("\(t("Saved. It holds at once, for those who are signed in too."))") : ""
        let section = form.section(
            t("Second step"), lead: t("Asked for beside the password. Whoever has set one up is asked for it in any case."), id: "s-second-step",
            [
                form.radios(
                    "second_step.required", t("Who must have one"),
                    [
                        ("off", t("Nobody; every administrator may"), ""),
                        ("all", t("Every administrator"), t("Whoever has none sets it up at once, before anything else opens; you too.")),
                    ]),
                form.checks(
                    "second_step.methods", t("What may be used"),
                    [
                        ("totp", "\(t("Authenticator app"))"), ("passkey", "\(t("Passkey"))"),
                        (
                            "mail",
                            "\(t("Mailed code")) <span class=\"sub\">\(t("For those who must have one and have set up nothing else. It is as safe as their mailbox."))</span>"
                        ),
                    ]),
            ])
        let main: HTML = """
            \(frame.parts.head("\(t("Sign-in of administrators"))", crumbs: [(t("Enterprise"), EnterprisePages.path)]))\(done)\(form.summary)
            <form method="post" action="\(path)">\(form.hidden("version", version))\(section)\(form.actions(t("Save changes"), cancel: EnterprisePages.path))</form>
            """
        return frame.page(t("Sign-in of administrators"), at: .enterprise, narrow: true, main, status: status)
    }

    // MARK: Somebody who has lost theirs

    private static func ask(_ call: Call) async throws -> Answer {
        let (administrator, list) = try await call.enterpriseRead { permit, tx in
            let id: AdministratorID = try call.id()
            return (try Administrators.find(id, permit, tx), try Administrators.factors(of: id, permit, tx))
        }
        let parts = Parts(call.house.assets)
        let title = t("Reset the second step of %1?", administrator.name)
        if list.items.isEmpty {
            let done = Done(call) == .factorsReset ? parts.alert("\(t("The second step was reset. All sign-ins of this person have ended."))") : ""
            return frame(call, administrator, done + "<p>\(t("There is none: the password alone signs them in."))</p>")
        }
        let names = list.items.map { factor in "\(FactorMail.name(factor.kind)) “\(factor.name)”" }.joined(separator: ", ")
        let consequences = t(
            """
            Do this where they have lost it, once you are sure that it is them who asks. Removed are: %1, and the recovery codes. All their sign-ins end at \
            once, the password stays, and they are told by mail.
            """, names)
        let main = parts.confirm(
            title, consequences, action: t("Reset second step"), path: resetPath(administrator.id), back: AdministratorsPages.own(administrator))
        return Frame(call).page(title, at: .administrators, narrow: true, main)
    }

    private static func resetPath(_ id: AdministratorID) -> String { "/administrators/\(id)/second-step/reset" }

    private static func frame(_ call: Call, _ administrator: Administrator, _ main: HTML, status: Int = 200) -> Answer {
        let frame = Frame(call)
        let title = t("Second step of %1", administrator.name)
        let back = frame.parts.link(t("Back"), to: AdministratorsPages.own(administrator))
        return frame.page(
            title, at: .administrators, narrow: true, frame.parts.head("\(title)", crumbs: AdministratorPage.crumbs(administrator)) + main + back,
            status: status)
    }

    private static func reset(_ call: Call) async throws -> Answer {
        let id: AdministratorID = try call.id()
        do {
            _ = try await call.enterpriseWrite { permit, tx, ledger in
                try Administrators.resetFactors(of: id, call.house.mail, permit, tx, ledger)
            }
            return .see(Done.factorsReset.at(resetPath(id)))
        } catch let problem as Problem where problem.isAboutInput {
            let administrator = try await call.enterpriseRead { permit, tx in try Administrators.find(id, permit, tx) }
            let form = FormView(Parts(call.house.assets), refused: FormData(), problem)
            return frame(call, administrator, form.summary, status: problem.status)
        }
    }
}
