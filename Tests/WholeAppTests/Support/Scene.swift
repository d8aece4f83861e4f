import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import Synchronization
import Testing

@testable import latchkey

/// The cast with everything that isolation is tried on: groups, a limited administrator, sessions of every owner under every key.
struct Scene: Sendable {
    /// One account, somebody who may do everything in it, and what bodies may name there.
    struct Ground: Sendable {
        let account: String
        let inside: LocalClient
        let userRole: String
        let key: String
        let place: String
    }

    let house: TestHouse
    let cast: Cast
    let north: Ground
    let south: Ground
    /// An account of the group West.
    let branch: Ground
    let west: String
    let east: String
    let lena: Cast.Member
    let kim: Cast.Member
    let oliveID: String
    /// An administrator of the group East.
    let edda: String
    let sessions: Sessions
    let links: Links
    let machines: Machines
    fileprivate let counter = Counter()

    /// By owner and key.
    struct Sessions: Sendable {
        let una: String, uwe: String, uweFleet: String, nobody: String, nobodyFleet: String, south: String
    }

    /// By key, and of South.
    struct Links: Sendable {
        let desk: String, fleet: String, south: String
    }

    /// The robot of North with its token, and an integration of South.
    struct Machines: Sendable {
        let robot: String, south: String, client: LocalClient
    }

    static func build() async throws -> Scene {
        let house = try await TestHouse()
        let cast = try await Cast.assemble(house)
        let west = try await Cast.make(cast.olive, "groups", ["name": "West"])
        let east = try await Cast.make(cast.olive, "groups", ["name": "East"])
        let branchID = try await Cast.make(cast.olive, "accounts", ["name": "West branch", "group": .string(west)])
        let lena = try await administrator(cast, "Lena", west)
        let keeper = try await Cast.make(
            cast.inNorth, "roles",
            [
                "name": "Keeper", "description": "Keeps some keys.",
                "screens": [
                    "overview": ["level": "read"], "users": ["level": "full"], "roles": ["level": "full"], "api-keys": ["level": "full"],
                    "sessions": ["level": "full", "reach": "all"], "history": ["level": "read"], "logins": ["level": "full"],
                    "catalogue": ["level": "read"], "links": ["level": "full"],
                ],
            ])
        let kim = try await Cast.make(
            cast.inNorth, "users",
            [
                "email": "kim@example.com", "first_name": "Kim", "last_name": "Example", "roles": [.string(keeper)],
                "api_keys": [.string(cast.shared.id)], "places": "all",
                "password": .string(TestHouse.password),
            ])
        let inBranch = try await cast.olive.switched(into: branchID)
        for inside in [cast.inNorth, cast.inSouth, inBranch] {
            expect(await inside.patch("/api/v1/settings/security", ["user_deletion": true]), 200)
        }
        let branchKey = try await Cast.make(inBranch, "api-keys", ["name": "Road checks", "mode": "live"])
        let robot = try await Machine.make(
            cast.inNorth, "north-robot",
            [
                "overview": "read", "users": "full", "roles": "full", "api-keys": "full", "sessions": "full", "history": "read", "links": "full",
                "integrations": "full",
            ])
        let fleet = try await cast.session(cast.uwe.client, key: cast.uwes.id)
        return Scene(
            house: house, cast: cast,
            north: Ground(
                account: cast.north, inside: cast.inNorth, userRole: cast.roles["USER"] ?? "", key: cast.shared.id,
                place: try await place(cast.inNorth)),
            south: Ground(
                account: cast.south, inside: cast.inSouth, userRole: try await userRole(cast.inSouth), key: cast.souths.id,
                place: try await place(cast.inSouth)),
            branch: Ground(
                account: branchID, inside: inBranch, userRole: try await userRole(inBranch), key: branchKey, place: try await place(inBranch)),
            west: west, east: east,
            lena: lena, kim: .init(id: kim, username: "kim@example.com", client: try await house.signIn("kim@example.com")),
            oliveID: await cast.olive.get("/api/v1/me").id, edda: try await administrator(cast, "Edda", east).id,
            sessions: Sessions(
                una: try await cast.session(cast.una.client), uwe: try await cast.session(cast.uwe.client), uweFleet: fleet,
                nobody: try await Cast.make(cast.withKey(cast.shared.secret), "sessions", [:]),
                nobodyFleet: try await Cast.make(cast.withKey(cast.uwes.secret), "sessions", [:]),
                south: try await cast.session(cast.mallory.client, key: cast.souths.id)),
            links: Links(
                desk: try await link(cast.inNorth, "Counter desk", cast.shared.id, cast.una.id),
                fleet: try await link(cast.inNorth, "Fleet garage", cast.uwes.id, cast.uwe.id),
                south: try await link(cast.inSouth, "Southern door", cast.souths.id, cast.mallory.id)),
            machines: Machines(
                robot: robot.id, south: try await Machine.make(cast.inSouth, "south-robot", ["users": "read"]).id,
                client: try await robot.client(house)))
    }

