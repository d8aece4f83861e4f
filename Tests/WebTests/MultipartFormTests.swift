import HTTPTypes
import LatchkeyWeb
import Testing

@Suite struct MultipartFormTests {
    static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

    static func boundary(_ text: String = boundary) throws -> MultipartBoundary {
        try MultipartBoundary([.contentType: "multipart/form-data; boundary=\(text)"])
    }

    static func read(_ bytes: [UInt8], boundary text: String = boundary) throws -> MultipartForm {
        try MultipartForm(boundary: boundary(text), size: bytes.count) { Array(bytes[$0..<min(bytes.count, $0 + $1)]) }
    }

    /// A form of parts, each its head and its content.
    static func form(_ parts: [(String, [UInt8])], end: String = "--\(boundary)--\r\n") -> [UInt8] {
        parts.flatMap { Array("--\(boundary)\r\n\($0.0)\r\n\r\n".utf8) + $0.1 + [0x0D, 0x0A] } + Array(end.utf8)
    }

    static func field(_ name: String, _ value: String) -> (String, [UInt8]) {
        ("Content-Disposition: form-data; name=\"\(name)\"", Array(value.utf8))
    }

    static func photo(
        _ bytes: [UInt8], head: String = "Content-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg"
    ) -> (
        String, [UInt8]
    ) { (head, bytes) }

    static func malformed(_ bytes: [UInt8]) -> MultipartForm.Malformed? {
        do {
            _ = try read(bytes)
            return nil
        } catch { return error as? MultipartForm.Malformed }
    }

