import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// "That was not me": Una's browser was displaced by somebody who knows her password.
@Suite struct `Disowning a sign-in` {
    private static let button = "/sign-in/disown"
    private static let right: JSON = ["username": "una@example.com", "password": .string(TestHouse.password)]

    /// Una's displaced browser, and the login that displaced it.
    private static func displaced(_ scene: Scene) async throws -> (una: Browser, stranger: LocalClient) {
        expect(await scene.cast.adam.client.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        return (Browser(scene.cast.una.client), try await takeOver(scene))
    }

    private static func takeOver(_ scene: Scene, _ password: String = TestHouse.password) async throws -> LocalClient {
        let body: JSON = ["username": "una@example.com", "password": .string(password), "take_over": true]
        let reply = await scene.house.anyone.post("/api/v1/logins", body)
        expect(reply, 201)
        return LocalClient(scene.house.lineUp, token: reply.text("token"))
    }

    /// What the notice of a displaced browser offers; nil where it offers nothing.
    private static func offered(_ browser: Browser) async -> Browser.Fields? {
        PageForm.posting(to: button, in: await browser.get("/sign-in").text).first?.submitted
    }

    private static func isLive(_ client: LocalClient) async -> Bool { await client.get("/api/v1/me").status == 200 }

    @Test func `ends every sign-in and the password, and mails the person alone a link to choose another`() async throws {
        let scene = try await Scene.assemble()
        let (una, stranger) = try await Self.displaced(scene)
        let form = try #require(await Self.offered(una))
        #expect(form.map(\.name) == ["flow"] && !form.contains { $0.value.contains(una.token ?? "?") })
        #expect(await Self.isLive(stranger))
        let browser = Browser(scene.house.anyone)
        let done = await browser.post(Self.button, form)
        #expect(done.status == 303 && done.location == "/sign-in?done=disowned")
        #expect(await browser.get(done.location).text.contains("All your sign-ins were ended"))
        #expect(!(await Self.isLive(stranger)))
        expect(await scene.house.anyone.post("/api/v1/logins", Self.right), 401, "invalid_credentials")
        let mails = try await scene.house.mails(to: "una@example.com")
        let token = try #require(mails.last?.tokens("/r/").first)
        #expect(mails.count == 1 && mails.last?.decoded.contains("was not yours") == true)
        let new: JSON = ["token": .string(token), "new": .string(Examples.newPassword)]
        expect(await scene.house.anyone.post("/api/v1/password/reset", new), 204)
        _ = try await Self.takeOver(scene, Examples.newPassword)
        let entry = await scene.cast.adam.client.get("/api/v1/history?action=login.disowned").items
        #expect(entry.count == 1 && entry.first?["actor"]?["id"]?.text == scene.cast.una.id)
    }

    @Test func `works once, and from nobody but a browser that was displaced`() async throws {
        let scene = try await Scene.assemble()
        let (una, stranger) = try await Self.displaced(scene)
        let form = try #require(await Self.offered(una))
        // A live login, no login, a login of somebody else and whatever a stranger makes up offer nothing and do nothing.
        for browser in [Browser(stranger), Browser(scene.house.anyone), scene.browser(.uwe)] { #expect(await Self.offered(browser) == nil) }
        let flow = form.first?.value ?? ""
        let forged = ["", "x", String(flow.dropLast(2)), flow + "AA", una.token ?? "", stranger.token ?? "", String(repeating: "A", count: 3000)]
        for flow in forged {
            expect(await Browser(scene.house.anyone).post(Self.button, [("flow", flow)]), 410, nil, flow)
        }
        expect(await Browser(scene.house.anyone).post(Self.button), 410)
        expect(await Browser(scene.house.anyone).post(Self.button, form, from: .site(fetch: "cross-site")), 403)
        #expect(await Self.isLive(stranger))
        #expect(await una.post(Self.button, form).status == 303)
        let again = try await scene.house.mails(to: "una@example.com").count
        expect(await una.post(Self.button, form), 410)
        #expect(await Self.offered(una) == nil)
        #expect(try await scene.house.mails(to: "una@example.com").count == again)
    }

    @Test func `is over after a day, and once a password was chosen by mail, but not by what the stranger does`() async throws {
        let scene = try await Scene.assemble()
        let (una, _) = try await Self.displaced(scene)
        let form = try #require(await Self.offered(una))
        scene.house.time.advance(hours: 23)
        #expect(await Self.offered(una) != nil)
        scene.house.time.advance(hours: 2)
        #expect(await Self.offered(una) == nil)
        expect(await una.post(Self.button, form), 410)
        expect(await scene.house.anyone.post("/api/v1/logins", Self.right), 201)

        let other = try await Scene.assemble()
        let (before, stranger) = try await Self.displaced(other)
        let unused = try #require(await Self.offered(before))
        let new: JSON = ["current": .string(TestHouse.password), "new": .string(Examples.newPassword)]
        expect(await stranger.put("/api/v1/me/password", new), 204)
        #expect(await Self.offered(before) != nil)
        let token = try await other.house.resetToken(of: "una@example.com")
        expect(await other.house.anyone.post("/api/v1/password/reset", ["token": .string(token), "new": "Amber-kettle-58-sails"]), 204)
        let una2 = try await Self.takeOver(other, "Amber-kettle-58-sails")
        #expect(await Self.offered(before) == nil)
        expect(await before.post(Self.button, unused), 410)
        #expect(await Self.isLive(una2))
    }

    @Test func `is there for each browser that was displaced, and for none that ended otherwise`() async throws {
        let scene = try await Scene.assemble()
        let (first, second) = try await Self.displaced(scene)
        let third = try await Self.takeOver(scene)
        #expect(await Self.offered(first) != nil, "a second take-over does not take the button away")
        #expect(await Self.offered(Browser(second)) != nil)
        expect(await third.delete("/api/v1/logins/current"), 204)
        #expect(await Self.offered(Browser(third)) == nil)
        let fourth = try await scene.house.signIn("una@example.com")
        expect(await scene.cast.inNorth.post("/api/v1/users/\(scene.cast.una.id)/disable"), 200)
        for browser in [first, Browser(second), Browser(fourth)] { #expect(await Self.offered(browser) == nil) }
    }
}
