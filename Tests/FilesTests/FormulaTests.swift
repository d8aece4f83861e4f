import LatchkeyAccess
import Testing

@testable import LatchkeyFiles

/// Texts that a spreadsheet might take for formulas, and others that only look alike.
enum Hostile {
    static let beginnings: [String] = [
        "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁺", "⁻", "⁼", "₊", "−", "=\u{338}", "=\u{301}", "＝\u{338}",
        "-\u{20E3}", "\u{FEFF}=", "\u{FEFF}\u{FEFF} =", " =", "\u{A0}=", "\u{3000}@", "\"=", "\" =", "'=", "''+", "\u{2019}=", "\u{200B}=",
        "\u{2060}-",
        "\u{AD}+", "\u{301}=", "\u{0}=", "\u{1}@", "\u{202E}=", "\r\n=", "\r=", "\u{B}=", "`=", "«=",
    ]
    static let formulas = beginnings.map { $0 + "cmd|' /C calc'!A0" }
    static let others = [
        "Una", "una@example.com", "a=b", "1+1", "'", "''", "O'Brien", "'Una'", "", " ", "\"", "a,b", "a;b", "a\tb", "two\r\nlines", "\"quoted\"",
        "Ünä", "_x0041_",
        "_x003D_1", "<b>&amp;</b>", "]]>", "\u{1F600}", "x\u{0}y\u{1F}\u{FFFE}", "end ", "\u{301}a", String(repeating: "long ", count: 7000),
    ]
    static var all: [String] { formulas + beginnings + others }
}

@Suite struct `What might be a formula` {
    @Test(arguments: Hostile.beginnings) func `is known by any beginning`(_ beginning: String) {
        #expect(Formula.mayBegin(beginning) && Formula.mayBegin(beginning + "1+1"))
        var text = beginning + "1+1"
        let byBytes = text.withUTF8 { Formula.mayBegin($0) }
        #expect(byBytes)
    }

    @Test func `is no other text`() {
        #expect(Hostile.others.allSatisfy { !Formula.mayBegin($0) || $0.hasPrefix("=") })
    }

    @Test func `is guarded and unguarded without loss`() {
        for text in Hostile.all {
            let guarded = Formula.mayBegin(text) ? "'" + text : text
            let back = Formula.unguarded(guarded)
            #expect(back.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }
}

@Suite struct `A table as CSV` {
    private func written(_ columns: [String], _ rows: [[Cell]]) throws -> [UInt8] {
        let writer = try TableFormat.csv.writer(columns, sheet: "Users", at: Timestamp(milliseconds: 0))
        for row in rows { try writer.row(row) }
        try writer.close()
        return writer.take()
    }

    @Test func `comes back as it was, and nothing in it begins like a formula`() throws {
        let texts = Hostile.all
        let bytes = try written(["a", "b", "c"], texts.map { [.text("x"), .text($0), .text($0)] })
        let rows = try CSVReader.rows(bytes, most: 1000)
        #expect(rows.count == texts.count + 1)
        for (row, text) in zip(rows.dropFirst(), texts) {
            #expect(row.cells.count == 3)
            for cell in row.cells.dropFirst() {
                #expect(!Formula.mayBegin(cell) || cell.unicodeScalars.first == "'")
                #expect(Formula.unguarded(cell).unicodeScalars.elementsEqual(text.unicodeScalars))
            }
        }
    }

    @Test func `has numbers, moments and nothing as such`() throws {
        let bytes = try written(["n", "t", "e"], [[.number(-5), .time(Timestamp(milliseconds: 0)), .empty]])
        #expect(String(decoding: bytes.dropFirst(3), as: UTF8.self) == "n,t,e\r\n-5,1970-01-01T00:00:00.000Z,\r\n")
        #expect(
            try CSVReader.rows(written(["only"], [[.empty], [.text("")], [.text("x")]]), most: 10).count == 2, "a line with nothing on it is none")
    }

    @Test func `hands out each piece once`() throws {
        let writer = try CSVWriter(["a"], byteOrderMark: false)
        #expect(writer.take() == Array("a\r\n".utf8) && writer.take().isEmpty)
    }
}
