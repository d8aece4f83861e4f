import AdviceFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import Testing
import UsersFeature

@testable import latchkey

/// People who do not come, and access that nobody uses.
@Suite struct `Somebody who does not come` {
    private func settle(_ scene: Scene, _ days: JSON) async {
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["dormant_days": days]), 200)
    }

    private func status(_ scene: Scene, _ user: String) async throws -> String {
        let adam = try await scene.house.signIn("adam@example.com")
        return await adam.get("/api/v1/users/\(user)").text("status")
    }

    @Test func `is disabled after as many days as the account says, with a reason, and nobody else is`() async throws {
        let scene = try await Scene.assemble()
        let dormancy = UserDormancy(scene.house.house.gate)
        scene.house.time.advance(hours: 24 * 40)
        #expect(try await dormancy.sweep() == 0, "nobody asked for it")
        let adam = try await scene.house.signIn("adam@example.com")
        let fresh = try await Cast.make(adam, "users", scene.newUser(scene.north))
        expect(await adam.patch("/api/v1/settings/security", ["dormant_days": 30]), 200)
        _ = try await scene.house.signIn("uwe@example.com")
        let disabled = try await dormancy.sweep()
        #expect(disabled == 3, "Una, Rita, Kim")
        #expect(try await dormancy.sweep() == 0)
        for (user, status) in [(scene.cast.una.id, "disabled"), (scene.kim.id, "disabled"), (scene.cast.uwe.id, "enabled"), (fresh, "enabled")] {
            #expect(try await self.status(scene, user) == status)
        }
        expect(await scene.house.anyone.post("/api/v1/logins", ["username": "una@example.com", "password": .string(TestHouse.password)]), 401)
        let entry = await adam.get("/api/v1/history?subject=\(scene.cast.una.id)&action=user.disabled").items.first
        #expect(entry?["actor"]?["kind"] == "system" && entry?["actor"]?["name"] == "Latchkey")
        #expect(entry?["changes"]?.elements.first?["to"] == "not_signed_in")
        // Enabled again, their time begins anew.
        expect(await adam.post("/api/v1/users/\(scene.cast.una.id)/enable"), 200)
        #expect(try await dormancy.sweep() == 0)
        scene.house.time.advance(hours: 24 * 31)
        _ = try await scene.house.signIn("adam@example.com")
        #expect(try await dormancy.sweep() == 3, "Una, Uwe and whoever never came")
    }

    @Test func `stays where nobody else could manage the account, and where they work without signing in anew`() async throws {
        let scene = try await Scene.assemble()
        await settle(scene, 1)
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["inactivity_minutes": .null, "absolute_hours": 720]), 200)
        let una = try await scene.house.signIn("una@example.com")
        scene.house.time.advance(hours: 20)
        expect(await una.get("/api/v1/me"), 200)
        scene.house.time.advance(hours: 20)
        try await UserDormancy(scene.house.house.gate).sweep()
        #expect(try await status(scene, scene.cast.una.id) == "enabled")
        let statuses = try await scene.database.read(seeing: .everything) { [id = scene.cast.uwe.id, adam = scene.cast.adam.id] tx in
            try tx.rows("SELECT id, disabled_at FROM users WHERE id IN (\(list: [id, adam]))") { (try $0[0] as String, try $0[1] as Int64?) }
        }
        for (id, disabledAt) in statuses { #expect((disabledAt == nil) == (id == scene.cast.adam.id)) }
    }

    @Test(arguments: [0, 3651, -1]) func `is given 1 to 3650 days`(_ days: Int) async throws {
        let scene = try await Scene.assemble()
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["dormant_days": JSON(days)]), 422, "out_of_range")
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["dormant_days": "30"]), 400, "wrong_type")
        await settle(scene, 3650)
        await settle(scene, .null)
        #expect(await scene.north.inside.get("/api/v1/settings/security")["dormant_days"] == .null)
    }

    @Test func `is found in the list of users`() async throws {
        let scene = try await Scene.assemble()
        let never = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north))
        scene.house.time.advance(hours: 24 * 31)
        let adam = try await scene.house.signIn("adam@example.com")
        let since = scene.house.house.gate.now.adding(seconds: -30 * 86_400).description
        func found(_ query: String) async -> Set<String> {
            let reply = await adam.get("/api/v1/users?limit=200&\(query)")
            expect(reply, 200)
            return Set(reply.items.compactMap { $0["id"]?.text })
        }
        let all = Set([scene.cast.una.id, scene.cast.uwe.id, scene.cast.rita.id, scene.kim.id])
        #expect(await found("last_sign_in_before=\(since)") == all.union([never]))
        #expect(await found("last_sign_in=never") == [never])
        #expect(await found("last_sign_in=never&status=disabled") == [])
        #expect(await found("last_sign_in_before=2020-01-01T00:00:00Z") == [never])
        expect(await adam.get("/api/v1/users?last_sign_in=never&last_sign_in_before=\(since)"), 422, "mutually_exclusive")
        expect(await adam.get("/api/v1/users?last_sign_in_before=yesterday"), 400, "invalid_time")
        expect(await adam.get("/api/v1/users?last_sign_in=often"), 422, "invalid_choice")
        let page = await Browser(adam).get("/settings/users?away=30").text
        #expect(page.contains("Uwe Example") && !page.contains("Adam Example</bdi></a>"))
        #expect(await Browser(adam).get("/settings/users?away=never").text.contains("Vera Moss"))
    }
}

