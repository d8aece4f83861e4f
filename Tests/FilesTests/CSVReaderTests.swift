import Testing

@testable import LatchkeyFiles

@Suite struct `Comma-separated values` {
    private func read(_ text: String, most: Int = 100) throws(CSVReader.Malformed) -> [[String]] {
        try CSVReader.rows(Array(text.utf8), most: most).map(\.cells)
    }

    private func refusal(_ bytes: [UInt8], most: Int = 100) -> CSVReader.Malformed? {
        do throws(CSVReader.Malformed) {
            _ = try CSVReader.rows(bytes, most: most)
            return nil
        } catch { return error }
    }

    @Test func `are read as they were written`() throws {
        #expect(try read("a,b\r\nc,d\r\n") == [["a", "b"], ["c", "d"]])
        #expect(try read("a,b\nc,d") == [["a", "b"], ["c", "d"]])
        #expect(try read("\u{FEFF}a,\"b \"\"x\"\", y\"\n,") == [["a", "b \"x\", y"], ["", ""]])
        #expect(try read("a;b\n\"1;2\";3") == [["a", "b"], ["1;2", "3"]], "as spreadsheets write it where the comma is a decimal sign")
        #expect(try read("a\tb\n1,5\t2") == [["a", "b"], ["1,5", "2"]])
        #expect(try read("a,b\n\n\r\n1,2\n\n") == [["a", "b"], ["1", "2"]])
        #expect(try read("a\n\"two\r\nlines\"\nb") == [["a"], ["two\r\nlines"], ["b"]])
        #expect(try read("") == [] && read("\u{FEFF}") == [])
        #expect(try read("a\n=1+1\n+49\n@x") == [["a"], ["=1+1"], ["+49"], ["@x"]], "a cell is a text, whatever it begins with")
    }

    @Test func `know their lines`() throws {
        let rows = try CSVReader.rows(Array("a\n\n\"b\nb\"\nc".utf8), most: 10)
        #expect(rows.map(\.line) == [1, 3, 5])
    }

    @Test func `are refused where they could be read in two ways`() {
        #expect(refusal(Array("a\nb\"c\"".utf8)) == .init(line: 2, reason: .quoteInside))
        #expect(refusal(Array("a\n\"b\"c".utf8)) == .init(line: 2, reason: .afterQuote))
        #expect(refusal(Array("a\n\"b\n\nc".utf8)) == .init(line: 2, reason: .unclosedQuote))
        #expect(refusal(Array("a\rb".utf8)) == .init(line: 1, reason: .loneCarriageReturn))
        #expect(refusal(Array("a\n\"b\"\r".utf8)) == .init(line: 2, reason: .loneCarriageReturn))
        #expect(refusal([0x61, 0x0A, 0xFF]) == .init(line: 2, reason: .notUTF8))
        #expect(refusal(Array("a\nb\nc".utf8), most: 2) == .init(line: 3, reason: .tooManyRows))
    }

    @Test func `do not let a combining mark hide a separator`() throws {
        #expect(try read("a,\u{301}b\n1,2") == [["a", "\u{301}b"], ["1", "2"]])
    }

    @Test func `of any bytes end in rows or a refusal`() {
        var state: UInt64 = 42
        let alphabet = Array("ab,;\t\"\r\n\u{FEFF}é".utf8) + [0xFF, 0x00]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            _ = refusal(bytes)
        }
    }
}
