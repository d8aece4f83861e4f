import LatchkeyJSON
import Testing

@Suite struct JSONReaderTests {
    static let noncharacters = String(decoding: [0xFFFF, 0xFDD0] as [UInt16], as: UTF16.self)

    static let good: [(String, JSON)] = [
        ("null", nil), (" true\n", true), ("\t\r\nfalse ", false), ("0", 0), ("-0", 0), ("-1", -1), ("42", 42),
        ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.0", .number(1)), ("1e2", .number(100)), ("1E+2", .number(100)), ("-1.5e-3", .number(-0.0015)), ("1e-400", .number(0)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("\"\"", ""), ("\"a\"", "a"), ("\"é\"", "é"), ("\"🌲\"", "🌲"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83c\udf32""#, "🌲"), (#""\u0000""#, "\0"),
        (#""\uFFFF\ufdd0""#, .string(noncharacters)), ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"), ("\"\u{FEFF}\"", "\u{FEFF}"), (#""a\u0062c""#, "abc"),
        ("[]", []), ("[ ]", []), ("[1, 2 ,3]", [1, 2, 3]), ("{}", [:]), ("{ }", [:]), (#"{"a":1 , "b" : [null]}"#, ["a": 1, "b": [nil]]),
        (#"{"":{"":[]}}"#, ["": ["": []]]), ("{\"é\":1,\"e\u{301}\":2}", ["é": 1, "e\u{301}": 2]),
        (#"{"a":1,"A":2}"#, ["a": 1, "A": 2]), ("-0.0", .number(-0.0)),
        (String(repeating: "[", count: 32) + String(repeating: "]", count: 32), (0..<31).reduce([]) { inner, _ in [inner] }),
    ]

    @Test(arguments: good) func isRead(text: String, value: JSON) throws {
        let read = try JSON.parse(Array(text.utf8))
        #expect(read == value)
    }

    static let bad: [String] = [
        "", " ", "\n", "\0", "nul", "nulll", "Null", "TRUE", "tru", "undefined", "NaN", "Infinity", "-Infinity", "'a'", "a", "null null", "1 2",
        "[]]", "{}{}", "null,",
        "01", "-", "-01", "+1", "1.", ".5", "1.e2", "1e", "1e+", "1e+-2", "0x10", "1_000", "1,5", "--1", "1e400", "-1e400", "1 e2", "１", "-a", "00",
        "1.5.5", "1e1.5",
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\a\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\\u+123\"", "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800a\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83c\\u\"", "\"\\ud83c\\",
        "\"a\nb\"", "\"a\tb\"", "\"\0\"", "\"\u{1F}\"", "\"\\\u{E9}\"",
        "[", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1;2]", "[}", "[1}", "]", "[\"a\":1]", "[1\u{A0}]", "[1\u{FEFF}]", "/**/1", "[1]//x",
        "#1",
        "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\",1}", "{\"a\" 1}", "{a:1}", "{1:1}", "{'a':1}",
        "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{\"a\":}", "{null:1}", "{]", "}",
        "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"x\":[{\"b\":1,\"c\":2,\"b\":3}]}", "\u{FEFF}{}", "\u{FEFF}", "\u{B}1", "\u{C}1",
        "\u{2028}1",
        String(repeating: "[", count: 33) + String(repeating: "]", count: 33), String(repeating: "[", count: 100_000),
        String(repeating: "{\"a\":", count: 100_000),
        "[" + String(repeating: "0,", count: 10_000) + "0]", "[" + String(repeating: "9", count: 1_025) + "]",
        "[1e" + String(repeating: "9", count: 500) + "]",
        "{" + (0...1_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}",
    ]

    @Test(arguments: bad.indices) func isRefused(index: Int) {
        let text = Self.bad[index]
        let error = #expect(throws: JSONError.self, "\(text.prefix(40))") { try JSON.parse(Array(text.utf8)) }
        #expect((0...text.utf8.count).contains(error?.offset ?? -1))
        #expect(error?.message.hasSuffix(".") == true)
    }

    static let notUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF],
        [0xED, 0xA0, 0xBC, 0xED, 0xBC, 0xB2], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x8C], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80],
        [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xFF, 0xFE], [0xC3, 0x5C, 0x75, 0x30, 0x30, 0x41, 0x39], [0xE9],
    ]

    @Test(arguments: notUTF8) func bytesThatAreNotUTF8AreRefusedWhereTheyStand(bytes: [UInt8]) {
        for (before, after) in [("\"ab", "\""), ("{\"", "\":1}"), ("[", "]"), ("1 ", "")] {
            let error = #expect(throws: JSONError.self) { try JSON.parse(Array(before.utf8) + bytes + Array(after.utf8)) }
            #expect(error?.message == "The text is not valid UTF-8.")
            #expect(error?.offset == before.utf8.count)
        }
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", "A key stands twice in one object.", 7), ("[1,]", "A value was expected.", 3), ("[1", "A comma or ] was expected.", 2),
        ("1 x", "Something follows the value.", 2), ("\u{FEFF}1", "The text begins with a byte order mark.", 0),
        ("[1e999]", "A number is out of range.", 1),
        ("\"ab\\ud800\"", "A surrogate is escaped without its other half.", 3), ("\"a\nb\"", "A control character stands unescaped in a string.", 2),
        ("", "The text ends where a value was expected.", 0),
    ])
    func errorsSayWhatAndWhere(text: String, message: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
        #expect(error?.message == message)
        #expect(error?.offset == offset)
    }

    @Test func theLimitsThemselvesAreTaken() throws {
        let items = try JSON.parse(Array(("[" + String(repeating: "0,", count: 9_998) + "0]").utf8))
        #expect(items.items?.count == 9_999)
        let keys = try JSON.parse(Array(("{" + (0..<1_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8))
        #expect(keys.object?.keys.count == 1_000)
        let long = try JSON.parse(Array(("0." + String(repeating: "0", count: 1_021) + "1").utf8))
        #expect(long == .number(0))
    }

    @Test func anyPrefixAndAnyDamageIsAnErrorAndNoTrap() {
        let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83c\udf32\n",null,true],"é":{"b":""}}"#.utf8)
        for length in 0..<whole.count { #expect(throws: JSONError.self) { try JSON.parse(whole.prefix(length)) } }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) { damaged[Int.random(in: 0..<whole.count)] = UInt8.random(in: 0...255) }
            if let value = try? JSON.parse(damaged) { #expect((try? JSON.parse(value.encode())) == value) }
        }
    }
}
