import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// "You are signed in elsewhere": the question before a login is taken over.
enum TakeOverPages {
    static func ask(_ call: Call, _ request: SignIn.Request, _ typed: FormData) async throws -> Answer {
        let nonce = StepNonce()
        let flow = TakeOverStep(request, nonce, call).flow
        var answer = try await page(call, typed, to: "/sign-in/take-over") { $0.hidden("flow", flow) }
        answer.setCookie(StepNonce.cookie(nonce, call.house.settings))
        return answer
    }

    /// The same question after a second step that was right: the sign-in waits with its own token.
    static func ask(_ call: Call, step token: Secret, _ typed: FormData) async throws -> Answer {
        try await page(call, typed, to: "/sign-in/second-step") { $0.hidden("step", token.text) + $0.hidden("take_over", "yes") }
    }

    /// The same question after a passkey that was right, which is sent once more.
    static func ask(_ call: Call, passkey typed: FormData) async throws -> Answer {
        try await page(call, typed, to: "/sign-in/passkey") { form in
            form.hidden("flow", typed["flow"] ?? "") + form.hidden("credential", typed["credential"] ?? "") + form.hidden("take_over", "yes")
        }
    }

    private static func page(_ call: Call, _ typed: FormData, to path: String, _ fields: (FormView) -> HTML) async throws -> Answer {
        let frame = Frame(call)
        let form = FormView(frame.parts)
        let enterprise = try await call.gate.read(door: .signIn) { try CandidateStore.enterprise($0, $1) }
        let card: HTML = """
            <h1>\(t("You are signed in elsewhere"))</h1>
            <p class="lead">\(t("Your account allows one sign-in at a time. If you continue here, the other one is closed at once; work that was not saved there is lost."))</p>
            <form method="post" action="\(path)">\(fields(form))\(form.hidden("return_to", typed["return_to"] ?? ""))\
            \(if: !(typed["draft"] ?? "").isEmpty, form.hidden("draft", typed["draft"] ?? ""))
            <button class="btn btn-primary w-100 mb-2" type="submit">\(t("Close it and continue here"))</button><a class="btn w-100" href="/sign-in">\(t("Cancel"))</a></form>
            """
        return frame.sheet(t("You are signed in elsewhere"), enterprise: enterprise ?? "", page: "sign-in", card, status: 409)
    }

    static func takeOver(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        guard let request = TakeOverStep.open(form["flow"] ?? "", call) else { return .see("/sign-in") }
        do {
            return try await SignInPages.open(call, request, desk, form)
        } catch let problem as Problem {
            return try await SignInPages.page(call, FormView(Parts(call.house.assets), refused: FormData(), problem), status: problem.status)
        }
    }
}

/// What was typed before the question, sealed for the next step: five minutes, for the same address, and for the browser that was asked, which shows a
/// cookie of its own until it has answered.
struct TakeOverStep {
    let flow: String

    private static let context = "take-over step"
    private static let seconds: Int64 = 300

    init(_ request: SignIn.Request, _ nonce: StepNonce, _ call: Call) {
        let step: JSON = [
            "username": .string(request.username), "password": .string(request.password), "address": .string(call.origin.address),
            "nonce": .string(nonce.text), "until": .int(call.now.adding(seconds: Self.seconds).milliseconds),
        ]
        flow = Base64URL.encode(call.house.masterKey.seal(step.encode(), context: Self.context))
    }

    static func open(_ flow: String, _ call: Call) -> SignIn.Request? {
        guard flow.utf8.count < 8192, let sealed = Base64URL.decode(flow), let bytes = try? call.house.masterKey.open(sealed, context: context),
            let step = try? JSON.parse(bytes), let until = step["until"]?.integer, call.now.milliseconds < until,
            step["address"]?.text == call.origin.address, let nonce = step["nonce"]?.text, nonce == StepNonce(call)?.text,
            let username = step["username"]?.text, let password = step["password"]?.text
        else { return nil }
        return SignIn.Request(username: username, password: password, takeOver: true)
    }
}
