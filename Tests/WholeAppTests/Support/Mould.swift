import Foundation
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import Testing

@testable import latchkey

/// A data directory, and the database that goes with it, filled once and copied for every test: hashing everybody's passwords each time would
/// take minutes.
struct Mould<Value: Sendable>: Sendable {
    private let files: [String: Data]
    private let database: String?
    let value: Value

    /// Closes the house and takes its files.
    init(_ house: TestHouse, _ value: Value) async throws {
        let directory = house.installation.directory
        await house.installation.close()
        var files: [String: Data] = [:]
        for name in ["latchkey.db", "latchkey.db-wal", "master.key"] where FileManager.default.fileExists(atPath: directory.file(name)) {
            files[name] = try Data(contentsOf: URL(fileURLWithPath: directory.file(name)))
        }
        self.files = files
        database = house.database?.keep()
        self.value = value
        try FileManager.default.removeItem(atPath: directory.path)
    }

    func copy() async throws -> TestHouse { try await TestHouse(files: files, copying: database) }
}

extension LocalClient {
    /// The same credential at another house.
    func moved(to house: TestHouse) -> LocalClient { LocalClient(house.lineUp, token: token) }
}

extension Cast.Member {
    func moved(to house: TestHouse) -> Cast.Member { .init(id: id, username: username, client: client.moved(to: house)) }
}

extension Cast {
    func moved(to house: TestHouse) -> Cast {
        Cast(
            house: house, olive: olive.moved(to: house), north: north, south: south, inNorth: inNorth.moved(to: house),
            inSouth: inSouth.moved(to: house), shared: shared, uwes: uwes, souths: souths, roles: roles, adam: adam.moved(to: house),
            una: una.moved(to: house), uwe: uwe.moved(to: house), rita: rita.moved(to: house), mallory: mallory.moved(to: house))
    }
}

extension Scene.Ground {
    func moved(to house: TestHouse) -> Scene.Ground {
        .init(account: account, inside: inside.moved(to: house), userRole: userRole, key: key, place: place)
    }
}

extension Scene {
    private static let mould = Task {
        let scene = try await Scene.build()
        return try await Mould(scene.house, scene)
    }

    /// A scene of one's own.
    static func assemble() async throws -> Scene {
        let mould = try await mould.value
        let (scene, house) = (mould.value, try await mould.copy())
        try await house.freshen()
        return Scene(
            house: house, cast: scene.cast.moved(to: house), north: scene.north.moved(to: house), south: scene.south.moved(to: house),
            branch: scene.branch.moved(to: house), west: scene.west, east: scene.east, lena: scene.lena.moved(to: house),
            kim: scene.kim.moved(to: house), oliveID: scene.oliveID, edda: scene.edda, sessions: scene.sessions, links: scene.links,
            machines: .init(robot: scene.machines.robot, south: scene.machines.south, client: scene.machines.client.moved(to: house)))
    }

    /// Everybody does something now, so that nobody's idle time is that of the mould.
    func touch() async { for who in Who.allCases { expect(await client(who).get("/api/v1/me"), 200, nil, "\(who)") } }
}

extension Stage {
    private static let mould = Task {
        let stage = try await Stage.build()
        return try await Mould(stage.house, stage)
    }

    /// A stage of one's own.
    static func set() async throws -> Stage {
        let mould = try await mould.value
        let (stage, house) = (mould.value, try await mould.copy())
        try await house.freshen()
        return Stage(
            house: house, olive: stage.olive.moved(to: house), inNorth: stage.inNorth.moved(to: house), north: stage.north, west: stage.west,
            east: stage.east, vera: stage.vera, gus: stage.gus, key: stage.key, otherLogin: stage.otherLogin,
            otherKey: stage.otherKey, clients: stage.clients.mapValues { $0.moved(to: house) }, link: stage.link, sharable: stage.sharable,
            capture: stage.capture, reset: stage.reset, activation: stage.activation, pia: stage.pia,
            administratorsActivation: stage.administratorsActivation, ida: stage.ida, machine: stage.machine)
    }
}

extension TestHouse {
    /// Asks nobody who is signed in by now to step up: StepUpTests and PasskeyTests have people of their own.
    func freshen() async throws {
        let fresh = house.gate.now.adding(seconds: 86_400)
        try await installation.database.write(seeing: .everything) { tx in
            _ = try tx.execute("UPDATE logins SET stepped_up_at = \(fresh)")
            try tx.announce("facts")
        }
        freshened.withLock { $0 = .now }
    }

    /// The same again, long before those who have stepped up since are asked: a generated test may take minutes.
    func stayFresh() async throws { if freshened.withLock({ $0.duration(to: .now) }) > .seconds(60) { try await freshen() } }
}
