import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// "Confirm that it is you": before what asks for a step-up is done, in the API and in a browser.
enum StepUpRoutes {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .post("/api/v1/logins/current/step-up", .need(.secondStep)) { try await api($0, desk) },
            .get("/step-up", .need(.secondStep)) { try await page($0, FormView(Parts($0.house.assets), values: kept($0))) },
            .post("/step-up", .need(.secondStep)) { try await stepUp($0, desk) },
        ]
    }

    private static func api(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let renewed = try await SteppingUp.run(call.fieldsWithoutQuery(), call, desk)
        var answer = Answer.json(renewed.json)
        if call.isByCookie { answer.setCookie(Cookies.login(renewed.token.text, call.house.settings)) }
        return answer
    }

    /// What a form shows, as a program would send it.
    private static func shown(_ form: FormData) throws -> Fields {
        var members = form.texts("password", "code", "recovery_code").filter { !$0.1.isNull }
        if let flow = form["flow"], let credential = form["credential"], !credential.isEmpty {
            members.append(("passkey", ["flow": .string(flow), "credential": (try? JSON.parse(Array(credential.utf8))) ?? [:]]))
        }
        return try Fields(JSON(members: members))
    }

    /// The form again, without the codes that were typed.
    private static func again(_ call: Call, _ form: FormData, _ problem: Problem) -> FormView {
        FormView(
            Parts(call.house.assets), values: ["return_to": [form["return_to"] ?? ""], "wish": [form["wish"] ?? ""]], refused: problem)
    }

    // MARK: The page

    private static func kept(_ call: Call) -> [String: [String]] {
        ["return_to": [call.pageQuery()["return_to"] ?? ""], "wish": [call.wish ?? ""]]
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let frame = Frame(call)
        let returnTo = form.value("return_to")
        let kinds = try await call.ownRead { permit, tx in try Factors.list(permit, tx).kinds }
        let kept = form.hidden("return_to", returnTo) + form.hidden("wish", form.value("wish"))
        let card: HTML = """
            <h1>\(t("Confirm that it is you"))</h1><p class="lead">\(t("What you are about to do asks for it. It counts for five minutes."))</p>\(form.summary)
            \(if: kinds.contains(.passkey), PasskeyPages.stepUpForm(kept, call))\(kinds.isEmpty ? passwordForm(form, kept, call) : codeForms(kinds, form, kept))
            <a class="btn w-100" href="\(Paths.isLocal(returnTo) ? returnTo : call.house.paths.home)">\(t("Cancel"))</a>
            """
        return frame.sheet(
            t("Confirm that it is you"), enterprise: call.caller?.surroundings.enterprise ?? "", page: "step-up", card, status: status)
    }

    private static func passwordForm(_ form: FormView, _ kept: HTML, _ call: Call) -> HTML {
        """
        <form method="post" action="/step-up" data-no-draft>\(kept)\(form.hidden("username", call.caller?.surroundings.username ?? ""))
        \(form.password("password", t("Password"), isNew: false))
        <button class="btn btn-primary w-100 mb-2" type="submit">\(t("Confirm and go on"))</button></form>
        """
    }

    private static func codeForms(_ kinds: [Factor.Kind], _ form: FormView, _ kept: HTML) -> HTML {
        let code: HTML = """
            <form method="post" action="/step-up" data-no-draft>\(kept)
            \(form.text("code", t("Code of your authenticator app"), .oneTimeCode))
            <button class="btn btn-primary w-100 mb-2" type="submit">\(t("Confirm and go on"))</button></form>
            """
        let recovery: HTML = """
            <details class="mb-3"><summary>\(t("I cannot use it: take a recovery code"))</summary>
            <form class="mt-2" method="post" action="/step-up" data-no-draft>\(kept)
            \(form.text("recovery_code", t("Recovery code"), .identifier, help: t("One of the ten that you were shown. Each works once.")))
            <button class="btn w-100" type="submit">\(t("Confirm with it"))</button></form></details>
            """
        return "\(if: kinds.contains(.totp), code)\(if: kinds.contains(.recovery), recovery)"
    }

    private static func stepUp(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        do {
            let renewed = try await SteppingUp.run(shown(form), call, desk)
            let target = form["return_to"].flatMap { Paths.isLocal($0) ? $0 : nil } ?? call.house.paths.home
            var answer = Answer.see(target)
            answer.setCookie(Cookies.login(renewed.token.text, call.house.settings))
            if let wish = form["wish"], !wish.isEmpty { answer.goesOn = GoingOn(wish: wish, token: renewed.token) }
            return answer
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, again(call, form, problem), status: problem.status)
        }
    }
}
