import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Lists and their pages, on every route of the contract that has a `limit`.
@Suite struct `Every list` {
    /// The lists of the API, each with somebody who may read it.
    private func lists(_ scene: Scene) async throws -> [Examples.Shot] {
        let contract = try Contract.load()
        var found: [Examples.Shot] = []
        for route in Routes.api where route.method == .get && contract.parameters(of: route).contains(where: { $0.name == "limit" }) {
            found.append(try await Examples.shot(route, by: Examples.usualCaller(route), scene))
        }
        #expect(found.count > 12)
        return found
    }

    @Test func `has bounds, cursors and a total that say what is wrong`() async throws {
        let scene = try await Scene.assemble()
        for shot in try await lists(scene) {
            let name = shot.route.name
            func ask(_ query: String) async -> LocalClient.Reply { await shot.client.get(shot.target + "?" + query) }
            for query in ["limit=1", "limit=200", "limit=", "after=", "total=true", "total=false", "total="] {
                expect(await ask(query), 200, nil, "\(name)?\(query)")
            }
            for query in ["limit=0", "limit=201", "limit=-1", "limit=99999999999999999999999"] {
                expect(await ask(query), 422, "out_of_range", "\(name)?\(query)")
            }
            for query in ["limit=x", "limit=1.5", "limit=%31%20", "total=1", "total=yes"] {
                expect(await ask(query), 400, "wrong_type", "\(name)?\(query)")
            }
            for query in ["after=!", "after=AA%3D%3D", "after=%00", "after=AA"] {
                expect(await ask(query), 400, "invalid_cursor", "\(name)?\(query)")
            }
            for query in ["limit=1&limit=2", "total=true&total=true"] { expect(await ask(query), 400, "repeated", "\(name)?\(query)") }
            for query in ["zzz=1", "Limit=1", "offset=1", "sort=id"] { expect(await ask(query), 400, "unknown_parameter", "\(name)?\(query)") }
            for query in ["limit=%zz", "limit=%ff", "%"] { expect(await ask(query), 400, nil, "\(name)?\(query)") }
            #expect(await ask("total=true")["total"].whole != nil, "\(name)")
            #expect(await ask("limit=1").json["total"] == nil, "\(name)")
        }
    }

    @Test func `is walked page by page without a gap or a repeat while rows are added`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let grow: [(String, LocalClient, @Sendable () async throws -> String)] = [
            ("users", adam, { try await scene.fresh(.user, for: .adam) }), ("roles", adam, { try await scene.fresh(.role, for: .adam) }),
            ("api-keys", adam, { try await scene.fresh(.apiKey, for: .adam) }),
            ("sessions", scene.cast.una.client, { try await scene.fresh(.session, for: .una) }),
            ("places", adam, { try await scene.fresh(.place, for: .adam) }),
            ("links", adam, { try await scene.fresh(.link, for: .adam) }),
            ("accounts", scene.cast.olive, { try await scene.fresh(.account, for: .olive) }),
            ("groups", scene.cast.olive, { try await scene.fresh(.group, for: .olive) }),
            ("administrators", scene.cast.olive, { try await scene.fresh(.administrator, for: .olive) }),
        ]
        for (things, client, add) in grow {
            for _ in 0..<4 { _ = try await add() }
            let whole = await client.get("/api/v1/\(things)?limit=200&total=true")
            let ids = whole.items.map { $0["id"]?.text ?? "" }
            #expect(whole["total"] == .int(Int64(ids.count)), "\(things)")
            #expect(whole["next"] == .null, "\(things)")
            #expect(ids == ids.sorted(by: >) && Set(ids).count == ids.count, "\(things): newest first")
            var walked: [String] = []
            var next: String? = ""
            while let after = next, walked.count <= ids.count {
                let page = await client.get("/api/v1/\(things)?limit=2" + (after.isEmpty ? "" : "&after=\(after)"))
                expect(page, 200, nil, things)
                walked += page.items.map { $0["id"]?.text ?? "" }
                next = page["next"].text
                _ = try await add()
            }
            #expect(walked == ids, "\(things)")
        }
    }

    @Test func `of history is walked without a gap or a repeat while entries are added`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let ids = await adam.get("/api/v1/history?limit=200").items.map { $0["id"]?.text ?? "" }
        var walked: [String] = []
        var next: String? = ""
        while let after = next, walked.count <= ids.count {
            let page = await adam.get("/api/v1/history?limit=7" + (after.isEmpty ? "" : "&after=\(after)"))
            walked += page.items.map { $0["id"]?.text ?? "" }
            next = page["next"].text
            _ = try await scene.fresh(.role, for: .adam)
        }
        #expect(walked == ids)
    }

    @Test func `gives a cursor of another list no more than its own rows`() async throws {
        let scene = try await Scene.assemble()
        let users = await scene.cast.adam.client.get("/api/v1/users?limit=1")["next"].text ?? ""
        for shot in try await lists(scene) {
            let reply = await shot.client.get(shot.target + "?after=\(users)")
            #expect([200, 400].contains(reply.status), "\(shot.route.name): \(reply.text)")
        }
    }
}
