import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Decisions for other programs: who may ask about whom, what is answered and why, and that searches find what asking in turn finds.
@Suite struct `Decisions for other programs` {
    private func ask(
        _ client: LocalClient, _ user: String, _ action: String, _ type: String, _ id: String, _ properties: JSON? = nil
    ) async -> LocalClient.Reply {
        var resource: JSON = ["type": .string(type), "id": .string(id)]
        if let properties { resource = resource.adding("properties", properties) }
        return await client.post(
            "/access/v1/evaluation",
            ["subject": ["type": "user", "id": .string(user)], "action": ["name": .string(action)], "resource": resource])
    }

    private func reason(_ reply: LocalClient.Reply) -> String { reply.json["context"]?["reason"]?.text ?? "\(reply.status) \(reply.code)" }

    @Test func `are about oneself for everybody, and about others for those who see users`() async throws {
        let scene = try await Scene.assemble()
        for who in Who.allCases where who.refusal(on: Routes.named("POST /access/v1/evaluation")) == nil {
            let client = scene.client(who)
            let own = scene.question(who)["subject"]?["id"]?.text ?? ""
            if who != .switched, who != .robot {
                #expect(reason(await ask(client, own, "read", "screen", "nothing-of-the-kind")) == "unknown_resource", "\(who)")
            }
            for other in [scene.cast.uwe.id, scene.cast.mallory.id, Kind.user.neverIssued, "x"] where other != own {
                let reply = await ask(client, other, "read", "screen", "overview")
                if who.level(of: .users) == .none || who == .robot {
                    expect(reply, 403, "screen_not_granted", "\(who)")
                } else {
                    expect(reply, 200, nil, "\(who)")
                    let isThere = (other == scene.cast.mallory.id) == (who == .mallory) && other.hasPrefix("usr_") && other != Kind.user.neverIssued
                    if other != scene.cast.uwe.id, !(who == .mallory && isThere) { #expect(reason(reply) == "unknown_subject", "\(who)") }
                }
            }
        }
        expect(await ask(scene.cast.withKey(scene.cast.shared.secret), scene.cast.una.id, "read", "screen", "overview"), 403, "login_required")
        // One among many is enough.
        let items: [JSON] = [[:], ["subject": ["type": "user", "id": .string(scene.cast.uwe.id)]]]
        let batch = scene.question(.una).adding("evaluations", .array(items))
        expect(await scene.cast.una.client.post("/access/v1/evaluations", batch), 403, "screen_not_granted")
    }

    @Test func `give the first reason that applies, and the roles`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.id)
        let cases: [(String, String, String, String, JSON?, String)] = [
            ("usr_x", "read", "screen", "nothing", ["place": "x"], "unknown_subject"),
            (una, "read", "screen", "nothing", ["place": "x"], "unknown_resource"),
            (una, "read", "function", "users", nil, "unknown_resource"),
            (una, "read", "screen", "users", ["place": "x"], "unknown_place"),
            (una, "read", "screen", "users", nil, "not_granted"), (una, "write", "screen", "overview", nil, "level_too_low"),
            (una, "read", "screen", "overview", nil, "granted"), (una, "read", "session", Kind.session.neverIssued, nil, "unknown_resource"),
            (una, "read", "session", scene.sessions.south, nil, "unknown_resource"), (una, "read", "session", "x", nil, "unknown_resource"),
            (una, "read", "session", scene.sessions.una, nil, "granted"), (una, "write", "session", scene.sessions.una, nil, "granted"),
            (una, "read", "session", scene.sessions.uweFleet, nil, "key_not_held"), (una, "read", "session", scene.sessions.uwe, nil, "not_owner"),
            (scene.cast.rita.id, "read", "session", scene.sessions.uwe, nil, "granted"),
            (scene.cast.rita.id, "write", "session", scene.sessions.uwe, nil, "level_too_low"),
        ]
        for (user, action, type, id, properties, wanted) in cases {
            let reply = await ask(adam, user, action, type, id, properties)
            #expect(reason(reply) == wanted, "\(user) \(action) \(type) \(id)")
            #expect(reply.json["decision"] == .bool(wanted == "granted"))
            #expect((reply.json["context"]?["via"]?.items?.isEmpty ?? true) == (wanted != "granted"))
        }
        #expect(await ask(adam, una, "write", "session", scene.sessions.una).json["context"]?["via"] == [.string(scene.cast.roles["USER"] ?? "")])
    }

    @Test func `tell nothing of sessions that the asker does not see`() async throws {
        let scene = try await Scene.assemble()
        // Kim sees users, and what is under one key.
        for session in [scene.sessions.uweFleet, scene.sessions.nobodyFleet, scene.sessions.south] {
            let (hidden, never) = (
                await ask(scene.kim.client, scene.cast.uwe.id, "read", "session", session),
                await ask(scene.kim.client, scene.cast.uwe.id, "read", "session", Kind.session.neverIssued)
            )
            #expect(hidden.face == never.face)
        }
        let own = await ask(scene.cast.una.client, scene.cast.una.id, "read", "session", scene.sessions.uwe)
        #expect(reason(own) == "unknown_resource")
        let search: JSON = [
            "subject": ["type": "user", "id": .string(scene.cast.uwe.id)], "action": ["name": "read"], "resource": ["type": "session"],
        ]
        #expect(await results(scene.kim.client, "resource", search) == [scene.sessions.uwe])
    }

    @Test func `change with what they are made of, at the very next question`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.id)
        func now(_ action: String = "read", _ screen: String = "sessions") async -> String { reason(await ask(adam, una, action, "screen", screen)) }
        #expect(await now() == "granted")
        let role = try await Cast.make(
            adam, "roles", ["name": "Looker", "description": "Looks.", "screens": ["sessions": ["level": "read"]]])
        expect(await adam.patch("/api/v1/users/\(una)", ["roles": [.string(role)]]), 200)
        #expect(await now("write") == "level_too_low")
        expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["users": ["level": "read"]]]), 200)
        #expect(await now() == "not_granted")
        #expect(await now("read", "users") == "granted")
        expect(await adam.post("/api/v1/users/\(una)/disable"), 200)
        #expect(await now("read", "users") == "subject_not_live")
        expect(await adam.post("/api/v1/users/\(una)/enable"), 200)
        #expect(await now("read", "users") == "granted")
        // Somebody without a password cannot sign in yet.
        var body = scene.newUser(scene.north)
        body = JSON(members: body.members.filter { $0.0 != "password" })
        let pending = try await Cast.make(adam, "users", body)
        #expect(reason(await ask(adam, pending, "read", "screen", "overview")) == "subject_not_live")
        // Whoever was deleted never was, and a hotel's users may be.
        let hotel = try await scene.cast.olive.switched(
            into: try await Cast.make(scene.cast.olive, "accounts", ["name": "Harbour hotel", "catalogue": "hotel"]))
        let desk = await hotel.get("/api/v1/roles?limit=200").items.first { $0["name"] == "Front office" }?["id"] ?? .null
        let guest = JSON(members: scene.newUser(scene.north).members.filter { !["roles", "api_keys"].contains($0.0) } + [("roles", [desk])])
        let gone = try await Cast.make(hotel, "users", guest)
        #expect(reason(await ask(hotel, gone, "write", "screen", "control-center")) == "granted")
        expect(await hotel.delete("/api/v1/users/\(gone)"), 204)
        #expect(reason(await ask(hotel, gone, "write", "screen", "control-center")) == "unknown_subject")
        // An end that comes by itself.
        let end = scene.house.time.clock.now().adding(seconds: 600)
        expect(await adam.patch("/api/v1/users/\(una)", ["ends_at": .string(end.description)]), 200)
        #expect(await now("read", "users") == "granted")
        scene.house.time.advance(minutes: 11)
        #expect(await now("read", "users") == "subject_not_live")
    }

    @Test func `are bounded by places, which lie in each other and move`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.id)
        let tower = try await scene.place("Tower", in: nil), floor = try await scene.place("Floor 1", in: tower)
        let other = try await scene.place("Annex", in: nil)
        try await scene.grant(una, [tower])
        func at(_ place: String) async -> String { reason(await ask(adam, una, "read", "screen", "sessions", ["place": .string(place)])) }
        #expect(await at(tower) == "granted")
        #expect(await at(floor) == "granted")
        #expect(await at(other) == "place_not_held")
        #expect(await at(PlaceID(bits: 77).description) == "unknown_place")
        #expect(reason(await ask(adam, scene.cast.adam.id, "read", "screen", "sessions", ["place": .string(other)])) == "granted")
        let who: JSON = [
            "subject": ["type": "user"], "action": ["name": "read"],
            "resource": ["type": "screen", "id": "sessions", "properties": ["place": .string(floor)]],
        ]
        // Kim has all places.
        #expect(await results(adam, "subject", who) == Set([una, scene.cast.adam.id, scene.kim.id]))
        try await scene.grant(una, [])
        #expect(await at(floor) == "place_not_held")
        #expect(await results(adam, "subject", who) == [scene.cast.adam.id, scene.kim.id])
    }

    @Test func `know makers and checkers, and what the catalogue has`() async throws {
        let scene = try await Scene.assemble()
        let account = try await Cast.make(scene.cast.olive, "accounts", ["name": "Quay payments", "catalogue": "payments"])
        let inside = try await scene.cast.olive.switched(into: account)
        let roles = await inside.get("/api/v1/roles?limit=200").items
        func member(_ name: String, _ role: String) async throws -> String {
            let id = roles.first { $0["name"]?.text == role }?["id"] ?? .null
            return try await Cast.make(
                inside, "users",
                [
                    "email": .string(name.lowercased() + "@pay.example"), "first_name": .string(name), "last_name": "Example", "roles": [id],
                    "password": .string(TestHouse.password),
                ])
        }
        let (ada, otto) = (try await member("Ada", "ADMIN"), try await member("Otto", "OPERATOR"))
        let cases: [(String, String, String, JSON?, String)] = [
            (ada, "write", "payouts.authorize", ["maker": .string(ada)], "maker"), (ada, "write", "payouts.create", ["maker": .string(ada)], "maker"),
            (ada, "write", "payouts.authorize", ["maker": .string(otto)], "granted"), (ada, "write", "payouts.authorize", nil, "granted"),
            (ada, "read", "payouts.authorize", ["maker": .string(ada)], "granted"),
            (ada, "write", "transfers.create", ["maker": .string(ada)], "granted"),
            (otto, "write", "payouts.authorize", ["maker": .string(ada)], "not_granted"), (otto, "write", "payouts.create", nil, "granted"),
            (ada, "read", "lighting", nil, "unknown_resource"),
        ]
        for (user, action, function, properties, wanted) in cases {
            #expect(reason(await ask(inside, user, action, "function", function, properties)) == wanted, "\(action) \(function)")
        }
        // What field work has is not there.
        #expect(reason(await ask(inside, ada, "read", "screen", "sessions")) == "unknown_resource")
        #expect(reason(await ask(inside, ada, "read", "session", scene.sessions.una)) == "unknown_resource")
        let question: JSON = [
            "subject": ["type": "user"], "action": ["name": "write"],
            "resource": ["type": "function", "id": "payouts.authorize", "properties": ["maker": .string(ada)]],
        ]
        #expect(await results(inside, "subject", question) == [])
        let own: JSON = ["subject": ["type": "user", "id": .string(otto)], "action": ["name": "write"], "resource": ["type": "function"]]
        #expect(await results(inside, "resource", own, limit: 1) == ["payouts.create", "refunds.create", "wires.create"])
        let none: JSON = ["subject": ["type": "user", "id": .string(ada)], "action": ["name": "read"], "resource": ["type": "session"]]
        #expect(await results(inside, "resource", none) == [])
    }

    // MARK: Searches

    /// All that a search finds, page by page.
    private func results(_ client: LocalClient, _ kind: String, _ body: JSON, limit: Int? = nil) async -> Set<String> {
        var found: [String] = []
        var token = ""
        repeat {
            var page: [(String, JSON)] = []
            if let limit { page.append(("limit", .int(Int64(limit)))) }
            if !token.isEmpty { page.append(("token", .string(token))) }
            let reply = await client.post("/access/v1/search/\(kind)", body.adding("page", JSON(members: page)))
            expect(reply, 200, nil, kind)
            let items = (reply.json["results"]?.items ?? []).compactMap { $0["id"]?.text ?? $0["name"]?.text }
            if let limit { #expect(items.count <= limit && (!items.isEmpty || token.isEmpty), "\(kind)") }
            #expect(reply.json["page"]?["count"] == .int(Int64(items.count)))
            found += items
            token = reply.json["page"]?["next_token"]?.text ?? ""
        } while !token.isEmpty
        #expect(Set(found).count == found.count, "\(kind): something was found twice")
        return Set(found)
    }

    @Test func `find exactly what asking about everybody and everything in turn finds`() async throws {
        let scene = try await Scene.assemble()
        let people = [scene.cast.adam.id, scene.cast.una.id, scene.cast.uwe.id, scene.cast.rita.id, scene.kim.id]
        let screens = Screen.ownScreens.map(\.rawValue)
        let all = scene.sessions
        let sessions = [all.una, all.uwe, all.uweFleet, all.nobody, all.nobodyFleet]
        for asker in [scene.cast.adam.client, scene.kim.client] {
            for action in ["read", "write"] {
                for (type, ids) in [("screen", screens), ("session", sessions)] {
                    var may: [String: Set<String>] = [:]
                    for user in people {
                        for id in ids where await ask(asker, user, action, type, id).json["decision"] == true { may[user, default: []].insert(id) }
                    }
                    for user in people {
                        let body: JSON = [
                            "subject": ["type": "user", "id": .string(user)], "action": ["name": .string(action)],
                            "resource": ["type": .string(type)],
                        ]
                        #expect(await results(asker, "resource", body, limit: 2) == may[user] ?? [], "\(user) \(action) \(type)")
                    }
                    for id in ids {
                        let body: JSON = [
                            "subject": ["type": "user"], "action": ["name": .string(action)],
                            "resource": ["type": .string(type), "id": .string(id)],
                        ]
                        let wanted = Set(people.filter { may[$0]?.contains(id) ?? false })
                        #expect(await results(asker, "subject", body, limit: 2) == wanted, "\(action) \(type) \(id)")
                        #expect(await results(asker, "subject", body) == wanted, "\(action) \(type) \(id)")
                    }
                }
            }
            for user in people {
                for id in sessions + [all.south] {
                    let body: JSON = ["subject": ["type": "user", "id": .string(user)], "resource": ["type": "session", "id": .string(id)]]
                    var wanted: Set<String> = []
                    for action in ["read", "write"] where await ask(asker, user, action, "session", id).json["decision"] == true {
                        wanted.insert(action)
                    }
                    #expect(await results(asker, "action", body, limit: 1) == wanted)
                }
            }
        }
    }

    @Test func `go on only with the search that they began with`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let body = scene.question(.una)
        let first = await adam.post("/access/v1/search/subject", body.adding("page", ["limit": 1]))
        let token = first.json["page"]?["next_token"] ?? .null
        #expect(token.text?.isEmpty == false)
        expect(await adam.post("/access/v1/search/subject", body.adding("page", ["token": token])), 200)
        expect(await adam.post("/access/v1/search/subject", body.adding("page", ["token": token, "limit": 2])), 400)
        expect(await adam.post("/access/v1/search/resource", body.adding("page", ["token": token])), 400)
        let other = JSON(members: body.members.map { $0.0 == "action" ? ($0.0, ["name": "write"]) : $0 })
        expect(await adam.post("/access/v1/search/subject", other.adding("page", ["token": token])), 400)
        // A limit of nothing finds nothing, and says that there is more.
        let none = await adam.post("/access/v1/search/subject", body.adding("page", ["limit": 0]))
        #expect(none.json["results"] == [] && none.json["page"]?["next_token"]?.text?.isEmpty == false)
    }

    // MARK: Machines

    @Test func `are asked for by machines with the function, and about machines`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let asker = try await Machine.make(scene.north.inside, "dashboard", ["decisions": "read"])
        let client = try await asker.client(scene.house)
        // About others, and about sessions that it does not see itself.
        #expect(reason(await ask(client, scene.cast.una.id, "read", "session", scene.sessions.uweFleet)) == "key_not_held")
        #expect(reason(await ask(client, scene.cast.una.id, "write", "session", scene.sessions.una)) == "granted")
        #expect(reason(await ask(client, scene.cast.mallory.id, "read", "screen", "sessions")) == "unknown_subject")
        let who: JSON = [
            "subject": ["type": "user"], "action": ["name": "write"], "resource": ["type": "session", "id": .string(scene.sessions.una)],
        ]
        #expect(await results(client, "subject", who) == [scene.cast.una.id, scene.cast.adam.id, scene.kim.id])
        // Without it, about itself alone, whatever else it holds.
        expect(await ask(scene.machines.client, scene.cast.una.id, "read", "screen", "sessions"), 403, "screen_not_granted")

        func about(_ machine: String, _ action: String, _ type: String, _ id: String) async -> String {
            let body: JSON = [
                "subject": ["type": "integration", "id": .string(machine)], "action": ["name": .string(action)],
                "resource": ["type": .string(type), "id": .string(id)],
            ]
            return reason(await adam.post("/access/v1/evaluation", body))
        }
        let robot = scene.machines.robot
        #expect(await about(robot, "write", "function", "users") == "granted")
        #expect(await about(robot, "write", "function", "overview") == "level_too_low")
        #expect(await about(robot, "read", "function", "decisions") == "not_granted")
        #expect(await about(asker.id, "read", "function", "decisions") == "granted")
        #expect(await about(robot, "read", "screen", "users") == "granted")
        #expect(await about(robot, "read", "session", scene.sessions.una) == "granted")
        #expect(await about(robot, "read", "function", "nothing") == "unknown_resource")
        #expect(await about(scene.machines.south, "read", "function", "users") == "unknown_subject")
        let machines: JSON = ["subject": ["type": "integration"], "action": ["name": "read"], "resource": ["type": "function", "id": "decisions"]]
        #expect(await results(adam, "subject", machines) == [asker.id])
        expect(await adam.patch("/api/v1/integrations/\(robot)", ["functions": ["users": "read"]]), 200)
        #expect(await about(robot, "write", "function", "users") == "level_too_low")
        expect(await adam.post("/api/v1/integrations/\(asker.id)/disable"), 200)
        #expect(await about(asker.id, "read", "function", "decisions") == "subject_not_live")
        expect(await ask(client, scene.cast.una.id, "read", "screen", "sessions"), 401)
        #expect(await results(adam, "subject", machines) == [])
        expect(await adam.delete("/api/v1/integrations/\(asker.id)"), 204)
        #expect(await about(asker.id, "read", "function", "decisions") == "unknown_subject")
    }

    // MARK: Everything that one holds

    @Test func `one call for a whole menu, with a version`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.client)
        let own = await una.get("/api/v1/me/access"), others = await adam.get("/api/v1/users/\(scene.cast.una.id)/access")
        expect(own, 200)
        #expect(own.text == others.text && own.header("ETag") == others.header("ETag"))
        let me = await una.get("/api/v1/me")
        #expect(own.json["screens"] == me["access"]["screens"])
        #expect(own.json["via"]?["screens"]?["sessions"] == [.string(scene.cast.roles["USER"] ?? "")])
        for path in ["/api/v1/me/access", "/api/v1/users/\(scene.cast.una.id)/access"] {
            let client = path.contains("/me/") ? una : adam
            let tag = await client.get(path).header("ETag") ?? ""
            for known in [tag, "W/" + tag, "\"x\", " + tag, "*"] {
                let reply = await client.send(.get, path, headers: [.ifNoneMatch: known])
                #expect(reply.status == 304 && reply.body.isEmpty && reply.header("ETag") == tag, "\(path) \(known)")
            }
            expect(await client.send(.get, path, headers: [.ifNoneMatch: "\"x\""]), 200)
        }
        expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["api_keys": []]), 200)
        #expect(await una.get("/api/v1/me/access").header("ETag") != own.header("ETag"))
    }
}

