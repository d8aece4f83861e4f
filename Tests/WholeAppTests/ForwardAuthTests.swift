import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What a proxy is told before it lets somebody through to a dashboard on Latchkey's host.
@Suite struct `A proxy that asks` {
    private func ask(_ client: LocalClient, _ query: String = "", _ headers: [String: String] = [:]) async -> LocalClient.Reply {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        return await client.send(.get, "/auth/verify" + query, headers: fields)
    }

    @Test func `is told who it is and what they hold, and nothing of what they do not`() async throws {
        let scene = try await Scene.assemble()
        for who in Who.allCases where who.isLogin && !who.isEnterprise {
            for reply in [await ask(scene.client(who)), await scene.browser(who).get("/auth/verify")] {
                expect(reply, 200, nil, "\(who)")
                #expect(reply.body.isEmpty)
                let me = await scene.client(who).get("/api/v1/me")
                #expect(reply.header("Remote-User") == me.text("username"))
                #expect(reply.header("Latchkey-User-Id") == me.text("id"))
                #expect(reply.header("Latchkey-Kind") == me.text("kind"))
                #expect(reply.header("Latchkey-Account") == me.text("account"))
                let screens = (me["access"]["screens"]?.members ?? []).map { "\($0.0)=\($0.1["level"]?.text ?? "")" }
                #expect(reply.header("Latchkey-Screens") == screens.joined(separator: ","), "\(who)")
                #expect(reply.header("Latchkey-Places") == (me["access"]["places"] == "all" ? "all" : ""), "\(who)")
            }
        }
        for who in [Who.olive, .lena] { expect(await ask(scene.client(who)), 403, "no_account") }
        expect(await ask(scene.client(.key)), 403, "login_required")
        let robot = await ask(scene.client(.robot))
        expect(robot, 200)
        #expect(robot.header("Remote-User") == "north-robot" && robot.header("Latchkey-Kind") == "integration")
        #expect(robot.header("Latchkey-User-Id") == scene.machines.robot && robot.header("Latchkey-Places") == "all")
        #expect(robot.header("Latchkey-Functions")?.contains("users=full") == true)
        expect(await ask(scene.client(.una), "?zzz=1"), 400, "unknown_parameter")
        expect(await ask(scene.client(.una), "?level=x"), 422, "invalid_choice")
    }

