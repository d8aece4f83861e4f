import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyWeb
import Logging
import Testing

@testable import latchkey

/// Uploads over real connections, and what the server does with a body that nobody wants.
@Suite(.serialized) struct UploadServerTests {
    static let boundary = UploadTests.boundary

    /// Runs the landing on a port of its own.
    static func with(_ landing: UploadTests.Landing, _ body: @escaping @Sendable (UInt16, String) async throws -> Void) async throws {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let application = Server.application(
            Server(lineUp: landing.lineUp), address: .hostname("127.0.0.1", port: 0), logger: Logger(label: "test")
        ) { port in announce.yield(port ?? 0) }
        let token = try await landing.house.olive().token ?? ""
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await body(UInt16(port), token)
                break
            }
            group.cancelAll()
        }
    }

    /// Sends a request in pieces, on a thread of its own, and answers what came back until the connection was closed or said enough.
    static func exchange(_ port: UInt16, _ head: String, _ pieces: [[UInt8]], pause: UInt32 = 0) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                defer { close(socket) }
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                let connected = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
                }
                var said = ""
                if connected == 0 {
                    outer: for piece in [Array(head.utf8)] + pieces {
                        var rest = piece[...]
                        while !rest.isEmpty {
                            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                            if count <= 0 { break outer }
                            rest = rest.dropFirst(count)
                        }
                        if pause > 0 { usleep(pause) }
                    }
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    while !said.contains("\r\n\r\n") || !said.contains("}") {
                        let count = recv(socket, &buffer, buffer.count, 0)
                        if count <= 0 { break }
                        said += String(decoding: buffer.prefix(count), as: UTF8.self)
                    }
                }
                continuation.resume(returning: said)
            }
        }
    }

    static func head(_ token: String, _ more: String) -> String {
        "POST /api/v1/landing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: multipart/form-data; boundary=\(boundary)\r\n\(more)\r\n\r\n"
    }

    @Test func aChunkedBodyIsTakenAndBoundedToo() async throws {
        let landing = try await UploadTests.Landing()
        try await Self.with(landing) { port, token in
            func chunk(_ bytes: [UInt8]) -> [UInt8] { Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [0x0D, 0x0A] }
            let body = UploadTests.form([1, 2, 3])
            let good = await Self.exchange(
                port, Self.head(token, "Transfer-Encoding: chunked"), [chunk(Array(body.prefix(30))), chunk(Array(body.dropFirst(30))), chunk([])])
            #expect(good.hasPrefix("HTTP/1.1 200 ") && good.contains("\"size\":3"))
            let endless = [chunk(Array(body.prefix(100)))] + Array(repeating: chunk([UInt8](repeating: 7, count: 60_000)), count: 4)
            let large = await Self.exchange(port, Self.head(token, "Transfer-Encoding: chunked"), endless)
            #expect(large.hasPrefix("HTTP/1.1 413 ") && large.lowercased().contains("connection: close"), "\(large)")
        }
        #expect(landing.left.isEmpty)
    }

    /// The answer comes before the body was sent, and the connection goes after it.
    @Test(arguments: [("Content-Length: 999999999", "413"), ("Content-Length: 1000", "401")]) func anUnwantedBodyIsNotReadAndTheConnectionGoes(
        more: String, status: String
    ) async throws {
        let landing = try await UploadTests.Landing()
        try await Self.with(landing) { port, token in
            let reply = await Self.exchange(port, Self.head(status == "401" ? "nobody" : token, more), [])
            #expect(reply.hasPrefix("HTTP/1.1 \(status) ") && reply.lowercased().contains("connection: close"), "\(reply)")
        }
    }

    @Test func whoHangsUpLeavesNothing() async throws {
        let landing = try await UploadTests.Landing()
        try await Self.with(landing) { port, token in
            let body = UploadTests.form([UInt8](repeating: 1, count: 30_000))
            let hasBegun = DispatchSemaphore(value: 0)
            // Says more than it sends, and closes its side by ending.
            Thread.detachNewThread {
                let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                _ = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
                }
                let bytes = Array(Self.head(token, "Content-Length: \(body.count)").utf8) + body.prefix(10_000)
                _ = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                hasBegun.wait()
                close(socket)
            }
            for _ in 0..<500 where landing.left.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(landing.left.count == 1, "it has begun")
            hasBegun.signal()
            for _ in 0..<500 where !landing.left.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(landing.left.isEmpty)
        }
    }
}
