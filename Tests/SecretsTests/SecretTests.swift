import LatchkeySecrets
import Testing

@Suite struct SecretTests {
    @Test(arguments: SecretKind.allCases) func aMintedSecretIsReadBack(kind: SecretKind) throws {
        let secret = Secret.mint(kind)
        let read = try #require(Secret(secret.text))
        let shape = try Regex(Secret.pattern)
        #expect(read.kind == kind)
        #expect(read.hash == SHA256.hash(Array(secret.text.utf8)))
        #expect(secret.text.wholeMatch(of: shape) != nil)
        #expect(secret.text.utf8.count == "lk__".utf8.count + kind.rawValue.utf8.count + 42)
    }

    @Test func anotherProgramFindsTheSameChecksum() throws {
        // python3: zlib.crc32(b"lk_live_" + b"0" * 36) in base62 with the alphabet 0-9A-Za-z
        let secret = try #require(Secret("lk_live_" + String(repeating: "0", count: 36) + "0rdrPr"))
        #expect(secret.kind == .live)
    }

    @Test func everyChangeOfOneCharacterIsNoticed() {
        let good = Array(Secret.mint(.client).text.utf8)
        for place in good.indices {
            for other in UInt8(0x20)...0x7E where other != good[place] {
                var typo = good
                typo[place] = other
                #expect(Secret(String(decoding: typo, as: UTF8.self)) == nil)
            }
        }
    }

    @Test func anythingButTheWholeTextIsRefused() {
        let good = Secret.mint(.live).text
        let bad = [
            "", "lk_", "lk_live_", good + " ", good + "\n", " " + good, good + "0", String(good.dropLast()), good + "\0", good + "\u{301}",
            good.uppercased(), "Bearer " + good, good + good, good.replacing("lk_live_", with: "lk_test_"), "lk_livE_" + good.dropFirst(8),
            String(repeating: "a", count: 100_000),
        ]
        for text in bad { #expect(Secret(text) == nil) }
        // A full-width digit is a digit to Unicode, and none to us.
        #expect(Secret("lk_live_" + String(repeating: "０", count: 42)) == nil)
    }

    @Test func noWayToPrintItShowsIt() {
        let secret = Secret.mint(.login)
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped] {
            #expect(!text.contains(secret.text.dropFirst(9).prefix(6)))
            #expect(text.contains("lk_login_…"))
        }
    }

    @Test func twoAreNeverTheSame() {
        #expect(Set((0..<2_000).map { _ in Secret.mint(.access).text }).count == 2_000)
    }
}
