import AdviceFeature
import ArgumentParser
import ExportsFeature
import Foundation
import Hummingbird
import IntegrationsFeature
import LatchkeyGate
import LatchkeyImages
import LatchkeyMail
import LatchkeySQLite
import LatchkeySecrets
import LatchkeyWeb
import Logging
import LoginsFeature
import MailFeature
import PhotosFeature
import ReviewsFeature
import ServiceLifecycle
import SessionsFeature
import SignInFeature
import UnixSignals
import UsersFeature

/// Runs the server until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the server.")

    @OptionGroup var dataOptions: DataOptions
    @Option(help: ArgumentHelp("The folder of photos' bytes (default blobs in the data directory).", valueName: "dir")) var blobs: String?
    @Option(help: "Where to listen (default 127.0.0.1:8080).") var listen: String?
    @Option(help: "The origin at which people reach this server (default http://localhost and the port).") var publicUrl: String?
    @Option(help: "Where to answer Prometheus (off by default).") var metricsListen: String?
    @Option(help: "A proxy's address or network, whose X-Forwarded-For counts; may be given several times.") var trustedProxy: [String] = []
    @Flag(help: "Allow a plain http public URL that is not this machine. Passwords then travel in the clear.") var insecureHttp = false
    @Option(help: "The mail server, smtp://user:password@host:587 or smtps://… (without one, mails are kept as files in the data directory).")
    var mail: String?
    @Option(help: "The address that mails come from, alone or as \"Name <address>\" (default latchkey@ and the public URL's host).")
    var mailFrom: String?
    @Option(help: ArgumentHelp("A file with the authorities that sign the mail server's certificate (default: the system's).", valueName: "file"))
    var mailCa: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (default info).") var logLevel: String?
    @Option(
        help: ArgumentHelp(
            "Append signed checkpoints of the history to this file, - for standard output, as long as it grows (default: they are kept in the database alone).",
            valueName: "file"))
    var checkpoints: String?
    @Option(help: "At most so many seconds after a change, from 1 to 60 (default 60).") var checkpointSeconds: String?
    @Option(help: "Seconds between being told to stop and taking no more requests (default 0).") var drainSeconds: String?

    func run() async throws {
        let sources = try dataOptions.sources()
        let listen = try ListenAddress(sources.value("listen", flag: self.listen) ?? "127.0.0.1:8080", option: "--listen")
        let metricsListen = try sources.value("metrics-listen", flag: self.metricsListen).map { try ListenAddress($0, option: "--metrics-listen") }
        let settings = try settings(sources, port: listen.port)
        guard let drain = Int64(try sources.value("drain-seconds", flag: drainSeconds) ?? "0"), (0...600).contains(drain) else {
            throw OperatorError("--drain-seconds must be a number of seconds from 0 to 600.")
        }
        guard let pause = Int64(try sources.value("checkpoint-seconds", flag: checkpointSeconds) ?? "60"), (1...60).contains(pause) else {
            throw OperatorError("--checkpoint-seconds must be a number of seconds from 1 to 60.")
        }
        let checkpointing = Checkpointing(file: try sources.value("checkpoints", flag: checkpoints).map { CheckpointFile(path: $0) }, seconds: pause)
        // Told at the start and not a minute later.
        try checkpointing.file?.append([])
        let post = try MailOptions(sources, server: mail, from: mailFrom, authorities: mailCa, publicURL: settings.publicURL)
        let logger = try logger(sources)
        let installation = try await dataOptions.installation(blobs: blobs)
        if installation.database is SQLiteDatabase, SQLiteDatabase.hasWALResetDefect {
            logger.info(
                "SQLite \(SQLiteDatabase.version) has the WAL-reset defect of 3.7.0 to 3.51.2. One process and one writing connection keep clear of it: let no other program write to this database."
            )
        }
        let images = ImageWorkers()
        if let obstacle = images.obstacle { logger.error("Photos cannot be taken: \(obstacle). It belongs beside the program.") }
        let house = House(
            gate: Gate(database: installation.database, clock: installation.clock), hasher: .init(), masterKey: installation.masterKey,
            settings: settings, mail: post.room(in: installation), metrics: Metrics(), logger: logger,
            blobs: installation.blobs, images: images)
        let operations = Operations()
        let lineUp = LineUp(house: house, routes: Composition.routes(operations))

        var services: [any Service] = []
        let control = ControlSocket(
            path: installation.directory.file("control.sock"), house: house, database: installation.database, directory: installation.directory.path)
        services.append(control.application(logger: logger))
        if let metricsListen {
            services.append(MetricsServer(house: house, database: installation.database).application(on: metricsListen, logger: logger))
        }
        let greeting = Greeting(house: house)
        services.append(
            Server.application(Server(lineUp: lineUp), address: .hostname(listen.host, port: listen.port), logger: logger) { port in
                await greeting.print(listening: listen.host, port: port ?? listen.port)
            })
        services += Self.sweeping(house)
        services.append(checkpointing.service(house))
        services.append(Outgoing(postman: Postman(house: house, letters: Composition.letters), sender: house.mail.sender))
        services.append(Drain(operations: operations, watchers: house.gate.watchers, seconds: drain))
        Self.hurryOnSecondSignal()

        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(drain + 25)
        do { try await ServiceGroup(configuration: group).run() } catch {
            await installation.close()
            let text = "\(error)"
            if text.contains("Address already in use") {
                throw OperatorError("\(listen.host):\(listen.port) is in use: another program listens there. Choose another with --listen.")
            }
            throw OperatorError("The server stopped: \(text)")
        }
        await installation.close()
    }

    private static func sweeping(_ house: House) -> [any Service] {
        let expiry = SessionExpiry(house.gate)
        let collection = BlobCollection(house.gate, house.blobs)
        let logger = house.logger
        let uses = GrantUseKeeping(house)
        let dormancy = UserDormancy(house.gate)
        let reviews = ReviewEnding(house)
        return [
            Sweeping(every: .seconds(10), failure: "what people used could not be noted", logger: logger) {
                try await uses.write()
                try await RefusedCalls.write(house)
            },
            Sweeping(every: .seconds(15), failure: "access reviews could not be ended", logger: logger) { try await reviews.sweep() },
            Sweeping(every: .seconds(900), failure: "people who were away could not be disabled", logger: logger) { try await dormancy.sweep() },
            Sweeping(every: .seconds(5), failure: "calls of integrations could not be noted", logger: logger) {
                try await IntegrationCalls.write(house)
            },
            // Until then, the sessions answer EXPIRED all the same.
            Sweeping(every: .seconds(15), failure: "sessions past their deadline could not be marked", logger: logger) { try await expiry.sweep() },
            Sweeping(every: .seconds(600), failure: "exports past their day could not be removed", logger: logger) {
                try await ExportSweep.run(house)
            },
            Sweeping(every: .seconds(3600), failure: "files that no photo names could not be removed", logger: logger) {
                var count = try await collection.collect()
                while count == nil {
                    try await Task.sleep(for: .seconds(30))
                    count = try await collection.collect()
                }
                if let count, count > 0 { logger.info("files that no photo names were removed", metadata: ["count": .stringConvertible(count)]) }
            },
        ]
    }

    private func settings(_ sources: OptionSources, port: Int) throws -> ServerSettings {
        let text = try sources.value("public-url", flag: publicUrl) ?? "http://localhost:\(port)"
        guard let url = PublicURL(text) else {
            throw OperatorError("--public-url must be an origin, such as https://latchkey.example.com; it is \(text).")
        }
        let insecure = try sources.isSet("insecure-http", flag: insecureHttp)
        guard url.isSecure || url.isLoopback || insecure else {
            throw OperatorError(
                "--public-url \(url.origin) is plain http, and passwords would travel in the clear. Put a proxy with https in front, or say --insecure-http."
            )
        }
        let given = try trustedProxy.isEmpty ? (sources.value("trusted-proxy", flag: nil) ?? "").split(separator: ",").map(String.init) : trustedProxy
        let proxies = try given.map { text in
            guard let range = AddressRange(text.trimmingWhitespace()) else {
                throw OperatorError("--trusted-proxy must be an address or a network, such as 10.0.0.0/8; it is \(text).")
            }
            return range
        }
        return ServerSettings(
            publicURL: url, isInsecure: !url.isSecure && !url.isLoopback, trustedProxies: proxies, version: Latchkey.version)
    }

    private func logger(_ sources: OptionSources) throws -> Logger {
        let text = try sources.value("log-level", flag: logLevel) ?? "info"
        guard let level = Logger.Level(rawValue: text) else {
            throw OperatorError("--log-level must be trace, debug, info, notice, warning, error or critical; it is \(text).")
        }
        var logger = Logger(label: "latchkey", factory: { JSONLog(label: $0) })
        logger.logLevel = level
        return logger
    }

    /// The first signal drains; a second one ends at once, which loses nothing that was acknowledged.
    private static func hurryOnSecondSignal() {
        Task.detached {
            var seen = 0
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                seen += 1
                if seen > 1 { _exit(0) }
            }
        }
    }
}

/// Says "not ready" as soon as the server is told to stop, and lets those who watch find out.
struct Drain: Service {
    let operations: Operations
    let watchers: Watchers
    let seconds: Int64

    func run() async throws {
        try await gracefulShutdown()
        operations.drain()
        // A stream would otherwise be waited for as a request under way.
        watchers.end()
        if seconds > 0 { try? await Task.sleep(for: .seconds(seconds)) }
    }
}

/// What a start prints for the person who started it.
struct Greeting: Sendable {
    let house: House

    func print(listening host: String, port: Int) async {
        var lines = ["Latchkey \(Latchkey.version) is listening on \(host):\(port).", "Open \(house.settings.publicURL.origin)"]
        if house.settings.isInsecure { lines.append("WARNING: plain http: passwords and cookies travel in the clear.") }
        if house.gate.clock.isTest { lines.append("This is a test installation: its clock can be moved.") }
        if let token = try? await SetUp.mint(house) {
            lines.append("Set up your enterprise, once, within 24 hours: \(house.paths.absolute("/set-up/\(token)"))")
        }
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}
