import ArgumentParser
import Foundation
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb
import Logging
import SignInFeature

extension House {
    /// The house of a command that opened the installation itself: nothing is logged, and what is mailed waits unless there is a room for it.
    init(installation: Installation, settings: ServerSettings, mail: MailRoom? = nil) {
        self.init(
            gate: Gate(database: installation.database, clock: installation.clock), hasher: .init(), masterKey: installation.masterKey,
            settings: settings, mail: mail ?? .idle(masterKey: installation.masterKey), metrics: Metrics(),
            logger: Logger(label: "latchkey", factory: { _ in SwiftLogNoOpLogHandler() }), blobs: installation.blobs)
    }
}

/// Makes the enterprise and its first administrator without a browser.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the enterprise and its first administrator.", discussion: "Refuses where there is an administrator already.")

    @OptionGroup var dataOptions: DataOptions
    @Option(help: "The enterprise's name.") var enterprise: String
    @Option(help: "The administrator's e-mail, with which they sign in.") var email: String
    @Option(help: "The administrator's name (default: the e-mail's first part).") var name: String?
    @Flag(help: "Read the password from standard input; one newline at its end is dropped.") var passwordStdin = false
    @Flag(help: "Make a test installation, whose clock the file test-clock in the data directory moves.") var testClock = false

    func run() async throws {
        guard passwordStdin else { throw OperatorError("Hand the password in on standard input, with --password-stdin.") }
        var bytes = Array(FileHandle.standardInput.readDataToEndOfFile())
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let password = String(validating: bytes, as: UTF8.self) else { throw OperatorError("The password is not UTF-8.") }
        let sources = try dataOptions.sources()
        let path = try sources.data(flag: dataOptions.data)
        let name = name ?? email.split(separator: "@").first.map(String.init) ?? email
        // Judged before anything is made, so that a refused password leaves no directory behind.
        try OperatorError.explaining {
            let fields = try Fields([
                "enterprise": .string(enterprise), "name": .string(name), "email": .string(email), "password": .string(password),
            ])
            _ = try SetUp.Draft(fields)
        }
        let installation = try await dataOptions.installation(testClock: testClock)
        guard let url = PublicURL("http://localhost:8080") else { return }
        let house = House(installation: installation, settings: ServerSettings(publicURL: url, version: Latchkey.version))
        do {
            try await SetUp.run(enterprise: enterprise, name: name, email: email, password: password, house)
        } catch {
            await installation.close()
            throw OperatorError.explained(error)
        }
        await installation.close()
        print("\(enterprise) is set up. \(email) may sign in once `latchkey serve --data \(path)` runs.")
    }
}

/// What an operator does for an administrator.
struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Help an administrator who is locked out.", subcommands: [Reset.self, ResetSecondStep.self])

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a one-time link with which an administrator chooses a new password.", discussion: "It works once, for 30 minutes.")

        @OptionGroup var dataOptions: DataOptions
        @Option(help: "The administrator's e-mail.") var email: String
        @Option(help: "The origin of the link, where the server is not running (default http://localhost:8080).") var publicUrl: String?

        func run() async throws {
            let answer = try await InstallationControl.run(
                ControlVerb.passwordLink, ["email": .string(email)], data: dataOptions, publicURL: publicUrl)
            print(answer["url"]?.text ?? "")
        }
    }
}

extension Admin {
    struct ResetSecondStep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-second-step", abstract: "Take an administrator's second step away, and the recovery codes.",
            discussion: "For one who has lost it. Their sign-ins end, the password stays, and they are told by mail.")

        @OptionGroup var dataOptions: DataOptions
        @Option(help: "The administrator's e-mail.") var email: String

        func run() async throws {
            let answer = try await InstallationControl.run(
                ControlVerb.resetSecondStep, ["email": .string(email)], data: dataOptions, publicURL: nil)
            print(answer["detail"]?.text ?? "")
        }
    }
}

/// What an operator does about mail.
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "See whether mail works, and what waits.", subcommands: [Test.self, Queue.self])

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a test mail, at once and past the outbox.",
            discussion: """
                The running server sends it; where none runs, this command does, by LATCHKEY_MAIL or the file that --config names. Exits with 1 where the \
                mail was not taken.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Option(help: "The address that it goes to.") var to: String

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.mailTest, ["to": .string(to)], data: dataOptions, publicURL: nil)
            print(answer["detail"]?.text ?? "")
            if answer["sent"]?.answer != true { throw ExitCode(1) }
        }
    }

    struct Queue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what waits to be mailed, and what was given up.", discussion: "Addresses are not shown.")

        @OptionGroup var dataOptions: DataOptions

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.mailQueue, .null, data: dataOptions, publicURL: nil)
            for line in answer["lines"]?.elements ?? [] { print(line.text ?? "") }
        }
    }
}

/// The keys that sign access tokens.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Change the key that signs access tokens.", subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key.",
            discussion: """
                It is published at once and signs from ten minutes on, so that whoever checks tokens knows it by then; the one before stays published until \
                its last token is over. With --at-once it signs now and all others are withdrawn, as after a leak: whoever checks tokens may refuse them \
                for up to five minutes.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Flag(help: "Sign with it now, and withdraw all others.") var atOnce = false

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.rotateKeys, ["at_once": .bool(atOnce)], data: dataOptions, publicURL: nil)
            print(answer["detail"]?.text ?? "")
        }
    }
}
