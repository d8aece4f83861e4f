import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The pages behind one-time links: setting the enterprise up, choosing a new password.
enum OneTimePages {
    static let routes: [Route] = [
        .get("/set-up/{token}", .nothing(because: .setUp), handler: showSetUp),
        .post("/set-up/{token}", .nothing(because: .setUp), handler: setUp),
        .get("/r/{token}", .nothing(because: .oneTimeLink), handler: showPassword),
        .post("/r/{token}", .nothing(because: .oneTimeLink), handler: choosePassword),
    ]

    private static func token(_ call: Call) -> String { call.parameters["token"] ?? "" }

    // MARK: Set-up

    private static func showSetUp(_ call: Call) async throws -> Answer {
        try await call.gate.read(door: .setUp) { [now = call.now] in try SetUp.requireOpen(token(call), at: now, $0, $1) }
        return setUpPage(call, FormView(Parts(call.house.assets)))
    }

    private static func setUpPage(_ call: Call, _ form: FormView, status: Int = 200) -> Answer {
        let card: HTML = """
            <h1>\(t("Set up this installation"))</h1><p class="lead">\(t("This page appears once, as long as there is no administrator. It takes a minute."))</p>
            \(form.summary)<form method="post" action="/set-up/\(token(call))">
            \(form.text("enterprise", t("Enterprise"), help: t("The company that runs this installation. It is shown on the sign-in page.")))
            \(form.text("name", t("Your full name")))\(form.text("email", t("Your e-mail"), .email, help: t("You sign in with it.")))
            \(form.password("password", t("Password"), isNew: true, below: form.criteria("password", PasswordPolicy(), wordsFrom: "name email enterprise"), generates: "password"))
            <button class="btn btn-primary w-100" type="submit">\(t("Create the first administrator"))</button></form>
            """
        return Frame(call).sheet(t("Set up"), enterprise: "", card, status: status)
    }

    private static func setUp(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            let fields = try Fields(JSON(members: form.texts("enterprise", "name", "email", "password")))
            try await SetUp.run(fields, token: token(call), call.origin, call.house)
            return .see("/sign-in")
        } catch let problem as Problem where problem.isAboutInput {
            return setUpPage(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    // MARK: A new password

    private static func showPassword(_ call: Call) async throws -> Answer {
        let holder = try await PasswordLink.holder(of: token(call), call.house)
        return passwordPage(call, holder, FormView(Parts(call.house.assets)))
    }

    private static func passwordPage(_ call: Call, _ holder: PasswordLink.Holder, _ form: FormView, status: Int = 200) -> Answer {
        let title = holder.isFirst ? t("Choose your password") : t("Choose a new password")
        let card: HTML = """
            <h1>\(title)</h1><p class="lead">\(t("For %1. The link works once.", holder.username))</p>
            \(form.summary)<form method="post" action="/r/\(token(call))">
            \(form.password("new", t("New password"), isNew: true, below: form.criteria("new", holder.policy, words: [holder.name, holder.username]), generates: "new repeat"))
            \(form.password("repeat", t("Repeat it"), isNew: true, below: "<ul class=\"criteria\" data-criteria=\"repeat\" id=\"repeat-criteria\"><li data-rule=\"same\" data-with=\"new\">\(t("Both are the same"))</li></ul>"))
            <button class="btn btn-primary w-100" type="submit">\(t("Save and sign in"))</button></form>
            """
        return Frame(call).sheet(title, enterprise: "", card, status: status)
    }

    private static func choosePassword(_ call: Call) async throws -> Answer {
        let form = try call.form()
        let holder = try await PasswordLink.holder(of: token(call), call.house)
        do {
            let fields = try Fields(JSON(members: form.texts("new")))
            if form["new"] != form["repeat"] { fields.invalid("repeat", "not_the_same", t("The two passwords are not the same.")) }
            try await PasswordLink.use(fields, token: token(call), call.origin, call.house)
            return .see("/sign-in")
        } catch let problem as Problem where problem.isAboutInput {
            return passwordPage(call, holder, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }
}
