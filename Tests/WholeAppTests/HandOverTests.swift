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
        #expect(done.id == una.id && done["handed_over"] == ["sessions": 1])
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
            entry?["changes"] == [["field": "to", "from": .null, "to": .string(uwe.id)], ["field": "sessions", "from": .null, "to": 1]])
        let again = await adam.post("/api/v1/users/\(una.id)/hand-over", ["to": .string(uwe.id)])
        #expect(again["handed_over"] == ["sessions": 0])
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
}
