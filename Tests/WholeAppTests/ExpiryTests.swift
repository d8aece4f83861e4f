import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature
import Testing

@testable import latchkey

/// Sessions past their deadline are marked by the server itself (rule 12).
@Suite struct `Sessions past their deadline` {
    private func expiring(_ scene: Scene, _ count: Int, expiry: String = "1h") async throws -> [String] {
        let key = await scene.cast.adam.client.post(
            "/api/v1/api-keys", ["name": .string(scene.unique("Short ")), "mode": "live", "session_expiry": .string(expiry)])
        var made: [String] = []
        for _ in 0..<count { made.append(try await scene.cast.session(scene.cast.adam.client, key: key.id)) }
        return made
    }

    private func statuses(_ ids: [String], _ scene: Scene) async throws -> [String] {
        try await scene.database.read(seeing: .everything) { tx in
            try tx.rows("SELECT status FROM sessions WHERE id IN (\(list: ids))") { try $0[0] as String }
        }
    }

    @Test func `are marked with an event and an entry each, by the system, once`() async throws {
        let scene = try await Scene.assemble()
        let short = try await expiring(scene, 3)
        let long = try await expiring(scene, 2, expiry: "24h")
        let never = try await expiring(scene, 1, expiry: "never")
        let expiry = SessionExpiry(scene.house.house.gate)
        #expect(try await expiry.sweep() == 0)
        scene.house.time.advance(minutes: 61)
        let before = try await Snapshot.heads(scene.database)
        #expect(try await expiry.sweep() == 3)
        #expect(try await statuses(short, scene) == ["EXPIRED", "EXPIRED", "EXPIRED"])
        #expect(Set(try await statuses(long + never, scene)) == ["IDLE"])
        #expect(Snapshot.growth(before, try await Snapshot.heads(scene.database)) == [scene.north.account: 3])
        #expect(try await expiry.sweep() == 0)
        let adam = try await scene.house.signIn("adam@example.com")
        let events = await adam.get("/api/v1/sessions/\(short[0])/events").items
        #expect(events[0]["type"] == "session.expired" && events[0]["actor"]?["kind"] == "system")
        let history = await adam.get("/api/v1/history?subject=\(short[0])").items
        #expect(history[0]["action"] == "session.expired" && history[0]["actor"]?["kind"] == "system")
        expect(await adam.delete("/api/v1/sessions/\(short[0])"), 409, "wrong_status")
    }

    @Test func `are marked in every account, a disabled one too, and however many there are`() async throws {
        let scene = try await Scene.assemble()
        let many = try await expiring(scene, SessionExpiry.batch + 5)
        let key = await scene.cast.mallory.client.post("/api/v1/api-keys", ["name": "Short", "mode": "live", "session_expiry": "1h"])
        let souths = try await scene.cast.session(scene.cast.mallory.client, key: key.id)
        expect(await scene.cast.olive.post("/api/v1/accounts/\(scene.south.account)/disable"), 200)
        scene.house.time.advance(minutes: 61)
        #expect(try await SessionExpiry(scene.house.house.gate).sweep() == SessionExpiry.batch + 6)
        #expect(Set(try await statuses(many + [souths], scene)) == ["EXPIRED"])
    }

    @Test func `are marked by one node at a time, and by another when the lease has ended`() async throws {
        let scene = try await Scene.assemble()
        let gate = scene.house.house.gate
        let (one, other) = (SessionExpiry(gate), SessionExpiry(gate))
        _ = try await expiring(scene, 2)
        scene.house.time.advance(minutes: 61)
        #expect(try await gate.takes(Lease("sessions.expiry", holder: "a node that died"), for: 600))
        #expect(try await one.sweep() == 0)
        // Its lease ends.
        try await scene.database.write(seeing: .everything) { tx in try tx.execute("UPDATE leases SET ends_at = 1") }
        #expect(try await one.sweep() == 2)
        #expect(try await other.sweep() == 0)
        let (a, b) = (Lease("race", holder: "a"), Lease("race", holder: "b"))
        let took = try await atOnce(64) { index in try await gate.takes(index.isMultiple(of: 2) ? a : b, for: 60) }
        #expect(took.filter { $0 }.count == 32, "one holder of the two")
    }
}
