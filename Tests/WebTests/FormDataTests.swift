import LatchkeyWeb
import Testing

@Suite struct FormDataTests {
    static let good: [(String, [[String]])] = [
        ("", []), ("&&", []), ("a=1", [["a", "1"]]), ("a", [["a", ""]]), ("a=", [["a", ""]]), ("=x", [["", "x"]]), ("=", [["", ""]]),
        ("a=b=c", [["a", "b=c"]]),
        ("a=1&a=2&b=3", [["a", "1"], ["a", "2"], ["b", "3"]]), ("a+b=c+d", [["a b", "c d"]]), ("a=%2B%20%26%3d", [["a", "+ &="]]),
        ("%61=%C3%A9%f0%9f%8c%b2", [["a", "é🌲"]]),
        ("a=é", [["a", "é"]]), ("a=%00%0D%0a", [["a", "\0\r\n"]]), ("a=1;b=2", [["a", "1;b=2"]]), ("&a=1&", [["a", "1"]]),
        ("a=e%CC%81", [["a", "e\u{301}"]]),
    ]

    @Test(arguments: good) func isRead(text: String, fields: [[String]]) throws {
        let form = try FormData(text)
        #expect(form.fields.map { [Array($0.name.utf8), Array($0.value.utf8)] } == fields.map { $0.map { Array($0.utf8) } })
    }

    @Test(arguments: [
        "%", "a=%", "a=%4", "a=%4g", "a=%g4", "a=%%41", "%zz=1", "a=1&b=%2", "a=%+1", "a=% 41", "a=%4&1=2", "a=%u0041", "a=%-1", "a=%０１",
    ])
    func badPercentSignsAreRefused(text: String) {
        #expect(throws: FormData.Malformed.percent) { try FormData(text) }
    }

    @Test(arguments: ["a=%80", "a=%C3", "a=%C0%AF", "a=%ED%A0%80", "a=%F4%90%80%80", "%FF=1", "a=%C3&b=%A9"]) func whatIsNotUTF8IsRefused(
        text: String
    ) {
        #expect(throws: FormData.Malformed.utf8) { try FormData(text) }
    }

    @Test func rawBytesThatAreNotUTF8AreRefused() {
        #expect(throws: FormData.Malformed.utf8) { try FormData([0x61, 0x3D, 0xC3, 0x28]) }
    }

    @Test func aThousandFieldsAndNoMore() throws {
        let most = try FormData(String(repeating: "a=1&", count: 1_000))
        #expect(most.all("a").count == 1_000 && most.repeatsName)
        #expect(throws: FormData.Malformed.tooManyFields) { try FormData(String(repeating: "a=1&", count: 1_001)) }
    }

    @Test func namesAreComparedByCodePoints() throws {
        let form = try FormData("é=1&e%CC%81=2&x=3&x=4")
        #expect(
            form["é"] == "1" && form["e\u{301}"] == "2" && form["x"] == "3" && form["X"] == nil && form.all("x") == ["3", "4"]
                && form.all("y").isEmpty)
        let plain = try FormData("é=1&e%CC%81=2")
        #expect(!plain.repeatsName)
    }

    @Test func whatIsEncodedIsReadBack() throws {
        #expect(PercentEncoding.encode("a/b c?d=é&~-._%+") == "a%2Fb%20c%3Fd%3D%C3%A9%26~-._%25%2B")
        #expect(PercentEncoding.query([]) == "" && PercentEncoding.query([("a", "1"), ("b c", "")]) == "a=1&b%20c=")
        for _ in 0..<500 {
            let fields = (0..<Int.random(in: 0...5)).map { _ in (JSONWriterTests.text() + "x", JSONWriterTests.text()) }
            let read = try FormData(PercentEncoding.query(fields))
            #expect(read.fields.map { Array($0.name.utf8) } == fields.map { Array($0.0.utf8) })
            #expect(read.fields.map { Array($0.value.utf8) } == fields.map { Array($0.1.utf8) })
        }
    }
}
