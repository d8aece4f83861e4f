/// An e-mail address that may stand in a header and in an SMTP command: nothing in it ends a line, a field or an address.
package struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package var description: String { text }

    /// The sender where nothing better is known.
    package static let ofThisMachine = MailAddress(known: "latchkey@localhost")

    private init(known text: String) { self.text = text }

    /// Takes `local@domain` by its shape, judged on bytes and scalars; nil for anything beyond it.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (3...254).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.special.contains($0) }) else { return nil }
        guard text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && !Self.isUnseen($0) }) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, let local = parts.first, let domain = parts.last, !local.isEmpty else { return nil }
        let dot = UInt8(ascii: ".")
        let hyphen = UInt8(ascii: "-")
        guard local.first != dot, local.last != dot, local.first != hyphen else { return nil }
        let labels = domain.split(separator: dot, omittingEmptySubsequences: false)
        guard labels.allSatisfy({ Self.isLabel(Array($0), hyphen) }) else { return nil }
        self.text = text
    }

    /// The part behind the `@`.
    package var domain: String { String(text.split(separator: "@").last ?? "") }

    private static let special = Set("<>()[]\\,;:\"".utf8)

    private static func isLabel(_ label: [UInt8], _ hyphen: UInt8) -> Bool {
        guard !label.isEmpty, label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { byte in
            byte >= 0x80 || byte == hyphen || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: false
        }
    }
}

/// Somebody's address with the name that a mail program shows.
package struct Mailbox: Sendable, Hashable {
    package let name: String
    package let address: MailAddress

    package init(name: String, address: MailAddress) {
        self.name = name
        self.address = address
    }

    /// Reads `una@example.com` or `Latchkey <una@example.com>`; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let open = bytes.lastIndex(of: UInt8(ascii: "<")) else {
            guard let address = MailAddress(text) else { return nil }
            self.init(name: "", address: address)
            return
        }
        guard bytes.last == UInt8(ascii: ">"), let address = MailAddress(String(decoding: bytes[(open + 1)..<(bytes.count - 1)], as: UTF8.self))
        else { return nil }
        var name = bytes[..<open]
        while name.last == 0x20 || name.last == UInt8(ascii: "\"") { name.removeLast() }
        while name.first == 0x20 || name.first == UInt8(ascii: "\"") { name.removeFirst() }
        guard name.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        self.init(name: String(decoding: name, as: UTF8.self), address: address)
    }
}
