import Foundation
import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import Testing

@testable import latchkey

/// Two nodes on one database: what one takes away, the other gives to nobody.
@Suite(.enabled(if: TestDatabase.isPostgres)) struct `Two nodes` {
    private func until(_ isSo: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<1000 {
            if try await isSo() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func `refuse whoever was disabled on the other`() async throws {
        let scene = try await Scene.assemble()
        let other = try await scene.house.anotherNode()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.client.moved(to: other))
        let key = LocalClient(other.lineUp, token: scene.cast.shared.secret)
        #expect(await una.get("/api/v1/me").status == 200)
        #expect(await key.get("/api/v1/sessions").status == 200)
        expect(await adam.post("/api/v1/users/\(scene.cast.una.id)/disable", [:]), 200)
        #expect(try await until { await una.get("/api/v1/me").status == 401 })
        #expect(await key.get("/api/v1/sessions").status == 200, "nobody else")
        expect(await adam.post("/api/v1/api-keys/\(scene.cast.shared.id)/disable", [:]), 200)
        #expect(try await until { await key.get("/api/v1/sessions").status == 401 })
        // The administrator of the enterprise closes the account.
        #expect(await adam.moved(to: other).get("/api/v1/me").status == 200)
        expect(await scene.cast.olive.moved(to: other).post("/api/v1/accounts/\(scene.north.account)/disable", [:]), 200)
        #expect(await adam.moved(to: other).get("/api/v1/me").status == 401)
        #expect(try await until { await adam.get("/api/v1/me").status == 401 })
    }

    @Test func `decide for others, and tell proxies, what is true on both`() async throws {
        let scene = try await Scene.assemble()
        let other = try await scene.house.anotherNode()
        let (adam, there) = (scene.cast.adam.client, scene.cast.una.client.moved(to: other))
        func decision() async -> JSON? {
            await scene.cast.adam.client.moved(to: other).post("/access/v1/evaluation", scene.question(.una)).json["decision"]
        }
        #expect(await decision() == true)
        #expect(await there.get("/auth/verify?screen=sessions").status == 200)
        let role = try await Cast.make(adam, "roles", ["name": "Looker", "description": "Looks.", "screens": ["overview": ["level": "read"]]])
        expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["roles": [.string(role)]]), 200)
        #expect(try await until { await decision() == false })
        #expect(try await until { await there.get("/auth/verify?screen=sessions").status == 403 })
        expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["sessions": ["level": "read", "reach": "own"]]]), 200)
        #expect(try await until { await decision() == true })
        expect(await adam.post("/api/v1/users/\(scene.cast.una.id)/disable", [:]), 200)
        #expect(try await until { await decision() == false })
        #expect(try await until { await there.get("/auth/verify").status == 401 })
    }

    @Test func `let whoever works on one be awake on the other`() async throws {
        let scene = try await Scene.assemble()
        let other = try await scene.house.anotherNode()
        let (here, there) = (scene.cast.una.client, scene.cast.una.client.moved(to: other))
        #expect(await there.get("/api/v1/me").status == 200)
        for _ in 0..<8 {
            for house in [scene.house, other] { house.time.advance(minutes: 5) }
            #expect(await here.get("/api/v1/me").status == 200)
        }
        #expect(await there.get("/api/v1/me").status == 200)
    }

    @Test func `tell those who watch of each other's sessions`() async throws {
        let scene = try await Scene.assemble()
        let other = try await scene.house.anotherNode()
        guard let account = AccountID(scene.north.account) else { throw OperatorError("no account") }
        let news = other.house.gate.watchers.watch(account)
        #expect(try await until { other.installation.database.hearsEverything })
        let session = try await scene.cast.session(scene.cast.una.client)
        for await happening in news {
            if case .session(let id, _, _) = happening, id.description == session { break }
        }
        other.house.gate.watchers.end()
    }

    @Test func `keep one history between them`() async throws {
        let scene = try await Scene.assemble()
        let other = try await scene.house.anotherNode()
        let made = try await atOnce(40) { index in
            let una = index % 2 == 0 ? scene.cast.una.client : scene.cast.una.client.moved(to: other)
            return await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key)]).status
        }
        #expect(made.allSatisfy { $0 == 201 }, "\(made)")
        let report = try await HistoryVerification.run(other.installation.database)
        #expect(report.isIntact, "\(report.lines)")
    }

    @Test func `with another master key is refused`() async throws {
        let (house, stranger) = (try await TestHouse(), try await TestHouse())
        await #expect(throws: (any Error).self, "without one") { _ = try await TestHouse(sharing: house.database) }
        let other = try Data(contentsOf: URL(fileURLWithPath: stranger.installation.directory.file("master.key")))
        await #expect(throws: OperatorError.self) { _ = try await TestHouse(files: ["master.key": other], sharing: house.database) }
    }
}
