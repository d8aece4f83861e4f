import LatchkeyWeb
import Testing

@Suite struct HTMLTests {
    let attack = #"<script>"'&</script>"#
    let escaped = "&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;"

    @Test func everyValueIsEscapedAndMarkupIsNot() {
        let text: String? = attack
        let none: String? = nil
        #expect(("<p>\(attack)</p>" as HTML).description == "<p>\(escaped)</p>")
        #expect(("<p>\(attack[...])\(text)\(none)</p>" as HTML).description == "<p>\(escaped)\(escaped)</p>")
        #expect(HTML(text: attack).description == escaped)
        #expect(("\(-5) \(UInt8(7)) \("<")" as HTML).description == "-5 7 &lt;")
        #expect(("é🌲 & <b>" as HTML).description == "é🌲 & <b>")
        #expect(("é" as HTML).description == "é" && ("<" as HTML).description == "<" && ("" as HTML).isEmpty)
    }

    @Test func attributesAreEscapedOrLeftOut() {
        let none: String? = nil
        #expect(("<a\(attribute: "title", attack)>" as HTML).description == "<a title=\"\(escaped)\">")
        #expect(("<a\(attribute: "title", none)\(attribute: "href", "")>" as HTML).description == "<a href=\"\">")
        #expect(
            ("<a title=\"\(#"x" onclick="y"#)\" id='\("x' y='")'>" as HTML).description == "<a title=\"x&quot; onclick=&quot;y\" id='x&#39; y=&#39;'>"
        )
        #expect(("<input\(flag: "checked", true)\(flag: "disabled", false)>" as HTML).description == "<input checked>")
    }

    @Test func piecesAreSplicedAsTheyAre() {
        let rows = ["<1>", "2"].map { "<li>\($0)</li>" as HTML }
        let none: HTML? = nil
        #expect(("<ul>\(rows)\(none)</ul>" as HTML).description == "<ul><li>&lt;1&gt;</li><li>2</li></ul>")
        #expect(("\(if: true, "<b>\("<")</b>")\(if: false, "<i>")" as HTML).description == "<b>&lt;</b>")
        #expect(rows.joined(separator: "<hr>").description == "<li>&lt;1&gt;</li><hr><li>2</li>")
        #expect([HTML]().joined(separator: "<hr>").isEmpty)
        var page: HTML = "<p>"
        page += "\("&")"
        #expect((page + "</p>").description == "<p>&amp;</p>")
    }

    @Test func whatIsNotChosenIsNotMade() {
        var made = 0
        func piece() -> HTML {
            made += 1
            return "x"
        }
        let page: HTML = "\(if: false, piece())\(if: true, piece())"
        #expect(made == 1 && page == "x")
    }

    @Test func controlCharactersAreShownAsReplaced() {
        for code in (UInt32(0)...0x1F).filter({ $0 != 9 && $0 != 10 }) + [0x7F] + Array(0x80...0x9F) {
            let scalar = Unicode.Scalar(code).map(String.init) ?? ""
            #expect(HTML(text: "a\(scalar)b").description == "a\u{FFFD}b")
            #expect(HTML(text: scalar).description == "\u{FFFD}")
        }
        #expect(HTML(text: "a\tb\nc\u{A0}d\u{AD}é").description == "a\tb\nc\u{A0}d\u{AD}é")
        #expect(HTML(text: "a\r\nb\rc\r").description.unicodeScalars.elementsEqual("a\nb\u{FFFD}c\u{FFFD}".unicodeScalars))
        #expect(HTML(text: "\u{202E}x\u{2069}").description == "\u{202E}x\u{2069}")
    }

    @Test func nothingThatWasPutInOpensATagOrEndsAnAttribute() {
        for _ in 0..<2_000 {
            let text = JSONWriterTests.text() + ["<", ">", "\"", "'", "&", "\u{300}"].shuffled().joined()
            let bytes = HTML(text: text).bytes
            #expect(!bytes.contains { "<>\"'".utf8.contains($0) || ($0 < 0x20 && $0 != 9 && $0 != 10) })
            let clean = text.unicodeScalars.map { $0.properties.generalCategory == .control && $0 != "\t" && $0 != "\n" ? "\u{FFFD}" : $0 }
            if !text.utf8.contains(0x0D) { #expect(Self.read(bytes).unicodeScalars.elementsEqual(clean)) }
        }
    }

    /// What a browser reads, byte by byte: to a Character, a combining mark would belong to the semicolon.
    static func read(_ bytes: [UInt8]) -> String {
        let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        var rest = bytes[...]
        var text: [UInt8] = []
        while let byte = rest.first {
            let name = names.first { rest.starts(with: $0.0.utf8) }
            text += name.map { Array($0.1.utf8) } ?? [byte]
            rest = rest.dropFirst(name?.0.utf8.count ?? 1)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
