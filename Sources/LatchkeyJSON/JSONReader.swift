/// Why a text is not JSON that Latchkey takes: a sentence, and the byte at which the reader stopped.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package let message: String
    package let offset: Int

    package var description: String { "\(message) (at byte \(offset))" }
}

extension JSON {
    /// Reads one strict JSON text (RFC 8259), or throws `JSONError`.
    ///
    /// Refused beyond the grammar: bytes that are not UTF-8, a byte order mark, escaped lone surrogates, a key twice, more than 32 levels,
    /// 1,000 keys in an object or 10,000 values, and numbers out of a Double's range (security.md H2).
    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw JSONError(message: "The text is not valid UTF-8.", offset: error.byteOffsets.lowerBound)
        }
        var reader = JSONReader(bytes: bytes)
        return try reader.document()
    }

    /// The same for bytes that come in another shape than an array.
    package static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSON { try parse(Array(bytes)) }
}

/// Recursive descent over bytes that are known to be UTF-8; `peek` answers 0, which JSON allows nowhere, past the end.
private struct JSONReader {
    let bytes: [UInt8]
    var at = 0
    var depth = 0
    var values = 0

    mutating func document() throws(JSONError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error("The text begins with a byte order mark.") }
        let value = try self.value()
        skipSpace()
        if at < bytes.count { throw error("Something follows the value.") }
        return value
    }

    mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        values += 1
        if values > 10_000 { throw error("There are more than 10,000 values.") }
        switch peek {
        case UInt8(ascii: "{"): return try nested { reader throws(JSONError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONError) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(at < bytes.count ? "A value was expected." : "The text ends where a value was expected.")
        }
    }

    mutating func nested(_ read: (inout JSONReader) throws(JSONError) -> JSON) throws(JSONError) -> JSON {
        if depth == 32 { throw error("There are more than 32 levels.") }
        depth += 1
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    mutating func object() throws(JSONError) -> JSON {
        var members: [(key: String, value: JSON)] = []
        var keys = JSONKeys()
        skipSpace()
        if take("}") { return .object(JSONObject()) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("A key in quotes was expected.") }
            let start = at
            let key = try string()
            guard keys.insert(key) else { throw JSONError(message: "A key stands twice in one object.", offset: start) }
            if members.count == 1_000 { throw JSONError(message: "An object has more than 1,000 keys.", offset: start) }
            skipSpace()
            guard take(":") else { throw error("A colon was expected.") }
            members.append((key: key, value: try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("A comma or } was expected.") }
        return .object(JSONObject(members))
    }

    mutating func array() throws(JSONError) -> JSON {
        var items: [JSON] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            items.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("A comma or ] was expected.") }
        return .array(items)
    }

    mutating func number() throws(JSONError) -> JSON {
        let start = at
        var whole = true
        _ = take("-")
        if !take("0"), digits() == 0 { throw error("A digit was expected.") }
        if take(".") {
            whole = false
            if digits() == 0 { throw error("A digit was expected after the point.") }
        }
        if take("e") || take("E") {
            whole = false
            if !take("+") { _ = take("-") }
            if digits() == 0 { throw error("A digit was expected in the exponent.") }
        }
        guard at - start <= 1_024 else { throw JSONError(message: "A number has more than 1,024 characters.", offset: start) }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if whole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw JSONError(message: "A number is out of range.", offset: start) }
        return .number(number)
    }
}

extension JSONReader {
    mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count, !Self.ends(bytes[at]) { at += 1 }
        if take("\"") { return String(decoding: bytes[start..<(at - 1)], as: UTF8.self) }
        var text = Array(bytes[start..<at])
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw error("A control character stands unescaped in a string.")
            default:
                text.append(bytes[at])
                at += 1
            }
        }
        throw error("The text ends inside a string.")
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let start = at
        at += 1
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(peek)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            at += 1
            var code = try fourHex()
            if (0xD800...0xDBFF).contains(code), take("\\"), take("u") {
                let low = try fourHex()
                code = (0xDC00...0xDFFF).contains(low) ? 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00)) : code
            }
            guard let scalar = Unicode.Scalar(code) else { throw JSONError(message: "A surrogate is escaped without its other half.", offset: start) }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return
        default: throw JSONError(message: "There is no such escape.", offset: start)
        }
        at += 1
    }

    mutating func fourHex() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            switch peek {
            case let byte where (0x30...0x39).contains(byte): code = code << 4 | UInt32(byte - 0x30)
            case let byte where (0x41...0x46).contains(byte): code = code << 4 | UInt32(byte - 0x41 + 10)
            case let byte where (0x61...0x66).contains(byte): code = code << 4 | UInt32(byte - 0x61 + 10)
            default: throw error("Four hexadecimal digits were expected.")
            }
            at += 1
        }
        return code
    }

    mutating func digits() -> Int {
        let start = at
        while (0x30...0x39).contains(peek) { at += 1 }
        return at - start
    }

    mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = word.utf8CodeUnitCount
        guard word.withUTF8Buffer({ bytes.dropFirst(at).prefix(length).elementsEqual($0) }) else { throw error("A value was expected.") }
        at += length
        return value
    }

    mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || (0x09...0x0A).contains(bytes[at]) || bytes[at] == 0x0D { at += 1 }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
        at += 1
        return true
    }

    var peek: UInt8 { at < bytes.count ? bytes[at] : 0 }

    func error(_ message: String) -> JSONError { JSONError(message: message, offset: at) }

    static func ends(_ byte: UInt8) -> Bool { byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
}

/// The keys of one object so far, compared by code points: a short list is looked through, a long one is a set of bytes.
private struct JSONKeys {
    private var few: [String] = []
    private var many = Set<[UInt8]>()

    mutating func insert(_ key: String) -> Bool {
        if few.contains(where: { JSONObject.same($0, key) }) { return false }
        if few.count < 16 {
            few.append(key)
            return true
        }
        return many.insert(Array(key.utf8)).inserted
    }
}
