import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What asks people to show, just before it is done, that it is still them.
@Suite struct `A step-up` {
    private static let api = "/api/v1/logins/current/step-up"
    private static let password: JSON = ["password": .string(TestHouse.password)]

    /// The server with two routes more, which ask everybody: one says what it was sent, the other is a page's.
    private static func lineUp(_ house: TestHouse) -> LineUp {
        let asks: [Route] = [
            .post("/api/v1/asking", .need(.login), leaves: .nothing(because: "a test's"), stepUp: .everybody) { _ in .json(["done": true]) },
            .post("/asking", .need(.login), leaves: .nothing(because: "a test's"), stepUp: .everybody) { call in
                let form = try call.form()
                return Answer.json([
                    "password": JSON(form["password"]), "query": .string(call.inbound.query), "token": JSON(call.caller?.credential.hash.count),
                ])
            },
            Route(.get, "/asking", .need(.login), stepUp: .everybody) { _ in .json(["done": true]) },
        ]
        return LineUp(house: house.house, routes: Composition.routes(Operations()) + asks)
    }

    @Test func `is asked for five minutes after the sign-in, and counts for five`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        var una = LocalClient(lineUp, token: cast.una.client.token)
        expect(await una.post("/api/v1/asking"), 200)
        #expect(await una.get("/api/v1/logins/current")["fresh_until"] != .null)
        cast.house.time.advance(seconds: 301)
        expect(await una.post("/api/v1/asking"), 403, "step_up_required")
        #expect(await una.get("/api/v1/logins/current")["fresh_until"] == .null)
        let before = una
        let reply = await una.post(Self.api, Self.password)
        expect(reply, 200)
        una.token = reply.text("token")
        expect(await una.post("/api/v1/asking"), 200)
        expect(await before.get("/api/v1/me"), 401, "unauthenticated", "the old token is dead")
        #expect(await una.get("/api/v1/logins/current").id == reply.text("login"), "it is the same login")
        cast.house.time.advance(seconds: 200)
        expect(await una.post("/api/v1/asking"), 200)
        cast.house.time.advance(seconds: 101)
        expect(await una.post("/api/v1/asking"), 403, "step_up_required")
        let entries = await cast.adam.client.get("/api/v1/history?subject=\(cast.una.id)").items
        #expect(entries.contains { $0["action"] == "login.stepped_up" })
    }

    @Test func `is judged after what the principal may do, and is not asked of machines`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        cast.house.time.advance(minutes: 10)
        expect(await LocalClient(lineUp, token: cast.shared.secret).post("/api/v1/asking"), 403, "login_required")
        // Who has no second step goes on as before where it is asked of those who have one.
        expect(await cast.olive.post("/api/v1/accounts/\(cast.north)/switch"), 201)
        expect(await cast.inNorth.post("/api/v1/api-keys", ["name": "Another", "mode": "live"]), 201)
    }

    @Test func `counts a wrong password as a failed sign-in`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let una = cast.una.client
        for _ in 0..<5 {
            let reply = await una.post(Self.api, ["password": "not it"])
            expect(reply, 422, "wrong_password")
            #expect(reply.fieldCodes == ["password: wrong_password"])
        }
        expect(await una.post(Self.api, Self.password), 429, "too_many_attempts")
        expect(await una.get("/api/v1/me"), 200)
        let other = cast.uwe.client
        for body in [[:], ["password": .null], ["password": 5], ["password": "x", "code": "1"]] as [JSON] {
            #expect([400, 422].contains(await other.post(Self.api, body).status), "\(body)")
        }
        expect(await LocalClient(cast.house.lineUp, token: cast.shared.secret).post(Self.api, Self.password), 403, "login_required")
    }

    @Test func `is by the second step for whoever has one, also in a login from before there was one`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        cast.house.time.hold()
        let (lineUp, una) = (Self.lineUp(cast.house), cast.una.client)
        expect(await una.post(Self.api, ["code": "123456"]), 422, "no_second_step")
        let other = LocalClient(lineUp, token: try await cast.house.signIn("una@example.com").token)
        expect(await other.post("/api/v1/asking"), 200)
        let app = try await cast.house.giveApp(to: una).app
        expect(await LocalClient(lineUp, token: una.token).post("/api/v1/asking"), 200, nil, "it was shown just now")
        expect(await other.post("/api/v1/asking"), 403, "step_up_required", "the password of the sign-in is not enough any more")
        let byPassword = await other.post(Self.api, Self.password)
        expect(byPassword, 422, "second_step_needed")
        #expect(byPassword.fieldCodes == ["password: second_step_needed"])
        cast.house.time.advance(seconds: 30)
        expect(await other.post(Self.api, ["code": .string(cast.house.code(of: app))]), 200)
    }

    @Test func `of a parent counts for what was switched from it, and not the other way`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        cast.house.time.advance(seconds: 400)
        let reply = await cast.olive.post(Self.api, Self.password)
        expect(reply, 200)
        let olive = LocalClient(lineUp, token: reply.text("token"))
        expect(await LocalClient(lineUp, token: cast.inNorth.token).post("/api/v1/asking"), 200)
        cast.house.time.advance(seconds: 400)
        _ = await olive.get("/api/v1/me")
        let inside = await cast.inNorth.post(Self.api, Self.password)
        expect(inside, 200)
        expect(await LocalClient(lineUp, token: inside.text("token")).post("/api/v1/asking"), 200)
        expect(await olive.post("/api/v1/asking"), 403, "step_up_required")
    }

    // MARK: In a browser

    private static func browser(_ lineUp: LineUp, _ token: String?) -> Browser { Browser(LocalClient(lineUp, token: token)) }

    @Test func `is a page that asks, and then does what was asked`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        cast.house.time.advance(seconds: 301)
        var browser = Self.browser(lineUp, cast.una.client.token)
        let asked = await browser.post("/asking?a=1", [("password", "for another"), ("x", "ü & <b>")])
        expect(asked, 403)
        #expect(asked.text.contains("Confirm that it is you") && !asked.text.contains("for another"))
        let form = try #require(PageForm.posting(to: "/step-up", in: asked.text).first).submitted.filter { $0.name != "password" }
        let wrong = await browser.post("/step-up", form + [("password", "not it")])
        expect(wrong, 422)
        let again = try #require(PageForm.posting(to: "/step-up", in: wrong.text).first).submitted.filter { $0.name != "password" }
        #expect(again.contains { $0.name == "wish" && !$0.value.isEmpty }, "lost by a wrong password")
        let done = await browser.post("/step-up", again + [("password", TestHouse.password)])
        expect(done, 200)
        #expect(done.text.contains(#""password":"for another""#) && done.text.contains(#""query":"a=1""#), "\(done.text)")
        let cookie = try #require(done.headers[values: .setCookie].first { $0.hasPrefix(Browser.cookie + "=lk_login_") })
        expect(await browser.get("/my"), 303, nil, "the old cookie is dead")
        browser.token = String(cookie.dropFirst(Browser.cookie.count + 1).prefix { $0 != ";" })
        expect(await browser.get("/my"), 200)
    }

    @Test func `does for nobody else what was asked, nor later`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        cast.house.time.advance(seconds: 301)
        let una = Self.browser(lineUp, cast.una.client.token)
        let asked = await una.post("/asking", [("password", "for another")])
        let form = try #require(PageForm.posting(to: "/step-up", in: asked.text).first).submitted.filter { $0.name != "password" }
        let uwes = await Self.browser(lineUp, cast.uwe.client.token).post("/step-up", form + [("password", TestHouse.password)])
        expect(uwes, 303)
        #expect(!uwes.text.contains("for another"))
        cast.house.time.advance(seconds: 601)
        let late = await una.post("/step-up", form + [("password", TestHouse.password)])
        expect(late, 303)
        let bent = form.map { $0.name == "wish" ? ($0.name, String($0.value.reversed())) : $0 }
        expect(await Self.browser(lineUp, cast.rita.client.token).post("/step-up", bent + [("password", TestHouse.password)]), 303)
    }

    @Test func `leads back to a page that asks for it, and nowhere else`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let lineUp = Self.lineUp(cast.house)
        cast.house.time.advance(seconds: 301)
        let una = Self.browser(lineUp, cast.una.client.token)
        let asked = await una.get("/asking?b=2")
        #expect(asked.status == 303 && asked.leadsTo("return_to") == "/asking?b=2", "\(asked.location)")
        let page = await una.get(asked.location)
        let form = try #require(PageForm.posting(to: "/step-up", in: page.text).first).submitted.filter { $0.name != "password" }
        let done = await una.post("/step-up", form + [("password", TestHouse.password)])
        #expect(done.status == 303 && done.location == "/asking?b=2", "\(done.location)")
        let away = await Self.browser(lineUp, cast.uwe.client.token).post(
            "/step-up", [("return_to", "//example.com"), ("password", TestHouse.password)])
        #expect(away.location == "/")
    }
}
