import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Signing in and out in a browser.
enum SignInPages {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .get("/", .need(.anyone), handler: home),
            .get("/sign-in", .nothing(because: .signIn), handler: show),
            .post("/sign-in", .nothing(because: .signIn)) { try await signIn($0, desk) },
            .post("/sign-in/take-over", .nothing(because: .signIn)) { try await TakeOverPages.takeOver($0, desk) },
            .post("/sign-in/second-step", .nothing(because: .signIn)) { try await SecondStepPages.goOn($0, desk) },
            .post("/sign-in/second-step/mail", .nothing(because: .signIn), leaves: .nothing(because: "only a mail is sent")) {
                try await SecondStepPages.mailAgain($0)
            },
            .post("/sign-in/disown", .nothing(because: .signIn), handler: disown),
            .post("/sign-out", .need(.firstSteps), handler: signOut),
            .post("/switch-back", .need(.firstSteps), handler: switchBack),
        ]
    }

    /// The first page that this person may see.
    private static func home(_ call: Call) async throws -> Answer {
        let principal = try call.principal()
        let paths = call.house.paths
        if principal.mustChangePassword { return .see(paths.newPassword) }
        if principal.mustAddFactor { return .see(paths.secondStep) }
        guard case .account(_, let hasFieldWork, let access) = principal.place else { return .see(paths.accounts) }
        // Who manages something begins with what wants attention; who only works, with the work.
        let manages = !hasFieldWork || access.level(of: .users) > .none || access.level(of: .links) > .none
        if manages, access.level(of: .overview) > .none { return .see(paths.overview) }
        if hasFieldWork, access.level(of: .sessions) > .none { return .see(paths.sessions) }
        if access.level(of: .users) > .none { return .see(paths.users) }
        if access.level(of: .history) > .none { return .see(paths.history) }
        if access.level(of: .overview) > .none { return .see(paths.overview) }
        return .see(paths.mySettings)
    }

    // MARK: Signing in

    private static func show(_ call: Call) async throws -> Answer {
        let returnTo = call.pageQuery()["return_to"] ?? ""
        let kept = ["return_to": [returnTo], "draft": [call.draft ?? ""]]
        let cookie = Cookies.value(call.house.settings.cookieName, in: call.inbound.headers).flatMap { Secret($0) }
        if let cookie {
            do {
                _ = try await call.gate.admit(Credential(cookie), origin: call.origin, isActivity: false)
                return .see(Paths.isLocal(returnTo) ? returnTo : call.house.paths.home)
            } catch let dead as Dead {
                if let back = await backToParent(call) { return back }
                var answer = try await page(
                    call, FormView(Parts(call.house.assets), values: kept), notice: notice(dead, cookie, call))
                answer.setCookie(Cookies.noLogin(call.house.settings))
                return answer
            }
        }
        return try await page(call, FormView(Parts(call.house.assets), values: kept), notice: done(call))
    }

    private static func done(_ call: Call) -> HTML? {
        guard Done(call) == .disowned else { return nil }
        return Parts(call.house.assets).alert(
            "<strong>\(t("All your sign-ins were ended, and your password no longer works."))</strong> \(t("A mail with a link to choose a new one is on its way. If none comes, ask whoever gave you access."))"
        )
    }

    /// What happened to the login that this browser still shows.
    private static func notice(_ dead: Dead, _ token: Secret, _ call: Call) async throws -> HTML? {
        let parts = Parts(call.house.assets)
        switch dead {
        case .ended(let at, "take_over", let by):
            let browser = by.userAgent.map { UserAgent.name($0) }
            let place: [HTML] = [
                by.name.map { name in "<bdi>\(name)</bdi>" }, browser.map { "\($0)" }, by.address.map { address in "\(t("from %1", address))" },
                parts.time(at),
            ].compactMap { $0 }
            let flow = try await Disowning.flow(token, call)
            let button = flow.map { flow -> HTML in
                """
                <form class="mt-2" method="post" action="/sign-in/disown"><input type="hidden" name="flow" value="\(flow)">\
                <p>\(t("If that was not you: all your sign-ins end, your password no longer works, and you are mailed a link to choose a new one."))</p>\
                <button class="btn btn-danger" type="submit">\(t("That was not me"))</button></form>
                """
            }
            return parts.alert(
                "<strong>\(t("You were signed out here."))</strong> \(t("Somebody signed in with your username elsewhere and closed this sign-in.")) <span class=\"sub\">\(place.joined(separator: " · "))</span>\(button)",
                tone: .warning)
        case .ended(let at, "closed", let by):
            let text = by.name.map { t("This sign-in was closed by %1.", $0) } ?? t("This sign-in was closed.")
            return parts.alert("\(text) \(parts.time(at))", tone: .warning)
        case .ended(let at, "password", _):
            return parts.alert("\(t("Your password was changed: sign in with the new one.")) \(parts.time(at))", tone: .warning)
        case .ended(let at, "second_step", _):
            return parts.alert("\(t("Your second step was changed: sign in again.")) \(parts.time(at))", tone: .warning)
        case .idle: return parts.alert("\(t("You were signed out after a time without activity."))", tone: .warning)
        case .expired: return parts.alert("\(t("Your sign-in has ended. Sign in again."))", tone: .warning)
        default: return nil
        }
    }

    static func page(_ call: Call, _ form: FormView, notice: HTML? = nil, status: Int = 200) async throws -> Answer {
        let enterprise = try await call.gate.read(door: .signIn) { try CandidateStore.enterprise($0, $1) }
        let frame = Frame(call)
        guard let enterprise else {
            let card: HTML =
                "<h1>\(t("Not set up yet"))</h1><p class=\"lead\">\(t("Open the set-up link that the server printed when it started."))</p>"
            return frame.sheet(t("Not set up yet"), enterprise: "", card, status: status)
        }
        let card: HTML = """
            <h1>\(t("Sign in"))</h1>\(notice)\(form.summary)<form method="post" action="/sign-in">\(kept(form, parts: frame.parts))
            \(form.text("username", t("Username"), .ownUsername, help: t("Usually your e-mail address.")))
            \(form.password("password", t("Password"), isNew: false))
            <button class="btn btn-primary w-100" type="submit">\(t("Sign in"))</button></form>\(PasskeyPages.signInForm(kept(form, parts: frame.parts), call))
            <p class="mt-3 mb-0 text-center"><a href="\(call.house.paths.forgotPassword)">\(t("Forgotten your password?"))</a></p>
            """
        return frame.sheet(t("Sign in"), enterprise: enterprise, page: "sign-in", card, status: status)
    }

    /// Where to go afterwards, and what was typed before.
    static func kept(_ form: FormView, parts: Parts) -> HTML {
        let draft = form.value("draft")
        return """
            \(form.hidden("return_to", form.value("return_to")))\(if: !draft.isEmpty, """
            \(form.hidden("draft", draft))<p class="muted">\(t("What you had typed is kept. Sign in, and it is back in its form."))</p>
            """)
            """
    }

    private static func signIn(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let form = try call.form()
        do {
            let fields = try Fields(JSON(members: [("username", JSON(form["username"] ?? "")), ("password", JSON(form["password"] ?? ""))]))
            let request = SignIn.Request(username: fields.secret("username"), password: fields.secret("password"), takeOver: false)
            try fields.finish()
            do { return try await open(call, request, desk, form) } catch let problem as Problem
                where problem.code == "already_signed_in"
            { return try await TakeOverPages.ask(call, request, form) }
        } catch let problem as Problem {
            return try await page(call, FormView(Parts(call.house.assets), refused: form, problem), status: problem.status)
        }
    }

    static func open(_ call: Call, _ request: SignIn.Request, _ desk: FrontDesk, _ form: FormData) async throws -> Answer {
        let browser = KnownBrowser(call)
        let nonce = StepNonce()
        switch try await SignIn.open(request, browser, nonce: nonce, call.origin, desk, call.house) {
        case .opened(let opened): return signedIn(call, opened, browser, form)
        case .secondStep(let asked):
            var answer = try await SecondStepPages.page(call, asked, FormView(Parts(call.house.assets)), after: form)
            answer.setCookie(StepNonce.cookie(nonce, call.house.settings))
            return answer
        }
    }

    /// To where this person was on their way, or what they must do before.
    static func signedIn(_ call: Call, _ opened: SignIn.Opened, _ browser: KnownBrowser?, _ form: FormData) -> Answer {
        let paths = call.house.paths
        let mustBefore = opened.person.mustChangePassword ? paths.newPassword : opened.mustAddFactor ? paths.secondStep : nil
        let target = form["return_to"].flatMap { Paths.isLocal($0) ? $0 : nil } ?? paths.home
        var answer = Answer.see(mustBefore ?? target)
        answer.setCookie(Cookies.login(opened.token.text, call.house.settings))
        answer.setCookie(KnownBrowser.cookie(after: browser, .person(opened.person.username), call))
        answer.setCookie(ParentLogins.cookie([], call.house.settings))
        if StepNonce(call) != nil { answer.setCookie(StepNonce.cookie(nil, call.house.settings)) }
        if let draft = form["draft"], !draft.isEmpty, mustBefore == nil { answer.resumes = Resuming(draft: draft, token: opened.token) }
        return answer
    }

    // MARK: Signed in elsewhere

    private static func disown(_ call: Call) async throws -> Answer {
        let form = try call.form()
        do {
            try await Disowning.run(form["flow"] ?? "", call)
            return .see(Done.disowned.at("/sign-in"))
        } catch let problem as Problem where problem.status == 410 {
            return try await page(call, FormView(Parts(call.house.assets), refused: FormData(), problem), status: problem.status)
        }
    }

    // MARK: Signing out, switching back

    private static func signOut(_ call: Call) async throws -> Answer {
        let parents = ParentLogins.read(call)
        if let root = parents.first, let parent = try? await call.gate.admit(Credential(root), origin: call.origin, isActivity: true) {
            // The login that was switched from ends, and with it every login that came from it.
            try await call.gate.write(own: .firstSteps, parent) { permit, tx, ledger in
                try Logins.close(permit.login, because: .signedOut, permit, tx, ledger)
            }
        } else {
            try await call.ownWrite { permit, tx, ledger in try Logins.close(permit.login, because: .signedOut, permit, tx, ledger) }
        }
        var answer = Answer.see("/sign-in")
        answer.setCookie(Cookies.noLogin(call.house.settings))
        answer.setCookie(ParentLogins.cookie([], call.house.settings))
        return answer
    }

    /// The way back to the enterprise for whoever was switched, when that is over and the login that they came from is not; else nil.
    private static func backToParent(_ call: Call) async -> Answer? {
        var parents = ParentLogins.read(call)
        while let parent = parents.popLast() {
            guard (try? await call.gate.admit(Credential(parent), origin: call.origin, isActivity: false)) != nil else { continue }
            var answer = Answer.see(Done.switchOver.at(call.house.paths.accounts))
            answer.setCookie(Cookies.login(parent.text, call.house.settings))
            answer.setCookie(ParentLogins.cookie(parents, call.house.settings))
            return answer
        }
        return nil
    }

    private static func switchBack(_ call: Call) async throws -> Answer {
        try await call.ownWrite { permit, tx, ledger in try Logins.close(permit.login, because: .signedOut, permit, tx, ledger) }
        var parents = ParentLogins.read(call)
        let parent = parents.popLast()
        var answer = Answer.see(parent == nil ? "/sign-in" : Done.switchedBack.at(call.house.paths.accounts))
        answer.setCookie(parent.map { Cookies.login($0.text, call.house.settings) } ?? Cookies.noLogin(call.house.settings))
        answer.setCookie(ParentLogins.cookie(parents, call.house.settings))
        return answer
    }
}

