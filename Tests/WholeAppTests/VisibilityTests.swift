import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Users who see only their own sessions: the rules of unique-user-sessions.md as stories.
@Suite struct `Whose sessions one sees` {
    private func seen(_ client: LocalClient, _ query: String = "") async -> Set<String> {
        Set(await client.get("/api/v1/sessions?limit=200" + query).items.compactMap { $0["id"]?.text })
    }

    @Test func `is one's own under one's keys, everybody's under one's keys, or everybody's`() async throws {
        let scene = try await Scene.assemble()
        let all = scene.sessions
        let wanted: [(Who, Set<String>)] = [
            (.una, [all.una]), (.uwe, [all.uwe, all.uweFleet]), (.rita, [all.una, all.uwe, all.nobody]), (.kim, [all.una, all.uwe, all.nobody]),
            (.key, [all.una, all.uwe, all.nobody]), (.adam, [all.una, all.uwe, all.uweFleet, all.nobody, all.nobodyFleet]),
            (.switched, [all.una, all.uwe, all.uweFleet, all.nobody, all.nobodyFleet]), (.mallory, [all.south]),
        ]
        for (who, sessions) in wanted {
            let client = scene.client(who)
            #expect(await seen(client) == sessions, "\(who)")
            #expect(await client.get("/api/v1/sessions?limit=1&total=true")["total"] == .int(Int64(sessions.count)), "\(who)")
            #expect(await client.get("/api/v1/sessions/count")["count"] == .int(Int64(sessions.count)), "\(who)")
        }
    }

