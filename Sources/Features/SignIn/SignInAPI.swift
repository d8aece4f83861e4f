import FactorsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import PasskeysFeature

/// Everything about signing in: the API and the pages, which share one memory of failures. Ask once for each server.
package enum SignInRoutes {
    package static func all() -> [Route] {
        let desk = FrontDesk()
        return SignInAPI.routes(desk) + OwnFactorsAPI.routes + SignInPages.routes(desk) + OneTimePages.routes + ForgottenPages.routes(desk)
            + OwnPages.routes(desk) + OwnFactorsPages.routes + StepUpRoutes.routes(desk) + PasskeyAPI.routes(desk) + PasskeyPages.routes(desk)
    }
}

/// The JSON face of signing in and out, and of everybody's own page.
enum SignInAPI {
    static func routes(_ desk: FrontDesk) -> [Route] {
        [
            .post("/api/v1/logins", .nothing(because: .signIn)) { try await signIn($0, desk) },
            .post("/api/v1/logins/second-step", .nothing(because: .signIn)) { try await secondStep($0, desk) },
            .post("/api/v1/logins/second-step/mail", .nothing(because: .signIn), leaves: .nothing(because: "only a mail is sent")) {
                try await mailAgain($0)
            },
            .get("/api/v1/logins/current", .need(.firstSteps), handler: current),
            .delete("/api/v1/logins/current", .need(.firstSteps), handler: signOut),
            .get("/api/v1/me", .need(.anyone), handler: me),
            .put("/api/v1/me/password", .need(.firstSteps)) { try await changePassword($0, desk) },
            .post("/api/v1/password/forgot", .nothing(because: .oneTimeLink), leaves: .nothing(because: ForgottenPassword.leavesLater)) {
                try await forgot($0, desk)
            },
            .post("/api/v1/password/reset", .nothing(because: .oneTimeLink), handler: reset),
            .get("/api/v1/me/logins", .need(.login), handler: logins),
            .delete("/api/v1/me/logins/{id}", .need(.login), handler: closeLogin),
            .get("/api/v1/me/grantable", .need(.member), handler: grantable),
            .get("/api/v1/me/api-keys", .need(.member), handler: keys),
            .get("/api/v1/settings/security", .need(.screen(.logins, .read)), handler: settings),
            .patch("/api/v1/settings/security", .need(.screen(.logins, .full)), handler: updateSettings),
        ]
    }

    private static func signIn(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let request = SignIn.Request(
            username: fields.secret("username"), password: fields.secret("password"), takeOver: fields.optionalFlag("take_over") ?? false)
        try fields.finish()
        let browser = KnownBrowser(call)
        switch try await SignIn.open(request, browser, nonce: nil, call.origin, desk, call.house) {
        case .opened(let opened): return answer(opened, browser, call)
        case .secondStep(let asked): throw asked.problem
        }
    }

    static func answer(_ opened: SignIn.Opened, _ browser: KnownBrowser?, _ call: Call) -> Answer {
        var answer = Answer.json(opened.json, status: 201)
        // A cookie only for our own pages (ruling 30): nobody's page signs a browser in as somebody else.
        if call.inbound.headers[.secFetchSite] == "same-origin" {
            answer.setCookie(Cookies.login(opened.token.text, call.house.settings))
            answer.setCookie(KnownBrowser.cookie(after: browser, .person(opened.person.username), call))
        }
        return answer
    }

    private static func secondStep(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        var step = SecondStep.Step(token: Secret(fields.secret("step_token")), takesOver: fields.optionalFlag("take_over") ?? false)
        let code = fields.isAbsent("code") ? nil : fields.secret("code")
        let recoveryCode = fields.isAbsent("recovery_code") ? nil : fields.secret("recovery_code")
        if code != nil, recoveryCode != nil { fields.invalid("recovery_code", "mutually_exclusive", "Show one code, not two.") }
        let nested = fields.optionalObject("passkey")
        let passkey = nested.map { PasskeyAnswer($0) }
        fields.finish(nested: nested)
        if passkey != nil, code != nil || recoveryCode != nil {
            fields.invalid("passkey", "mutually_exclusive", "Show a passkey or a code, not both.")
        }
        try fields.finish()
        step.shown = code.map { .code($0) } ?? recoveryCode.map { .recoveryCode($0) } ?? passkey.map { .passkey($0) }
        let browser = KnownBrowser(call)
        return answer(try await SecondStep.goOn(step, browser, call.origin, desk, call.house), browser, call)
    }

