import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// A form that comes after its login has ended, from a browser without scripts.
@Suite struct `Signing in again` {
    private static let users = "/settings/users"
    private static let secret = "another Horse 8 stapled"

    /// Adam types a new user into the form, and goes away for an hour.
    private static func typed(_ scene: Scene) -> (browser: Browser, form: Browser.Fields) {
        let form: Browser.Fields = [
            ("first_name", "Vera <V>"), ("last_name", "Moss"), ("email", "vera.moss@example.com"), ("roles", scene.north.userRole),
            ("password_by", "typed"),
            ("password", secret), ("repeat", secret),
        ]
        return (scene.browser(.adam), form)
    }

    private static func draft(in page: LocalClient.Reply) -> Browser.Fields? { PageForm.posting(to: "/sign-in", in: page.text).first?.submitted }

    private static func signIn(_ scene: Scene, _ fields: Browser.Fields, as username: String = "adam@example.com") async -> LocalClient.Reply {
        await Browser(scene.house.anyone).post(
            "/sign-in", fields.filter { $0.name != "username" && $0.name != "password" } + [("username", username), ("password", TestHouse.password)])
    }

    private static func wait(_ scene: Scene) async throws -> (asked: LocalClient.Reply, fields: Browser.Fields) {
        let (browser, form) = typed(scene)
        await scene.touch()
        scene.house.time.advance(minutes: 61)
        let asked = await browser.post(users, form)
        expect(asked, 401)
        #expect(asked.text.contains("What you had typed is kept") && asked.signsOut && asked.header("WWW-Authenticate") != nil)
        #expect(!asked.text.contains("Vera") && !asked.text.contains(secret), "it is there for everybody to read")
        return (asked, try #require(draft(in: asked)))
    }

    @Test func `gives the form back as it was, but for passwords, and saves nothing`() async throws {
        let scene = try await Scene.assemble()
        let (_, fields) = try await Self.wait(scene)
        #expect(fields.contains { $0.name == "draft" && !$0.value.isEmpty })
        let given = await Self.signIn(scene, fields)
        #expect(given.status == 422, "the password is missing: \(given.status)")
        let form = try #require(PageForm.posting(to: Self.users, in: given.text).first { $0.names.contains("first_name") })
        #expect(form.values("first_name") == ["Vera <V>"] && form.values("email") == ["vera.moss@example.com"], "\(form.submitted)")
        #expect(form.values("roles") == [scene.north.userRole] && form.values("password_by") == ["typed"])
        #expect(!given.text.contains(Self.secret) && given.text.contains("You were signed out before this was saved"))
        let cookie = try #require(given.headers[values: .setCookie].first { $0.hasPrefix(Browser.cookie + "=lk_login_") })
        let token = String(cookie.dropFirst(Browser.cookie.count + 1).prefix { $0 != ";" })
        let adam = Browser(LocalClient(scene.house.lineUp, token: token))
        #expect(await adam.get(Self.users).text.contains("vera.moss") == false, "it was saved by itself")
        let sent = form.submitted.filter { !["password", "repeat"].contains($0.name) } + [("password", Self.secret), ("repeat", Self.secret)]
        #expect(await adam.post(Self.users, sent).isDone)
        #expect(await adam.get(Self.users).text.contains("vera.moss"))
    }

    @Test func `saves nothing, even what would be taken as it is`() async throws {
        let scene = try await Scene.assemble()
        let browser = scene.browser(.adam)
        let shown = await browser.get("/settings/security")
        let form = try #require(PageForm.posting(to: "/settings/security", in: shown.text).first)
        await scene.touch()
        scene.house.time.advance(minutes: 61)
        let asked = await browser.post("/settings/security", form.submitted.filter { $0.name != "max_logins" } + [("max_logins", "77")])
        let given = await Self.signIn(scene, try #require(Self.draft(in: asked)))
        expect(given, 409)
        #expect(PageForm.posting(to: "/settings/security", in: given.text).first?.values("max_logins") == ["77"])
        let inside = try await scene.house.olive().switched(into: scene.north.account)
        #expect(await inside.get("/api/v1/settings/security")["max_logins"] != 77)
    }

    @Test func `gives it to nobody else`() async throws {
        let scene = try await Scene.assemble()
        let (_, fields) = try await Self.wait(scene)
        for other in ["kim@example.com", "mallory@example.com", "una@example.com"] {
            let reply = await Self.signIn(scene, fields, as: other)
            expect(reply, 303, nil, other)
            #expect(!reply.text.contains("Vera"))
        }
        // Nor where it is not what this server has sealed, or too old.
        let bent = fields.map { $0.name == "draft" ? ($0.name, String($0.value.reversed())) : $0 }
        expect(await Self.signIn(scene, bent), 303)
        let wrong = await Browser(scene.house.anyone).post(
            "/sign-in", fields.filter { $0.name != "password" } + [("username", "adam@example.com"), ("password", "wrong")])
        expect(wrong, 401)
        let kept = try #require(Self.draft(in: wrong))
        #expect(kept.contains { $0.name == "draft" && !$0.value.isEmpty }, "lost by a wrong password")
        scene.house.time.advance(hours: 12)
        expect(await Self.signIn(scene, fields), 303)
    }

    @Test func `gives back no form that may not be sent any more`() async throws {
        let scene = try await Scene.assemble()
        let (_, fields) = try await Self.wait(scene)
        let inside = try await scene.house.olive().switched(into: scene.north.account)
        expect(await inside.patch("/api/v1/users/\(scene.cast.adam.id)", ["roles": [.string(scene.north.userRole)]]), 409, "last_manager")
        let other = scene.newUser(scene.north, role: scene.cast.roles["ADMIN"])
        _ = try await Cast.make(inside, "users", other)
        expect(await inside.patch("/api/v1/users/\(scene.cast.adam.id)", ["roles": [.string(scene.north.userRole)]]), 200)
        let reply = await Self.signIn(scene, fields)
        expect(reply, 303)
    }

    @Test func `keeps nothing for other sites, and nothing of what is only pressed`() async throws {
        let scene = try await Scene.assemble()
        let (browser, form) = Self.typed(scene)
        await scene.touch()
        scene.house.time.advance(minutes: 61)
        for site in [HTTPFields.site(fetch: "cross-site"), .site(origin: "https://evil.example")] {
            expect(await browser.post(Self.users, form, from: site), 303)
        }
        expect(await browser.post("/settings/users/\(scene.cast.una.id)/deactivate"), 303)
        expect(await browser.post("/my/password", [("current", Self.secret), ("new", Self.secret)]), 303)
        var stranger = browser
        stranger.token = nil
        expect(await stranger.post(Self.users, form), 303)
    }

    @Test func `leads back to the page with its query`() async throws {
        let scene = try await Scene.assemble()
        let reply = await Browser(scene.house.anyone).get("/settings/users?search=una&status=enabled")
        #expect(reply.leadsTo("return_to") == "/settings/users?search=una&status=enabled", "\(reply.location)")
    }

    // MARK: The question before a take-over

    private static func asked(_ scene: Scene) async throws -> (browser: Browser, fields: Browser.Fields) {
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        var browser = Browser(scene.house.anyone)
        let page = await browser.post("/sign-in", [("username", "una@example.com"), ("password", TestHouse.password), ("take_over", "true")])
        expect(page, 409, nil, "the question is not skipped by a field")
        expect(await scene.cast.una.client.get("/api/v1/me"), 200)
        browser.cookies = page.headers[values: .setCookie].filter { $0.contains("-step=") }.map { String($0.prefix { $0 != ";" }) }
        #expect(browser.cookies.count == 1)
        return (browser, try #require(PageForm.posting(to: "/sign-in/take-over", in: page.text).first?.submitted))
    }

    private static func opens(_ reply: LocalClient.Reply) -> Bool {
        reply.headers[values: .setCookie].contains { $0.hasPrefix(Browser.cookie + "=lk_login_") }
    }

    @Test func `asks before it takes over, in a way that nobody else can answer`() async throws {
        let scene = try await Scene.assemble()
        let (browser, fields) = try await Self.asked(scene)
        let una = scene.cast.una.client
        let without: Browser.Fields = fields.filter { $0.name != "flow" }
        for (what, reply) in [
            ("nothing typed", await browser.post("/sign-in/take-over", without)),
            ("only a name", await browser.post("/sign-in/take-over", without + [("username", "una@example.com"), ("take_over", "true")])),
            (
                "bent",
                await browser.post("/sign-in/take-over", without + [("flow", String((fields.first { $0.name == "flow" }?.value ?? "").dropLast()))])
            ),
            ("another browser", await Browser(scene.house.anyone).post("/sign-in/take-over", fields)),
        ] {
            #expect(!Self.opens(reply), "\(what): \(reply.status)")
        }
        var elsewhere = browser
        elsewhere.address = "192.0.2.77"
        #expect(!Self.opens(await elsewhere.post("/sign-in/take-over", fields)))
        expect(await una.get("/api/v1/me"), 200)
        // Whose it is stands in the seal, whatever is typed beside it.
        let beside = fields + [("username", "uwe@example.com"), ("password", TestHouse.password)]
        let done = await browser.post("/sign-in/take-over", beside)
        #expect(Self.opens(done) && done.headers[values: .setCookie].contains { $0.contains("-step=;") })
        expect(await una.get("/api/v1/me"), 401)
        expect(await scene.cast.uwe.client.get("/api/v1/me"), 200)
    }

    @Test func `takes over with an answer for five minutes, and not after the password was changed`() async throws {
        let scene = try await Scene.assemble()
        let (browser, fields) = try await Self.asked(scene)
        expect(await scene.cast.adam.client.put("/api/v1/users/\(scene.cast.una.id)/password", ["password": .string(Examples.newPassword)]), 204)
        #expect(!Self.opens(await browser.post("/sign-in/take-over", fields)))
        let (late, again) = try await {
            let una = try await LocalClient(scene.house.lineUp).signedIn("una@example.com", Examples.newPassword)
            expect(await una.get("/api/v1/me"), 200)
            var browser = Browser(scene.house.anyone)
            let page = await browser.post("/sign-in", [("username", "una@example.com"), ("password", Examples.newPassword)])
            browser.cookies = page.headers[values: .setCookie].filter { $0.contains("-step=") }.map { String($0.prefix { $0 != ";" }) }
            return (browser, try #require(PageForm.posting(to: "/sign-in/take-over", in: page.text).first?.submitted))
        }()
        scene.house.time.advance(seconds: 299)
        scene.house.time.advance(seconds: 2)
        #expect(!Self.opens(await late.post("/sign-in/take-over", again)))
    }

    @Test func `tells the displaced browser who it was, when and from where`() async throws {
        let scene = try await Scene.assemble()
        let (browser, fields) = try await Self.asked(scene)
        #expect(Self.opens(await browser.post("/sign-in/take-over", fields)))
        let page = await scene.browser(.una).get("/sign-in")
        #expect(page.text.contains("Una Example") && page.text.contains("from 127.0.0.1") && page.text.contains("That was not me"), "\(page.text)")
    }

    @Test func `64 at once leave exactly one login where that is the rule`() async throws {
        let scene = try await Scene.assemble()
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        let body: JSON = ["username": "una@example.com", "password": .string(TestHouse.password), "take_over": true]
        let replies = await withTaskGroup(of: LocalClient.Reply.self) { group in
            for number in 0..<64 {
                var client = LocalClient(scene.house.lineUp)
                client.address = "192.0.2.\(number)"
                let asking = client
                group.addTask { await asking.post("/api/v1/logins", body) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0.status == 201 }, "\(replies.map(\.status))")
        var live = 0
        for reply in replies where await LocalClient(scene.house.lineUp, token: reply.text("token")).get("/api/v1/me").status == 200 { live += 1 }
        #expect(live == 1)
        expect(await scene.cast.una.client.get("/api/v1/me"), 401)
        #expect(await scene.cast.adam.client.get("/api/v1/logins?user=\(scene.cast.una.id)").items.count == 1)
    }
}
