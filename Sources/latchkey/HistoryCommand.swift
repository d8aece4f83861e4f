import ArgumentParser
import Foundation
import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySQLite

/// What an operator does with history.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Verify, sign and export the history.",
        subcommands: [Verify.self, MakeCheckpoints.self, Keys.self, RotateKey.self, Export.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify every chain of history.",
            discussion: """
                Names the first entry of a chain that was changed, removed, inserted or moved, and exits with 1. Against checkpoints that were kept elsewhere it also \
                finds an end that was cut off and a chain that was written anew. With --backup it needs neither server nor master key.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Option(help: ArgumentHelp("A file of checkpoints that were kept; - is standard input.", valueName: "file")) var checkpoint: String?
        @Option(
            help: ArgumentHelp(
                "A public key that may have signed them, as `history keys` prints it; several times for several (default: those in the database).",
                valueName: "key"))
        var key: [String] = []
        @Option(help: ArgumentHelp("Verify this backup, and not a data directory.", valueName: "dir")) var backup: String?

        func run() async throws {
            let text = try checkpoint.map { try Self.text(of: $0) }
            let answer: JSON
            if let backup {
                answer = try await Self.verify(backup: backup, text, key)
            } else {
                answer = try await InstallationControl.run(
                    ControlVerb.verifyHistory, ["checkpoints": JSON(text), "keys": JSON(key)], data: dataOptions, publicURL: nil)
            }
            for line in answer["lines"]?.elements ?? [] { print(line.text ?? "") }
            if answer["is_intact"]?.answer != true { throw ExitCode(1) }
        }

        private static func text(of path: String) throws -> String {
            let bytes = path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
            guard let bytes, let text = String(validating: bytes, as: UTF8.self) else { throw OperatorError("\(path) cannot be read.") }
            return text
        }

        /// On a copy, since the backup's hashes must stay as they are.
        private static func verify(backup: String, _ text: String?, _ keys: [String]) async throws -> JSON {
            let folder = BackupFolder(path: backup)
            _ = try folder.verified()
            let copy = NSTemporaryDirectory() + "latchkey-verify-" + UUID().uuidString
            guard mkdir(copy, 0o700) == 0 else { throw BackupFolder.failure("cannot create \(copy)") }
            defer { try? FileManager.default.removeItem(atPath: copy) }
            try BackupFolder.copy(folder.database, to: copy + "/latchkey.db")
            let database = try SQLiteDatabase(path: copy + "/latchkey.db")
            do {
                try await database.migrate(Composition.migrations, now: Clock.system.now().milliseconds)
                let answer = try await HistoryControl.verify(database, text, keys)
                await database.close()
                return answer
            } catch {
                await database.close()
                throw error
            }
        }
    }

    struct MakeCheckpoints: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint", abstract: "Sign a checkpoint of every chain as it is now.",
            discussion: """
                Each is a signed note (c2sp.org/tlog-checkpoint), with an empty line after it. Keep them where the server cannot write, and verify against them. \
                `serve --checkpoints` writes them by itself.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Option(help: ArgumentHelp("The file that they are appended to; - is standard output.", valueName: "file")) var out = "-"

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.checkpoints, .null, data: dataOptions, publicURL: nil)
            try CheckpointFile(path: out).append((answer["notes"]?.elements ?? []).compactMap(\.text))
        }
    }

    struct Keys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the public keys of checkpoints, those that sign no more too.",
            discussion:
                "The key, since when, until when. Keep them with the checkpoints: a verification that trusts the database's own keys trusts the database."
        )

        @OptionGroup var dataOptions: DataOptions

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.checkpointKeys, .null, data: dataOptions, publicURL: nil)
            for key in answer["keys"]?.elements ?? [] {
                let until = key["retired_at"]?.text.map { "until \($0)" } ?? "signs now"
                print("\(key["public_key"]?.text ?? "")  from \(key["created_at"]?.text ?? "")  \(until)")
            }
        }
    }

    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key that signs checkpoints.", discussion: "The public part of the one before stays, for what it signed.")

        @OptionGroup var dataOptions: DataOptions

        func run() async throws {
            let answer = try await InstallationControl.run(ControlVerb.rotateCheckpointKey, .null, data: dataOptions, publicURL: nil)
            print(answer["detail"]?.text ?? "")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print whole chains as JSON lines, with everything that a second verifier needs.",
            discussion:
                "Examples/history-verifier checks them without Latchkey. Names, addresses and values are in it: whoever has the file has them.")

        @OptionGroup var dataOptions: DataOptions
        @Option(help: ArgumentHelp("An account's id, or enterprise; several times for several (default: all).", valueName: "chain")) var chain:
            [String] = []

        func run() async throws {
            let socket = try dataOptions.sources().data(flag: dataOptions.data) + "/control.sock"
            if let answer = try UnixHTTP.post(socket: socket, path: ControlVerb.historyChains, body: .null) {
                for name in try chosen(answer["chains"]?.elements.compactMap(\.text) ?? []) { try Self.print(name, by: socket) }
                return
            }
            let installation = try await dataOptions.installation(mayCreate: false)
            do {
                let gate = Gate(database: installation.database, clock: installation.clock)
                for name in try chosen(try await ChainExport.chains(gate)) {
                    var place: ChainExport.Place? = .init(chain: name)
                    while let here = place {
                        let (lines, next) = try await ChainExport.lines(after: here, gate)
                        try FileHandle.standardOutput.write(contentsOf: Data(lines))
                        place = next
                    }
                }
            } catch {
                await installation.close()
                throw error
            }
            await installation.close()
        }

        private func chosen(_ all: [String]) throws -> [String] {
            for name in chain where !all.contains(name) { throw OperatorError("There is no chain \(name).") }
            return chain.isEmpty ? all : chain
        }

        private static func print(_ name: String, by socket: String) throws {
            var seq: Int64? = 0
            while let after = seq {
                let answer = try UnixHTTP.post(
                    socket: socket, path: ControlVerb.exportHistory, body: ["chain": .string(name), "seq": .int(after)])
                guard let answer, let lines = answer["lines"]?.text else { throw OperatorError(answer?["error"]?.text ?? "The server hung up.") }
                try FileHandle.standardOutput.write(contentsOf: Data(lines.utf8))
                seq = answer["next"]?.integer
            }
        }
    }
}
