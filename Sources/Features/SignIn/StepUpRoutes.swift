import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// "Confirm that it is you": before what asks for a step-up is done, in the API and in a browser.
enum StepUpRoutes {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .post("/api/v1/logins/current/step-up", .need(.login)) { try await api($0, desk) },
            .get("/step-up", .need(.login)) { try await page($0, FormView(Parts($0.house.assets), values: kept($0))) },
            .post("/step-up", .need(.login)) { try await stepUp($0, desk) },
        ]
    }

    private static func api(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let renewed = try await SteppingUp.run(call.fieldsWithoutQuery(), call, desk)
        var answer = Answer.json(renewed.json)
        if call.isByCookie { answer.setCookie(Cookies.login(renewed.token.text, call.house.settings)) }
        return answer
    }

    // MARK: The page

    private static func kept(_ call: Call) -> [String: [String]] {
        ["return_to": [call.pageQuery()["return_to"] ?? ""], "wish": [call.wish ?? ""]]
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let frame = Frame(call)
        let returnTo = form.value("return_to")
        let card: HTML = """
            <h1>\(t("Confirm that it is you"))</h1><p class="lead">\(t("What you are about to do asks for it. It counts for five minutes."))</p>\(form.summary)
            <form method="post" action="/step-up">\(form.hidden("return_to", returnTo))\(form.hidden("wish", form.value("wish")))\
            \(form.hidden("username", call.caller?.surroundings.username ?? ""))
            \(form.password("password", t("Password"), isNew: false))
            <button class="btn btn-primary w-100 mb-2" type="submit">\(t("Confirm and go on"))</button>\
            <a class="btn w-100" href="\(Paths.isLocal(returnTo) ? returnTo : call.house.paths.home)">\(t("Cancel"))</a></form>
            """
        return frame.sheet(
            t("Confirm that it is you"), enterprise: call.caller?.surroundings.enterprise ?? "", page: "step-up", card, status: status)
    }

    private static func stepUp(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        do {
            let renewed = try await SteppingUp.run(Fields(JSON(members: form.texts("password"))), call, desk)
            let target = form["return_to"].flatMap { Paths.isLocal($0) ? $0 : nil } ?? call.house.paths.home
            var answer = Answer.see(target)
            answer.setCookie(Cookies.login(renewed.token.text, call.house.settings))
            if let wish = form["wish"], !wish.isEmpty { answer.goesOn = GoingOn(wish: wish, token: renewed.token) }
            return answer
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
