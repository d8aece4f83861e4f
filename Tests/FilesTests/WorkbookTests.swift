import LatchkeyAccess
import Testing

@testable import LatchkeyFiles

@Suite struct `A table as a workbook` {
    private func written(_ rows: [[Cell]], columns: [String] = ["a", "b"], mostRows: Int = XLSXWriter.mostRows) throws -> [UInt8] {
        let writer = try XLSXWriter(columns, sheet: "Users", at: Timestamp(milliseconds: 1_700_000_000_000), mostRows: mostRows)
        var bytes: [UInt8] = []
        for row in rows {
            try writer.row(row)
            bytes += writer.take()
        }
        try writer.close()
        return bytes + writer.take()
    }

    /// What is left of a text in XML.
    private func kept(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { ($0.value >= 0x20 || ["\t", "\r", "\n"].contains($0)) && $0.value & 0xFFFE != 0xFFFE }
        return String(String.UnicodeScalarView(scalars.prefix(XLSXWriter.longestText)))
    }

    @Test func `comes back as it was`() throws {
        let texts = Hostile.all.filter { !$0.isEmpty }
        let rows = try TableReader.rows(written(texts.map { [.text("x"), .text($0)] }), most: 1000)
        #expect(rows.count == texts.count + 1 && rows.first?.cells == ["a", "b"])
        for (row, text) in zip(rows.dropFirst(), texts) {
            let cell = row.cells.count > 1 ? row.cells[1] : ""
            #expect(cell.unicodeScalars.elementsEqual(kept(text).unicodeScalars), "\(text.debugDescription)")
        }
    }

    @Test func `has texts as texts, and no formula anywhere`() throws {
        var zip = try ZipReader(written(Hostile.formulas.map { [.text($0), .number(7)] }), room: 1 << 20)
        let sheet = String(decoding: try #require(try zip.file("xl/worksheets/sheet1.xml")), as: UTF8.self)
        #expect(!sheet.contains("<f") && sheet.contains("<c><v>7</v></c>"))
        #expect(sheet.ranges(of: "t=\"inlineStr\"").count == Hostile.formulas.count + 2, "the texts and the two columns")
    }

    @Test func `goes on on a further sheet`() throws {
        var zip = try ZipReader(written((0..<5).map { [.number($0)] }, mostRows: 3), room: 1 << 20)
        let third = String(decoding: try #require(try zip.file("xl/worksheets/sheet3.xml")), as: UTF8.self)
        #expect(third.contains("<v>4</v>") && third.contains(">a<"), "each has its head")
        let workbook = String(decoding: try #require(try zip.file("xl/workbook.xml")), as: UTF8.self)
        #expect(workbook.contains("name=\"Users 3\""))
    }

    @Test func `counts days as spreadsheets do`() {
        #expect(XLSXWriter.serial(Timestamp(milliseconds: 0)) == 25_569)
    }

    @Test func `is refused where it is none, cut off or grown`() throws {
        func refusal(_ bytes: [UInt8], most: Int = 10) -> TableReader.Malformed.Reason? {
            do throws(TableReader.Malformed) {
                _ = try TableReader.rows(bytes, most: most)
                return nil
            } catch { return error.reason }
        }
        let good = try written([[.text("x")], [.text("y")]])
        #expect(refusal(good) == nil && refusal(good, most: 2) == .tooManyRows)
        #expect(refusal(Array(good.prefix(good.count / 2))) == .notWorkbook)
        #expect(refusal(TableReader.compound + good) == .encrypted)
        for at in stride(from: 4, to: good.count, by: 3) {
            var bytes = good
            bytes[at] ^= 0x55
            // Whatever it makes of that, it ends.
            _ = refusal(bytes)
        }
        let bomb = try ZipWriter(compressing: true)
        try bomb.begin("xl/workbook.xml", size: nil, at: Timestamp(milliseconds: 0))
        for _ in 0..<100 { try bomb.write([UInt8](repeating: 0x20, count: 1 << 20)) }
        try bomb.begin("xl/sharedStrings.xml", size: nil, at: Timestamp(milliseconds: 0))
        try bomb.write([UInt8](repeating: 0x20, count: 1 << 20))
        try bomb.close()
        #expect(refusal(bomb.take()) == .tooLarge)
        let wide = try written([(0..<200).map { .number($0) }])
        #expect(refusal(wide) == .tooManyCells)
    }
}

@Suite struct `XML of others` {
    private func events(_ text: String) throws -> [XMLReader.Event] {
        var reader = XMLReader(Array(text.utf8))
        var events: [XMLReader.Event] = []
        while let event = try reader.next() { events.append(event) }
        return events
    }

    @Test func `is read tag by tag`() throws {
        let read = try events("<?xml version='1.0'?>\n<x:a b=\"1 &lt; 2\" c='3'><!-- no --><d/>t&#65;&amp;<![CDATA[<e>]]></x:a>\n")
        #expect(
            read == [
                .start("a", ["b": "1 < 2", "c": "3"]), .start("d", [:]), .end("d"), .text("tA&"), .text("<e>"), .end("a"),
            ])
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>&b;</a>", "<a>&#0;</a>", "<a>", "<a></b>", "<a/><b/>", "x<a/>", "", "<a b></a>", "<a b='",
        "</a>",
        "<a>&#xD800;</a>", String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100), "<!-- ", "<a><![CDATA[",
    ]) func `is refused where it is not well formed, or has a document type`(_ text: String) {
        #expect(throws: XMLReader.Malformed.self) { try events(text) }
    }
}