    @Test func fieldsAndTheFileAreFound() throws {
        let photo = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) } + Array("\r\n--\r\n--\(Self.boundary.dropLast())".utf8)
        let bytes = Self.form([Self.field("step", "front-left"), Self.photo(photo), Self.field("note", "één\r\nzwei"), Self.field("empty", "")])
        let form = try Self.read(bytes)
        #expect(form.fields.names == ["step", "note", "empty"])
        #expect(form.fields["step"] == "front-left" && form.fields["note"] == "één\r\nzwei" && form.fields["empty"] == "")
        let file = try #require(form.file)
        #expect(file.field == "photo" && Array(bytes[file.range]) == photo)
    }

    /// The delimiter is found wherever it lies across the windows in which the form is read.
    @Test(arguments: Array(131_072 - 60...131_072 + 4)) func theEndIsFoundAcrossWindows(size: Int) throws {
        let photo = [UInt8](repeating: 0x0D, count: size)
        let form = try Self.read(Self.form([Self.photo(photo), Self.field("a", "1")]))
        #expect(form.file?.range.count == size && form.fields["a"] == "1")
    }

    @Test func aFileFieldThatNobodyFilledIsNoFile() throws {
        let form = try Self.read(Self.form([Self.photo([], head: "Content-Disposition: form-data; name=\"photo\"; filename=\"\"")]))
        #expect(form.file == nil)
    }

    @Test(arguments: [
        "../../etc/passwd", "a\\\"; name=\\\"evil", "C:\\photos\\x.jpg", "%22%0D%0Ax", "ü.jpg", "con", ".", "a;b=c", "a\u{202E}gpj.exe",
    ]) func theNameOfAFileMeansNothing(name: String) throws {
        let form = try Self.read(Self.form([Self.photo([1, 2], head: "content-disposition:form-data; filename=\"\(name)\"; name=photo")]))
        #expect(form.file?.field == "photo" && form.file?.range.count == 2)
    }

    static let good = form([field("a", "1")])

    @Test func everyCutIsCutOff() {
        let whole = Self.form([Self.field("a", "1"), Self.photo([1, 2, 3])])
        #expect(Self.malformed(whole) == nil && Self.malformed(Array(whole.dropLast(2))) == nil)
        for length in 0..<(whole.count - 2) where length != whole.count - 1 {
            #expect(Self.malformed(Array(whole.prefix(length))) != nil, "\(length)")
        }
    }

    static let bad: [(String, MultipartForm.Malformed, [UInt8])] = [
        ("empty", .cutOff, []), ("preamble", .boundary, Array("hello\r\n".utf8) + good), ("line before", .boundary, [0x0D, 0x0A] + good),
        ("other boundary", .boundary, Array("--x\r\n".utf8) + good.dropFirst(40)), ("epilogue", .trailing, good + Array("x".utf8)),
        ("a second form", .trailing, good + good),
        ("space after boundary", .boundary, Array("--\(boundary) \r\n".utf8) + good.dropFirst(boundary.utf8.count + 4)),
        ("bare LF", .boundary, Array(String(decoding: good, as: UTF8.self).replacing("\r\n", with: "\n").utf8)),
        ("longer boundary", .boundary, form([field("a", "1\r\n--\(boundary)x")])), ("no head", .head, form([("", [1])])),
        ("no disposition", .head, form([("Content-Type: text/plain", [1])])),
        ("two dispositions", .head, form([("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", [])])),
        ("attachment", .head, form([("Content-Disposition: attachment; name=a", [])])),
        ("no name", .name, form([("Content-Disposition: form-data", [])])),
        ("empty name", .name, form([("Content-Disposition: form-data; name=\"\"", [])])),
        ("two names", .name, form([("Content-Disposition: form-data; name=a; name=b", [])])),
        ("strange name", .name, form([("Content-Disposition: form-data; name=\"a b\"", [])])),
        ("long name", .name, form([field(String(repeating: "a", count: 65), "")])),
        ("two file names", .head, form([("Content-Disposition: form-data; name=a; filename=x; filename=y", [])])),
        ("open quote", .head, form([("Content-Disposition: form-data; name=\"a", [])])),
        ("words behind", .head, form([("Content-Disposition: form-data; name=\"a\" b", [])])),
        ("continuation", .head, form([("Content-Disposition: form-data;\r\n name=a", [])])),
        ("NUL", .head, form([("Content-Disposition: form-data; name=a\r\nX: \0", [])])),
        ("LF in head", .head, form([("Content-Disposition: form-data; name=a\nX: y", [])])),
        ("CR in head", .head, form([("Content-Disposition: form-data; name=a\rX: y", [])])),
        ("space before colon", .head, form([("Content-Disposition : form-data; name=a", [])])),
        ("many lines", .head, form([("Content-Disposition: form-data; name=a" + (0..<16).map { "\r\nX-\($0): 1" }.joined(), [])])),
        ("long head", .headTooLong, form([("Content-Disposition: form-data; name=a\r\nX: " + String(repeating: "x", count: 5000), [])])),
        ("nested", .nested, form([("Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=b", [])])),
        ("message", .nested, form([("Content-Disposition: form-data; name=a\r\nContent-Type: message/rfc822", [])])),
        ("base64", .encoding, form([("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", [])])),
        ("33 parts", .tooManyParts, form((0..<33).map { field("f\($0)", "") })),
        ("long field", .fieldTooLong, form([field("a", String(repeating: "x", count: 8193))])),
        ("much in all", .fieldTooLong, form((0..<9).map { field("f\($0)", String(repeating: "x", count: 8000)) })),
        ("not UTF-8", .notUTF8, form([("Content-Disposition: form-data; name=a", [0xC3, 0x28])])),
        ("twice", .repeatedName, form([field("a", "1"), field("a", "2")])),
        ("two files of a name", .secondFile, form([photo([1]), photo([2])])),
        ("two files", .secondFile, form([photo([1]), photo([2], head: "Content-Disposition: form-data; name=b; filename=b")])),
    ]

    @Test func whatIsNotWellMadeIsRefused() {
        for (name, expected, bytes) in Self.bad {
            let found = Self.malformed(bytes)
            #expect(found == expected, "\(name): \(String(describing: found))")
        }
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=\"a ", "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a@b",
        "multipart/form-data; boundary=" + String(repeating: "x", count: 71), "multipart/form-data boundary=x",
    ]) func aBadBoundaryIs400(type: String) {
        let problem = #expect(throws: Problem.self) { try MultipartBoundary([.contentType: type]) }
        #expect(problem?.status == (type.contains(";") ? 400 : type == "multipart/form-data" ? 400 : 415))
    }

    @Test(arguments: ["", "application/json", "multipart/mixed; boundary=x", "image/jpeg", "application/x-www-form-urlencoded"])
    func anotherTypeIs415(type: String) {
        let problem = #expect(throws: Problem.self) { try MultipartBoundary(type.isEmpty ? [:] : [.contentType: type]) }
        #expect(problem?.status == 415)
    }

    @Test(arguments: ["multipart/form-data; boundary=x", "Multipart/Form-Data;boundary=\"x\"", "multipart/form-data; charset=utf-8; BOUNDARY=x"])
    func boundariesAreRead(
        type: String
    ) throws {
        let boundary = try MultipartBoundary([.contentType: type])
        let body = Array("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--".utf8)
        let form = try MultipartForm(boundary: boundary, size: body.count) { Array(body[$0..<min(body.count, $0 + $1)]) }
        #expect(form.fields["a"] == "1")
    }
}
