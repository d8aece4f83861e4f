import Foundation
import HTTPTypes
import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import Logging
import MailFeature
import SignInFeature
import Synchronization

@testable import latchkey

/// A whole server in this process, on a database of its own, with the fixed cast: Olive owns the enterprise, Adam administers North, Una and Uwe
/// are USERs who share a key, Rita may only read, Mallory administers South. Everything is made through the API, as a client would.
final class TestHouse: Sendable {
    static let password = "correct Horse 7 battery"
    static let olive = "olive@example.com"
    /// What tests pay for a hash; SecretsTests look at what a server pays.
    static let cheap = PasswordHasher.Cost(memoryKiB: 64, passes: 1)

    let installation: Installation
    /// When everybody stepped up last, by the tests' own clock.
    let freshened = Mutex(ContinuousClock.now)
    /// Nil where it is in the installation's directory.
    let database: TestDatabase?
    let house: House
    let lineUp: LineUp
    let time: TestTime
    let log: LogLines
    let anyone: LocalClient
    /// Where its mails land, and who carries them there when a test says so.
    let basket = Basket()
    let postman: Postman

    /// An installation with its enterprise and Olive, and nothing else; or not even that; or what a mould holds.
    init(
        isSetUp: Bool = true, files: [String: Data] = [:], copying template: String? = nil, sharing shared: TestDatabase? = nil
    ) async throws {
        let path = NSTemporaryDirectory() + "latchkey-test-" + UUID().uuidString
        if !files.isEmpty { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        for (name, data) in files {
            _ = FileManager.default.createFile(atPath: path + "/" + name, contents: data, attributes: [.posixPermissions: 0o600])
        }
        if let shared { database = shared } else { database = try await TestDatabase.make(from: template) }
        let installation = try await Installation.open(path, database: database?.url, postgres: TestDatabase.options)
        let time = TestTime()
        let log = LogLines()
        var logger = Logger(label: "test", factory: { _ in LogCapture(lines: log) })
        logger.logLevel = .info
        guard let url = PublicURL("http://localhost:8080") else { throw OperatorError("no URL") }
        self.installation = installation
        self.time = time
        self.log = log
        house = House(
            gate: Gate(database: installation.database, clock: time.clock), hasher: PasswordHasher(cost: Self.cheap),
            masterKey: installation.masterKey,
            settings: ServerSettings(publicURL: url, version: "test"),
            mail: MailRoom(
                sender: basket, from: Mailbox(name: "", address: .ofThisMachine), server: "smtp://mail.example.com:587",
                masterKey: installation.masterKey),
            metrics: Metrics(), logger: logger, blobs: installation.blobs)
        postman = Postman(house: house, letters: Composition.letters)
        lineUp = LineUp(house: house, routes: Composition.routes(Operations()))
        anyone = LocalClient(lineUp)
        if !isSetUp || !files.isEmpty { return }
        try await SetUp.run(enterprise: "Alder Inspections", name: "Olive Strand", email: Self.olive, password: Self.password, house)
        // As the server does at its start.
        _ = try await CheckpointKeys.current(house)
    }

    /// Another node on the same database, with the same master key.
    func anotherNode() async throws -> TestHouse {
        let key = try Data(contentsOf: URL(fileURLWithPath: installation.directory.file("master.key")))
        return try await TestHouse(files: ["master.key": key], sharing: database)
    }

    deinit {
        let path = installation.directory.path
        installation.directory.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes what the server itself may not, where its database keeps it from that.
    func asOwner(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        if let database { try await database.asOwner(body) } else { try await installation.database.write(seeing: .everything, body) }
    }

    func olive() async throws -> LocalClient { try await anyone.signedIn(Self.olive, Self.password) }
    func signIn(_ username: String) async throws -> LocalClient { try await anyone.signedIn(username, Self.password) }
}

/// The cast and what is theirs.
struct Cast: Sendable {
    let house: TestHouse
    let olive: LocalClient
    let north: String
    let south: String
    let inNorth: LocalClient
    let inSouth: LocalClient
    /// Keys of North: `shared` is Una's and Uwe's, `uwes` Uwe's alone; and their secrets.
    let shared: (id: String, secret: String)
    let uwes: (id: String, secret: String)
    let souths: (id: String, secret: String)
    let roles: [String: String]
    let adam: Member
    let una: Member
    let uwe: Member
    let rita: Member
    let mallory: Member

    struct Member: Sendable {
        let id: String
        let username: String
        let client: LocalClient
    }

    static func assemble(_ house: TestHouse) async throws -> Cast {
        let olive = try await house.olive()
        let north = try await make(olive, "accounts", ["name": "North branch"])
        let south = try await make(olive, "accounts", ["name": "South branch"])
        let inNorth = try await olive.switched(into: north)
        let inSouth = try await olive.switched(into: south)
        let shared = try await key(inNorth, "Road checks")
        let uwes = try await key(inNorth, "Fleet returns")
        let souths = try await key(inSouth, "Road checks")
        let reader = try await make(
            inNorth, "roles",
            [
                "name": "Reader", "description": "Reads everything.",
                "screens": [
                    "users": ["level": "read"], "roles": ["level": "read"], "sessions": ["level": "read", "reach": "all"],
                    "history": ["level": "read"], "links": ["level": "read"],
                ],
            ])
        var roles = try await roleIDs(inNorth)
        roles["Reader"] = reader
        let southRoles = try await roleIDs(inSouth)
        func member(_ client: LocalClient, _ name: String, _ role: String?, _ keys: JSON) async throws -> Member {
            let username = name.lowercased() + "@example.com"
            let id = try await make(
                client, "users",
                [
                    "email": .string(username), "first_name": .string(name), "last_name": "Example", "roles": [.string(role ?? "")], "api_keys": keys,
                    "password": .string(TestHouse.password),
                ])
            return Member(id: id, username: username, client: try await house.signIn(username))
        }
        return Cast(
            house: house, olive: olive, north: north, south: south, inNorth: inNorth, inSouth: inSouth, shared: shared, uwes: uwes, souths: souths,
            roles: roles, adam: try await member(inNorth, "Adam", roles["ADMIN"], "all"),
            una: try await member(inNorth, "Una", roles["USER"], [.string(shared.id)]),
            uwe: try await member(inNorth, "Uwe", roles["USER"], [.string(shared.id), .string(uwes.id)]),
            rita: try await member(inNorth, "Rita", reader, [.string(shared.id)]),
            mallory: try await member(inSouth, "Mallory", southRoles["ADMIN"], "all"))
    }

    /// Makes one thing and answers its id.
    static func make(_ client: LocalClient, _ things: String, _ body: JSON) async throws -> String {
        let reply = await client.post("/api/v1/\(things)", body)
        guard reply.status == 201 else { throw OperatorError("cannot make \(things): \(reply.status) \(reply.text)") }
        return reply.id
    }

    private static func key(_ client: LocalClient, _ name: String) async throws -> (id: String, secret: String) {
        let reply = await client.post("/api/v1/api-keys", ["name": .string(name), "mode": "live"])
        guard reply.status == 201 else { throw OperatorError("cannot make an API key: \(reply.text)") }
        return (reply.id, reply.text("secret"))
    }

    private static func roleIDs(_ client: LocalClient) async throws -> [String: String] {
        let items = await client.get("/api/v1/roles?limit=200").items
        return Dictionary(items.map { ($0["name"]?.text ?? "", $0["id"]?.text ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    /// A client that shows an API key.
    func withKey(_ secret: String) -> LocalClient { LocalClient(house.lineUp, token: secret) }

    /// A session made by this client.
    func session(_ client: LocalClient, key: String? = nil, _ more: [(String, JSON)] = []) async throws -> String {
        let body = JSON(members: [("api_key", .string(key ?? shared.id))] + more)
        return try await Self.make(client, "sessions", body)
    }
}

/// A clock that tests move.
final class TestTime: Sendable {
    private let offset = Mutex<Int64>(0)
    private let held = Mutex<Timestamp?>(nil)

    var clock: Clock { Clock { [self] in (held.withLock { $0 } ?? Clock.system.now()).adding(milliseconds: offset.withLock { $0 }) } }

    /// Lets time pass only as it is advanced.
    func hold() { held.withLock { $0 = Clock.system.now() } }

    func advance(seconds: Int64) { offset.withLock { $0 += seconds * 1000 } }
    func advance(minutes: Int64) { offset.withLock { $0 += minutes * 60_000 } }
    func advance(hours: Int64) { advance(minutes: hours * 60) }
}

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: String { lines.withLock { $0.joined(separator: "\n") } }
}

struct LogCapture: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])") }
}
