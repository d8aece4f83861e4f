import ArgumentParser
import Foundation

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
        subcommands: [Serve.self, Init.self, Demo.self, Admin.self, HistoryCommand.self, Version.self])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("latchkey \(Latchkey.version)") }
}

/// A failure that an operator can do something about: its text is all they see.
struct OperatorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
