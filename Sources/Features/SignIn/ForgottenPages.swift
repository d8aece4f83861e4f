import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The page that mails a link to whoever has forgotten their password.
enum ForgottenPages {
    private static let open = Route.Needs.nothing(because: .oneTimeLink)

    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .get("/forgot-password", open) { call in
                if case .sent? = Done(call) { return try await sent(call) }
                return try await page(call, FormView(Parts(call.house.assets)))
            },
            .post("/forgot-password", open, leaves: .nothing(because: ForgottenPassword.leavesLater)) { try await ask($0, desk) },
        ]
    }

    private static func enterprise(_ call: Call) async throws -> String {
        try await call.gate.read(door: .signIn) { try CandidateStore.enterprise($0, $1) } ?? ""
    }

    private static func page(_ call: Call, _ form: FormView, status: Int = 200) async throws -> Answer {
        let card: HTML = """
            <h1>\(t("Forgotten your password?"))</h1>
            <p class="lead">\(t("Type your e-mail address. You get a link with which you choose a new password."))</p>
            \(form.summary)<form method="post" action="\(call.house.paths.forgotPassword)">\(form.text("email", t("Your e-mail"), .email))
            <button class="btn btn-primary w-100 mb-2" type="submit">\(t("Send the link"))</button><a class="btn w-100" href="/sign-in">\(t("Back to sign-in"))</a></form>
            """
        return Frame(call).sheet(t("Forgotten your password?"), enterprise: try await enterprise(call), page: "sign-in", card, status: status)
    }

    private static func sent(_ call: Call) async throws -> Answer {
        let card: HTML = """
            <h1>\(t("Look into your mail"))</h1>
            <p class="lead">\(t("If somebody here has this address, a mail with a link is on its way. The link works once, for 30 minutes."))</p>
            <a class="btn btn-primary w-100" href="/sign-in">\(t("Back to sign-in"))</a>
            """
        return Frame(call).sheet(t("Look into your mail"), enterprise: try await enterprise(call), page: "sign-in", card)
    }

    private static func ask(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        do {
            try await ForgottenPassword.ask(Fields(JSON(members: form.texts("email"))), call.origin, desk, call.house)
            return .see(Done.sent.at(call.house.paths.forgotPassword))
        } catch let problem as Problem where problem.isAboutInput {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
