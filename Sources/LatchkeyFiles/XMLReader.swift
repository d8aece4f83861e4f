/// Reads the XML that workbooks are made of, tag by tag. It has no document types and so no entities of their own: such a text is refused, and nothing in it
/// can grow or lead anywhere. Prefixes of names are left out.
struct XMLReader {
    enum Event: Equatable {
        case start(String, [String: String])
        case end(String)
        case text(String)
    }

    struct Malformed: Error {}

    private static let deepest = 64
    private static let mostAttributes = 64

    private let bytes: [UInt8]
    private var at = 0
    private var open: [String] = []
    /// Of an element without content, which is told as a start and an end.
    private var pendingEnd: String?
    private var isBegun = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Nil after the end of the whole.
    mutating func next() throws(Malformed) -> Event? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name)
        }
        while at < bytes.count {
            if bytes[at] != UInt8(ascii: "<") {
                let text = try text()
                // White space around the whole.
                if open.isEmpty {
                    if text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) { continue }
                    throw Malformed()
                }
                return .text(text)
            }
            if skip("<?") {
                try pass("?>")
            } else if skip("<!--") {
                try pass("-->")
            } else if skip("<![CDATA[") {
                guard !open.isEmpty else { throw Malformed() }
                let start = at
                try pass("]]>")
                return .text(try decoded(bytes[start..<(at - 3)]))
            } else if skip("</") {
                let name = try name()
                space()
                guard skip(">"), open.popLast() == name else { throw Malformed() }
                return .end(name)
            } else if skip("<!") {
                throw Malformed()
            } else {
                at += 1
                return try element()
            }
        }
        guard open.isEmpty, isBegun else { throw Malformed() }
        return nil
    }

    private mutating func element() throws(Malformed) -> Event {
        guard !open.isEmpty || !isBegun, open.count < Self.deepest else { throw Malformed() }
        isBegun = true
        let name = try name()
        var attributes: [String: String] = [:]
        while true {
            space()
            if skip("/>") {
                pendingEnd = name
                return .start(name, attributes)
            }
            if skip(">") {
                open.append(name)
                return .start(name, attributes)
            }
            guard attributes.count < Self.mostAttributes else { throw Malformed() }
            let (key, value) = try attribute()
            attributes[key] = value
        }
    }

    private mutating func attribute() throws(Malformed) -> (String, String) {
        let key = try name()
        space()
        guard skip("=") else { throw Malformed() }
        space()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else { throw Malformed() }
        let quote = bytes[at]
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != quote { at += 1 }
        guard at < bytes.count else { throw Malformed() }
        at += 1
        return (key, try unescaped(bytes[start..<(at - 1)]))
    }

    /// A name without its prefix.
    private mutating func name() throws(Malformed) -> String {
        let start = at
        while at < bytes.count, Self.isOfNames(bytes[at]) { at += 1 }
        let whole = bytes[start..<at]
        let local = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
        guard !local.isEmpty, whole.count <= 200 else { throw Malformed() }
        return try decoded(local)
    }

    private static func isOfNames(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }

    private mutating func text() throws(Malformed) -> String {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") { at += 1 }
        return try unescaped(bytes[start..<at])
    }

    /// With the five entities that XML has and characters by their number; line ends as XML reads them.
    private func unescaped(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
        if !bytes.contains(UInt8(ascii: "&")), !bytes.contains(0x0D) { return try decoded(bytes) }
        var text: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == 0x0D {
                if rest.first == 0x0A { rest.removeFirst() }
                text.append(0x0A)
            } else if byte == UInt8(ascii: "&") {
                guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
                text += try Self.entity(rest[..<end]).utf8
                rest = rest[(end + 1)...]
            } else {
                text.append(byte)
            }
        }
        return try decoded(text[...])
    }

    private static func entity(_ name: ArraySlice<UInt8>) throws(Malformed) -> String {
        let name = String(decoding: name, as: UTF8.self)
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst(), radix: 10) : nil
            guard let number, number > 0, let scalar = Unicode.Scalar(number) else { throw Malformed() }
            return String(scalar)
        }
    }

    private func decoded(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw Malformed() }
        return text
    }

    private mutating func space() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    private mutating func skip(_ mark: StaticString) -> Bool {
        let count = mark.utf8CodeUnitCount
        guard at + count <= bytes.count, mark.withUTF8Buffer({ bytes[at..<(at + count)].elementsEqual($0) }) else { return false }
        at += count
        return true
    }

    /// Goes on to behind the mark.
    private mutating func pass(_ mark: StaticString) throws(Malformed) {
        while at < bytes.count {
            if skip(mark) { return }
            at += 1
        }
        throw Malformed()
    }
}
