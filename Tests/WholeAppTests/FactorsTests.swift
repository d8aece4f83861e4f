import HTTPTypes
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

/// Second factors of people: who must have one, adding and taking away, and the pages of a sign-in that asks for one.
@Suite struct `Second factors` {
    private func rule(_ scene: Scene, _ rule: JSON) async {
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["second_step": rule]), 200)
    }

    // MARK: Who must

    @Test func `are added before anything else by whoever must have one, and by nobody else`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (una, uwe) = (scene.cast.una.client, scene.cast.uwe.client)
        expect(await una.get("/api/v1/sessions"), 200)
        await rule(scene, ["required": "all", "methods": ["totp"]])
        for path in ["sessions", "users", "me/logins", "me/grantable"] {
            expect(await una.get("/api/v1/" + path), 403, "second_step_enrolment_required", path)
        }
        expect(await una.get("/api/v1/me"), 200)
        #expect(await una.get("/api/v1/me/factors")["required"] == true)
        let page = await scene.browser(.una).get("/sessions")
        #expect(page.status == 303 && page.location == "/my/second-step")
        #expect(await scene.browser(.una).get("/").location == "/my/second-step")
        expect(await scene.client(.key).get("/api/v1/sessions"), 200, nil, "a program")
        expect(await scene.client(.switched).get("/api/v1/sessions"), 200, nil, "an administrator, whom another rule is for")
        let (factor, _, codes) = try await scene.giveApp(to: una)
        #expect(codes.count == 10)
        expect(await una.get("/api/v1/sessions"), 200)
        expect(await uwe.get("/api/v1/sessions"), 403, "second_step_enrolment_required", "each for themselves")
        expect(await una.delete("/api/v1/me/factors/\(factor)"), 409, "last_factor")
        let second = try await scene.giveApp(to: una)
        #expect(second.recoveryCodes.isEmpty, "the codes that there are go on")
        expect(await una.delete("/api/v1/me/factors/\(factor)"), 204)
        // What is not allowed any more counts no more, is asked for all the same, and can be taken away.
        await rule(scene, ["required": "all", "methods": ["passkey"]])
        expect(await una.get("/api/v1/sessions"), 403, "second_step_enrolment_required")
        expect(await una.post("/api/v1/me/factors/totp"), 409, "factor_not_allowed")
        let asked = await scene.house.anyone.post("/api/v1/logins", ["username": "una@example.com", "password": .string(TestHouse.password)])
        #expect(asked["methods"] == ["totp", "recovery"])
        await rule(scene, ["required": "off"])
        expect(await una.get("/api/v1/sessions"), 200)
        expect(await una.delete("/api/v1/me/factors/\(second.factor)"), 204)
    }

    @Test func `are for holders of chosen roles, and a password that must be changed comes first`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let role = try await Cast.make(scene.north.inside, "roles", scene.newRole())
        await rule(scene, ["required": "roles", "roles": [.string(role)]])
        expect(await scene.cast.una.client.get("/api/v1/sessions"), 200)
        let body = scene.newUser(scene.north, role: role).adding("must_change", true)
        _ = try await Cast.make(scene.north.inside, "users", body)
        let opened = await scene.house.anyone.post(
            "/api/v1/logins", ["username": body["username"] ?? .null, "password": .string(TestHouse.password)])
        expect(opened, 201)
        #expect(opened["must_change_password"] == true && opened["must_add_factor"] == true)
        let vera = LocalClient(scene.house.lineUp, token: opened.text("token"))
        expect(await vera.get("/api/v1/me/factors"), 403, "password_change_required")
        expect(await vera.put("/api/v1/me/password", ["current": .string(TestHouse.password), "new": .string(Examples.newPassword)]), 204)
        expect(await vera.get("/api/v1/sessions"), 403, "second_step_enrolment_required")
        try await scene.giveApp(to: vera)
        expect(await vera.get("/api/v1/sessions"), 200)
        // A role that is gone is asked of nobody, and is in no answer.
        let other = try await Cast.make(scene.north.inside, "roles", scene.newRole())
        await rule(scene, ["required": "roles", "roles": [.string(role), .string(other)]])
        expect(await scene.north.inside.delete("/api/v1/roles/\(other)"), 204)
        #expect(await scene.north.inside.get("/api/v1/settings/security")["second_step"]["roles"] == [.string(role)])
        let wrong: [(JSON, String)] = [
            (["required": "roles"], "second_step.roles: required"), (["methods": []], "second_step.methods: required"),
            (["methods": ["sms"]], "second_step.methods: invalid_choice"), (["required": "some"], "second_step.required: invalid_choice"),
            (["required": "roles", "roles": [.string(scene.south.userRole)]], "second_step.roles: unknown_reference"),
        ]
        for (rule, problem) in wrong {
            let reply = await scene.north.inside.patch("/api/v1/settings/security", ["second_step": rule])
            #expect(reply.status == 422 && reply.fieldCodes.contains(problem), "\(rule): \(reply.text)")
        }
    }

    @Test func `of administrators follow the enterprise's rule, also while they are switched`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let olive = scene.cast.olive
        expect(await scene.client(.lena).patch("/api/v1/enterprise/security", ["second_step": ["required": "all"]]), 403)
        expect(await olive.patch("/api/v1/enterprise/security", ["second_step": ["required": "roles"]]), 422, "invalid_choice")
        expect(await olive.patch("/api/v1/enterprise/security", ["second_step": ["required": "all"]]), 200)
        for client in [olive, scene.client(.switched), scene.client(.lena)] {
            expect(await client.get("/api/v1/accounts"), 403, "second_step_enrolment_required")
            expect(await client.get("/api/v1/sessions"), 403, "second_step_enrolment_required")
        }
        expect(await scene.cast.una.client.get("/api/v1/sessions"), 200)
        try await scene.giveApp(to: olive)
        expect(await olive.get("/api/v1/accounts"), 200)
        expect(await scene.client(.switched).get("/api/v1/sessions"), 200)
        // By command: the one whom nobody else can help.
        #expect(try await FactorReset.run(email: TestHouse.olive, scene.house.house) == 1)
        expect(await olive.get("/api/v1/me"), 401)
        let again = try await scene.house.olive()
        expect(await again.get("/api/v1/accounts"), 403, "second_step_enrolment_required")
        await #expect(throws: PasswordLink.NoSuchAdministrator.self) { try await FactorReset.run(email: "una@example.com", scene.house.house) }
    }

    // MARK: Adding, and being helped

    @Test func `are one of 64 at once, of the login that began, and within 15 minutes`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (una, other) = (scene.cast.una.client, try await scene.house.signIn("una@example.com"))
        func offer() async throws -> (enrolment: JSON, app: TOTP) {
            let offer = await una.post("/api/v1/me/factors/totp")
            return (offer["enrolment"], try #require(TOTP(text: offer.text("secret"))))
        }
        @Sendable func confirm(_ client: LocalClient, _ offer: (enrolment: JSON, app: TOTP), _ code: String? = nil) async -> LocalClient.Reply {
            await client.post("/api/v1/me/factors/totp/confirm", ["enrolment": offer.enrolment, "code": .string(code ?? scene.code(of: offer.app))])
        }
        let (first, second) = (try await offer(), try await offer())
        #expect(first.app.secret != second.app.secret)
        expect(await confirm(una, first, scene.code(of: second.app)), 422, "invalid_code")
        expect(await confirm(other, first), 422, "offer_closed", "another login")
        expect(await confirm(scene.cast.uwe.client, first), 422, "offer_closed", "another person")
        let replies = try await atOnce(64) { _ in await confirm(una, first) }
        #expect(replies.filter { $0.status == 201 }.count == 1 && replies.allSatisfy { $0.status == 201 || $0.code == "factor_added" })
        scene.house.time.advance(minutes: 15)
        // After so long the login shows first that it is she; it stays the same login.
        let shown = await una.post("/api/v1/logins/current/step-up", ["code": .string(scene.code(of: first.app))])
        expect(shown, 200)
        let same = LocalClient(scene.house.lineUp, token: shown.text("token"))
        expect(await confirm(same, second), 422, "offer_closed", "after 15 minutes")
        let items = await same.get("/api/v1/me/factors")["items"].elements
        #expect(items.count == 1 && items.first?["name"] == "Authenticator app" && items.first?["kind"] == "totp")
        #expect(!(try await Snapshot.all(scene.database)).values.joined().joined().contains(first.app.text))
    }

    @Test func `are reset by whoever may set the password, and the person is told`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (adam, una) = (scene.cast.adam, scene.cast.una)
        try await scene.giveApp(to: adam.client)
        try await scene.giveApp(to: una.client)
        #expect(await scene.client(.rita).get("/api/v1/users/\(una.id)/factors")["items"].elements.count == 1)
        expect(await scene.client(.rita).post("/api/v1/users/\(una.id)/factors/reset"), 403, "level_too_low")
        expect(await scene.client(.kim).post("/api/v1/users/\(adam.id)/factors/reset"), 403, "grants_more_than_held")
        expect(await scene.cast.mallory.client.post("/api/v1/users/\(una.id)/factors/reset"), 404)
        let reset = await adam.client.post("/api/v1/users/\(una.id)/factors/reset")
        expect(reset, 200)
        #expect(reset["items"] == [] && reset["recovery_codes_left"] == 0)
        expect(await una.client.get("/api/v1/me"), 401)
        expect(await adam.client.post("/api/v1/users/\(una.id)/factors/reset"), 200, nil, "again: nothing happens")
        let entries = await adam.client.get("/api/v1/users/\(una.id)/history?limit=200").items.filter { $0["action"] == "factor.reset" }
        #expect(entries.count == 1)
        _ = try await scene.house.signIn("una@example.com")
        let mails = try await scene.house.mails(to: "una@example.com").filter { $0.decoded.contains("second step") }
        #expect(mails.count == 2 && mails.contains { $0.decoded.contains("was reset") })
        // One's own: the login that asks goes on.
        expect(await adam.client.post("/api/v1/users/\(adam.id)/factors/reset"), 200)
        expect(await adam.client.get("/api/v1/me"), 200)
        expect(await scene.client(.lena).post("/api/v1/administrators/\(scene.oliveID)/factors/reset"), 404)
    }

    @Test func `that the rule takes no more stand for none that it takes, and the recovery codes go with the last`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let una = scene.cast.una.client
        let (app, _, codes) = try await scene.giveApp(to: una)
        let passkey = try await scene.house.givePasskey(to: una).factor
        await rule(scene, ["required": "all", "methods": ["passkey"]])
        expect(await una.delete("/api/v1/me/factors/\(passkey)"), 409, "last_factor", "the app does not count")
        expect(await una.delete("/api/v1/me/factors/\(app)"), 204)
        #expect(await una.get("/api/v1/me/factors")["recovery_codes_left"] == 10)
        await rule(scene, ["required": "off"])
        expect(await una.delete("/api/v1/me/factors/\(passkey)"), 204)
        #expect(await una.get("/api/v1/me/factors")["recovery_codes_left"] == 0)
        #expect(Set(try await scene.giveApp(to: una).recoveryCodes).isDisjoint(with: codes))
        let old: JSON = ["step_token": .string(await scene.stepToken("una@example.com")), "recovery_code": .string(codes.first ?? "")]
        expect(await scene.house.anyone.post("/api/v1/logins/second-step", old), 401, "invalid_code")
    }

    // MARK: In a browser

    @Test func `are asked for in the browser that was asked for the password, and in no other`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        var browser = Browser(scene.house.anyone)
        let typed: Browser.Fields = [("username", username), ("password", TestHouse.password), ("return_to", "/sessions?mode=test")]
        let asked = await browser.post("/sign-in", typed)
        expect(asked, 200)
        let form = try #require(PageForm.posting(to: "/sign-in/second-step", in: asked.text).first { $0.names.contains("code") })
        let fields = form.submitted.filter { $0.name != "code" }
        let token = fields.first { $0.name == "step" }?.value ?? ""
        let code: Browser.Fields = [("code", scene.code(of: app))]
        // Nothing but the page's own form in that browser goes on.
        expect(await browser.post("/sign-in/second-step", fields + code), 401, nil, "without the cookie")
        let byProgram = await scene.house.anyone.post(
            "/api/v1/logins/second-step", ["step_token": .string(token), "code": .string(scene.code(of: app))])
        expect(byProgram, 401, "step_closed", "by a program")
        let programs = await scene.stepToken(username)
        browser.cookies = asked.headers[values: .setCookie].filter { $0.contains("-step=") }.map { String($0.prefix { $0 != ";" }) }
        expect(await browser.post("/sign-in/second-step", [("step", programs)] + code), 401, nil, "a program's token")
        expect(await browser.post("/sign-in/second-step", fields), 422, nil, "empty")
        let wrong = await browser.post("/sign-in/second-step", fields + [("code", "000000")])
        #expect(wrong.status == 401 && wrong.text.contains("code-error") && !wrong.text.contains("000000"))
        let done = await browser.post("/sign-in/second-step", fields + code)
        #expect(
            done.status == 303 && done.location == "/sessions?mode=test"
                && done.headers[values: .setCookie].contains { $0.hasPrefix(Browser.cookie + "=lk_login_") })
        expect(await browser.post("/sign-in/second-step", fields + code), 401, nil, "again")
    }
}
