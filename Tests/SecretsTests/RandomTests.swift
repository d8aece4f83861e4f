import LatchkeySecrets
import Testing

@Suite struct RandomTests {
    @Test func base62HasNoBias() {
        let drawn = 620_000
        var counts: [UInt8: Int] = [:]
        for byte in Random.base62(drawn).utf8 { counts[byte, default: 0] += 1 }
        #expect(counts.count == 62)
        // Chi-squared with 61 degrees of freedom: above 140 once in 30 million runs; folding back bytes from 248 on gives about 11,000.
        let expected = Double(drawn) / 62
        let chi = counts.values.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        #expect(chi < 140)
    }

    @Test func belowStaysBelowAndReachesEverything() {
        #expect(Random.below(0) == 0)
        #expect(Random.below(1) == 0)
        #expect(Set((0..<500).map { _ in Random.below(7) }) == Set(0..<7))
    }

    @Test func lengths() {
        #expect(Random.bytes(33).count == 33)
        #expect(Random.bytes(0).isEmpty)
        #expect(Random.bytes(-1).isEmpty)
        #expect(Random.base62(-1).isEmpty)
        #expect(Random.base62(41).utf8.count == 41)
        #expect(Random.bytes(16) != Random.bytes(16))
    }
}
