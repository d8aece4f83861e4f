import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyMail
import LatchkeySQLite
import LatchkeyWeb
import Logging
import MailFeature
import NIOCore
import OAuthFeature
import SignInFeature

/// The way in for commands while the directory is being served: HTTP over a Unix socket that only its owner may open (0600).
struct ControlSocket: HTTPResponder {
    let path: String
    let house: House
    let database: any Database
    /// The data directory.
    let directory: String

    func respond(to request: Request, context: Server.Context) async throws -> Response {
        do {
            // A file of checkpoints that were kept may be long.
            let body = try await request.body.collect(upTo: 256 * 1024 * 1024)
            let input = body.readableBytes == 0 ? JSON.null : try JSON.parse(Array(body.readableBytesView))
            return Self.response(200, try await ControlVerb.run(request.uri.path, input, house: house, database: database, directory: directory))
        } catch {
            return Self.response(422, ["error": .string("\(error)")])
        }
    }

    private static func response(_ status: Int, _ json: JSON) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: json.encode())))
    }

    func application(logger: Logger) -> some ApplicationProtocol {
        // A socket that a crash left behind would keep us from listening; the directory's lock says that nobody else does.
        unlink(path)
        let previous = umask(0o177)
        return Server.application(self, address: .unixDomainSocket(path: path), logger: logger) { [path] _ in
            chmod(path, 0o600)
            umask(previous)
        }
    }
}

/// What commands ask of an installation, by whatever way they reach it.
enum ControlVerb {
    static let passwordLink = "/password-link"
    static let resetSecondStep = "/reset-second-step"
    static let verifyHistory = "/verify-history"
    static let checkpoints = "/checkpoints"
    static let checkpointKeys = "/checkpoint-keys"
    static let rotateCheckpointKey = "/rotate-checkpoint-key"
    static let historyChains = "/history-chains"
    static let exportHistory = "/export-history"
    static let backUp = "/back-up"
    static let examine = "/examine"
    static let mailTest = "/mail-test"
    static let mailQueue = "/mail-queue"
    static let rotateKeys = "/rotate-keys"
    static let applyCatalogue = "/apply-catalogue"
    static let showCatalogue = "/show-catalogue"
    static let importUsers = "/import-users"
    static let exportUsers = "/export-users"

    /// - Parameter directory: the data directory.
    static func run(_ verb: String, _ input: JSON, house: House, database: any Database, directory: String) async throws -> JSON {
        switch verb {
        case backUp:
            let key = input["with_master_key"]?.answer == true ? try masterKeyFile(directory) : nil
            let folder = input["folder"]?.text ?? ""
            guard let database = database as? SQLiteDatabase else {
                throw OperatorError(
                    "This installation's database is PostgreSQL, which is backed up by its own means: see Backup in docs/operating.md.")
            }
            let made = try await BackupFolder.back(up: database, house, masterKey: key, into: folder)
            return [
                "lines": [
                    .string(
                        "Backed up into \(folder), as it was at \(made.madeAt): \(made.databaseBytes) bytes of database, \(made.files) files of \(made.photos) photos."
                    ),
                    .string(
                        made.hasMasterKey
                            ? "The master key is in it: whoever has this folder has everything."
                            : "The master key is not in it: keep it apart, and keep it well."),
                ]
            ]
        case examine: return ["findings": .array(try await Examination.ofServed(house, database, directory: directory).map(\.json))]
        case passwordLink:
            let token = try await PasswordLink.mint(email: input["email"]?.text ?? "", house)
            return ["url": .string(house.paths.absolute("/r/" + token))]
        case resetSecondStep:
            let count = try await FactorReset.run(email: input["email"]?.text ?? "", house)
            return ["detail": .string(count == 0 ? "There was no second step." : "The second step was reset: the password alone signs in now.")]
        case verifyHistory, checkpoints, checkpointKeys, rotateCheckpointKey, historyChains, exportHistory:
            return try await HistoryControl.run(verb, input, house, database)
        case rotateKeys:
            let made = try await SigningKeys.rotate(atOnce: input["at_once"]?.answer == true, house)
            return ["detail": .string("The key \(made.id) signs access tokens from \(made.signsFrom) on.")]
        case mailTest: return try await MailTest.run(to: input["to"]?.text ?? "", house).json
        case mailQueue: return ["lines": .array(try await MailQueue.lines(house).map(JSON.string))]
        case applyCatalogue: return try await CatalogueControl.apply(input, house)
        case showCatalogue: return try await CatalogueControl.show(input, house)
        case importUsers: return try await UsersControl.importing(input, house)
        case exportUsers: return try await UsersControl.exporting(input, house)
        default: throw OperatorError("Unknown command \(verb).")
        }
    }

    private static func masterKeyFile(_ directory: String) throws -> [UInt8] {
        let path = ProcessInfo.processInfo.environment["LATCHKEY_MASTER_KEY_FILE"] ?? directory + "/master.key"
        guard let bytes = FileManager.default.contents(atPath: path) else { throw OperatorError("The master key \(path) cannot be read.") }
        return Array(bytes)
    }
}

/// Reaches an installation: through its control socket while it is being served, else by opening it.
enum InstallationControl {
    static func run(_ verb: String, _ input: JSON, data: DataOptions, publicURL: String?) async throws -> JSON {
        let sources = try data.sources()
        let path = try sources.data(flag: data.data)
        if let answer = try UnixHTTP.post(socket: path + "/control.sock", path: verb, body: input) {
            if let error = answer["error"]?.text { throw OperatorError(error) }
            return answer
        }
        let installation = try await data.installation(mayCreate: false)
        let text = try sources.value("public-url", flag: publicURL) ?? "http://localhost:8080"
        guard let url = PublicURL(text) else { throw OperatorError("--public-url must be an origin; it is \(text).") }
        do {
            let settings = ServerSettings(publicURL: url, version: Latchkey.version)
            var room: MailRoom?
            if verb == ControlVerb.mailTest {
                room = try MailOptions(sources, server: nil, from: nil, authorities: nil, publicURL: url).room(in: installation)
            }
            let house = House(installation: installation, settings: settings, mail: room)
            let answer = try await ControlVerb.run(verb, input, house: house, database: installation.database, directory: path)
            await installation.close()
            return answer
        } catch {
            await installation.close()
            throw error
        }
    }
}

/// One request over a Unix socket, for commands.
enum UnixHTTP {
    /// The JSON that is answered; nil where nobody listens.
    static func post(socket path: String, path target: String, body: JSON) throws -> JSON? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard connected == 0 else { return nil }
        let payload = body.encode()
        let head =
            "POST \(target) HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: \(payload.count)\r\n\r\n"
        try send(Array(head.utf8) + payload, to: descriptor)
        let answer = receive(from: descriptor)
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw OperatorError("The server on \(path) did not answer.") }
        return try JSON.parse(Array(answer[end.upperBound...]))
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw OperatorError("The server hung up.") }
            sent += count
        }
    }

    private static func receive(from descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while all.count < 16_777_216 {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { break }
            all += buffer[..<count]
        }
        return all
    }
}