/// The logins that a switched browser came from, outermost first, kept in a cookie of their own so that it can switch back.
package enum ParentLogins {
    private static func name(_ settings: ServerSettings) -> String { settings.cookieName + "-parent" }

    static func read(_ call: Call) -> [Secret] {
        let value = Cookies.value(name(call.house.settings), in: call.inbound.headers) ?? ""
        return value.split(separator: "~").prefix(3).compactMap { Secret(String($0)) }.filter { $0.kind == .login }
    }

    static func cookie(_ parents: [Secret], _ settings: ServerSettings) -> String {
        let value = parents.map(\.text).joined(separator: "~")
        return name(settings) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" + (settings.isInsecure ? "" : "; Secure")
            + (parents.isEmpty ? "; Max-Age=0" : "")
    }

    /// Signs this browser in with a switched login, remembering the one that it came from.
    package static func enter(_ token: Secret, from call: Call, _ answer: Answer) -> Answer {
        var answer = answer
        let present = Cookies.value(call.house.settings.cookieName, in: call.inbound.headers).flatMap { Secret($0) }
        answer.headers.append(HTTPField(name: .setCookie, value: Cookies.login(token.text, call.house.settings)))
        answer.headers.append(
            HTTPField(name: .setCookie, value: cookie(read(call) + [present].compactMap { $0 }, call.house.settings)))
        return answer
    }
}
