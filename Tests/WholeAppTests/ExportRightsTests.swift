import ExportsFeature
import Foundation
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Synchronization
import Testing

@testable import latchkey

/// Whoever loses what a file needs while it is made gets none.
@Suite struct `An export in the making` {
    enum Loss: CaseIterable { case nothing, screen, everything }

    @Test(arguments: Loss.allCases) func `ends with the right to it`(_ loss: Loss) async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let role = try await Cast.make(
            adam, "roles", ["name": "Clerk", "description": "Reads people.", "screens": ["users": ["level": "read"], "roles": ["level": "read"]]])
        let body = JSON(members: scene.newUser(scene.north, role: role).members)
        let clerk = try await Cast.make(adam, "users", body)
        let source = Halting()
        let lineUp = LineUp(house: scene.house.house, routes: ExportRoutes([source]).all)
        let client = LocalClient(lineUp, token: try await scene.house.signIn(body["username"]?.text ?? "").token)
        async let asked = client.post("/api/v1/exports", ["kind": "halting"])
        while !source.hasBegun { try await Task.sleep(for: .milliseconds(5)) }
        switch loss {
        case .nothing: break
        case .screen: expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["users": ["level": "read"]]]), 200)
        case .everything: expect(await adam.post("/api/v1/users/\(clerk)/disable"), 200)
        }
        source.goOn()
        _ = await asked
        let actions = try await scene.database.read(seeing: .everything) { tx in
            try tx.rows("SELECT action FROM history WHERE action LIKE '%.exported' OR action = 'export.failed'") { try $0[0] as String }
        }
        #expect(source.pieces == (loss == .nothing ? 2 : 1), "what came after was read")
        #expect(actions.contains("halting.exported") == (loss == .nothing), "\(actions)")
    }
}

/// Two pieces; the first is not made before somebody says so.
private final class Halting: ExportSource {
    let kind = "halting"
    let label = "Halting"
    let explanation = ""
    let screens: [Screen] = [.users, .roles]
    let columns = ["piece"]
    let filters: [String] = []

    private let gate = DispatchSemaphore(value: 0)
    private let state = Mutex((begun: false, pieces: 0))

    var hasBegun: Bool { state.withLock { $0.begun } }
    var pieces: Int { state.withLock { $0.pieces } }
    func goOn() { gate.signal() }

    func filter(_ fields: Fields) -> JSON { [:] }
    func reader(_ filter: JSON) -> any ExportReader { Reader(source: self) }

    private struct Reader: ExportReader {
        let source: Halting

        func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (piece: Int, next: String?) {
            source.state.withLock { $0.pieces += 1 }
            return after == nil ? (1, "1") : (2, nil)
        }

        func rows(of piece: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [[Cell]] {
            if piece == 1 {
                source.state.withLock { $0.begun = true }
                source.gate.wait()
            }
            return [[.number(Int64(piece))]]
        }
    }
}
