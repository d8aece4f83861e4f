import Foundation
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Synchronization
import Testing

@testable import latchkey

/// What is told to those who watch: what they may see, at once, and the end of their login.
@Suite struct `Watching` {
    /// Somebody who watches, and what they were told.
    private final class Watcher: Sendable {
        private let told = Mutex("")
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ client: LocalClient) async throws {
            var inbound = Inbound(.get, "/events")
            inbound.headers[.authorization] = "Bearer " + (client.token ?? "")
            let outbound = await client.lineUp.respond(to: inbound)
            guard outbound.status == 200, let stream = outbound.stream else { throw OperatorError("cannot watch: \(outbound.status)") }
            let pieces = stream()
            task.withLock {
                $0 = Task { [self] in
                    var reading = pieces.makeAsyncIterator()
                    while let piece = try? await reading.next() { told.withLock { $0 += String(decoding: piece, as: UTF8.self) } }
                }
            }
            try await until { $0.contains("retry:") }
        }

        var all: String { told.withLock { $0 } }

        /// Waits until what was told is so, a second at most.
        func until(_ isSo: (String) -> Bool) async throws {
            for _ in 0..<200 where !isSo(all) { try await Task.sleep(for: .milliseconds(5)) }
        }

        func stop() { task.withLock { $0?.cancel() } }
        deinit { stop() }
    }

    @Test func `tells of sessions that one sees, and of no others`() async throws {
        let scene = try await Scene.assemble()
        var watchers: [Who: Watcher] = [:]
        for who in Who.allCases where who.isLogin { watchers[who] = try await Watcher(scene.client(who)) }
        let made = [
            try await scene.cast.session(scene.cast.uwe.client), try await scene.cast.session(scene.cast.uwe.client, key: scene.cast.uwes.id),
        ]
        expect(await scene.cast.uwe.client.patch("/api/v1/sessions/\(made[1])", ["reference": "R-77"]), 200)
        let last = try await scene.cast.session(scene.cast.mallory.client, key: scene.cast.souths.id)
        try await watchers[.adam]?.until { $0.contains(made[1]) }
        try await watchers[.mallory]?.until { $0.contains(last) }
        for (who, watcher) in watchers {
            var seen: Set<String> = []
            for id in made + [last] where await scene.client(who).get("/api/v1/sessions/\(id)").status == 200 { seen.insert(id) }
            try await watcher.until { told in seen.allSatisfy { told.contains($0) } }
            for id in made + [last] { #expect(watcher.all.contains(id) == seen.contains(id), "\(who): \(watcher.all)") }
        }
        #expect(watchers[.adam]?.all.contains(made[1]) == true && watchers[.una]?.all.contains("session") == false)
    }

    @Test func `follows a key that is taken away`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una
        let watcher = try await Watcher(una.client)
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(una.id)", ["api_keys": []]), 200)
        expect(await scene.cast.adam.client.post("/api/v1/sessions/\(scene.sessions.una)/notes", ["text": "Look."]), 201)
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(una.id)", ["api_keys": [.string(scene.cast.shared.id)]]), 200)
        expect(await scene.cast.adam.client.post("/api/v1/sessions/\(scene.sessions.una)/notes", ["text": "Again."]), 201)
        try await watcher.until { $0.contains("event: session") }
        #expect(watcher.all.components(separatedBy: "event: session").count == 2, "\(watcher.all)")
    }

    @Test func `tells that what one holds has changed, once, and nothing where it has not`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una)
        let watcher = try await Watcher(una.client)
        expect(await adam.patch("/api/v1/users/\(scene.cast.uwe.id)", ["first_name": "Ulf"]), 200)
        expect(await adam.patch("/api/v1/users/\(una.id)", ["first_name": "Ulla"]), 200)
        expect(await adam.patch("/api/v1/users/\(una.id)", ["api_keys": []]), 200)
        try await watcher.until { $0.contains("event: access") }
        #expect(watcher.all.components(separatedBy: "event: access").count == 2, "\(watcher.all)")
        let tag = await una.client.get("/api/v1/me/access").header("ETag") ?? "?"
        #expect(watcher.all.contains(String(decoding: JSON.string(tag).encode(), as: UTF8.self)), "\(watcher.all)")
    }

    @Test func `tells a login of its end, with why, and says nothing more`() async throws {
        let scene = try await Scene.assemble()
        let first = try await scene.house.signIn("una@example.com")
        let (closed, disabled) = (try await Watcher(first), try await Watcher(scene.cast.una.client))
        let id = await scene.loginID(of: first)
        expect(await scene.cast.una.client.delete("/api/v1/me/logins/\(id)"), 204)
        try await closed.until { $0.contains("event: ended") }
        #expect(closed.all.contains(#"event: ended"# + "\n" + #"data: {"reason":"closed""#), "\(closed.all)")
        #expect(!disabled.all.contains("ended"))
        expect(await scene.cast.adam.client.post("/api/v1/users/\(scene.cast.una.id)/disable"), 200)
        try await disabled.until { $0.contains("event: ended") }
        #expect(disabled.all.contains("ended"))
        for _ in 0..<200 where scene.house.house.gate.watchers.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(scene.house.house.gate.watchers.count == 0, "somebody is still told")
    }

    @Test func `ends with the server, and does not count as activity`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una.client
        scene.house.time.advance(minutes: 20)
        let watcher = try await Watcher(una)
        scene.house.time.advance(minutes: 11)
        expect(await una.get("/api/v1/me"), 401)
        scene.house.house.gate.watchers.end()
        try await Task.sleep(for: .milliseconds(50))
        #expect(scene.house.house.gate.watchers.count == 0)
        watcher.stop()
    }
}
