import LatchkeyDatabase
import Testing

/// Names that look or read alike are one name; names that do not are two.
@Suite struct IdentityKeyTests {
    @Test(arguments: [
        ("Olive", "OLIVE", "olive"),
        ("\u{e9}", "e\u{301}", "\u{e9}"),
        ("\u{c9}", "E\u{301}", "\u{e9}"),
        ("Stra\u{df}e", "STRASSE", "strasse"),
        ("\u{1e9e}", "SS", "ss"),
        ("\u{17f}", "S", "s"),
        ("\u{1e9b}", "\u{1e60}", "\u{1e61}"),
        ("\u{3c2}", "\u{3a3}", "\u{3c3}"),
        ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}"),
        ("\u{ff2d}\u{ff41}\u{ff4c}", "mAL", "mal"),
        ("a\u{200d}b\u{fe0f}", "A\u{200b}B\u{ad}", "ab"),
        ("e\u{200d}\u{301}", "\u{e9}", "\u{e9}"),
        ("\u{fb03}", "FFI", "ffi"),
        ("\u{212a}elvin", "kelvin", "kelvin"),
        ("\u{130}", "i\u{307}", "i\u{307}"),
        ("\u{1f80}", "\u{1f00}\u{3b9}", "\u{1f00}\u{3b9}"),
        ("\u{2460}", "1", "1"),
        ("user@\u{ff45}xample.com", "USER@EXAMPLE.COM", "user@example.com"),
        ("", "\u{200b}", ""),
    ])
    func alike(_ one: String, _ other: String, _ key: String) {
        #expect(Array(IdentityKey.canonical(one).utf8) == Array(key.utf8))
        #expect(Array(IdentityKey.canonical(other).utf8) == Array(key.utf8))
    }

    @Test(arguments: [("\u{131}", "i"), ("\u{131}", "I"), ("\u{430}", "a"), ("e", "\u{e9}"), ("o", "\u{f8}"), ("a b", "ab"), ("1", "l")])
    func different(_ one: String, _ other: String) {
        #expect(IdentityKey.canonical(one) != IdentityKey.canonical(other))
    }

    /// Every code point that Unicode says folding or normalising changes.
    @Test func aKeyIsItsOwnKeyAndKnowsNoCase() {
        var wrong: [UInt32] = []
        for value in UInt32(0x80)...0x2ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            guard properties.changesWhenNFKCCaseFolded || properties.uppercaseMapping.unicodeScalars.first != scalar else { continue }
            let key = IdentityKey.canonical(String(scalar))
            let again = IdentityKey.canonical(key)
            // Upper and lower case are one, but for the dotless ı, whose upper case is another letter's.
            let upper = value == 0x131 ? key : IdentityKey.canonical(properties.uppercaseMapping)
            let lower = IdentityKey.canonical(properties.lowercaseMapping)
            if ![again, upper, lower].allSatisfy({ $0.utf8.elementsEqual(key.utf8) }) { wrong.append(value) }
        }
        #expect(wrong.map { String($0, radix: 16) } == [])
    }
}