    private static func link(_ inside: LocalClient, _ name: String, _ key: String, _ user: String) async throws -> String {
        try await Cast.make(inside, "links", ["name": .string(name), "api_key": .string(key), "user": .string(user)])
    }

    private static func place(_ inside: LocalClient) async throws -> String {
        try await Cast.make(inside, "places", ["name": "Main building", "kind": "building"])
    }

    private static func userRole(_ inside: LocalClient) async throws -> String {
        await inside.get("/api/v1/roles?limit=200").items.first { $0["name"] == "USER" }?["id"]?.text ?? ""
    }

    private static func administrator(_ cast: Cast, _ name: String, _ group: String) async throws -> Cast.Member {
        let email = name.lowercased() + "@example.com"
        let id = try await Cast.make(
            cast.olive, "administrators",
            [
                "email": .string(email), "name": .string(name + " Frost"), "groups": [.string(group)],
                "permissions": JSON(Permission.allCases.map(\.rawValue)), "password": .string(TestHouse.password),
            ])
        return .init(id: id, username: email, client: try await cast.house.signIn(email))
    }

    // MARK: Who asks, and where

    func client(_ who: Who) -> LocalClient {
        switch who {
        case .una: cast.una.client
        case .uwe: cast.uwe.client
        case .rita: cast.rita.client
        case .kim: kim.client
        case .adam: cast.adam.client
        case .switched: cast.inNorth
        case .mallory: cast.mallory.client
        case .olive: cast.olive
        case .lena: lena.client
        case .key: cast.withKey(cast.shared.secret)
        case .robot: machines.client
        }
    }

    /// The account that somebody works in; of administrators the one that their paths name.
    func ground(_ who: Who) -> Ground {
        switch who {
        case .mallory: south
        case .lena: branch
        default: north
        }
    }

    func username(_ who: Who) -> String {
        switch who {
        case .switched, .olive, .key, .robot: TestHouse.olive
        default: who.rawValue + "@example.com"
        }
    }

    /// A question about oneself; of whoever is nobody's user there, about Una.
    func question(_ who: Who) -> JSON {
        let own = [Who.uwe: cast.uwe.id, .rita: cast.rita.id, .kim: kim.id, .adam: cast.adam.id, .mallory: cast.mallory.id]
        let subject: JSON =
            who == .robot
            ? ["type": "integration", "id": .string(machines.robot)] : ["type": "user", "id": .string(own[who] ?? cast.una.id)]
        return ["subject": subject, "action": ["name": "read"], "resource": ["type": "screen", "id": "sessions"]]
    }

    func unique(_ word: String) -> String { "\(word)\(counter.next())" }

    var database: any Database { house.installation.database }
}

/// Numbers that do not come twice.
final class Counter: Sendable {
    private let number = Mutex(0)

    func next() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }
}
