import Foundation

/// The form in which usernames and e-mail addresses are compared; computed once and stored beside the original.
package enum IdentityKey {
    /// NFKC, full case folding, NFKC again, default-ignorable code points removed: equal keys have equal UTF-8 bytes.
    package static func canonical(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: text.utf8.map(lowercased), as: UTF8.self) }
        // Removing a joiner can bring together what composes, and composing can yield what folds: go on until nothing moves.
        var key = step(text)
        for _ in 0..<4 {
            let next = step(key)
            if next.utf8.elementsEqual(key.utf8) { break }
            key = next
        }
        return key
    }

    private static func step(_ text: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.precomposedStringWithCompatibilityMapping.unicodeScalars where !scalar.properties.isDefaultIgnorableCodePoint {
            fold(scalar, into: &folded)
        }
        return String(folded).precomposedStringWithCompatibilityMapping
    }

    /// Full case folding by the standard library's mappings: lower, upper and lower again reaches `ss` from ß, ẞ and SS alike.
    ///
    /// The dotless ı is the one letter that this would merge with another and that Unicode's folding keeps apart.
    private static func fold(_ scalar: Unicode.Scalar, into result: inout String.UnicodeScalarView) {
        if scalar.value < 0x80 {
            result.append(Unicode.Scalar(lowercased(UInt8(truncatingIfNeeded: scalar.value))))
        } else if scalar == "\u{131}" {
            result.append(scalar)
        } else {
            for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                for upper in lower.properties.uppercaseMapping.unicodeScalars {
                    result.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
                }
            }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }
}
