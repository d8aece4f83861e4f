import LatchkeyAccess

/// A piece of HTML: markup comes only from literals in the source, and every value that is put in is escaped (security.md S6).
///
/// A value may stand in text or in a quoted attribute. Nothing here judges URLs (check `javascript:` where they are stored) or script.
/// Bidirectional controls (U+202A-202E, U+2066-2069) pass unchanged, as names in some scripts need them: put names in an element of their own (`<bdi>`).
///
/// A long piece that is put into another is shared, not copied: a page is brought together once, when it is sent.
package struct HTML: Sendable {
    /// Long pieces, in order, before `tail`.
    private var shared: [[UInt8]] = []
    fileprivate var tail: [UInt8]

    private static let long = 512

    /// No markup at all.
    package init() { tail = [] }

    /// A text, escaped.
    package init(text: String) {
        tail = []
        tail.appendEscaped(text)
    }

    package var isEmpty: Bool { shared.isEmpty && tail.isEmpty }

    /// All of it, in UTF-8.
    package var bytes: [UInt8] {
        if shared.isEmpty { return tail }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(shared.reduce(tail.count) { $0 + $1.count })
        for piece in shared { bytes.append(contentsOf: piece) }
        bytes.append(contentsOf: tail)
        return bytes
    }

    package static func + (a: HTML, b: HTML) -> HTML {
        var sum = a
        sum += b
        return sum
    }

    package static func += (a: inout HTML, b: HTML) {
        if b.shared.isEmpty, b.tail.count < long { return a.tail.append(contentsOf: b.tail) }
        if !a.tail.isEmpty { a.shared.append(a.tail) }
        a.shared.append(contentsOf: b.shared)
        a.tail = b.tail
    }
}

extension HTML: Hashable {
    package static func == (a: HTML, b: HTML) -> Bool { a.bytes == b.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
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
    package init(stringLiteral markup: StaticString) { tail = markup.withUTF8Buffer { Array($0) } }

    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.html }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html = HTML()

        package init(literalCapacity: Int, interpolationCount: Int) { html.tail.reserveCapacity(literalCapacity + 64 * interpolationCount) }

        package mutating func appendLiteral(_ markup: StaticString) { markup.withUTF8Buffer { html.tail.append(contentsOf: $0) } }

        /// A text, escaped.
        package mutating func appendInterpolation(_ text: String) { html.tail.appendEscaped(text) }

        /// A piece of a text, escaped.
        package mutating func appendInterpolation(_ text: Substring) { html.tail.appendEscaped(String(text)) }

        /// A text, escaped, or nothing.
        package mutating func appendInterpolation(_ text: String?) { if let text { html.tail.appendEscaped(text) } }

        /// An id, which has nothing to escape.
        package mutating func appendInterpolation<Kind>(_ id: ID<Kind>) { html.tail.append(contentsOf: id.description.utf8) }

        /// A name of the program's own, as it is.
        package mutating func appendInterpolation(literal name: StaticString) { appendLiteral(name) }

        /// A whole number.
        package mutating func appendInterpolation(_ number: some FixedWidthInteger) { html.tail.append(contentsOf: String(number).utf8) }

        /// Markup as it is.
        package mutating func appendInterpolation(_ html: HTML) { self.html += html }

        /// Markup as it is, or nothing.
        package mutating func appendInterpolation(_ html: HTML?) { if let html { self.html += html } }

        /// Pieces of markup one after the other.
        package mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { html += piece } }

        /// Markup only if the condition holds; it is not made otherwise.
        package mutating func appendInterpolation(if condition: Bool, _ html: @autoclosure () -> HTML) {
            if condition { self.html += html() }
        }

        /// ` name="value"` with the value escaped, or nothing where there is none.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            appendInterpolation(flag: name, true)
            html.tail.append(contentsOf: "=\"".utf8)
            html.tail.appendEscaped(value)
            html.tail.append(UInt8(ascii: "\""))
        }

        /// ` name` if the flag is set.
        package mutating func appendInterpolation(flag name: StaticString, _ isSet: Bool) {
            guard isSet else { return }
            html.tail.append(0x20)
            appendLiteral(name)
        }
    }
}

extension [UInt8] {
    /// Appends a text with `& < > " '` escaped and CRLF as LF; control characters other than tab and line feed become U+FFFD.
    fileprivate mutating func appendEscaped(_ text: String) {
        var text = text
        text.withUTF8 { source in
            var start = 0
            for index in source.indices {
                let byte = source[index]
                if byte < 64 ? Self.isPlain & (1 << UInt64(byte)) != 0 : byte != 0x7F && byte != 0xC2 { continue }
                let next = index + 1 < source.count ? source[index + 1] : 0
                let replacement: StaticString
                switch byte {
                case UInt8(ascii: "&"): replacement = "&amp;"
                case UInt8(ascii: "<"): replacement = "&lt;"
                case UInt8(ascii: ">"): replacement = "&gt;"
                case UInt8(ascii: "\""): replacement = "&quot;"
                case UInt8(ascii: "'"): replacement = "&#39;"
                case 0x0D where next == 0x0A: replacement = ""
                case 0xC2 where next >= 0xA0: continue
                default: replacement = "\u{FFFD}"
                }
                append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
                replacement.withUTF8Buffer { append(contentsOf: $0) }
                start = index + (byte == 0xC2 ? 2 : 1)
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
        }
    }

    /// A bit for each of the first 64 bytes that stands for itself.
    private static var isPlain: UInt64 {
        let escaped: UInt64 = 1 << 0x22 | 1 << 0x26 | 1 << 0x27 | 1 << 0x3C | 1 << 0x3E
        return 1 << 0x09 | 1 << 0x0A | ~0xFFFF_FFFF & ~escaped
    }
}