    @Test func `follows a key that is taken away and given back, at once and everywhere`() async throws {
        let scene = try await Scene.assemble()
        let (una, adam) = (scene.cast.una.client, scene.cast.adam.client)
        let target = "/api/v1/sessions/\(scene.sessions.una)"
        expect(await una.post(target + "/notes", ["text": "Mine."]), 201)
        let code = await una.get(target).text("code")
        func give(_ keys: JSON) async { expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["api_keys": keys]), 200) }
        let routes = Routes.api.filter { $0.path.hasPrefix("/api/v1/sessions/{id}") && Who.una.refusal(on: $0) == nil }
        for _ in 0..<2 {
            await give([])
            #expect(await seen(una).isEmpty)
            #expect(await seen(una, "&search=\(code)").isEmpty)
            #expect(await una.get("/api/v1/sessions/count")["count"] == 0)
            #expect(await una.get("/api/v1/me")["access"]["api_keys"] == [])
            #expect(await una.get("/api/v1/me/api-keys").items.isEmpty)
            for route in routes {
                let body = try await Examples.body(route, .una, scene)
                let hidden = await una.send(route.method, route.path(with: [scene.sessions.una]), body)
                let never = await una.send(route.method, route.path(with: [Kind.session.neverIssued]), body)
                #expect(hidden.status == 404 && hidden.face == never.face, "\(route.name)")
            }
            expect(await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key)]), 422, "unknown_reference")
            await give([.string(scene.north.key)])
            #expect(await seen(una) == [scene.sessions.una])
            expect(await una.get(target), 200)
            #expect(await una.get(target + "/notes").items.count == 1)
        }
        await give("all")
        expect(await una.get(target), 200)
        #expect(await seen(una) == [scene.sessions.una])
    }

    @Test func `follows the role at the next request`() async throws {
        let scene = try await Scene.assemble()
        let (una, adam) = (scene.cast.una.client, scene.cast.adam.client)
        let role = try await Cast.make(
            adam, "roles", ["name": "Supervisor", "description": "Sees.", "screens": ["sessions": ["level": "full", "reach": "all"]]])
        func give(_ roles: [String]) async { expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["roles": JSON(roles)]), 200) }
        await give([role])
        #expect(await seen(una) == [scene.sessions.una, scene.sessions.uwe, scene.sessions.nobody])
        expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["sessions": ["level": "read", "reach": "own"]]]), 200)
        #expect(await seen(una) == [scene.sessions.una])
        expect(await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key)]), 403, "level_too_low")
        expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["overview": ["level": "read"]]]), 200)
        expect(await una.get("/api/v1/sessions"), 403, "screen_not_granted")
    }

    @Test func `and only seen is not written: full on one's own and read on all`() async throws {
        let scene = try await Scene.assemble()
        let (una, adam) = (scene.cast.una.client, scene.cast.adam.client)
        let reader = try await Cast.make(
            adam, "roles", ["name": "Sees all", "description": "Sees.", "screens": ["sessions": ["level": "read", "reach": "all"]]])
        let roles: JSON = [.string(scene.north.userRole), .string(reader)]
        expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["roles": roles]), 200)
        let access = await una.get("/api/v1/me")["access"]["screens"]?["sessions"]
        #expect(access == ["level": "full", "reach": "own", "read_reach": "all"])
        #expect(await seen(una) == [scene.sessions.una, scene.sessions.uwe, scene.sessions.nobody])
        let before = try await Snapshot.all(scene.database)
        for route in Routes.unsafeOnes where route.path.hasPrefix("/api/v1/sessions/{id}") && !route.path.hasSuffix("/review") {
            let body = try await Examples.body(route, .una, scene)
            for id in [scene.sessions.uwe, scene.sessions.nobody] {
                expect(await una.send(route.method, route.path(with: [id]), body), 403, "not_owner", route.name)
            }
            expect(await una.send(route.method, route.path(with: [scene.sessions.uweFleet]), body), 404, "not_found", route.name)
        }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await una.patch("/api/v1/sessions/\(scene.sessions.una)", ["reference": "mine"]), 200)
    }

    @Test func `never grows by searching, filtering or counting`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        for id in [scene.sessions.uwe, scene.sessions.uweFleet] {
            let more: JSON = [
                "reference": "Zebra-77", "vehicle": ["vin": "1HGCM82633A004352"], "contact": ["first_name": "Carla", "last_name": "Quagga"],
            ]
            expect(await adam.patch("/api/v1/sessions/\(id)", more), 200)
        }
        let code = await adam.get("/api/v1/sessions/\(scene.sessions.uwe)").text("code")
        let queries = [
            "search=Zebra-77", "search=zebra", "search=quagga", "search=carla", "search=1HGCM82633A004352", "search=\(code)",
            "search=\(scene.sessions.uwe)",
            "owner=\(scene.cast.uwe.id)", "api_key=\(scene.cast.uwes.id)", "source=api", "search=%25", "search=_", "search=*",
        ]
        for query in queries {
            let known = await seen(adam, "&" + query)
            for who in Who.allCases where who.refusal(on: try #require(Routes.api.first { $0.name == "GET /api/v1/sessions" })) == nil {
                let found = await seen(scene.client(who), "&" + query)
                #expect(found.isSubset(of: await seen(scene.client(who))), "\(who)?\(query)")
                if who.ground == .north { #expect(found.isSubset(of: known), "\(who)?\(query)") }
                let count = await scene.client(who).get("/api/v1/sessions/count?" + query)
                #expect(count["count"] == .int(Int64(found.count)), "\(who)?\(query)")
            }
            if query.contains("search") { #expect(await seen(scene.cast.una.client, "&" + query).isEmpty, "\(query)") }
        }
        #expect(await seen(adam, "&search=Zebra-77") == [scene.sessions.uwe, scene.sessions.uweFleet])
    }

    @Test func `is stamped when it is made and follows nothing later`() async throws {
        let scene = try await Scene.assemble()
        let (una, adam, key) = (scene.cast.una.client, scene.cast.adam.client, scene.client(.key))
        let named = await key.post("/api/v1/sessions", ["owner": .string(scene.cast.una.id), "client_id": "CRM-1"])
        expect(named, 201)
        #expect(named["source"]["type"] == "api" && named["owner"]["id"]?.text == scene.cast.una.id)
        #expect(await seen(una).contains(named.id))
        for (who, body): (String, JSON) in [
            ("somebody of another account", ["owner": .string(scene.cast.mallory.id)]), ("nobody", ["owner": .string(Kind.user.neverIssued)]),
        ] { expect(await key.post("/api/v1/sessions", body), 422, "unknown_reference", who) }
        expect(
            await scene.cast.withKey(scene.cast.uwes.secret).post("/api/v1/sessions", ["owner": .string(scene.cast.una.id)]), 422, "unknown_reference"
        )
        expect(await key.post("/api/v1/sessions", ["api_key": .string(scene.north.key)]), 422)
        expect(await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key), "owner": .string(scene.cast.uwe.id)]), 422)
        let switched = await scene.cast.inNorth.post("/api/v1/sessions", ["api_key": .string(scene.north.key)])
        #expect(switched["owner"] == .null && switched["source"]["username"] == "Olive Strand")
        expect(await scene.cast.inNorth.post("/api/v1/sessions", ["api_key": .string(scene.north.key), "owner": .string(scene.cast.una.id)]), 422)
        // Neither names nor keys that change later change it.
        expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["username": "una-b", "first_name": "Unity"]), 200)
        expect(await adam.patch("/api/v1/api-keys/\(scene.north.key)", ["name": "Renamed"]), 200)
        let session = await una.get("/api/v1/sessions/\(scene.sessions.una)")
        #expect(session["source"] == ["type": "dashboard", "api_key_name": "Road checks", "username": "una@example.com"])
        expect(await adam.post("/api/v1/users/\(scene.cast.una.id)/disable"), 200)
        #expect(await seen(adam).contains(scene.sessions.una))
    }

    @Test func `shows in history, which leaves out what its reader does not see`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        expect(await adam.patch("/api/v1/api-keys/\(scene.cast.uwes.id)", ["language": "de"]), 200)
        for who in [Who.rita, .kim, .adam] {
            let reply = await scene.client(who).get("/api/v1/history?limit=200&total=true")
            #expect(reply["total"] == .int(Int64(reply.items.count)) && reply["next"] == .null, "\(who)")
            let subjects = Set(reply.items.compactMap { $0["subject"]?["id"]?.text })
            let unseen = await scene.hidden(.session, from: who).map(\.id) + scene.hidden(.apiKey, from: who).map(\.id)
            #expect(subjects.intersection(unseen).isEmpty, "\(who)")
            #expect(subjects.contains(scene.sessions.una), "\(who)")
            #expect(subjects.contains(scene.cast.uwes.id) == (who == .adam), "\(who)")
        }
        let foreign = await scene.cast.mallory.client.get("/api/v1/history?limit=200")
        #expect(!foreign.text.contains(scene.cast.una.id) && !foreign.text.contains(scene.north.account))
        let inPath = await scene.cast.olive.get("/api/v1/accounts/\(scene.north.account)/history?limit=200")
        #expect(inPath.text == (await adam.get("/api/v1/history?limit=200")).text)
    }

    @Test func `knows no key that its reader does not hold, in no history`() async throws {
        let scene = try await Scene.assemble()
        let (shared, uwes, uwe) = (scene.cast.shared.id, scene.cast.uwes.id, scene.cast.uwe.id)
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(uwe)", ["api_keys": [.string(uwes)]]), 200)
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(uwe)", ["api_keys": [.string(shared), .string(uwes)]]), 200)
        for path in ["/api/v1/history?subject=\(uwe)&limit=200", "/api/v1/users/\(uwe)/history?limit=200"] {
            #expect(await scene.cast.adam.client.get(path).text.contains(uwes), "\(path) by Adam, who holds all keys")
            for who in [Who.rita, .kim] {
                let reply = await scene.client(who).get(path)
                #expect(!reply.text.contains(uwes), "\(path) by \(who)")
                #expect(reply.text.contains(shared), "\(path) by \(who)")
            }
        }
    }
}

extension JSON? {
    /// A member of something that may not be there.
    subscript(_ name: String) -> JSON? { self?[name] }
}
