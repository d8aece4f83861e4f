/// Whether a spreadsheet might take a cell's text for a formula (OWASP, "CSV injection"; security.md L6), and the apostrophe that keeps it from that.
///
/// Looked at by scalars, never by `Character`: `=` with a combining mark is another character and the same formula.
package enum Formula {
    /// Before a text that may begin one; whoever reads the file back takes it away again by `unguarded`.
    package static let guardMark: Unicode.Scalar = "'"

    /// Whether the text, after what programs skip at its beginning (a mark of the byte order, space, quotes, what leaves no mark), begins like one.
    package static func mayBegin(_ text: some StringProtocol) -> Bool {
        for scalar in text.unicodeScalars {
            if begins(scalar) { return true }
            if !isSkipped(scalar) { return false }
        }
        return false
    }

    /// The text as it was before a guard was put before it. Guarding and this are each other's inverse.
    package static func unguarded(_ text: String) -> String {
        guard text.unicodeScalars.first == guardMark else { return text }
        let rest = text.unicodeScalars.dropFirst()
        return mayBegin(Substring(rest)) ? String(rest) : text
    }

    /// By the text's bytes, without decoding what most texts begin with.
    static func mayBegin(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        switch first {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return false
        default: return mayBegin(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func begins(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "=", "+", "-", "@", "\t", "\r", "\n": true
        // Full-width, small, raised and lowered forms, the minus and another plus, which some programs fold into the plain ones.
        case "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "\u{FE66}", "\u{FE62}", "\u{FE63}", "\u{FE6B}": true
        case "\u{207A}", "\u{207B}", "\u{207C}", "\u{208A}", "\u{208B}", "\u{208C}", "\u{2212}", "\u{FB29}": true
        default: false
        }
    }

    private static func isSkipped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", "`", "\u{2018}"..."\u{201F}", "\u{FF02}", "\u{FF07}", "\u{00AB}", "\u{00BB}", "\u{FEFF}": true
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark: true
            default: scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            }
        }
    }
}
