import LatchkeyAccess
import Testing

@Suite struct `Moments` {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_645_557_742_000, "2022-02-22T19:22:22.000Z"),
            (2_147_483_647_000, "2038-01-19T03:14:07.000Z"), (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (1_795_253_400_000, "2026-11-21T09:30:00.000Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `are written as RFC 3339 in UTC and read back`(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01T00:00:00+00:00", 0), ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T19:00:00-05:00", 0), ("1970-01-01T05:45:00+05:45", 0), ("1970-01-01T23:59:00+23:59", 0),
            ("1969-12-31T00:01:00-23:59", 0), ("1970-01-01T00:00:00.5Z", 500), ("1970-01-01T00:00:00.05Z", 50), ("1970-01-01T00:00:00.123Z", 123),
            ("1970-01-01T00:00:00.1239Z", 123), ("1970-01-01T00:00:00.123456789Z", 123), ("1970-01-01T00:00:00.9999999999999999999Z", 999),
            ("1970-01-01T01:00:00.25+01:00", 250), ("1985-04-12T23:20:50.52Z", 482_196_050_520), ("1996-12-19T16:39:57-08:00", 851_042_397_000),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000), ("2400-02-29T00:00:00Z", 13_574_563_200_000),
            ("0000-02-29T00:00:00Z", -62_162_121_600_000), ("0000-01-01T00:00:00+23:59", -62_167_305_540_000),
            ("9999-12-31T23:59:59.999-23:59", 253_402_387_139_999),
        ] as [(String, Int64)])
    func `are read with Z or an offset, digits past milliseconds cut off`(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "Z", "2026", "2026-11-21", "2026-11-21T09:30Z", "2026-11-21T09:30:00", "2026-11-21 09:30:00Z", "2026-11-21T09:30:00.Z",
        "2026-11-21T09:30:00,5Z", "2026-11-21T09:30:00+0100", "2026-11-21T09:30:00+01", "2026-11-21T09:30:00+1:00", "2026-11-21T09:30:00+01:0",
        "2026-11-21T09:30:00+24:00", "2026-11-21T09:30:00+01:60", "2026-11-21T09:30:00ZZ", "2026-11-21T09:30:00Z ", " 2026-11-21T09:30:00Z",
        "2026-11-21T09:30:00Z\n", "2026-11-21T09:30:00Z\0", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:30:60Z",
        "2026-11-21T09:30:61Z", "2026-00-21T09:30:00Z", "2026-13-21T09:30:00Z", "2026-11-00T09:30:00Z", "2026-11-31T09:30:00Z",
        "2026-01-32T09:30:00Z", "2026-04-31T09:30:00Z", "2025-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
        "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-1-21T09:30:00Z", "26-11-21T09:30:00Z", "12026-11-21T09:30:00Z",
        "-2026-11-21T09:30:00Z", "+2026-11-21T09:30:00Z", "2026/11/21T09:30:00Z", "2026-11-21T09.30.00Z", "2026-11-21T-9:30:00Z",
        "2026-11-21T+9:30:00Z", "２０２６-11-21T09:30:00Z", "2026-11-21T09:30:00z\u{301}", "1763717400", "now",
        "2026-11-21T09:30:00.00000000000000000000000000000000000000Z", "99999999999999999999-11-21T09:30:00Z", "2026-11-21T09:30:00\u{2212}01:00",
    ])
    func `that are not RFC 3339, or on no calendar, are refused`(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func `of absurd length are refused`() { #expect(Timestamp(String(repeating: "9", count: 1_000_000)) == nil) }

    @Test func `come back from their text, thousands of them`() {
        var generator = SplitMix64(seed: 5)
        for _ in 0..<20_000 {
            let moment = Timestamp(milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator))
            let text = moment.description
            #expect(text.utf8.count == 24)
            #expect(Timestamp(text) == moment, "\(text)")
        }
    }

    @Test func `on every day of 800 years follow one another`() {
        // Counted day by day, with nothing but the lengths of the months.
        var (year, month, day) = (1600, 1, 1)
        let first = Timestamp("1600-01-01T00:00:00Z")?.milliseconds ?? 0
        #expect(first == -11_676_096_000_000)
        var days: Int64 = 0
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        while year < 2400 {
            let text = "\(year)-\(two(month))-\(two(day))T00:00:00.000Z"
            if Timestamp(milliseconds: first + days * 86_400_000).description != text || Timestamp(text)?.milliseconds != first + days * 86_400_000 {
                Issue.record("\(text)")
                return
            }
            let isLeap = year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            days += 1
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(days == 292_194)
    }

    @Test(
        arguments: [
            (Int64.min, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `outside the years 0 to 9999 are shown as the nearest end`(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(
        arguments: [
            (Int64(0), Int64(5), Int64(5000)), (10, -1, -990), (.max, 1, .max), (.max - 999, 1, .max), (.min, -1, .min), (0, .max, .max),
            (0, .min, .min), (.min, .max, -1), (.max, .min, -1), (0, 9_223_372_036_854_775, 9_223_372_036_854_775_000),
            (0, 9_223_372_036_854_776, .max),
            (0, -9_223_372_036_854_776, .min),
        ] as [(Int64, Int64, Int64)])
    func `saturate instead of trapping when seconds are added`(_ start: Int64, _ seconds: Int64, _ expected: Int64) {
        #expect(Timestamp(milliseconds: start).adding(seconds: seconds).milliseconds == expected)
    }

    @Test(
        arguments: [
            (Int64(0), Int64(5), Int64(5)), (.max, 1, .max), (.min, -1, .min), (.max, .min, -1), (.min, .max, -1), (.max, .max, .max),
            (.min, .min, .min),
            (.max, 0, .max), (.min, 0, .min),
        ] as [(Int64, Int64, Int64)])
    func `saturate instead of trapping when milliseconds are added`(_ start: Int64, _ delta: Int64, _ expected: Int64) {
        #expect(Timestamp(milliseconds: start).adding(milliseconds: delta).milliseconds == expected)
    }

    @Test func `compare by time`() {
        #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
        #expect([3, 1, 2].map(Timestamp.init(milliseconds:)).sorted().map(\.milliseconds) == [1, 2, 3])
    }
}
