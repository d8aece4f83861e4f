import Hummingbird
import Logging

/// One route that does nothing: what `make bench` measures Latchkey against. Do not improve it, or old figures lose their meaning.
@main
struct Bare {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8081
        let router = Router()
        router.get("/") { _, _ in "Hello" }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await server.runService()
    }
}
