import Foundation
import Testing

@testable import latchkey

/// What uploads cost in memory, which is the server's own only while no other test runs in this process: `make test-swift` does that at its end.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LATCHKEY_ALONE"] == "1")) struct UploadMemoryAlone {
    static func resident() -> Int {
        let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }

    /// Collected they would be 384 MiB.
    @Test func thirtyTwoUploadsAtOnceStayOnDisk() async throws {
        let landing = try await UploadTests.Landing(limit: 13 << 20, sums: false)
        let body = UploadTests.form([UInt8](repeating: 0xD8, count: 12 << 20))
        try await UploadServerTests.with(landing) { port, token in
            let before = Self.resident()
            let watch = Task {
                var most = 0
                while !Task.isCancelled {
                    most = max(most, Self.resident() - before)
                    try? await Task.sleep(for: .milliseconds(5))
                }
                return most
            }
            let replies = try await atOnce(32) { _ in
                await UploadServerTests.exchange(port, UploadServerTests.head(token, "Content-Length: \(body.count)"), [body])
            }
            #expect(replies.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") && $0.contains("\"size\":\(12 << 20)") }, "\(replies.first ?? "")")
            watch.cancel()
            let growth = await watch.value
            print("32 uploads of 12 MiB: grew by \(growth >> 20) MiB")
            #expect(growth < 64 << 20, "grew by \(growth) bytes")
        }
        #expect(landing.left.isEmpty)
    }
}
