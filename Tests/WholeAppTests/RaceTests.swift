import HTTPTypes
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

/// Many at once: what must be one is one, and nobody gets a 5xx.
@Suite struct `When many ask at once` {
    private func expectOne(_ replies: [LocalClient.Reply], _ status: Int, others: [Int: String], _ what: String) {
        #expect(replies.filter { $0.status == status }.count == 1, "\(what): \(Dictionary(grouping: replies, by: \.status).mapValues(\.count))")
        for reply in replies where reply.status != status {
            #expect(others[reply.status] == reply.code, "\(what): \(reply.status) \(reply.text)")
        }
    }

    private func replacing(_ body: JSON, _ field: String, _ value: JSON) -> JSON {
        JSON(members: body.members.map { $0.0 == field ? (field, value) : $0 })
    }

    @Test func `one gets a username, in whatever account and spelling`() async throws {
        let scene = try await Scene.assemble()
        let spellings = ["Olga", "olga", "OLGA", "ｏｌｇａ"]
        let replies = try await atOnce(64) { index in
            let ground = index.isMultiple(of: 2) ? scene.north : scene.south
            return await ground.inside.post("/api/v1/users", replacing(scene.newUser(ground), "username", .string(spellings[index % 4])))
        }
        expectOne(replies, 201, others: [409: "username_taken"], "username")
    }

    @Test func `one in an account gets an e-mail`() async throws {
        let scene = try await Scene.assemble()
        let replies = try await atOnce(64) { index in
            await scene.north.inside.post(
                "/api/v1/users",
                replacing(scene.newUser(scene.north), "email", .string(index.isMultiple(of: 2) ? "Olga@Example.com" : "olga@example.com")))
        }
        expectOne(replies, 201, others: [409: "email_taken"], "e-mail")
        expect(await scene.south.inside.post("/api/v1/users", replacing(scene.newUser(scene.south), "email", "olga@example.com")), 201)
    }

