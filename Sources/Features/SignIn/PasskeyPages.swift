import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// Passkeys in a browser. They need a script; whoever has none goes on with what the page offers beside them.
enum PasskeyPages {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .post("/sign-in/passkey", .nothing(because: .signIn)) { try await signIn($0, desk) },
            .post(OwnFactorsPages.path + "/passkeys", .need(.secondStep), stepUp: .everybody, handler: add),
        ]
    }

    // MARK: The forms, which a script fills in

    /// Hidden until the script knows that this browser can.
    private static func form(_ action: String, _ options: String, _ ceremony: StaticString, body: JSON? = nil, _ content: HTML) -> HTML {
        """
        <form method="post" action="\(action)" data-passkey="\(literal: ceremony)" data-options="\(options)"\
        \(attribute: "data-body", body.map { String(decoding: $0.encode(), as: UTF8.self) }) data-no-draft hidden>\(content)\
        <input type="hidden" name="flow" value=""><input type="hidden" name="credential" value="">\
        <p class="field-error" role="alert" data-passkey-error hidden></p></form>
        """
    }

    private static func button(_ text: String, _ parts: Parts, isPrimary: Bool = false) -> HTML {
        "<button class=\"btn w-100\(if: isPrimary, " btn-primary")\" type=\"submit\">\(parts.icon("key"))\(text)</button>"
    }

    /// Beside the password.
    static func signInForm(_ kept: HTML, _ call: Call) -> HTML {
        guard Passkeys.areKnown(call.house) else { return "" }
        let parts = Parts(call.house.assets)
        return """
            <div class="mt-2">\(form("/sign-in/passkey", "/api/v1/logins/passkey/options", "get", kept + button(t("Sign in with a passkey"), parts)))</div>
            """
    }

    static func secondStepForm(_ kept: HTML, token: Secret, isOnly: Bool, _ call: Call) -> HTML {
        let parts = Parts(call.house.assets)
        return """
            \(form(
                "/sign-in/second-step", "/api/v1/logins/second-step/passkey", "get", body: ["step_token": .string(token.text)],
                kept + button(t("Use your passkey"), parts, isPrimary: isOnly)))
            <p class="no-passkey muted">\(t("Your passkey needs a browser that knows passkeys, with scripts switched on."))</p>
            """
    }

    static func stepUpForm(_ kept: HTML, _ call: Call) -> HTML {
        let parts = Parts(call.house.assets)
        return """
            <div class="mb-3">\(form("/step-up", "/api/v1/logins/current/step-up/passkey", "get", kept + button(t("Use your passkey"), parts, isPrimary: true)))</div>
            """
    }

    /// On the page of one's own second steps.
    static func addForm(_ view: FormView, _ parts: Parts) -> HTML {
        form(
            OwnFactorsPages.path + "/passkeys", "/api/v1/me/factors/passkeys/options", "create",
            """
            \(view.text("name", t("A name for the passkey"), help: t("Such as: my laptop."), optional: true))
            <button class="btn" type="submit">\(parts.icon("key"))\(t("Add a passkey"))</button>
            """)
    }

    // MARK: What they send

    private static func signIn(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        let view = FormView(Parts(call.house.assets), values: ["return_to": [form["return_to"] ?? ""], "draft": [form["draft"] ?? ""]])
        guard let answer = PasskeyAnswer(form) else { return try await SignInPages.page(call, view, status: 422) }
        let browser = KnownBrowser(call)
        do {
            let opened = try await PasskeySignIn.open(
                answer, nonce: StepNonce(call), takesOver: form["take_over"] == "yes", call.origin, desk, call.house)
            return SignInPages.signedIn(call, opened, browser, form)
        } catch let problem as Problem where problem.code == "already_signed_in" {
            // The answer was not used up: whoever says yes sends it again.
            return try await TakeOverPages.ask(call, passkey: form)
        } catch let problem as Problem {
            return try await SignInPages.page(call, FormView(Parts(call.house.assets), refused: FormData(), problem), status: problem.status)
        }
    }

    private static func add(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let fields = try Fields(JSON(members: form.texts("name")))
            let name = fields.optionalText("name", 1...100)
            try fields.finish()
            guard let answer = PasskeyAnswer(form) else { throw Problem.invalid("name", "required", t("Your browser made no passkey. Try again.")) }
            let (_, codes) = try await OwnPasskeys.add(answer, name: name, call)
            return try codes.isEmpty ? .see(Done.factorAdded.at(OwnFactorsPages.path)) : OwnFactorsPages.codesPage(call, codes, isNew: true)
        } catch let problem as Problem where problem.isAboutInput {
            return try await OwnFactorsPages.show(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
