import ArgumentParser
import Foundation
import LatchkeyWeb

/// The command line: `latchkey serve`, and what an operator does beside it.
@main
struct Latchkey: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "latchkey", abstract: "Who may sign in, what each person may use, and whose work each person sees.",
        discussion: """
            Every option has an environment variable (--public-url is LATCHKEY_PUBLIC_URL, and LATCHKEY_PUBLIC_URL_FILE names a file that holds \
            the value) and a key in the YAML file that --config names (public-url). A flag wins over the environment, the environment over the file.
            """,
        version: version,
        subcommands: [
            Serve.self, Init.self, Demo.self, Admin.self, CatalogueCommand.self, UsersCommand.self, MailCommand.self, KeysCommand.self,
            HistoryCommand.self, Backup.self,
            Restore.self,
            Migrate.self, Move.self,
            Doctor.self, Version.self,
        ])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("latchkey \(Latchkey.version)") }
}

/// A failure that an operator can do something about: its text is all they see.
struct OperatorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    /// What a person at the command line reads of an error: a problem's sentences, anything else as it is.
    static func explained(_ error: any Error) -> any Error {
        guard let problem = error as? Problem else { return error }
        return OperatorError(problem.errors.isEmpty ? problem.detail : problem.errors.map { "\($0.field): \($0.message)" }.joined(separator: "\n"))
    }

    static func explaining(_ body: () throws -> Void) throws {
        do { try body() } catch { throw explained(error) }
    }
}
