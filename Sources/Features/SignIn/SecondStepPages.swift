import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// The second step in a browser: the page after the password.
enum SecondStepPages {
    /// - Parameter typed: the form before, for where to go afterwards and what was typed.
    static func page(
        _ call: Call, _ asked: SecondStep.Asked, _ form: FormView, after typed: FormData, notice: HTML? = nil, status: Int = 200
    ) async throws -> Answer {
        let enterprise = try await call.gate.read(door: .signIn) { try CandidateStore.enterprise($0, $1) }
        let frame = Frame(call)
        let kept: HTML = """
            \(form.hidden("step", asked.token.text))\(form.hidden("return_to", typed["return_to"] ?? ""))\
            \(if: !(typed["draft"] ?? "").isEmpty, form.hidden("draft", typed["draft"] ?? ""))
            """
        let card: HTML = """
            <h1>\(t("Second step"))</h1>\(notice)\(form.summary)\(if: asked.kinds.contains(.passkey), PasskeyPages.secondStepForm(kept, token: asked.token, isOnly: !asked.kinds.contains(.totp), call))\
            \(codeForm(asked.kinds, form, kept))\(mailForm(asked.kinds, kept))\
            \(if: asked.kinds.contains(.recovery), recoveryForm(form, kept, isOpen: !(typed["recovery_code"] ?? "").isEmpty))
            <p class="mt-3 mb-0 text-center"><a href="/sign-in">\(t("Cancel"))</a></p>
            """
        return frame.sheet(t("Second step"), enterprise: enterprise ?? "", page: "sign-in", card, status: status)
    }

    private static func codeForm(_ kinds: [Factor.Kind], _ form: FormView, _ kept: HTML) -> HTML {
        guard kinds.contains(.totp) || kinds.contains(.mail) else { return "" }
        let lead =
            kinds.contains(.mail)
            ? t("A code is on its way to your e-mail address.") : t("Your password is right. Now type the code that your authenticator app shows.")
        return """
            <p class="lead">\(lead)</p><form method="post" action="/sign-in/second-step" data-no-draft>\(kept)
            \(form.text("code", t("Code"), .oneTimeCode))
            <button class="btn btn-primary w-100" type="submit">\(t("Continue"))</button></form>
            """
    }

    private static func mailForm(_ kinds: [Factor.Kind], _ kept: HTML) -> HTML {
        guard kinds.contains(.mail) else { return "" }
        return """
            <form class="mt-2" method="post" action="/sign-in/second-step/mail">\(kept)<button class="btn w-100" type="submit">\(t("Send another code"))</button></form>
            """
    }

    private static func recoveryForm(_ form: FormView, _ kept: HTML, isOpen: Bool) -> HTML {
        """
        <details class="mt-3"\(flag: "open", isOpen)><summary>\(t("I cannot use it: take a recovery code"))</summary>
        <form class="mt-2" method="post" action="/sign-in/second-step" data-no-draft>\(kept)
        \(form.text("recovery_code", t("Recovery code"), .identifier, help: t("One of the ten that you were shown. Each works once.")))
        <button class="btn w-100" type="submit">\(t("Sign in with it"))</button></form></details>
        """
    }

    private static func step(_ form: FormData, _ call: Call) -> SecondStep.Step {
        var step = SecondStep.Step(token: form["step"].flatMap { Secret($0) }, nonce: StepNonce(call), takesOver: form["take_over"] == "yes")
        if let code = form["code"], !code.isEmpty { step.shown = .code(code) }
        if let answer = PasskeyAnswer(form) { step.shown = .passkey(answer) }
        if let code = form["recovery_code"], !code.isEmpty { step.shown = .recoveryCode(code) }
        return step
    }

    static func goOn(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        let step = step(form, call)
        let browser = KnownBrowser(call)
        do {
            let opened = try await SecondStep.goOn(step, browser, call.origin, desk, call.house)
            return SignInPages.signedIn(call, opened, browser, form)
        } catch let problem as Problem where problem.code == "already_signed_in" {
            guard let token = step.token else { throw problem }
            return try await TakeOverPages.ask(call, step: token, form)
        } catch let problem as Problem where problem.code == "invalid_code" || problem.status == 422 || problem.status == 429 {
            return try await again(call, step, form, FormView(Parts(call.house.assets), values: [:], refused: problem), status: problem.status)
        } catch let problem as Problem {
            return try await over(call, problem)
        }
    }

    static func mailAgain(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let step = step(form, call)
        do {
            try await SecondStep.mailAgain(step, call.origin, call.house)
            let parts = Parts(call.house.assets)
            return try await again(
                call, step, form, FormView(parts), notice: parts.alert("\(t("Another code is on its way. The one before no longer works."))"))
        } catch let problem as Problem {
            return try await over(call, problem)
        }
    }

    /// The same page again, without the code that was typed.
    private static func again(
        _ call: Call, _ step: SecondStep.Step, _ typed: FormData, _ form: FormView, notice: HTML? = nil, status: Int = 200
    ) async throws -> Answer {
        do {
            let asked = try await SecondStep.asked(step, call.house)
            return try await page(call, asked, form, after: typed, notice: notice, status: status)
        } catch let problem as Problem {
            return try await over(call, problem)
        }
    }

    private static func over(_ call: Call, _ problem: Problem) async throws -> Answer {
        var answer = try await SignInPages.page(call, FormView(Parts(call.house.assets), refused: FormData(), problem), status: problem.status)
        answer.setCookie(StepNonce.cookie(nil, call.house.settings))
        return answer
    }
}
