import Foundation

/// Measures, inside one process, what `Benchmarks/run` cannot see from outside. Prints one JSON object; the caller alternates and compares.
@main
struct Benchstore {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "list" where arguments.count == 4:
            try await Listing(folder: arguments[1], token: arguments[2]).run(repeats: number(arguments[3]))
        case "answer" where arguments.count == 5:
            try await Answering(folder: arguments[1], token: arguments[2], path: arguments[3]).run(repeats: number(arguments[4]))
        case "create" where arguments.count == 7:
            let isDurable = arguments[6] == "full"
            try await Creating(folder: arguments[1], token: arguments[2], key: arguments[3], isDurable: isDurable)
                .run(clients: number(arguments[4]), seconds: Double(number(arguments[5])))
        case "edit" where arguments.count == 6:
            try await Editing(folder: arguments[1], token: arguments[2])
                .run(clients: number(arguments[3]), seconds: Double(number(arguments[4])), withHistory: arguments[5] == "with")
        case "commit" where arguments.count == 3:
            try Committing(folder: arguments[1]).run(repeats: number(arguments[2]))
        case "history-fill" where arguments.count == 3: try await Proving(folder: arguments[1]).fill(to: number(arguments[2]))
        case "history-verify" where arguments.count == 2: try await Proving(folder: arguments[1]).verify()
        case "history-read" where arguments.count == 2: try Proving(folder: arguments[1]).read()
        case "history-write" where arguments.count == 5:
            try await Proving(folder: arguments[1]).write(
                clients: number(arguments[2]), seconds: Double(number(arguments[3])), withHistory: arguments[4] == "with")
        case "hash" where arguments.count == 4:
            try await Hashing(threads: number(arguments[2]), seconds: Double(number(arguments[3]))).run(inPool: arguments[1] == "pool")
        default:
            print(
                """
                benchstore list DIR TOKEN REPEATS                        the store's verb beside SQLite for the same 50 sessions
                benchstore answer DIR TOKEN PATH REPEATS                 a GET through the line-up, without HTTP; for profiles
                benchstore create DIR TOKEN KEY CLIENTS SECONDS full|off sessions made through the line-up
                benchstore edit DIR TOKEN CLIENTS SECONDS with|without   users edited through the line-up, with an entry of history or without
                benchstore commit DIR REPEATS                            lone commits of the rows that a session is made of (spoils DIR)
                benchstore history-fill DIR ENTRIES                      entries in the enterprise's chain, up to so many
                benchstore history-verify|history-read DIR               the verification, or the same bytes read and hashed
                benchstore history-write DIR CLIENTS SECONDS with|without durable writes with an entry each, or without
                benchstore hash raw|pool THREADS SECONDS                 libsodium itself, or Latchkey's pool
                """)
            exit(64)
        }
    }

    private static func number(_ text: String) -> Int { max(1, Int(text) ?? 1) }
}

/// What went wrong, in a sentence.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Prints figures as one JSON object.
func report(_ figures: KeyValuePairs<String, Double>) {
    print("{" + figures.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}")
}
