import Foundation
import Testing

@testable import LatchkeyImages

/// What hostile pictures cost. Time and memory are this process's own only while no other test runs in it: `make test-swift` does that at its end.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LATCHKEY_ALONE"] == "1")) struct ImageCostAlone {
    static func residentBytes() -> Int {
        let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }

    @Test func noPictureTakesASecondAndThisProcessDoesNotGrow() async throws {
        let hostile = ImageWorkersTests.hostile
        try await Lab.with { lab in
            let before = Self.residentBytes()
            var slowest = Duration.zero
            for (name, expected, bytes) in hostile {
                let (refusal, took) = try await lab.refusal(bytes)
                #expect(refusal == expected && took < .seconds(1), "\(name) took \(took)")
                slowest = max(slowest, took)
            }
            let growth = Self.residentBytes() - before
            print("hostile pictures: the slowest took \(slowest), this process grew by \(growth >> 10) KiB")
            #expect(growth < 64 << 20, "grew by \(growth) bytes")
        }
    }
}