@Suite struct `Access that nobody uses` {
    /// A payments client where Pam holds two roles, and a dashboard asks about her.
    private struct Client {
        let house: TestHouse
        let admin: LocalClient
        let pam: String, operating: String, reports: String, own: String
        let asks: Machine
    }

    private func client() async throws -> Client {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let account = try await Cast.make(olive, "accounts", ["name": "Client", "catalogue": "payments"])
        let inside = try await olive.switched(into: account)
        let roles = await inside.get("/api/v1/roles?limit=200").items
        func role(_ name: String) -> String { roles.first { $0["name"]?.text == name }?["id"]?.text ?? "" }
        let own = try await Cast.make(
            inside, "roles",
            [
                "name": "Desk", "description": "Sees and creates.", "screens": ["balances": ["level": "read"], "payout": ["level": "read"]],
                "functions": ["payouts.create": "full"],
            ])
        func user(_ name: String, _ roles: [String]) async throws -> String {
            try await Cast.make(
                inside, "users",
                [
                    "email": .string(name + "@example.com"), "first_name": .string(name), "last_name": "Moss", "roles": JSON(roles),
                    "password": .string(TestHouse.password),
                ])
        }
        _ = try await user("ann", [role("ADMIN")])
        let pam = try await user("pam", [own, role("REPORTS")])
        let machine = try await Machine.make(inside, "dashboard", ["decisions": "read"])
        return Client(
            house: house, admin: try await house.signIn("ann@example.com"), pam: pam, operating: role("OPERATOR"), reports: role("REPORTS"), own: own,
            asks: machine)
    }

    private func ask(_ client: Client, _ kind: String, _ id: String) async throws {
        let question: JSON = [
            "subject": ["type": "user", "id": .string(client.pam)], "action": ["name": "read"],
            "resource": ["type": .string(kind), "id": .string(id)],
        ]
        let reply = await (try await client.asks.client(client.house)).post("/access/v1/evaluation", question)
        #expect(reply.json["decision"] == true)
    }

    private func advice(_ client: Client) async throws -> JSON {
        let admin = try await client.house.signIn("ann@example.com")
        let reply = await admin.get("/api/v1/advice")
        expect(reply, 200)
        return reply.json
    }

