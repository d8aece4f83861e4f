import Hummingbird
import LatchkeyJSON
import Logging
import NIOCore

/// One route that does nothing: what `make bench` measures Latchkey against. Do not improve it, or old figures lose their meaning.
@main
struct Bare {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8081
        let router = Router()
        router.get("/") { _, _ in "Hello" }
        // Reads a batch of questions and writes as many answers, and thinks about none: what an answer to it costs at least.
        router.post("/evaluations") { request, _ in
            var body = try await request.body.collect(upTo: 256 * 1024)
            let asked = try JSON.parse(body.readBytes(length: body.readableBytes) ?? [])
            let answer: JSON = ["decision": true, "context": ["reason": "granted", "via": ["rol_01m7yqvgr0fe388s6wnswqs63d"]]]
            let answers: JSON = ["evaluations": .array((asked["evaluations"]?.items ?? []).map { _ in answer })]
            return ByteBuffer(bytes: answers.encode())
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await server.runService()
    }
}
