import ArgumentParser
import CatalogueFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What an operator does about the catalogue of an account.
struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue", abstract: "Give an account its screens, functions, built-in roles, words and menu.",
        subcommands: [Apply.self, Show.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace an account's catalogue by what a file says, in YAML or JSON.",
            discussion: """
                Says what changes. Screens and functions that somebody holds cannot vanish, nor can a built-in role that somebody has; then nothing is \
                changed, and the exit code is 1. Unlike the console, it may also lift exclusions and grant what nobody holds yet.
                """)

        @OptionGroup var dataOptions: DataOptions
        @Argument(help: "The file; - is standard input.") var file: String
        @Option(help: "The account's id.") var account: String
        @Flag(help: "Say what would change, and change nothing.") var dryRun = false

        func run() async throws {
            let text = String(decoding: try InputFile.read(file, atMost: 1 << 20), as: UTF8.self)
            let answer = try await InstallationControl.run(
                ControlVerb.applyCatalogue, ["account": .string(account), "text": .string(text), "dry_run": .bool(dryRun)], data: dataOptions,
                publicURL: nil)
            for line in answer["lines"]?.elements ?? [] { print(line.text ?? "") }
            if answer["is_possible"]?.answer != true { throw ExitCode(1) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a catalogue as YAML: an account's, or a ready one.", discussion: "What it prints, apply takes.")

        @OptionGroup var dataOptions: DataOptions
        @Option(help: "The account's id.") var account: String?
        @Option(help: "A ready one instead: inspection, hotel, payments or own.") var ready: String?

        func validate() throws {
            if (account == nil) == (ready == nil) { throw ValidationError("Name either --account or --ready.") }
        }

        func run() async throws {
            if let ready {
                guard let catalogue = Catalogue.ready(ready) else { throw OperatorError("There is no ready catalogue \(ready).") }
                print(CatalogueText.yaml(catalogue), terminator: "")
                return
            }
            let answer = try await InstallationControl.run(
                ControlVerb.showCatalogue, ["account": JSON(account)], data: dataOptions, publicURL: nil)
            print(answer["text"]?.text ?? "", terminator: "")
        }
    }
}

/// The same, of an installation that is open.
enum CatalogueControl {
    static func show(_ input: JSON, _ house: House) async throws -> JSON {
        let catalogue = try await house.gate.read(commanding: account(input), .screen(.catalogue, .read)) { try Catalogues.find($0, $1) }
        return ["text": .string(CatalogueText.yaml(catalogue))]
    }

    /// What changed or would change, and what stands against it.
    static func apply(_ input: JSON, _ house: House) async throws -> JSON {
        do {
            let account = try account(input)
            let body = try parse(input["text"]?.text ?? "")
            let now = house.gate.now
            let revision = try await house.gate.read(commanding: account, .screen(.catalogue, .full)) { permit, tx in
                try Catalogues.preview(Fields(body), isBounded: false, at: now, permit, tx)
            }
            if !revision.obstacles.isEmpty { return answer(revision.obstacles.map(\.detail), isPossible: false) }
            let lines = revision.isEmpty ? ["Nothing changes."] : revision.changes.map(line)
            if input["dry_run"]?.answer == true || revision.isEmpty { return answer(lines, isPossible: true) }
            _ = try await house.gate.write(commanding: account, .screen(.catalogue, .full)) { permit, tx, ledger in
                try Catalogues.replace({ try Fields(body) }, isBounded: false, match: { _ in }, permit, tx, ledger)
            }
            return answer(lines + ["Applied."], isPossible: true)
        } catch is Hidden {
            throw OperatorError("There is no such account.")
        } catch let error as CatalogueYAML.Malformed {
            throw OperatorError(error.problem.detail)
        } catch {
            throw OperatorError.explained(error)
        }
    }

    private static func account(_ input: JSON) throws -> AccountID {
        guard let id = input["account"]?.text.flatMap({ AccountID($0) }) else { throw OperatorError("--account must be an account's id, acc_….") }
        return id
    }

    private static func parse(_ text: String) throws -> JSON {
        if text.trimmingWhitespace().hasPrefix("{"), let json = try? JSON.parse(Array(text.utf8)) { return json }
        return try CatalogueYAML.parse(Array(text.utf8))
    }

    private static func answer(_ lines: [String], isPossible: Bool) -> JSON {
        ["lines": JSON(lines), "is_possible": .bool(isPossible)]
    }

    private static func line(_ change: Change) -> String {
        func shown(_ value: JSON) -> String { value.isNull ? "nothing" : value.text ?? String(decoding: value.encode(), as: UTF8.self) }
        return "\(change.field): \(shown(change.from)) -> \(shown(change.to))"
    }
}
