/// The fields of a form (`application/x-www-form-urlencoded`) or of a URL's query, in their order.
package struct FormData: Sendable {
    package let fields: [(name: String, value: String)]

    /// Why a form cannot be read: 400.
    package enum Malformed: Error, Equatable {
        case percent, utf8, tooManyFields
    }

    /// No fields.
    package init() { fields = [] }

    /// Fields that were read in another way.
    init(fields: [(name: String, value: String)]) { self.fields = fields }

    /// Reads the fields, `+` being a space; throws `Malformed` for a `%` without two hexadecimal digits, for what is not UTF-8, and beyond 1,000 fields.
    package init(_ bytes: some Sequence<UInt8>) throws(Malformed) {
        var fields: [(name: String, value: String)] = []
        for field in Array(bytes).split(separator: UInt8(ascii: "&")) {
            if fields.count == 1_000 { throw .tooManyFields }
            let end = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            fields.append((name: try Self.decode(field[..<end]), value: try Self.decode(field[end...].dropFirst())))
        }
        self.fields = fields
    }

    /// The same for a text, such as a URL's query.
    package init(_ text: some StringProtocol) throws(Malformed) { try self.init(Array(text.utf8)) }

    /// The first value of that name, compared by code points.
    package subscript(_ name: String) -> String? { fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }

    /// The names, each once, in their order.
    package var names: [String] {
        var seen: Set<[UInt8]> = []
        return fields.map(\.name).filter { seen.insert(Array($0.utf8)).inserted }
    }

    /// All values of that name, in their order.
    package func all(_ name: String) -> [String] { fields.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value) }

    /// Whether a name stands there more than once, which OAuth forbids.
    package var repeatsName: Bool { Set(fields.map { Array($0.name.utf8) }).count < fields.count }

    private static func decode(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else { throw .percent }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .utf8 }
        return text
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// Percent-encoding as in RFC 3986: letters, digits and `-._~` stay, everything else becomes `%XX` of its UTF-8.
package enum PercentEncoding {
    /// Promises one segment of a path, or one name or value of a query; `.` and `..` stay what they are, so do not make segments of free text.
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Promises `name=value&...` without a question mark, empty where there are no fields; `FormData` reads it back.
    package static func query(_ fields: [(String, String)]) -> String {
        fields.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
