import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Erasing an administrator's data: by the API, and in the console after it is said what is lost.
enum AdministratorErasureRoutes {
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))
    private static let pattern = AdministratorsPages.path + "/{id}/erase"

    static let api: [Route] = [.post("/api/v1/administrators/{id}/erase", manage, stepUp: .secondStep, handler: erase)]

    static let pages: [Route] = [
        .get(pattern, manage, handler: ask), .post(pattern, manage, stepUp: .secondStep, handler: post),
    ]

    private static func erase(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            try Administrators.requireAllGroups(permit)
            let id: AdministratorID = try call.id()
            let count = try Administrators.erase(id, call.fieldsWithoutQuery, permit, tx, ledger)
            return .json(["id": JSON(id), "entries": JSON(count)])
        }
    }

    // MARK: Pages

    private static func ask(_ call: Call) async throws -> Answer { try await page(call, FormView(Parts(call.house.assets))) }

    private static func post(_ call: Call) async throws -> Answer {
        // Before the form is looked at: it is the same no whatever it says.
        try await call.enterpriseRead { permit, _ in try Administrators.requireAllGroups(permit) }
        let form = try call.form()
        do {
            let id: AdministratorID = try call.id()
            try await call.enterpriseWrite { permit, tx, ledger in
                let members = form.texts("reason") + [("keep_acts", .bool(form.isTicked("keep_acts")))]
                _ = try Administrators.erase(id, { try Fields(JSON(members: members)) }, permit, tx, ledger)
            }
            return .see(Done.deleted.at("\(AdministratorsPages.path)/\(id)"))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        do {
            let erasable = try await call.enterpriseRead { permit, tx in
                try Administrators.requireAllGroups(permit)
                return try Administrators.erasable(call.id(), permit, tx)
            }
            return confirm(call, erasable, form, status: status)
        } catch let problem as Problem where problem.isAboutInput {
            let administrator = try await call.enterpriseRead { permit, tx in try Administrators.find(call.id(), permit, tx) }
            let frame = Frame(call)
            let main = frame.parts.empty(
                t("The data of %1 cannot be erased", administrator.name), problem.detail, icon: "alert",
                actions: [frame.parts.link(t("Back"), to: AdministratorsPages.own(administrator))])
            return frame.page(t("Erase a person's data"), at: .administrators, narrow: true, main, status: problem.status)
        }
    }

    private static func confirm(_ call: Call, _ erasable: Administrators.Erasable, _ form: FormView, status: Int) -> Answer {
        let (administrator, about, acts) = (erasable.administrator, erasable.about, erasable.acts)
        let frame = Frame(call)
        let own = AdministratorsPages.own(administrator)
        let title = t("Erase the data of %1?", administrator.name)
        let lost = [
            t("There is no way back, and they cannot be enabled again: whoever comes back is created anew."),
            t(
                "Name, e-mail, second step, addresses and browsers go, from the history and from what they made, in the %1 too that they were switched into. The id stays.",
                wordInside(.accounts)),
            about == 1
                ? t("1 entry of the history is about them: from what to what it changed something is lost.")
                : t(
                    "%1 entries of the history are about them, or were made by others as them: from what to what they changed something is lost.",
                    String(about)),
            acts == 0
                ? t("Of what they did, nothing else stands there.")
                : acts == 1
                    ? t("1 more entry tells what they did: unless you keep it, what it changed is lost, too.")
                    : t("%1 more entries tell what they did: unless you keep them, what they changed is lost, too.", String(acts)),
            t("That these entries were there, when, and by which id, can still be proved."),
        ]
        let fields: HTML = """
            <ul class="mt-2">\(lost.map { line -> HTML in "<li>\(line)</li>" })</ul>\
            \(form.text("reason", t("Reason"), help: t("Stays in the history: write no name. Such as: asked for on 3 March, case 4711.")))\
            \(form.check("keep_acts", t("Keep what they did, with their name in it")))
            """
        let main = frame.parts.confirm(title, "", action: t("Erase for good"), path: own + "/erase", back: own, fields: fields)
        return frame.page(title, at: .administrators, narrow: true, form.summary + main, status: status)
    }
}
