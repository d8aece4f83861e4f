import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// An account from outside: its pages by path, for administrators who have not switched into it.
@Suite struct `An account from outside` {
    @Test func `is worked on by its administrator, whom its history names, and the way stays in it`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let account = scene.branch.account
        let own = "/accounts/\(account)"
        let lena = scene.browser(.lena)
        let form: Browser.Fields = [
            ("first_name", "Vera"), ("last_name", "Moss"), ("email", "vera.moss@example.com"), ("roles", scene.branch.userRole),
            ("password_by", "typed"), ("password", "another Horse 8 stapled"), ("repeat", "another Horse 8 stapled"),
        ]
        let created = await lena.post(own + "/users", form)
        #expect(created.status == 303 && created.location.hasPrefix(own + "/users/usr_"), "\(created.status) \(created.location)")
        let entry = try #require(await scene.branch.inside.get("/api/v1/history?action=user.created").items.first)
        #expect(entry["actor"]?["kind"] == "administrator" && entry["actor"]?["name"] == "Lena Frost")
        let page = await lena.get(created.location)
        #expect(page.text.contains("aria-label=\"West branch\"") && !page.text.contains("Acting in") && !page.text.contains("/switch-back"))
        // Every way on that page stays in the account, or leads to the enterprise's own pages.
        let links = Markup.tags(in: page.text).compactMap { $0["href"] ?? $0["action"] }.filter { $0.hasPrefix("/") && !$0.hasPrefix("/assets") }
        for link in links { #expect(!link.hasPrefix("/settings/") && !link.hasPrefix("/history"), "\(link)") }
        #expect(links.filter { $0.hasPrefix(own + "/") }.count > 10)
    }

    @Test func `gives a form back after signing in again`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let target = "/accounts/\(scene.branch.account)/roles"
        let browser = scene.browser(.lena)
        scene.house.time.advance(minutes: 31)
        let asked = await browser.post(target, [("name", "Night desk"), ("description", "At night.")])
        expect(asked, 401)
        let fields = try #require(PageForm.posting(to: "/sign-in", in: asked.text).first?.submitted)
        let given = await Browser(scene.house.anyone).post(
            "/sign-in",
            fields.filter { $0.name != "username" && $0.name != "password" } + [("username", scene.lena.username), ("password", TestHouse.password)])
        let form = PageForm.posting(to: target, in: given.text).first
        #expect(form?.values("name") == ["Night desk"], "\(given.status)")
        #expect(given.text.contains("West branch"))
    }

    @Test func `is closed to whoever lacks the permission, and shows them no way in`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let body = JSON(members: scene.newAdministrator().members.map { $0.0 == "permissions" ? ($0.0, ["manage_accounts"]) : $0 })
        _ = try await Cast.make(scene.cast.olive, "administrators", body)
        let gus = Browser(try await scene.house.signIn(body["email"]?.text ?? ""))
        let own = "/accounts/\(scene.branch.account)"
        for path in ["/users", "/roles", "/history", "/users/new"] {
            let reply = await gus.get(own + path)
            #expect(reply.isRefusalPage, "\(path): \(reply.status)")
        }
        let page = await gus.get(own)
        #expect(page.status == 200 && !page.text.contains(own + "/users"))
        #expect(await gus.get("/accounts").text.contains("href=\"/administrators\"") == false)
    }

    @Test func `speaks its own words, in the enterprise's menu`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let hotel = try await Cast.make(scene.cast.olive, "accounts", ["name": "Hotel Kestrel", "catalogue": "hotel"])
        expect(await scene.cast.olive.patch("/api/v1/enterprise", ["catalogue": "payments"]), 200)
        let page = await scene.browser(.olive).get("/accounts/\(hotel)/roles").text
        #expect(page.contains("<h1>Profiles</h1>") && page.contains(">Clients</a>"))
    }
}
