import LatchkeyJSON
import Testing

@Suite struct JSONWriterTests {
    static let table: [(JSON, String)] = [
        (nil, "null"), (true, "true"), (false, "false"), (.int(.min), "-9223372036854775808"), (1.5, "1.5"), (.number(1), "1.0"),
        (.number(1e300), "1e+300"),
        (.number(.nan), "null"), (.number(.infinity), "null"), ("", #""""#), ("a\"b\\c/", #""a\"b\\c/""#),
        ("\n\r\t\0\u{1B}\u{7F}", #""\n\r\t\u0000\u001b\u007f""#),
        ("<é🌲>\u{85}", "\"<é🌲>\u{85}\""), ("a\u{2028}b\u{2029}\u{2027}\u{202A}€", "\"a\\u2028b\\u2029\u{2027}\u{202A}€\""), ("\r\n", #""\r\n""#),
        ([], "[]"), ([1, [nil], "x"], #"[1,[null],"x"]"#), ([:], "{}"), (["b": 1, "a": ["c": []]], #"{"b":1,"a":{"c":[]}}"#),
        (["\"": 1], #"{"\"":1}"#),
    ]

    @Test(arguments: table) func isWritten(value: JSON, text: String) {
        #expect(String(decoding: value.encode(), as: UTF8.self) == text)
        #expect(value.encode().elementsEqual(text.utf8))
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for _ in 0..<1_500 {
            let value = Self.random(depth: 0)
            let read = try JSON.parse(value.encode())
            #expect(read == value)
            #expect(read.encode() == value.encode())
        }
    }

    static func random(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6)) {
        case 0: nil
        case 1: .bool(.random())
        case 2: .int(.random(in: .min ... .max) >> Int64.random(in: 0..<64))
        case 3: .number(finite())
        case 4, 5: .string(text())
        case 6: .array((0..<Int.random(in: 0...5)).map { _ in random(depth: depth + 1) })
        default:
            .object((0..<Int.random(in: 0...5)).reduce(into: JSONObject()) { object, _ in object[text()] = random(depth: depth + 1) })
        }
    }

    static func finite() -> Double {
        let number = Double(bitPattern: .random(in: 0 ... .max))
        return number.isFinite ? number : 0
    }

    static func text() -> String {
        let some: [ClosedRange<UInt32>] = [
            0...0x1F, 0x20...0x7F, 0x80...0x24F, 0x300...0x36F, 0x2000...0x206F, 0xD7F0...0xE010, 0xFFF0...0x1F64F, 0x10FFF0...0x10FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12) { text.append(Unicode.Scalar(.random(in: some.randomElement() ?? 0...0)) ?? "\u{FFFD}") }
        return String(text)
    }

    @Test func keysAreComparedByCodePoints() {
        var object: JSONObject = ["é": 1, "e\u{301}": 2, "z": 3]
        #expect(JSON.object(object)["e\u{301}"] == 2)
        #expect(JSON.object(object)["é"] == 1)
        #expect(JSON.object(object)["Z"] == nil)
        #expect(JSON.string("é") != JSON.string("e\u{301}"))
        object["é"] = nil
        object["z"] = 4
        object["new"] = nil
        object["y"] = 5
        #expect(object.keys == ["e\u{301}", "z", "y"])
        #expect(JSON.object(object) == ["y": 5, "z": 4, "e\u{301}": 2])
        #expect(JSON.object(object) != ["y": 5, "z": 4, "é": 2])
        #expect((["a": 1] as JSON) != ["a": 1, "b": 2])
        #expect((["a": 1, "a": 1] as JSON) != ["a": 1, "b": 2])
    }

    @Test func valuesSayWhatTheyAre() {
        let some: String? = "x"
        #expect(JSON(some) == "x" && JSON(nil as String?).isNull && JSON(3 as Int?) == 3 && JSON(nil as Bool?).isNull && JSON(["a"]) == ["a"])
        let value: JSON = ["t": "x", "i": 1, "b": true, "l": [1], "n": nil, "d": 1.0]
        #expect(value["t"]?.text == "x" && value["i"]?.integer == 1 && value["b"]?.answer == true && value["l"]?.items == [1])
        #expect(value["d"]?.integer == nil && value["i"]?.text == nil && value["n"]?.isNull == true && value["x"] == nil && (1 as JSON)["x"] == nil)
    }
}
