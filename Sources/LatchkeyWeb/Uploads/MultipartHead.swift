import HTTPTypes

/// The boundary of a form, from its `Content-Type`.
package struct MultipartBoundary: Sendable, Hashable {
    /// CR LF, two hyphens and the boundary: what stands between parts.
    let delimiter: [UInt8]

    /// - Throws: `Problem` 415 for another media type, 400 for a boundary that RFC 2046 does not allow.
    package init(_ headers: HTTPFields) throws {
        let values = headers[values: .contentType]
        let type = values.first?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard values.count == 1, type == "multipart/form-data" else {
            throw Problem(415, "unsupported_media_type", "Send the form as multipart/form-data.", headers: [.accept: "multipart/form-data"])
        }
        let bad = Problem.malformed("malformed_form", "The form cannot be read: its boundary is missing or not well formed.")
        guard let parameters = try? HeadParameters(Array(values[0].utf8)[...]).parameters else { throw bad }
        let boundaries = parameters.filter { $0.name == "boundary" }
        let allowed = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ".utf8)
        guard boundaries.count == 1, let boundary = boundaries.first?.value, (1...70).contains(boundary.count), boundary.last != 0x20,
            boundary.allSatisfy(allowed.contains)
        else { throw bad }
        delimiter = Array("\r\n--".utf8) + boundary
    }
}

/// The head of one part: its name, and whether it is a file. The file's own name and type are not kept.
struct MultipartHead {
    let name: String
    let isFile: Bool
    /// Whether the file's name is there and not empty.
    let hasFileName: Bool

    /// - Throws: `MultipartForm.Malformed`.
    init(_ bytes: ArraySlice<UInt8>) throws {
        var disposition: ArraySlice<UInt8>?
        var seen: Set<String> = []
        for line in try Self.lines(bytes) {
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex, line[..<colon].allSatisfy(HeadParameters.isToken) else {
                throw MultipartForm.Malformed.head
            }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            guard seen.insert(name).inserted else { throw MultipartForm.Malformed.head }
            let word = String(decoding: value.prefix { $0 != 0x3B && $0 != 0x20 }, as: UTF8.self).lowercased()
            switch name {
            case "content-disposition":
                guard word == "form-data" else { throw MultipartForm.Malformed.head }
                disposition = value
            case "content-type": if word.hasPrefix("multipart/") || word.hasPrefix("message/") { throw MultipartForm.Malformed.nested }
            case "content-transfer-encoding": if !["binary", "8bit", "7bit"].contains(word) { throw MultipartForm.Malformed.encoding }
            default: break
            }
        }
        guard let disposition else { throw MultipartForm.Malformed.head }
        let parameters = try HeadParameters(disposition).parameters
        let names = parameters.filter { $0.name == "name" }
        guard names.count == 1, let name = names.first?.value, (1...64).contains(name.count), name.allSatisfy(Self.isPlain) else {
            throw MultipartForm.Malformed.name
        }
        let files = parameters.filter { $0.name == "filename" || $0.name == "filename*" }
        guard Set(files.map(\.name)).count == files.count else { throw MultipartForm.Malformed.head }
        self.name = String(decoding: name, as: UTF8.self)
        isFile = !files.isEmpty
        hasFileName = files.contains { !$0.value.isEmpty }
    }

    /// Lines that end with CR LF, without control characters and without continuation.
    private static func lines(_ bytes: ArraySlice<UInt8>) throws -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0D }
            guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }), lines.count < 16 else { throw MultipartForm.Malformed.head }
            lines.append(line)
            rest = rest[line.endIndex...]
            if rest.isEmpty { break }
            guard rest.count > 2, rest.dropFirst().first == 0x0A else { throw MultipartForm.Malformed.head }
            rest = rest.dropFirst(2)
        }
        return lines
    }

    /// What our own forms name their fields with.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }
}

/// The parameters behind the first word of a head's value: `form-data; name="photo"; filename="a.jpg"`.
struct HeadParameters {
    let parameters: [(name: String, value: [UInt8])]

    /// - Throws: `MultipartForm.Malformed.head` for anything but names with tokens or quoted strings as values.
    init(_ value: ArraySlice<UInt8>) throws {
        var parameters: [(name: String, value: [UInt8])] = []
        var rest = value[...].drop { $0 != 0x3B }
        while rest.popFirst() == 0x3B {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            let name = rest.prefix(while: Self.isToken)
            rest = rest[name.endIndex...]
            guard !name.isEmpty, rest.popFirst() == 0x3D, parameters.count < 8 else { throw MultipartForm.Malformed.head }
            let value = rest.first == 0x22 ? try Self.quoted(&rest) : Self.token(&rest)
            parameters.append((String(decoding: name, as: UTF8.self).lowercased(), value))
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard rest.isEmpty || rest.first == 0x3B else { throw MultipartForm.Malformed.head }
        }
        self.parameters = parameters
    }

    private static func token(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let token = rest.prefix { isToken($0) || $0 >= 0x80 }
        rest = rest[token.endIndex...]
        return Array(token)
    }

    /// Between quotes; a backslash stands for itself unless a quote or another one follows, as old browsers sent whole paths.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        var value: [UInt8] = []
        rest.removeFirst()
        while let byte = rest.popFirst() {
            if byte == 0x22 { return value }
            if byte == 0x5C, let next = rest.first, next == 0x22 || next == 0x5C {
                value.append(next)
                rest.removeFirst()
            } else {
                value.append(byte)
            }
        }
        throw MultipartForm.Malformed.head
    }

    /// A character of a token (RFC 9110 section 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || tokenMarks.contains(byte)
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
}
