/// A piece of HTML: markup comes only from literals in the source, and every value that is put in is escaped (security.md S6).
///
/// A value may stand in text or in a quoted attribute. Nothing here judges URLs (check `javascript:` where they are stored) or script.
/// Bidirectional controls (U+202A-202E, U+2066-2069) pass unchanged, as names in some scripts need them: put names in an element of their own (`<bdi>`).
package struct HTML: Sendable, Hashable {
    package fileprivate(set) var bytes: [UInt8]

    /// No markup at all.
    package init() { bytes = [] }

    /// A text, escaped.
    package init(text: String) {
        bytes = []
        bytes.appendEscaped(text)
    }

    package var isEmpty: Bool { bytes.isEmpty }

    package static func + (a: HTML, b: HTML) -> HTML {
        var sum = a
        sum += b
        return sum
    }

    package static func += (a: inout HTML, b: HTML) { a.bytes.append(contentsOf: b.bytes) }
}

extension HTML: CustomStringConvertible {
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension Sequence<HTML> {
    /// Promises the pieces one after the other, with a separator between them.
    package func joined(separator: HTML = HTML()) -> HTML {
        var sum = HTML()
        var first = true
        for piece in self {
            if first { first = false } else { sum += separator }
            sum += piece
        }
        return sum
    }
}

extension HTML: ExpressibleByStringInterpolation {
    /// Raw markup; a `StaticString`, so that no text of the running program passes for markup.
    package init(stringLiteral markup: StaticString) { bytes = markup.withUTF8Buffer { Array($0) } }

    package init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) { bytes.reserveCapacity(literalCapacity + 16 * interpolationCount) }

        package mutating func appendLiteral(_ markup: StaticString) { markup.withUTF8Buffer { bytes.append(contentsOf: $0) } }

        /// A text, escaped.
        package mutating func appendInterpolation(_ text: String) { bytes.appendEscaped(text) }

        /// A piece of a text, escaped.
        package mutating func appendInterpolation(_ text: Substring) { bytes.appendEscaped(String(text)) }

        /// A text, escaped, or nothing.
        package mutating func appendInterpolation(_ text: String?) { if let text { bytes.appendEscaped(text) } }

        /// A whole number.
        package mutating func appendInterpolation(_ number: some FixedWidthInteger) { bytes.append(contentsOf: String(number).utf8) }

        /// Markup as it is.
        package mutating func appendInterpolation(_ html: HTML) { bytes.append(contentsOf: html.bytes) }

        /// Markup as it is, or nothing.
        package mutating func appendInterpolation(_ html: HTML?) { if let html { bytes.append(contentsOf: html.bytes) } }

        /// Pieces of markup one after the other.
        package mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { bytes.append(contentsOf: piece.bytes) } }

        /// Markup only if the condition holds; it is not made otherwise.
        package mutating func appendInterpolation(if condition: Bool, _ html: @autoclosure () -> HTML) {
            if condition { bytes.append(contentsOf: html().bytes) }
        }

        /// ` name="value"` with the value escaped, or nothing where there is none.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            bytes.append(0x20)
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: "=\"".utf8)
            bytes.appendEscaped(value)
            bytes.append(UInt8(ascii: "\""))
        }

        /// ` name` if the flag is set.
        package mutating func appendInterpolation(flag name: StaticString, _ isSet: Bool) {
            guard isSet else { return }
            bytes.append(0x20)
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
    }
}

extension [UInt8] {
    /// Appends a text with `& < > " '` escaped and CRLF as LF; control characters other than tab and line feed become U+FFFD.
    fileprivate mutating func appendEscaped(_ text: String) {
        var text = text
        text.withUTF8 { source in
            var start = 0
            for (index, byte) in source.enumerated() {
                if byte > 0x3E && byte != 0x7F && byte != 0xC2 { continue }
                let next = index + 1 < source.count ? source[index + 1] : 0
                let replacement: StaticString
                switch byte {
                case UInt8(ascii: "&"): replacement = "&amp;"
                case UInt8(ascii: "<"): replacement = "&lt;"
                case UInt8(ascii: ">"): replacement = "&gt;"
                case UInt8(ascii: "\""): replacement = "&quot;"
                case UInt8(ascii: "'"): replacement = "&#39;"
                case 0x0D where next == 0x0A: replacement = ""
                case 0x09, 0x0A: continue
                case 0..<0x20, 0x7F: replacement = "\u{FFFD}"
                case 0xC2 where next < 0xA0: replacement = "\u{FFFD}"
                default: continue
                }
                append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
                replacement.withUTF8Buffer { append(contentsOf: $0) }
                start = index + (byte == 0xC2 ? 2 : 1)
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
        }
    }
}
