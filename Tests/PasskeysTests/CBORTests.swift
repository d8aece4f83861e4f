import Testing

@testable import PasskeysFeature

@Suite struct `CBOR of authenticators` {
    private func parse(_ hex: String) -> CBOR? {
        let digits = Array(hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
        return try? CBOR.parse(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    @Test func `is read as RFC 8949 has it`() {
        #expect(parse("00") == .unsigned(0) && parse("17") == .unsigned(23) && parse("1818") == .unsigned(24))
        #expect(parse("1903e8") == .unsigned(1000) && parse("1a000f4240") == .unsigned(1_000_000))
        #expect(parse("1bffffffffffffffff") == .unsigned(.max) && parse("3bffffffffffffffff") == .negative(.max))
        #expect(parse("20")?.whole == -1 && parse("3863")?.whole == -100 && parse("390100")?.whole == -257)
        #expect(parse("4401020304") == .bytes([1, 2, 3, 4]) && parse("40") == .bytes([]))
        #expect(parse("6449455446") == .text("IETF") && parse("62c3bc") == .text("ü"))
        #expect(parse("83010203") == .array([.unsigned(1), .unsigned(2), .unsigned(3)]))
        #expect(parse("a201020304")?[1] == .unsigned(2) && parse("a26161016162820203")?["b"] == .array([.unsigned(2), .unsigned(3)]))
        #expect(parse("f4") == .bool(false) && parse("f5") == .bool(true) && parse("f6") == .null)
    }

    @Test(arguments: [
        ("", "nothing"), ("0000", "something behind it"), ("1817", "a longer head than it takes"), ("190017", "likewise"), ("1a0000ffff", "likewise"),
        ("1b00000000ffffffff", "likewise"), ("18", "a head cut off"), ("4401", "bytes cut off"), ("5bffffffffffffffff", "more bytes than there are"),
        ("9bffffffffffffffff", "more elements than there are"), ("bb7fffffffffffffff", "more pairs than there are"), ("62c328", "no UTF-8"),
        ("5f42010243030405ff", "an indefinite length"), ("9f0102ff", "likewise"), ("bf6161019f0203ffff", "likewise"), ("ff", "an end of nothing"),
        ("1c", "a head that means nothing"), ("f97e00", "a float"), ("fb7ff0000000000000", "a float"), ("c074323031332d", "a tag"),
        ("f7", "undefined"), ("f818", "a simple value"), ("f8ff", "likewise"), ("a20101" + "0102", "a key twice"),
        ("81818181818181818100", "too deep"),
    ])
    func `is refused where it is not of the one form`(hex: String, why: String) {
        #expect(parse(hex) == nil, "\(why)")
    }

    @Test func `never traps, whatever it is given`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? CBOR.parse(bytes)
            _ = try? AuthenticatorData([UInt8](repeating: 0, count: 32) + bytes + bytes)
        }
    }
}
