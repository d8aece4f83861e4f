import LatchkeyAccess

/// A text that cannot stand in a mail's header, because it would end it.
package struct HeaderRefused: Error, Sendable {
    package init() {}
}

/// The parts of RFC 5322, 2045 and 2047 that our mails need.
enum MIME {
    // MARK: Headers

    /// A header line, folded, with encoded words where the text is not plain ASCII.
    /// - Throws: `HeaderRefused` for a text with CR, LF, NUL or another control byte in it.
    static func header(_ name: String, _ text: String) throws -> [UInt8] { Array((name + ": ").utf8) + (try words(text)) + newline }

    /// A header line with somebody's name and address.
    static func header(_ name: String, _ mailbox: Mailbox) throws -> [UInt8] {
        let address = Array("<\(mailbox.address.text)>".utf8)
        if mailbox.name.isEmpty { return Array((name + ": ").utf8) + address + newline }
        let isPlain = mailbox.name.utf8.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        let shown = isPlain && mailbox.name.utf8.count <= 60 ? Array("\"\(mailbox.name)\"".utf8) : try encoded(mailbox.name)
        return Array((name + ": ").utf8) + shown + newline + [0x20] + address + newline
    }

    static let newline: [UInt8] = [13, 10]

    private static func words(_ text: String) throws -> [UInt8] {
        try refuse(text)
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && text.utf8.count <= 70 && text.firstRange(of: "=?") == nil
        return isPlain ? Array(text.utf8) : try encoded(text)
    }

    private static func refuse(_ text: String) throws {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw HeaderRefused() }
    }

    /// Encoded words of at most 75 characters, never cut within a scalar.
    private static func encoded(_ text: String) throws -> [UInt8] {
        try refuse(text)
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > 42 {
                pieces.append(piece)
                piece = []
            }
            piece += bytes
        }
        pieces.append(piece)
        let words = pieces.map { Array("=?UTF-8?B?".utf8) + base64($0) + Array("?=".utf8) }
        return Array(words.joined(separator: newline + [0x20]))
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var number = group.reduce(0) { $0 << 8 | Int($1) }
            number <<= 8 * (3 - group.count)
            for (index, shift) in [18, 12, 6, 0].enumerated() {
                out.append(index <= group.count ? digits[number >> shift & 63] : UInt8(ascii: "="))
            }
        }
        return out
    }

    // MARK: Bodies

    /// Quoted-printable: lines of at most 76 characters, CRLF at their ends.
    static func quotedPrintable(_ text: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        let lines = text.filter { $0 != 13 }.split(separator: 10, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if number > 0 { out += newline }
            var column = 0
            for (index, byte) in line.enumerated() {
                let isBlank = byte == 0x20 || byte == 9
                let isPlain = isBlank ? index + 1 < line.count : byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")
                let piece = isPlain ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                if column + piece.count > 75 {
                    out += [UInt8(ascii: "=")] + newline
                    column = 0
                }
                out += piece
                column += piece.count
            }
        }
        return out
    }

    // MARK: Dates

    /// Such as `Thu, 26 Nov 2026 12:00:00 +0000`.
    static func date(_ time: Timestamp) -> String {
        let text = Array(time.description.utf8)
        guard text.count >= 19 else { return "" }
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int((time.milliseconds / 86_400_000 % 7 + 7) % 7)
        let month = max(1, min(12, Int(part(5..<7)) ?? 1))
        return "\(days[day]), \(part(8..<10)) \(months[month - 1]) \(part(0..<4)) \(part(11..<19)) +0000"
    }
}