    @Test func `is told once it is known for long enough, and taken away by one step`() async throws {
        let client = try await client()
        let keeping = GrantUseKeeping(client.house.house)
        try await keeping.write()
        #expect(try await advice(client)["roles"] == [])
        client.house.time.advance(hours: 24 * 91)
        // A dashboard that has never asked says nothing of its screens.
        _ = try await client.house.signIn("pam@example.com")
        var found = try await advice(client)
        #expect(found["knows_catalogue"] == false && found["roles"] == [] && found["grants"] == [])
        try await ask(client, "screen", "payout")
        try await keeping.write()
        found = try await advice(client)
        #expect(found["knows_catalogue"] == true && found["people"] == [])
        let role = found["roles"]?.elements ?? []
        #expect(role.count == 1 && role.first?["user"]?["id"]?.text == client.pam && role.first?["role"]?["id"]?.text == client.reports)
        #expect(found["grants"]?.elements.compactMap { $0["id"]?.text } == ["payouts.create", "balances"])
        let admin = Browser(try await client.house.signIn("ann@example.com"))
        let page = await admin.get("/settings/unused").text
        #expect(page.contains("action=\"/settings/unused/role\"") && page.contains("Create payouts"))
        #expect(await admin.post("/settings/unused/role", [("user", client.pam), ("role", client.reports)]).status == 303)
        #expect(await admin.post("/settings/unused/grant", [("role", client.own), ("function", "payouts.create")]).status == 303)
        #expect(try await client.house.signIn("ann@example.com").get("/api/v1/users/\(client.pam)")["roles"] == [.string(client.own)])
        found = try await advice(client)
        #expect(found["roles"] == [] && found["grants"] == [], "the role was changed just now")
        // Her only one is not taken.
        expect(await admin.post("/settings/unused/role", [("user", client.pam), ("role", client.own)]), 409)
        let history = try await client.house.signIn("ann@example.com")
        for action in ["user.changed", "role.changed"] {
            #expect(await history.get("/api/v1/history?action=\(action)").items.first?["actor"]?["name"] == "ann Moss")
        }
    }

    @Test func `names who does not come, and disables them by one step, but not the last manager`() async throws {
        let client = try await client()
        client.house.time.advance(hours: 24 * 91)
        let admin = Browser(try await client.house.signIn("ann@example.com"))
        let found = try await advice(client)
        #expect(found["people"]?.elements.compactMap { $0["user"]?["id"]?.text } == [client.pam])
        #expect(await admin.get("/settings/unused").text.contains("action=\"/settings/unused/person\""))
        #expect(await admin.post("/settings/unused/person", [("user", client.pam)]).status == 303)
        #expect(try await client.house.signIn("ann@example.com").get("/api/v1/users/\(client.pam)")["status"] == "disabled")
        let ann = try await client.house.signIn("ann@example.com").get("/api/v1/me").id
        expect(await admin.post("/settings/unused/person", [("user", ann)]), 409)
        expect(await admin.post("/settings/unused/person", [("user", Kind.user.neverIssued)]), 422)
    }

    @Test func `is written once a day for each person and thing, and by nobody who may not`() async throws {
        let scene = try await Scene.assemble()
        _ = scene.house.house.uses.take()
        for _ in 0..<3 { expect(await scene.cast.una.client.get("/api/v1/sessions"), 200) }
        expect(await scene.cast.una.client.get("/api/v1/users"), 403)
        expect(await scene.client(.key).get("/api/v1/sessions"), 200)
        expect(await scene.cast.inNorth.get("/api/v1/users"), 200)
        #expect(await scene.cast.adam.client.get("/auth/verify?screen=links").status == 200)
        let uses = Set(scene.house.house.uses.take().keys.map { "\($0.user) \($0.kind.rawValue) \($0.id)" })
        #expect(uses == ["\(scene.cast.una.id) screen sessions", "\(scene.cast.adam.id) screen links"])
        expect(await scene.cast.una.client.get("/api/v1/sessions"), 200)
        #expect(scene.house.house.uses.take().isEmpty, "once a day")
        scene.house.time.advance(hours: 25)
        expect(try await scene.house.signIn("una@example.com").get("/api/v1/sessions"), 200)
        #expect(scene.house.house.uses.take().count == 1)
    }
}
