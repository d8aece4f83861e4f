import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Managers, keys in use, and giving what one has: rules 6 to 8 of unique-user-sessions.md and rule 5 of access.
@Suite struct `What may not be done` {
    @Test func `to the last manager, by anybody and by any way`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam
        let base = "/api/v1/users/\(adam.id)"
        let user: JSON = ["roles": [.string(scene.north.userRole)]]
        let soon: JSON = ["ends_at": .string(scene.house.house.gate.now.adding(seconds: 3600).description)]
        let before = try await Snapshot.all(scene.database)
        for (who, client, path) in [
            ("Adam", adam.client, base), ("switched", scene.cast.inNorth, base),
            ("Olive", scene.cast.olive, "/api/v1/accounts/\(scene.north.account)/users/\(adam.id)"),
        ] {
            expect(await client.post(path + "/disable"), 409, "last_manager", who)
            expect(await client.patch(path, user), 409, "last_manager", who)
            expect(await client.patch(path, soon), 409, "last_manager", who)
        }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let second = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north, role: scene.cast.roles["ADMIN"]))
        expect(await adam.client.patch(base, soon), 200)
        expect(await adam.client.post("/api/v1/users/\(second)/disable"), 409, "last_manager", "the one who stays for longer")
        expect(await adam.client.post(base + "/disable"), 200)
        expect(await adam.client.get("/api/v1/me"), 401)
    }

    @Test func `to an API key in use`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.client)
        let target = "/api/v1/api-keys/\(scene.north.key)"
        expect(await adam.delete(target), 409, "api_key_in_use")
        expect(await adam.patch(target, ["mode": "test"]), 409, "api_key_in_use")
        expect(await adam.post("/api/v1/api-keys", ["name": "ROAD checks", "mode": "live"]), 409, "api_key_name_taken")
        expect(await adam.post(target + "/disable"), 200)
        expect(await scene.client(.key).get("/api/v1/sessions"), 401)
        expect(await una.get("/api/v1/sessions/\(scene.sessions.una)"), 200, nil, "its sessions stay")
        expect(await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key)]), 422, "unknown_reference")
        expect(await adam.post(target + "/enable"), 200)
        expect(await scene.client(.key).get("/api/v1/sessions"), 200)
    }

    @Test func `with a disabled user, but to enable them as they were`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let target = "/api/v1/users/\(scene.cast.una.id)"
        let fields = ["username", "email", "roles", "api_keys", "places", "ends_at", "must_change_password", "status"]
        let before = await adam.get(target)
        expect(await adam.post(target + "/disable"), 200)
        #expect(await adam.get(target)["status"] == "disabled")
        expect(await adam.post(target + "/enable"), 200)
        let after = await adam.get(target)
        for field in fields { #expect(after[field] == before[field], "\(field)") }
        expect(await scene.cast.una.client.get("/api/v1/me"), 401, nil, "nobody is signed in by it")
        let una = try await scene.house.signIn("una@example.com")
        expect(await una.get("/api/v1/sessions/\(scene.sessions.una)"), 200)
    }

    @Test func `with what one does not hold`() async throws {
        let scene = try await Scene.assemble()
        let (kim, adam, una) = (scene.kim.client, scene.cast.adam.client, scene.cast.una)
        let admin = scene.cast.roles["ADMIN"] ?? ""
        let invited = JSON(members: scene.newUser(scene.north, role: admin).members.filter { $0.0 != "password" })
        let pending = try await Cast.make(adam, "users", invited)
        let before = try await Snapshot.all(scene.database)
        let grants: [(String, LocalClient.Reply)] = [
            ("a manager mailed a link", await kim.post("/api/v1/users/\(pending)/activation")),
            ("a manager made", await kim.post("/api/v1/users", scene.newUser(scene.north, role: admin))),
            ("the manager role given", await kim.patch("/api/v1/users/\(una.id)", ["roles": [.string(admin)]])),
            ("the manager role taken oneself", await kim.patch("/api/v1/users/\(scene.kim.id)", ["roles": [.string(admin)]])),
            ("all keys given", await kim.patch("/api/v1/users/\(una.id)", ["api_keys": "all"])),
            ("all keys taken oneself", await kim.patch("/api/v1/users/\(scene.kim.id)", ["api_keys": "all"])),
            ("a key given that is not held", await kim.patch("/api/v1/users/\(una.id)", ["api_keys": [.string(scene.cast.uwes.id)]])),
            ("a manager edited", await kim.patch("/api/v1/users/\(scene.cast.adam.id)", ["first_name": "A"])),
            ("a manager disabled", await kim.post("/api/v1/users/\(scene.cast.adam.id)/disable")),
            ("a manager's password", await kim.put("/api/v1/users/\(scene.cast.adam.id)/password", ["password": .string(Examples.newPassword)])),
            (
                "the password of who has more keys",
                await kim.put("/api/v1/users/\(scene.cast.uwe.id)/password", ["password": .string(Examples.newPassword)])
            ),
            (
                "a role with more than one has",
                await kim.post("/api/v1/roles", ["name": "More", "description": "More.", "screens": ["account": ["level": "full"]]])
            ),
            ("the manager role copied", await kim.post("/api/v1/roles/\(admin)/duplicate", ["name": "Copy"])),
            (
                "an administrator made with more",
                await scene.lena.client.post(
                    "/api/v1/administrators", JSON(members: scene.newAdministrator().members.map { $0.0 == "groups" ? ("groups", "all") : $0 }))
            ),
        ]
        for (what, reply) in grants { expect(reply, 403, "grants_more_than_held", what) }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let reach = try await Cast.make(
            adam, "roles",
            [
                "name": "Key clerk", "description": "Keys.",
                "screens": ["api-keys": ["level": "full"], "sessions": ["level": "full", "reach": "own"]],
            ])
        expect(await adam.patch("/api/v1/users/\(una.id)", ["roles": [.string(reach)]]), 200)
        for (what, path, body) in [
            ("created", "api-keys", scene.newKey() as JSON?), ("rotated", "api-keys/\(scene.north.key)/rotate", nil),
            ("enabled", "api-keys/\(scene.north.key)/enable", nil),
        ] { expect(await una.client.post("/api/v1/" + path, body), 403, "grants_more_than_held", what) }
        expect(await una.client.post("/api/v1/api-keys/\(scene.north.key)/disable"), 200)
    }

    @Test func `to a role that is built in or held`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let built = "/api/v1/roles/\(scene.north.userRole)"
        expect(await adam.patch(built, ["description": "Mine."]), 409, "built_in_role")
        expect(await adam.delete(built), 409, "built_in_role")
        let held = await adam.delete("/api/v1/roles/\(scene.cast.roles["Reader"] ?? "")")
        expect(held, 409, "role_in_use")
        #expect(held["holders"].elements.map { $0["id"]?.text } == [scene.cast.rita.id])
    }
}
