import LatchkeyJSON
import Testing

@testable import latchkey

/// Una leaves, and Uwe takes over what is hers.
@Suite struct `Handing over` {
    private func seen(_ client: LocalClient) async -> Set<String> {
        Set(await client.get("/api/v1/sessions?limit=200").items.compactMap { $0["id"]?.text })
    }

    @Test func `gives all sessions to another, is recorded, and leaves nothing behind`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una, uwe) = (scene.cast.adam.client, scene.cast.una, scene.cast.uwe)
        let before = await seen(uwe.client)
        let done = await adam.post("/api/v1/users/\(una.id)/hand-over", ["to": .string(uwe.id)])
        expect(done, 200)
        #expect(done.id == una.id && done["handed_over"] == ["sessions": 1, "links": 1])
        #expect(await seen(una.client).isEmpty)
        #expect(await seen(uwe.client) == before.union([scene.sessions.una]))
        let session = await uwe.client.get("/api/v1/sessions/\(scene.sessions.una)")
        #expect(session["owner"] == ["id": .string(uwe.id), "name": "Uwe Example"])
        #expect(session["source"]["username"] == "una@example.com", "where it came from stays")
        let event = await uwe.client.get("/api/v1/sessions/\(scene.sessions.una)/events?limit=1").items.first
        #expect(event?["type"] == "session.handed_over" && event?["data"]?["to"] == .string(uwe.id))
        let entry = await adam.get("/api/v1/users/\(una.id)/history?limit=1").items.first
        #expect(entry?["action"] == "user.handed_over")
        #expect(
            entry?["changes"] == [
                ["field": "to", "from": .null, "to": .string(uwe.id)], ["field": "sessions", "from": .null, "to": 1],
                ["field": "links", "from": .null, "to": 1],
            ])
        let again = await adam.post("/api/v1/users/\(una.id)/hand-over", ["to": .string(uwe.id)])
        #expect(again["handed_over"] == ["sessions": 0, "links": 0])
        #expect(await adam.get("/api/v1/users/\(una.id)/history?limit=1").items.first?["id"] == entry?["id"])
    }

    @Test func `works for somebody who is disabled, and to nobody who is`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una, uwe) = (scene.cast.adam.client, scene.cast.una.id, scene.cast.uwe.id)
        expect(await adam.post("/api/v1/users/\(una)/disable"), 200)
        let back = await adam.post("/api/v1/users/\(uwe)/hand-over", ["to": .string(una)])
        expect(back, 422)
        #expect(back.fieldCodes == ["to: unknown_reference"])
        expect(await adam.post("/api/v1/users/\(una)/hand-over", ["to": .string(uwe)]), 200)
    }

    @Test func `needs somebody who holds the keys, and is not oneself`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una, uwe) = (scene.cast.adam.client, scene.cast.una.id, scene.cast.uwe.id)
        for (to, code) in [(una, "lacks_api_key"), (uwe, "same_user")] {
            let reply = await adam.post("/api/v1/users/\(uwe)/hand-over", ["to": .string(to)])
            expect(reply, 422)
            #expect(reply.fieldCodes == ["to: \(code)"])
        }
        expect(await adam.post("/api/v1/users/\(uwe)/hand-over", [:]), 422)
        #expect(await seen(scene.cast.uwe.client).count == 2)
    }

    @Test func `is refused to who does not see all of it`() async throws {
        let scene = try await Scene.assemble()
        // Kim holds the shared key alone; one of Uwe's sessions is under another.
        let other = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north))
        expect(
            await scene.kim.client.post("/api/v1/users/\(scene.cast.uwe.id)/hand-over", ["to": .string(other)]), 403, "grants_more_than_held")
        expect(await scene.kim.client.post("/api/v1/users/\(scene.cast.una.id)/hand-over", ["to": .string(other)]), 200)
        #expect(await seen(scene.cast.uwe.client).count == 2)
    }

    @Test func `takes the sharable links along, each with an entry, where there are no sessions too`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let (adam, uwe) = (scene.cast.adam.client, scene.cast.uwe)
        let vera = try await scene.fresh(.user, for: .adam)
        let (id, path) = try await face.link([("user", .string(vera))])
        let page = await scene.browser(.adam).get("/settings/users/\(vera)/hand-over")
        #expect(page.text.contains("the assigned user of 1 sharable link") && !page.text.contains("finished work"))
        let done = await adam.post("/api/v1/users/\(vera)/hand-over", ["to": .string(uwe.id)])
        #expect(done["handed_over"] == ["sessions": 0, "links": 1])
        #expect(await adam.get("/api/v1/links/\(id)").text("user") == uwe.id)
        let entry = await adam.get("/api/v1/history?limit=200").items.first { $0["subject"]?["id"]?.text == id && $0["action"] == "link.changed" }
        #expect(entry?["changes"] == [["field": "user", "from": .string(vera), "to": .string(uwe.id)]])
        #expect(await adam.get("/api/v1/users/\(vera)/history?limit=1").items.first?["action"] == "user.handed_over")
        let before = await seen(uwe.client).count
        expect(await face.start(path), 201)
        #expect(await seen(uwe.client).count == before + 1, "what the link starts from then on is the new user's")
        #expect(await scene.browser(.adam).get("/settings/users/\(vera)/hand-over").text.contains("Nothing to hand over"))
    }

    @Test func `needs the keys of the links too, and somebody who may change them`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let adam = scene.cast.adam.client
        let vera = try await scene.fresh(.user, for: .adam)
        let other = try await scene.fresh(.user, for: .adam)
        let (id, _) = try await face.link([("user", .string(vera)), ("api_key", .string(scene.cast.uwes.id))])
        let lacking = await adam.post("/api/v1/users/\(vera)/hand-over", ["to": .string(other)])
        expect(lacking, 422)
        #expect(lacking.fieldCodes == ["to: lacks_api_key"])
        let options = await scene.browser(.adam).get("/settings/users/\(vera)/hand-over").text
        #expect(options.contains(scene.cast.uwe.id) && !options.contains("value=\"\(other)\""))
        // Kim does not hold the link's key: for her it does not exist, and she cannot give it away.
        expect(await scene.kim.client.post("/api/v1/users/\(vera)/hand-over", ["to": .string(other)]), 403, "grants_more_than_held")
        expect(await scene.browser(.kim).get("/settings/users/\(vera)/hand-over"), 403)
        #expect(await adam.get("/api/v1/links/\(id)").text("user") == vera)
    }

    @Test func `of links is refused to who may only read them`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let vera = try await scene.fresh(.user, for: .adam)
        _ = try await face.link([("user", .string(vera))])
        let body: JSON = [
            "name": "People only", "description": "Keeps people.",
            "screens": ["users": ["level": "full"], "sessions": ["level": "full", "reach": "all"], "links": ["level": "read"]],
        ]
        let role = try await Cast.make(scene.north.inside, "roles", body)
        let keeper = scene.newUser(scene.north, role: role)
        let person = JSON(members: keeper.members.map { $0.0 == "roles" ? ("roles", [.string(role), .string(scene.north.userRole)]) : $0 })
        _ = try await Cast.make(scene.north.inside, "users", person)
        let pat = try await scene.house.signIn(person["username"]?.text ?? "")
        let target: JSON = ["to": .string(scene.cast.una.id)]
        expect(await pat.post("/api/v1/users/\(vera)/hand-over", target), 403, "grants_more_than_held")
        expect(await scene.cast.adam.client.post("/api/v1/users/\(vera)/hand-over", target), 200)
    }
}