    @Test func `one gets the name of an API key, a role and a group`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let keys = try await atOnce(64) { index in
            await adam.post("/api/v1/api-keys", replacing(scene.newKey(), "name", index.isMultiple(of: 2) ? "Gate" : "GATE"))
        }
        expectOne(keys, 201, others: [409: "api_key_name_taken"], "API key")
        let links = try await atOnce(64) { index in
            await adam.post("/api/v1/links", replacing(scene.newLink(.adam), "name", index.isMultiple(of: 2) ? "Gate" : "ｇａｔｅ"))
        }
        expectOne(links, 201, others: [409: "link_name_taken"], "link")
        let roles = try await atOnce(64) { _ in await adam.post("/api/v1/roles", replacing(scene.newRole(), "name", "Gate")) }
        expectOne(roles, 201, others: [409: "role_name_taken"], "role")
        let groups = try await atOnce(64) { _ in await scene.cast.olive.post("/api/v1/groups", ["name": "Gate"]) }
        expectOne(groups, 201, others: [409: "group_name_taken"], "group")
    }

    @Test func `somebody with the manager role stays when two take it from each other`() async throws {
        let scene = try await Scene.assemble()
        let admin = scene.cast.roles["ADMIN"] ?? ""
        let user: JSON = ["roles": [.string(scene.north.userRole)]]
        for round in 0..<4 {
            let body = scene.newUser(scene.north, role: admin)
            let other = try await Cast.make(scene.north.inside, "users", body)
            expect(await scene.north.inside.patch("/api/v1/users/\(scene.cast.adam.id)", ["roles": [.string(admin)]]), 200)
            let (adam, eve) = (scene.cast.adam.client, try await scene.house.signIn(body["username"]?.text ?? ""))
            let replies = try await atOnce(64) { index in
                let (asker, target) = index.isMultiple(of: 2) ? (adam, other) : (eve, scene.cast.adam.id)
                return round.isMultiple(of: 2)
                    ? await asker.patch("/api/v1/users/\(target)", user) : await asker.post("/api/v1/users/\(target)/disable")
            }
            #expect(Set(replies.map(\.status)).isSubset(of: [200, 401, 403, 409]), "\(Set(replies.map(\.status)))")
            let managers = await scene.north.inside.get("/api/v1/users?role=\(admin)&status=enabled").items
            #expect(managers.count == 1, "round \(round): \(managers.count) managers are left")
            _ = await scene.north.inside.post("/api/v1/users/\(scene.cast.adam.id)/enable")
            _ = await scene.north.inside.patch("/api/v1/users/\(scene.cast.adam.id)", ["roles": [.string(admin)]])
            _ = await scene.north.inside.patch("/api/v1/users/\(other)", user)
            if !round.isMultiple(of: 2) { break }
            if await scene.cast.adam.client.get("/api/v1/me").status != 200 { break }
        }
    }

    @Test func `somebody who manages all administrators stays when two take it from each other`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let oliveID = await olive.get("/api/v1/me").id
        let other = try await Cast.make(
            olive, "administrators",
            [
                "email": "otto@example.com", "name": "Otto Frost", "groups": "all", "permissions": ["manage_administrators"],
                "password": .string(TestHouse.password),
            ])
        let otto = try await house.signIn("otto@example.com")
        expect(await otto.patch("/api/v1/administrators/\(oliveID)", ["permissions": []]), 403, "grants_more_than_held")
        expect(await olive.patch("/api/v1/administrators/\(oliveID)", ["permissions": ["manage_administrators"]]), 200)
        let replies = try await atOnce(64) { index in
            index.isMultiple(of: 2)
                ? await olive.post("/api/v1/administrators/\(other)/disable") : await otto.post("/api/v1/administrators/\(oliveID)/disable")
        }
        #expect(Set(replies.map(\.status)).isSubset(of: [200, 401, 403, 409]))
        let live = [await olive.get("/api/v1/administrators").status, await otto.get("/api/v1/administrators").status]
        #expect(live.filter { $0 == 200 }.count == 1, "\(live)")
    }

    @Test func `one of two racers sets up, and a link works once`() async throws {
        let house = try await TestHouse(isSetUp: false)
        let older = try await SetUp.mint(house.house) ?? ""
        let token = try await SetUp.mint(house.house) ?? ""
        let origin = Origin(address: "127.0.0.1", userAgent: "", requestID: .new(at: house.house.gate.now))
        @Sendable func fields(_ name: String) -> JSON {
            ["enterprise": "Alder", "name": .string(name), "email": .string(name + "@example.com"), "password": .string(TestHouse.password)]
        }
        await #expect(throws: Problem.self, "an older link") { try await SetUp.run(Fields(fields("old")), token: older, origin, house.house) }
        let codes = try await atOnce(8) { index in
            do { try await SetUp.run(Fields(fields("racer\(index)")), token: token, origin, house.house) } catch let problem as Problem {
                return problem.code
            }
            return "won"
        }
        #expect(codes.filter { $0 == "won" }.count == 1, "\(codes)")
        #expect(Set(codes).subtracting(["won", "link_closed", "already_set_up"]) == [])
        #expect(try await SetUp.mint(house.house) == nil)
        let counts = try await Snapshot.all(house.installation.database)
        #expect(counts["administrators"]?.count == 1 && counts["enterprise"]?.count == 1)
    }

    @Test func `a password link works once`() async throws {
        let house = try await TestHouse()
        let token = try await PasswordLink.mint(email: TestHouse.olive, house.house)
        let origin = Origin(address: "127.0.0.1", userAgent: "", requestID: .new(at: house.house.gate.now))
        let codes = try await atOnce(16) { index in
            do {
                try await PasswordLink.use(Fields(["new": .string(Examples.newPassword + String(index))]), token: token, origin, house.house)
            } catch let problem as Problem { return problem.code }
            return "won \(index)"
        }
        let winners = codes.filter { $0.hasPrefix("won") }
        #expect(winners.count == 1, "\(codes)")
        #expect(Set(codes).subtracting(winners) == ["link_closed"])
        let number = winners.first?.split(separator: " ").last ?? ""
        _ = try await house.anyone.signedIn(TestHouse.olive, Examples.newPassword + number)
    }

    @Test func `the limit of logins holds`() async throws {
        let scene = try await Scene.assemble()
        let body: JSON = ["username": "una@example.com", "password": .string(TestHouse.password)]
        let live = await scene.cast.una.client.get("/api/v1/me/logins?total=true")["total"].whole ?? 0
        let replies = try await atOnce(24) { index in
            var client = scene.house.anyone
            client.address = "192.0.2.\(index)"
            return await client.post("/api/v1/logins", body)
        }
        #expect(replies.filter { $0.status == 201 }.count == 10 - live)
        #expect(replies.allSatisfy { $0.status == 201 || ($0.status == 409 && $0.code == "login_refused") })
    }
}
