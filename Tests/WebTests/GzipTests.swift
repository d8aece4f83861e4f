import Foundation
import LatchkeyWeb
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 100, 70_000, 3_000_000]) func gunzipReadsItBack(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 5)) }
        for level in [Int32(0), 1, 9] {
            let packed = try #require(Gzip.compress(bytes, level: level))
            #expect(packed.starts(with: [0x1F, 0x8B, 8]))
            #expect(try gunzip(packed) == bytes)
        }
    }

    @Test func aPageShrinks() throws {
        let page = Array(String(repeating: "<tr><td>Una</td></tr>", count: 500).utf8)
        let packed = try #require(Gzip.compress(page))
        #expect(packed.count < page.count / 20)
    }

    @Test func anUnknownLevelIsNil() {
        #expect(Gzip.compress([1], level: 10) == nil)
        #expect(Gzip.compress([1], level: -2) == nil)
    }

    private func gunzip(_ packed: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".gz")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(packed).write(to: file)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", file.path]
        process.standardOutput = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(bytes)
    }
}
