import ArgumentParser
import ExportsFeature
import Foundation
import ImportsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// What an operator does about the users of an account: tables in and out.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Import users of an account from a table, or export them.", subcommands: [Import.self, Export.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the users of a table, CSV or XLSX: all of them or nobody.",
            discussion: """
                The first line names the columns: email, first_name, last_name and roles, and where wanted username, api_keys, places, ends_at, \
                must_change_password and password_hash. Says line and field of everything that is wrong; then nobody is added, and the exit code is 1.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Argument(help: "The file; - is standard input.") var file: String
        @Option(help: "The account's id.") var account: String
        @Flag(help: "Say what is wrong and how many there are, and change nothing.") var dryRun = false
        @Flag(help: "Mail those without a password a link to choose one.") var sendActivation = false

        func run() async throws {
            let bytes = try InputFile.read(file, atMost: UserImport.mostBytes)
            let answer = try await InstallationControl.run(
                ControlVerb.importUsers,
                [
                    "account": .string(account), "file": .string(bytes.base64EncodedString()), "dry_run": .bool(dryRun),
                    "send_activation": .bool(sendActivation),
                ], data: dataOptions, publicURL: nil)
            for line in answer["lines"]?.elements ?? [] { print(line.text ?? "") }
            if answer["is_right"]?.answer != true { throw ExitCode(1) }
        }
    }

    struct Export: AsyncParsableCommand {
        enum Kind: String, CaseIterable, ExpressibleByArgument { case users, access, roles }

        static let configuration = CommandConfiguration(
            abstract: "Write an account's users, their effective access, or its roles to standard output, as CSV.")

        @OptionGroup var dataOptions: DataOptions
        @Option(help: "The account's id.") var account: String
        @Option(help: "What: users, access or roles.") var kind = Kind.users

        func run() async throws {
            var input: JSON = ["account": .string(account), "kind": .string(kind.rawValue), "rows": 0]
            while true {
                let answer = try await InstallationControl.run(ControlVerb.exportUsers, input, data: dataOptions, publicURL: nil)
                FileHandle.standardOutput.write(Data((answer["text"]?.text ?? "").utf8))
                guard let next = answer["next"]?.text else { return }
                input = [
                    "account": .string(account), "kind": .string(kind.rawValue), "rows": answer["rows"] ?? 0, "after": .string(next),
                ]
            }
        }
    }
}

/// The same, of an installation that is open.
enum UsersControl {
    static func importing(_ input: JSON, _ house: House) async throws -> JSON {
        do {
            guard let bytes = input["file"]?.text.flatMap({ Data(base64Encoded: $0) }) else { throw OperatorError("The file did not come.") }
            let isDry = input["dry_run"]?.answer == true
            let done = try await Imports.command(
                Array(bytes), mails: input["send_activation"]?.answer == true, isDry: isDry, in: account(input), house)
            let people = done.created == 1 ? isDry ? "1 user" : "1 user was" : isDry ? "\(done.created) users" : "\(done.created) users were"
            let last = done.errors.isEmpty ? isDry ? "\(people) would be added." : "\(people) added." : "Nobody was added."
            return ["lines": JSON(done.errors + [last]), "is_right": .bool(done.errors.isEmpty)]
        } catch is Hidden {
            throw OperatorError("There is no such account.")
        } catch {
            throw OperatorError.explained(error)
        }
    }

    static func exporting(_ input: JSON, _ house: House) async throws -> JSON {
        guard let source = Composition.exportSources.first(where: { $0.kind == input["kind"]?.text }) else {
            throw OperatorError("There is no such export.")
        }
        do {
            let piece = try await ExportCommand.piece(
                of: source, after: input["after"]?.text, rows: Int(input["rows"]?.integer ?? 0), in: account(input), house)
            return ["text": .string(piece.text), "rows": JSON(piece.rows), "next": JSON(piece.next)]
        } catch is Hidden {
            throw OperatorError("There is no such account.")
        }
    }

    private static func account(_ input: JSON) throws -> AccountID {
        guard let id = input["account"]?.text.flatMap({ AccountID($0) }) else { throw OperatorError("--account must be an account's id, acc_….") }
        return id
    }
}
