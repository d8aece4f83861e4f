/// The part of CBOR (RFC 8949) that authenticators write, CTAP2's canonical form: definite lengths, shortest heads, no floats, no tags.
enum CBOR: Sendable, Hashable {
    case unsigned(UInt64)
    /// The number `-1 - n`.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    case map([Pair])
    case bool(Bool)
    case null

    struct Pair: Sendable, Hashable {
        var key: CBOR
        var value: CBOR
    }

    /// What is not of that form, or is larger or deeper than any authenticator's answer.
    struct Malformed: Error, Sendable, Hashable {}

    static let mostBytes = 16_384
    static let deepest = 8

    /// One value, and nothing after it.
    static func parse(_ bytes: [UInt8]) throws(Malformed) -> CBOR {
        var rest = bytes[...]
        let value = try read(&rest)
        if !rest.isEmpty { throw Malformed() }
        return value
    }

    /// Takes one value off the front.
    static func read(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> CBOR {
        if rest.count > mostBytes { throw Malformed() }
        var reader = CBORReader(rest: rest)
        let value = try reader.value(depth: 0)
        rest = reader.rest
        return value
    }

    // MARK: Looking

    var whole: Int? {
        switch self {
        case .unsigned(let number): Int(exactly: number)
        case .negative(let number): Int(exactly: number).map { -1 - $0 }
        default: nil
        }
    }

    var byteString: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    var words: String? { if case .text(let text) = self { text } else { nil } }
    var pairs: [Pair]? { if case .map(let pairs) = self { pairs } else { nil } }

    subscript(_ key: String) -> CBOR? { pairs?.first { $0.key == .text(key) }?.value }
    subscript(_ label: Int) -> CBOR? { pairs?.first { $0.key.whole == label }?.value }
}

private struct CBORReader {
    var rest: ArraySlice<UInt8>

    private mutating func take(_ count: UInt64) throws(CBOR.Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw CBOR.Malformed() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    /// The major type, and the argument in its shortest form.
    private mutating func head() throws(CBOR.Malformed) -> (major: UInt8, argument: UInt64) {
        guard let first = try take(1).first else { throw CBOR.Malformed() }
        let (major, low) = (first >> 5, first & 31)
        if low < 24 { return (major, UInt64(low)) }
        // 28 to 30 mean nothing, and 31 is an indefinite length. Of simple values there is none in more than one byte.
        guard low < 28, major != 7 else { throw CBOR.Malformed() }
        let argument = try take(1 << UInt64(low - 24)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let least: UInt64 = low == 24 ? 24 : low == 25 ? 1 << 8 : low == 26 ? 1 << 16 : 1 << 32
        if argument < least { throw CBOR.Malformed() }
        return (major, argument)
    }

    mutating func value(depth: Int) throws(CBOR.Malformed) -> CBOR {
        if depth > CBOR.deepest { throw CBOR.Malformed() }
        let (major, argument) = try head()
        switch major {
        case 0: return .unsigned(argument)
        case 1: return .negative(argument)
        case 2: return .bytes(Array(try take(argument)))
        case 3:
            guard let text = String(validating: try take(argument), as: UTF8.self) else { throw CBOR.Malformed() }
            return .text(text)
        case 4: return .array(try elements(argument, depth: depth))
        case 5: return .map(try entries(argument, depth: depth))
        case 7 where argument == 20: return .bool(false)
        case 7 where argument == 21: return .bool(true)
        case 7 where argument == 22: return .null
        default: throw CBOR.Malformed()
        }
    }

    private mutating func elements(_ count: UInt64, depth: Int) throws(CBOR.Malformed) -> [CBOR] {
        // Each takes a byte at least: a count that cannot be is not believed.
        if count > UInt64(rest.count) { throw CBOR.Malformed() }
        var all: [CBOR] = []
        for _ in 0..<count { all.append(try value(depth: depth + 1)) }
        return all
    }

    private mutating func entries(_ count: UInt64, depth: Int) throws(CBOR.Malformed) -> [CBOR.Pair] {
        if count > UInt64(rest.count) / 2 { throw CBOR.Malformed() }
        var all: [CBOR.Pair] = []
        var keys: Set<CBOR> = []
        for _ in 0..<count {
            let key = try value(depth: depth + 1)
            if !keys.insert(key).inserted { throw CBOR.Malformed() }
            all.append(CBOR.Pair(key: key, value: try value(depth: depth + 1)))
        }
        return all
    }
}
