import IntegrationsFeature
import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Integrations as callers, on every route that needs a screen; generated from the route table.
@Suite struct `An integration` {
    @Test func `is let in by exactly the function that a route needs, and by no other`() async throws {
        let scene = try await Scene.assemble()
        var clients: [Screen: [Level: LocalClient]] = [:]
        for screen in Screen.ownScreens {
            for level in [Level.read, .full] {
                let machine = try await Machine.make(
                    scene.cast.adam.client, "\(screen.rawValue)-\(level.name)", JSON(members: [(screen.rawValue, .string(level.name))]))
                clients[screen, default: [:]][level] = try await machine.client(scene.house)
            }
        }
        var tried = 0
        for route in Routes.all where route.accountParameter == nil {
            guard case .need(.screen(let screen, let needed)) = route.needs else { continue }
            let path = route.unissued
            for (held, levels) in clients {
                for (level, client) in levels {
                    tried += 1
                    let reply = await client.send(route.method, path, route.takesBody ? ["zzz": 1] : nil)
                    let what = "\(route.name) with \(held.rawValue) at \(level.name)"
                    if held == screen, level >= needed, route.path.hasSuffix("/erase") {
                        #expect(reply.status == 403 && (route.face == .page || reply.code == "managers_only"), "\(what): it is for managers alone")
                    } else if held == screen, level >= needed {
                        #expect(
                            reply.status != 401 && reply.status != 403 && reply.status < 500, "\(what): \(reply.status) \(reply.text.prefix(200))")
                    } else {
                        #expect(reply.status == 403, "\(what): \(reply.status)")
                        if route.face == .api { #expect(reply.code == (held == screen ? "level_too_low" : "screen_not_granted"), "\(what)") }
                    }
                }
            }
        }
        #expect(tried > 2000, "only \(tried) were tried")
    }

    @Test func `is no person: it has no login, and its secret is no bearer's`() async throws {
        let scene = try await Scene.assemble()
        let machine = try await Machine.make(scene.cast.adam.client, "no-person", ["users": "read"])
        let client = try await machine.client(scene.house)
        for route in Routes.guarded where [.need(.login), .need(.firstSteps), .need(.secondStep)].contains(route.needs) {
            expect(await client.send(route.method, route.unissued), 403, "login_required", route.name)
        }
        for route in Routes.guarded {
            let shown = LocalClient(scene.house.lineUp, token: machine.secret)
            expect(await shown.send(route.method, route.unissued), 401, "unauthenticated", route.name)
        }
    }

    @Test func `of a disabled account, or whose token is over, is nobody`() async throws {
        let stage = try await Stage.set()
        let client = stage.client(.machine)
        expect(await client.get("/api/v1/users"), 200)
        stage.house.time.advance(hours: 23)
        expect(await client.get("/api/v1/users"), 200)
        stage.house.time.advance(hours: 2)
        expect(await client.get("/api/v1/users"), 401)
        let token = await stage.machine.ask("/oauth/token", [("grant_type", "client_credentials")], stage.house)
        expect(token, 200)
        let olive = try await stage.house.olive()
        expect(await olive.post("/api/v1/accounts/\(stage.north)/disable"), 200)
        expect(await stage.machine.ask("/oauth/token", [("grant_type", "client_credentials")], stage.house), 401)
        expect(await olive.post("/api/v1/accounts/\(stage.north)/enable"), 200)
        expect(await LocalClient(stage.house.lineUp, token: token.text("access_token")).get("/api/v1/users"), 401)
        expect(await stage.machine.ask("/oauth/token", [("grant_type", "client_credentials")], stage.house), 200)
    }

    @Test func `that was deleted is nobody's heir`() async throws {
        let scene = try await Scene.assemble()
        let (adam, mallory) = (scene.cast.adam.client, scene.cast.mallory.client)
        let gone = try await Machine.make(adam, "Heir", ["users": "full"])
        let client = try await gone.client(scene.house)
        expect(await adam.delete("/api/v1/integrations/\(gone.id)"), 204)
        for maker in [adam, mallory] {
            for id in ["Heir", "heir", "HEIR"] {
                let body: JSON = ["name": .string(scene.unique("Heir ")), "client_id": .string(id), "functions": ["users": "read"]]
                expect(await maker.post("/api/v1/integrations", body), 409, "client_id_taken", id)
            }
        }
        // The name is free again: it opens nothing.
        _ = try await Cast.make(adam, "integrations", ["name": "Heir", "client_id": "heir-2", "functions": ["users": "read"]])
        expect(await client.get("/api/v1/users"), 401)
        expect(await gone.ask("/oauth/token", [("grant_type", "client_credentials")], scene.house), 401)
    }

    @Test func `leaves its last hundred calls, by their routes' patterns`() async throws {
        let scene = try await Scene.assemble()
        let machine = try await Machine.make(scene.cast.adam.client, "caller", ["users": "read"])
        let client = try await machine.client(scene.house)
        for round in 0..<3 {
            for _ in 0..<50 { expect(await client.get("/api/v1/users/\(scene.cast.una.id)"), 200) }
            if round < 2 { try await IntegrationCalls.write(scene.house.house) }
        }
        expect(await client.get("/api/v1/roles"), 403)
        for _ in 0..<2 {
            var (calls, after) = ([JSON](), "")
            repeat {
                let page = await scene.cast.adam.client.get("/api/v1/integrations/\(machine.id)/calls?limit=30" + after)
                calls += page.items
                after = page["next"].text.map { "&after=" + $0 } ?? ""
            } while !after.isEmpty
            #expect(calls.count == 100 && Set(calls.compactMap { $0["id"]?.text }).count == 100)
            #expect(calls.first?["status"] == 403 && calls.first?["route"] == "/api/v1/roles")
            #expect(calls.dropFirst().allSatisfy { $0["route"] == "/api/v1/users/{id}" && $0["status"] == 200 && $0["method"] == "GET" })
            try await IntegrationCalls.write(scene.house.house)
        }
    }
}
