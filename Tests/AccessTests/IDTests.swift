import LatchkeyAccess
import Testing

@Suite struct `Ids` {
    private func random(_ generator: inout SplitMix64) -> UInt128 { UInt128(generator.next()) << 64 | UInt128(generator.next()) }

    /// From the TypeID specification (valid.yml): the suffix, and the high and low half of the UUID.
    @Test(
        arguments: [
            ("00000000000000000000000000", 0, 0), ("00000000000000000000000001", 0, 1), ("0000000000000000000000000a", 0, 10),
            ("0000000000000000000000000g", 0, 16), ("00000000000000000000000010", 0, 32), ("7zzzzzzzzzzzzzzzzzzzzzzzzz", UInt64.max, UInt64.max),
            ("0123456789abcdefghjkmnpqrs", 0x0110_C853_1D09_52D8, 0xD73E_1194_E95B_5F19),
            ("01h455vb4pex5vsknk084sn02q", 0x0189_0A5D_AC96_774B, 0xBCCE_B302_099A_8057),
        ] as [(String, UInt64, UInt64)])
    func `read and write as the TypeID specification says`(_ suffix: String, _ high: UInt64, _ low: UInt64) throws {
        let bits = UInt128(high) << 64 | UInt128(low)
        #expect(UserID(bits: bits).description == "usr_" + suffix)
        #expect(try #require(UserID("usr_" + suffix)).bits == bits)
    }

    @Test func `the example of RFC 9562 for UUIDv7 comes out`() {
        let id = UserID(at: Timestamp(milliseconds: 1_645_557_742_000), random: 0xCC3 << 64 | 0x18C4_DC0C_0C07_398F)
        #expect(id.bits == 0x017F_22E2_79B0_7CC3_98C4_DC0C_0C07_398F)
    }

    @Test func `carry the time, the version and the variant, whatever the random bits`() {
        var generator = SplitMix64(seed: 1)
        for random in [0, UInt128.max] + (0..<2000).map({ _ in random(&generator) }) {
            let time = Int64.random(in: 0..<1 << 48, using: &generator)
            let bits = SessionID(at: Timestamp(milliseconds: time), random: random).bits
            #expect(Int64(bits >> 80) == time)
            #expect(bits >> 76 & 0xF == 7)
            #expect(bits >> 62 & 0b11 == 0b10)
            #expect(bits >> 64 & 0xFFF == random >> 64 & 0xFFF)
            #expect(bits & 0x3FFF_FFFF_FFFF_FFFF == random & 0x3FFF_FFFF_FFFF_FFFF)
        }
    }

    @Test func `sort by the time they were made, as values and as text`() {
        var generator = SplitMix64(seed: 2)
        for _ in 0..<2000 {
            let (a, b) = (Int64.random(in: 0..<1 << 48, using: &generator), Int64.random(in: 0..<1 << 48, using: &generator))
            guard a != b else { continue }
            let first = KeyPair(min(a, b), random(&generator))
            let second = KeyPair(max(a, b), random(&generator))
            #expect(first.id < second.id)
            #expect(first.id.description < second.id.description)
        }
    }

    private struct KeyPair {
        let id: SessionID
        init(_ time: Int64, _ random: UInt128) { id = SessionID(at: Timestamp(milliseconds: time), random: random) }
    }

    @Test(arguments: [Int64.min, -1, 0] as [Int64]) func `before 1970 count as 1970`(_ time: Int64) {
        #expect(SessionID(at: Timestamp(milliseconds: time), random: 0).bits >> 80 == 0)
    }

    @Test(arguments: [281_474_976_710_656, 281_474_976_710_657, Int64.max] as [Int64]) func `past the last moment that fits stay last`(_ time: Int64)
    {
        #expect(SessionID(at: Timestamp(milliseconds: time), random: 0).bits >> 80 == 0xFFFF_FFFF_FFFF)
    }

    @Test func `come back from their text, thousands of them`() throws {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<5000 {
            let id = APIKeyID(bits: random(&generator) >> UInt128(Int.random(in: 0..<128, using: &generator)))
            let text = id.description
            #expect(text.utf8.count == 30)
            #expect(APIKeyID(text) == id)
            #expect(SessionID(text) == nil, "a key is no session")
        }
    }

    @Test(arguments: [
        "", "usr", "usr_", "_00000000000000000000000001", "usr00000000000000000000000001", "usr-00000000000000000000000001",
        "usr_0000000000000000000000001", "usr_000000000000000000000000001", "usr_80000000000000000000000000", "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "usr_0000000000000000000000000I", "usr_0000000000000000000000000i", "usr_0000000000000000000000000l", "usr_0000000000000000000000000o",
        "usr_0000000000000000000000000u", "usr_0000000000000000000000000A", "USR_00000000000000000000000001", "Usr_00000000000000000000000001",
        "ses_00000000000000000000000001", "us_000000000000000000000000001", "usrr_00000000000000000000000001", " usr_00000000000000000000000001",
        "usr_00000000000000000000000001 ", "usr_00000000000000000000000001\n", "usr_00000000000000000000000001\0", "usr_0000000000000000000000000\0",
        "usr__0000000000000000000000000", "usr_0000000000000000-000000000", "usr_0000000000000000000000000é", "usr_００００００００００００００００００００００００００",
        "usr_0000000000000000000000000\u{301}", "usr_00000000000000000000000001\u{301}", "u\u{301}sr_00000000000000000000000001",
        "00000000-0000-0000-0000-000000000001", "usr_' OR 1=1 --", String(repeating: "0", count: 100_000),
    ])
    func `that are malformed are never accepted`(_ text: String) { #expect(UserID(text) == nil) }

    @Test func `that are accepted are written just as they were read`() {
        var generator = SplitMix64(seed: 4)
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCZ_-".unicodeScalars)
        let good = Array("usr_01h455vb4pex5vsknk084sn02q".unicodeScalars)
        var accepted = 0
        for _ in 0..<20_000 {
            var text = good
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let at = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: text.insert(generator.pick(alphabet), at: at)
                case 1: text.remove(at: at)
                default: text[at] = generator.pick(alphabet)
                }
            }
            let string = String(String.UnicodeScalarView(text))
            guard let id = UserID(string) else { continue }
            accepted += 1
            #expect(id.description == string)
        }
        #expect(accepted > 1000 && accepted < 19_000)
    }

    @Test func `of each kind have a prefix of their own, of three letters`() {
        let prefixes = [
            AccountKind.prefix, GroupKind.prefix, AdministratorKind.prefix, UserKind.prefix, RoleKind.prefix, PlaceKind.prefix, APIKeyKind.prefix,
            LinkKind.prefix, SessionKind.prefix, NoteKind.prefix, EventKind.prefix, LoginKind.prefix, IntegrationKind.prefix, HistoryKind.prefix,
            RequestKind.prefix,
        ]
        #expect(Set(prefixes).count == prefixes.count)
        for prefix in prefixes { #expect(prefix.utf8.count == 3 && prefix.utf8.allSatisfy { (97...122).contains($0) }) }
    }
}
