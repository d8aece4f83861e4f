import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What one administrator may do to another, and as another: nothing beyond what they hold themselves.
@Suite struct `One administrator` {
    /// An administrator with these groups and permissions, signed in.
    private func administrator(
        _ scene: Scene, _ name: String, _ groups: JSON, _ permissions: JSON
    ) async throws -> (id: String, client: LocalClient) {
        let email = name.lowercased() + "@example.com"
        let body: JSON = [
            "email": .string(email), "name": .string(name + " Frost"), "groups": groups, "permissions": permissions,
            "password": .string(TestHouse.password),
        ]
        return (try await Cast.make(scene.cast.olive, "administrators", body), try await scene.house.signIn(email))
    }

    private func acting(_ client: LocalClient, as id: String, _ scene: Scene) async -> LocalClient {
        let reply = await client.post("/api/v1/administrators/\(id)/switch", [:])
        expect(reply, 201)
        return LocalClient(scene.house.lineUp, token: reply.text("token"))
    }

    @Test func `gives another no permission that they lack, and does nothing to one who has it`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let ida = try await administrator(scene, "Ida", [.string(scene.west)], ["manage_administrators"])
        let less = try await administrator(scene, "Jan", [.string(scene.west)], [])
        let pending = try await Cast.make(
            scene.cast.olive, "administrators",
            ["email": "pat@example.com", "name": "Pat Frost", "groups": [.string(scene.west)], "permissions": ["switch"]])
        try await scene.giveApp(to: scene.lena.client)
        let lena = "/api/v1/administrators/\(scene.lena.id)"
        let before = try await Snapshot.all(scene.database)
        let refused: [(String, LocalClient.Reply)] = [
            ("a permission given", await ida.client.patch("/api/v1/administrators/\(less.id)", ["permissions": ["manage_users"]])),
            (
                "a permission taken oneself",
                await ida.client.patch("/api/v1/administrators/\(ida.id)", ["permissions": ["manage_administrators", "export"]])
            ),
            ("edited", await ida.client.patch(lena, ["name": "L"])),
            ("disabled", await ida.client.post(lena + "/disable")),
            ("given a password", await ida.client.put(lena + "/password", ["password": .string(Examples.newPassword)])),
            ("without a second step", await ida.client.post(lena + "/factors/reset")),
            ("mailed a link", await ida.client.post("/api/v1/administrators/\(pending)/activation")),
        ]
        for (what, reply) in refused { expect(reply, 403, "grants_more_than_held", what) }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await ida.client.patch("/api/v1/administrators/\(less.id)", ["name": "Jan Field"]), 200)
    }

    @Test func `who resets the second step of another ends their logins`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        try await scene.giveApp(to: scene.lena.client)
        let reset = await scene.cast.olive.post("/api/v1/administrators/\(scene.lena.id)/factors/reset")
        expect(reset, 200)
        #expect(reset["items"] == [] && reset["recovery_codes_left"] == 0)
        expect(await scene.lena.client.get("/api/v1/me"), 401)
        _ = try await scene.house.signIn(scene.lena.username)
    }

    @Test func `who acts as another has what both have, through every switch`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let ida = try await administrator(scene, "Ida", [.string(scene.west)], ["switch_administrator", "switch"])
        expect(await ida.client.post("/api/v1/administrators/\(ida.id)/switch", [:]), 422, "oneself")
        // Less than Lena.
        let asLena = await acting(ida.client, as: scene.lena.id, scene)
        let account: JSON = ["name": "Another", "group": .string(scene.west)]
        expect(await asLena.post("/api/v1/accounts", account), 403, "permission_missing")
        // More than Lena.
        let olive = await acting(scene.cast.olive, as: scene.lena.id, scene)
        #expect(await olive.get("/api/v1/accounts").items.map { $0["id"] } == [.string(scene.branch.account)])
        expect(await olive.post("/api/v1/accounts/\(scene.north.account)/switch", [:]), 404)
        expect(await olive.post("/api/v1/accounts", account), 201)
        // As Ida, and from there as Lena: Ida's bounds stay, also inside of an account.
        let twice = await acting(await acting(scene.cast.olive, as: ida.id, scene), as: scene.lena.id, scene)
        expect(await twice.post("/api/v1/accounts", account), 403, "permission_missing")
        let inside = try await twice.switched(into: scene.branch.account)
        expect(await inside.get("/api/v1/users"), 200)
        expect(await scene.cast.olive.post("/api/v1/administrators/\(ida.id)/disable"), 200)
        expect(await inside.get("/api/v1/users"), 401, nil, "whom they act as by the way is disabled")
    }

    @Test func `who acts as another changes no credentials, and nothing of the enterprise`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let otto = try await administrator(
            scene, "Otto", "all", ["manage_administrators", "switch_administrator", "manage_users", "switch", "manage_accounts"])
        let less = try await administrator(scene, "Jan", [.string(scene.west)], [])
        try await scene.giveApp(to: less.client)
        let asOtto = await acting(scene.cast.olive, as: otto.id, scene)
        expect(await asOtto.post("/api/v1/administrators/\(less.id)/factors/reset"), 403, "grants_more_than_held")
        let password: JSON = ["password": .string(Examples.newPassword)]
        expect(await asOtto.put("/api/v1/administrators/\(less.id)/password", password), 403, "grants_more_than_held")
        expect(await asOtto.patch("/api/v1/enterprise/security", ["second_step": ["required": "all"]]), 403, "permission_missing")
        expect(await otto.client.patch("/api/v1/enterprise/security", ["second_step": ["methods": ["totp"]]]), 200)
    }

    @Test func `of some groups moves none of them under another`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let both = try await administrator(scene, "Ida", [.string(scene.west), .string(scene.east)], ["manage_groups"])
        let under: JSON = ["parent": .string(scene.east)]
        expect(await both.client.patch("/api/v1/groups/\(scene.west)", under), 403, "grants_more_than_held")
        let inner = try await Cast.make(both.client, "groups", ["name": "Inner", "parent": .string(scene.west)])
        expect(await both.client.patch("/api/v1/groups/\(inner)", under), 200)
    }
}
