import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The enterprise itself: its settings, its counts, its history, and switching by its rules.
@Suite struct `The enterprise` {
    private static func switching(reason: Bool, minutes: Int64, _ scene: Scene) async {
        let body: JSON = ["switching": ["reason_required": .bool(reason), "max_minutes": .int(minutes)]]
        expect(await scene.cast.olive.patch("/api/v1/enterprise", body), 200)
    }

    @Test func `is set by those who have all groups, and history says what changed`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let olive = scene.cast.olive
        let before = await olive.get("/api/v1/enterprise")
        #expect(before["catalogue"] == .null && before["switching"]["max_minutes"] == 720 && before["switching"]["reason_required"] == false)
        let body: JSON = ["name": "Alder Payments", "catalogue": "payments", "switching": ["reason_required": true]]
        let after = await olive.patch("/api/v1/enterprise", body)
        #expect(after.text("name") == "Alder Payments" && after["switching"]["max_minutes"] == 720, "\(after.text)")
        let entry = try #require(await olive.get("/api/v1/enterprise/history?action=enterprise.changed").items.first)
        #expect(entry["changes"]?.elements.compactMap { $0["field"]?.text } == ["name", "catalogue", "switching.reason_required"])
        for bad: JSON in [
            ["catalogue": "zoo"], ["switching": ["max_minutes": 4]], ["switching": ["max_minutes": 721]], ["name": ""], ["switching": ["zzz": 1]],
        ] {
            let reply = await olive.patch("/api/v1/enterprise", bad)
            #expect([400, 422].contains(reply.status), "\(bad): \(reply.status)")
        }
        expect(await scene.lena.client.patch("/api/v1/enterprise", ["name": "Lena's"]), 403, "permission_missing")
        // Its own pages speak the words.
        let page = await scene.browser(.olive).get("/accounts").text
        #expect(page.contains("<h1>Clients</h1>") && page.contains("Configurations"))
    }

    @Test func `asks for a reason where it says so`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let targets = ["accounts/\(scene.north.account)", "administrators/\(scene.lena.id)"]
        for target in targets { expect(await scene.cast.olive.post("/api/v1/\(target)/switch", [:]), 201, nil, target) }
        await Self.switching(reason: true, minutes: 60, scene)
        for target in targets {
            for body: JSON in [[:], ["reason": .null]] {
                let reply = await scene.cast.olive.post("/api/v1/\(target)/switch", body)
                expect(reply, 422, "required", target)
                #expect(reply["errors"].elements.first?["field"] == "reason", "\(target)")
            }
            let refused = await scene.browser(.olive).post("/\(target)/switch", [("reason", "")])
            #expect(refused.status == 422 && refused.text.contains("href=\"#reason\""), "\(target): \(refused.status)")
            expect(await scene.cast.olive.post("/api/v1/\(target)/switch", ["reason": "Ticket 4711"]), 201, nil, target)
        }
    }

    @Test func `ends a switch after its time, and the browser is back where it came from`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        await Self.switching(reason: false, minutes: 5, scene)
        let inside = try await scene.cast.olive.switched(into: scene.north.account)
        let olive = scene.browser(.olive)
        let entered = await olive.post("/accounts/\(scene.branch.account)/switch", [("reason", "")])
        var browser = olive
        browser.token = nil
        browser.cookies = entered.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }
        let page = await browser.get("/overview")
        #expect(page.status == 200 && page.text.contains("Acting in") && page.text.contains("Until"), "\(page.status)")
        scene.house.time.advance(minutes: 4)
        expect(await inside.get("/api/v1/users"), 200)
        scene.house.time.advance(minutes: 1)
        expect(await inside.get("/api/v1/users"), 401)
        #expect(await browser.get("/overview").location.hasPrefix("/sign-in"))
        let back = await browser.get("/sign-in?return_to=/overview")
        #expect(back.status == 303 && back.location == "/accounts?done=switch_over", "\(back.status) \(back.location)")
        browser.cookies = back.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }
        let accounts = await browser.get(back.location)
        #expect(accounts.status == 200 && accounts.text.contains("You were switched back"))
        // Once the login itself is over there is nothing to come back to.
        expect(await scene.cast.olive.delete("/api/v1/logins/current"), 204)
        browser.cookies = entered.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }
        expect(await browser.get("/sign-in"), 200)
    }

    @Test func `counts the people of accounts and groups, of what one sees`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let inner = try await Cast.make(scene.cast.olive, "groups", ["name": "Inner", "parent": .string(scene.west)])
        expect(await scene.cast.olive.patch("/api/v1/accounts/\(scene.branch.account)", ["group": .string(inner)]), 200)
        var people: [String] = []
        for _ in 0..<3 { people.append(try await Cast.make(scene.branch.inside, "users", scene.newUser(scene.branch))) }
        expect(await scene.branch.inside.post("/api/v1/users/\(people[0])/disable"), 200)
        _ = try await scene.pending(for: .lena)
        for client in [scene.cast.olive, scene.lena.client] {
            let account = await client.get("/api/v1/accounts/\(scene.branch.account)/numbers")
            #expect(account["users"] == ["enabled": 2, "pending": 1, "disabled": 1], "\(account.text)")
            let group = await client.get("/api/v1/groups/\(scene.west)/numbers")
            #expect(group["accounts"] == 1 && group["groups"] == 1 && group["users"] == 4 && group["administrators"] == 1, "\(group.text)")
        }
        expect(await scene.lena.client.get("/api/v1/groups/\(scene.east)/numbers"), 404)
        expect(await scene.lena.client.get("/api/v1/accounts/\(scene.north.account)/numbers"), 404)
    }

    @Test func `finds accounts by words of the name and by group`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        func found(_ query: String, _ client: LocalClient) async -> [String] {
            await client.get("/api/v1/accounts?\(query)").items.compactMap { $0["id"]?.text }
        }
        #expect(await found("search=BRANCH+west", scene.cast.olive) == [scene.branch.account])
        #expect(await found("search=w%25st", scene.cast.olive) == [])
        #expect(await found("group=\(scene.west)", scene.cast.olive) == [scene.branch.account])
        #expect(await found("group=\(scene.east)", scene.lena.client) == [])
        #expect(await found("group=zzz", scene.cast.olive) == [])
        #expect(await found("search=branch", scene.lena.client) == [scene.branch.account])
    }

    @Test func `tells what happened to what one sees, and nothing of the rest`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        expect(await scene.cast.olive.patch("/api/v1/accounts/\(scene.branch.account)", ["region": "Lower West"]), 200)
        await Self.switching(reason: false, minutes: 30, scene)
        let all = await scene.cast.olive.get("/api/v1/enterprise/history?limit=200").items
        let hers = await scene.lena.client.get("/api/v1/enterprise/history?limit=200").items
        let subjects = Set(hers.compactMap { $0["subject"]?["id"]?.text })
        #expect(subjects == [scene.branch.account, scene.west, scene.lena.id], "\(subjects)")
        #expect(all.count > hers.count && all.contains { $0["action"] == "enterprise.changed" })
        expect(await scene.lena.client.get("/api/v1/groups/\(scene.east)/history"), 404)
        expect(await scene.lena.client.get("/api/v1/administrators/\(scene.edda)/history"), 404)
        let group = await scene.lena.client.get("/api/v1/groups/\(scene.west)/history").items
        #expect(group.map { $0["action"] } == ["group.created"])
    }
}