    private static func mailAgain(_ call: Call) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let step = SecondStep.Step(token: Secret(fields.secret("step_token")))
        try fields.finish()
        try await SecondStep.mailAgain(step, call.origin, call.house)
        return Answer(202)
    }

    private static func signOut(_ call: Call) async throws -> Answer {
        try await call.ownWrite { permit, tx, ledger in
            try call.noInput()
            try Logins.close(permit.login, because: .signedOut, permit, tx, ledger)
            return call.withoutCookie(.noContent)
        }
    }

    /// The login that asks, and how long it goes on by itself. Asked in the background it says so without prolonging it.
    private static func current(_ call: Call) async throws -> Answer {
        try call.noQuery()
        guard let caller = call.caller else { throw Refusal.signIn }
        let lasting = try await call.gate.lasting(of: caller)
        let now = call.now
        let login = try await call.ownRead { permit, tx in try Logins.find(permit.login, at: now, call.gate, permit, tx) }
        var json = login.json(of: caller.principal.actor, isCurrent: true).members
        let end = lasting.endsAt ?? login.expiresAt
        json.append(("ends_in", .int(max(0, (end.milliseconds - now.milliseconds) / 1000))))
        json.append(("fresh_until", JSON(caller.principal.proof?.freshUntil(at: now))))
        json.append(("ends_by", .string(lasting.endsAt == lasting.idleAt ? "inactivity" : "age")))
        return .json(JSON(members: json))
    }

    private static func me(_ call: Call) async throws -> Answer {
        try call.noQuery()
        guard let caller = call.caller else { throw Refusal.signIn }
        return Answer(200, .bytes(caller.told.me.orMade { Me.json(caller.principal, caller.surroundings).encode() }, type: "application/json"))
    }

    private static func changePassword(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        try await OwnPassword.change(call.fieldsWithoutQuery(), call, desk)
        return .noContent
    }

    private static func forgot(_ call: Call, _ desk: FrontDesk) async throws -> Answer {
        try await ForgottenPassword.ask(call.fieldsWithoutQuery(), call.origin, desk, call.house)
        return Answer(202)
    }

    private static func reset(_ call: Call) async throws -> Answer {
        let fields = try call.fieldsWithoutQuery()
        let token = fields.secret("token")
        _ = fields.secret("new")
        try fields.finish()
        try await PasswordLink.use(fields, token: token, call.origin, call.house)
        return .noContent
    }

    private static func logins(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        let (logins, current, person) = try await call.ownRead { permit, tx in
            (try Logins.own(page, at: call.now, call.gate, permit, tx), permit.login, permit.actor)
        }
        return .json(logins.json { $0.json(of: person, isCurrent: $0.id == current) })
    }

    private static func closeLogin(_ call: Call) async throws -> Answer {
        try await call.ownWrite { permit, tx, ledger in
            let login = try Logins.find(call.id(), at: ledger.now, call.gate, permit, tx)
            try call.noInput()
            let isCurrent = login.id == permit.login
            try Logins.close(login.id, because: isCurrent ? .signedOut : .closed, permit, tx, ledger)
            return isCurrent ? call.withoutCookie(.noContent) : .noContent
        }
    }

    private static func grantable(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let hasFieldWork = try call.hasFieldWork
        return .json(try await call.read { permit, tx in try Me.grantable(permit, hasFieldWork: hasFieldWork, tx) })
    }

    private static func keys(_ call: Call) async throws -> Answer {
        if try !call.hasFieldWork { throw Refusal.noFieldWork }
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return .json(try await call.read { permit, tx in try GrantableStore.keys(page, permit, tx) }.json(\.json))
    }

    private static func settings(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let settings = try await call.read { permit, tx in try SecurityRules.find(permit, tx) }
        return .object(settings.json, tag: settings.tag)
    }

    private static func updateSettings(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let settings = try SecurityRules.update(call.fieldsWithoutQuery(), match: call.requireMatch, permit, tx, ledger)
            return .object(settings.json, tag: settings.tag)
        }
    }
}

extension Answer {
    mutating func setCookie(_ cookie: String) { headers.append(HTTPField(name: .setCookie, value: cookie)) }
}

extension Call {
    /// An answer that takes the console's cookie away, where that is what was shown.
    package func withoutCookie(_ answer: Answer) -> Answer {
        guard isByCookie else { return answer }
        var answer = answer
        answer.setCookie(Cookies.noLogin(house.settings))
        return answer
    }

    /// Whether the principal's account does field work.
    var hasFieldWork: Bool {
        get throws {
            guard case .account(_, let hasFieldWork, _) = try principal().place else { throw Refusal.noAccount }
            return hasFieldWork
        }
    }
}