extension Routes {
    static func named(_ name: String) -> Route { all.first { $0.name == name } ?? all[0] }
}

extension Scene {
    /// A place of North, as it stands in its table.
    func place(_ name: String, in parent: String?) async throws -> String {
        let id = PlaceID(bits: UInt128(UInt64(1_000_000 + (Int(unique("")) ?? 0)))).description
        let (account, version) = (north.account, Kind.session.neverIssued)
        try await house.asOwner { tx in
            try tx.execute(
                """
                INSERT INTO places (account, id, name, name_key, kind, parent, created_at)
                VALUES (\(account), \(id), \(name), \(name.lowercased()), 'area', \(parent), 0)
                """)
            try tx.execute("UPDATE accounts SET places_version = \(version) WHERE id = \(account)")
        }
        try await forget()
        return id
    }

    /// Gives a user of North these places and no others.
    func grant(_ user: String, _ places: [String]) async throws {
        let account = north.account
        try await house.asOwner { tx in
            try tx.execute("UPDATE users SET all_places = 0 WHERE account = \(account) AND id = \(user)")
            try tx.execute("DELETE FROM user_places WHERE account = \(account) AND user_id = \(user)")
            for place in places { try tx.execute("INSERT INTO user_places (account, user_id, place) VALUES (\(account), \(user), \(place))") }
        }
        try await forget()
    }

    /// Something of North's facts is changed by the usual way, so that nothing is remembered.
    private func forget() async throws {
        expect(await cast.inNorth.patch("/api/v1/users/\(cast.una.id)", ["first_name": .string(unique("Una"))]), 200)
    }
}