    @Test func `is told 403 where more is asked than is held`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una.client
        let (tower, annex) = (try await scene.place("Tower", in: nil), try await scene.place("Annex", in: nil))
        let floor = try await scene.place("Floor 1", in: tower)
        try await scene.grant(scene.cast.una.id, [tower])
        let cases = [
            ("?screen=sessions", 200, nil), ("?screen=sessions&level=full", 200, nil), ("?screen=overview&level=full", 403, "level_too_low"),
            ("?screen=users", 403, "screen_not_granted"), ("?screen=nothing", 403, "screen_not_granted"),
            ("?function=hvac", 403, "screen_not_granted"), ("?place=\(tower)", 200, nil), ("?place=\(floor)", 200, nil),
            ("?place=\(annex)", 403, "place_not_held"), ("?place=x", 403, "place_not_held"), ("?screen=users&place=\(floor)", 403, nil),
        ]
        for (query, status, code) in cases { expect(await ask(una, query), status, code, query) }
        #expect(await ask(una).header("Latchkey-Places") == tower)
        #expect(await ask(una, "?screen=users").header("Latchkey-Screens") == nil)
    }

    @Test func `is told where to sign in, and to come back to our own host alone`() async throws {
        let scene = try await Scene.assemble()
        let nobody = scene.house.anyone
        let sign = "http://localhost:8080/sign-in"
        let ways: [(String, String?)] = [
            ("/dashboard/rooms?floor=1&q=a%20b", sign + "?return_to=%2Fdashboard%2Frooms%3Ffloor%3D1%26q%3Da%2520b"), ("/", sign),
            ("//evil.example/", sign), ("/\\evil.example", sign), ("https://evil.example/", sign), ("/a@evil.example", sign), ("", sign),
            ("/a\tb", sign),
        ]
        for name in ["X-Original-URI", "X-Forwarded-Uri"] {
            for (path, wanted) in ways {
                let reply = await ask(nobody, "", [name: path])
                expect(reply, 401, "unauthenticated")
                #expect(reply.header("Latchkey-Sign-In") == wanted, "\(path)")
                #expect(reply.header("WWW-Authenticate") != nil && reply.header("Location") == nil)
                let redirected = await ask(nobody, "?redirect=true", [name: path])
                #expect(redirected.status == 303 && redirected.header("Location") == wanted, "\(path)")
                expect(await ask(nobody, "?redirect=true", [name: path, "X-Forwarded-Method": "POST"]), 401)
            }
        }
        // And there one is brought back.
        let form: Browser.Fields = [
            ("username", "una@example.com"), ("password", TestHouse.password), ("return_to", "/dashboard/rooms?floor=1"),
        ]
        #expect(await Browser(nobody).post("/sign-in", form).location == "/dashboard/rooms?floor=1")
    }

    @Test func `is told of a password that must be chosen first`() async throws {
        let scene = try await Scene.assemble()
        let user = try await scene.fresh(.user, for: .adam)
        let name = await scene.cast.adam.client.get("/api/v1/users/\(user)").text("username")
        expect(
            await scene.cast.adam.client.put("/api/v1/users/\(user)/password", ["password": .string(Examples.newPassword), "must_change": true]), 204)
        let client = try await scene.house.anyone.signedIn(name, Examples.newPassword)
        let reply = await ask(client)
        expect(reply, 403, "password_change_required")
        #expect(reply.header("Latchkey-Sign-In") == "http://localhost:8080/my/new-password")
    }

    @Test func `hears of every end and every change at the next question`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una)
        expect(await ask(una.client), 200)
        let role = try await Cast.make(adam, "roles", ["name": "Looker", "description": "Looks.", "screens": ["users": ["level": "read"]]])
        expect(await adam.patch("/api/v1/users/\(una.id)", ["roles": [.string(role)]]), 200)
        #expect(await ask(una.client).header("Latchkey-Screens") == "users=read")
        expect(await adam.post("/api/v1/users/\(una.id)/disable"), 200)
        expect(await ask(una.client), 401)
    }

    @Test func `counts as activity, but not for streams and in the background`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una.client
        for (headers, isActivity) in [(["Latchkey-Background": "1"], false), (["Accept": "text/event-stream"], false), ([:], true)] {
            let client = try await scene.house.signIn("uwe@example.com")
            scene.house.time.advance(minutes: 20)
            expect(await ask(client, "", headers), 200)
            scene.house.time.advance(minutes: 20)
            expect(await ask(client), isActivity ? 200 : 401, nil, "\(headers)")
        }
        expect(await ask(una), 401)
    }

    @Test func `is told to refuse what another site's page asks for with the cookie`() async throws {
        let scene = try await Scene.assemble()
        for (method, site, status) in [
            ("POST", "cross-site", 403), ("POST", "same-site", 403), ("POST", "same-origin", 200), ("GET", "cross-site", 200),
            ("DELETE", "none", 403),
        ] {
            for name in ["X-Original-Method", "X-Forwarded-Method"] {
                var headers: HTTPFields = [.secFetchSite: site, .cookie: "__Host-latchkey=\(scene.cast.una.client.token ?? "")"]
                if let name = HTTPField.Name(name) { headers[name] = method }
                let reply = await scene.house.anyone.send(.get, "/auth/verify", headers: headers)
                expect(reply, status, status == 403 ? "cross_site" : nil, "\(method) \(site)")
            }
        }
    }

    @Test func `gets names that are safe in a header`() async throws {
        let scene = try await Scene.assemble()
        let body = JSON(
            members: scene.newUser(scene.north).members.filter { $0.0 != "username" && $0.0 != "first_name" } + [
                ("username", "zoë.100"), ("first_name", "Zoë, 100%"),
            ])
        _ = try await Cast.make(scene.cast.adam.client, "users", body)
        let client = try await scene.house.signIn("zoë.100")
        let reply = await ask(client)
        #expect(reply.header("Remote-User") == "zo%C3%AB.100")
        #expect(reply.header("Latchkey-Name")?.hasPrefix("Zo%C3%AB%2C%20100%25%20") == true)
    }
}
