/// Comma-separated values as RFC 4180 has them, read by bytes and strictly: what could be read in two ways is refused with its line.
///
/// Lines end in CR LF or LF. A mark of the byte order at the beginning is skipped, and empty lines are. The separator is a comma, or a semicolon or
/// a tab where that comes first in the first line. A cell is a text and nothing else, whatever it begins with.
package enum CSVReader {
    package typealias Row = TableReader.Row
    package typealias Malformed = TableReader.Malformed

    /// - Throws: `Malformed` at the first line that is not well formed, or beyond `most` rows.
    package static func rows(_ bytes: [UInt8], most: Int) throws(Malformed) -> [Row] {
        var reader = Reader(bytes: bytes)
        var rows: [Row] = []
        while let row = try reader.row() {
            if row.cells == [""] { continue }
            if rows.count >= most { throw Malformed(line: row.line, reason: .tooManyRows) }
            rows.append(row)
        }
        return rows
    }
}

private struct Reader {
    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private let bytes: [UInt8]
    private let separator: UInt8
    private var at: Int
    private var line = 1

    init(bytes: [UInt8]) {
        self.bytes = bytes
        at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let first = bytes[at...].first { [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), Self.newline].contains($0) }
        separator = first.flatMap { $0 == Self.newline ? nil : $0 } ?? UInt8(ascii: ",")
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func row() throws(CSVReader.Malformed) -> CSVReader.Row? {
        if at >= bytes.count { return nil }
        let first = line
        var cells: [String] = []
        while true {
            cells.append(next == Self.quote ? try quoted() : try plain())
            guard let byte = next else { break }
            at += 1
            if byte == separator { continue }
            // What follows a carriage return was looked at when it ended the cell.
            if byte == Self.carriageReturn { at += 1 }
            line += 1
            break
        }
        return CSVReader.Row(line: first, cells: cells)
    }

    private func isEnd(_ byte: UInt8) throws(CSVReader.Malformed) -> Bool {
        if byte == separator || byte == Self.newline { return true }
        guard byte == Self.carriageReturn else { return false }
        guard at + 1 < bytes.count, bytes[at + 1] == Self.newline else { throw .init(line: line, reason: .loneCarriageReturn) }
        return true
    }

    private mutating func plain() throws(CSVReader.Malformed) -> String {
        let start = at
        while let byte = next, try !isEnd(byte) {
            if byte == Self.quote { throw .init(line: line, reason: .quoteInside) }
            at += 1
        }
        return try text(bytes[start..<at])
    }

    private mutating func quoted() throws(CSVReader.Malformed) -> String {
        let opened = line
        var cell: [UInt8] = []
        at += 1
        while let byte = next {
            at += 1
            if byte == Self.newline { line += 1 }
            guard byte == Self.quote else {
                cell.append(byte)
                continue
            }
            if next == Self.quote {
                cell.append(Self.quote)
                at += 1
                continue
            }
            if let after = next, try !isEnd(after) { throw .init(line: line, reason: .afterQuote) }
            return try text(cell[...])
        }
        throw .init(line: opened, reason: .unclosedQuote)
    }

    private func text(_ cell: ArraySlice<UInt8>) throws(CSVReader.Malformed) -> String {
        guard let text = String(validating: cell, as: UTF8.self) else { throw .init(line: line, reason: .notUTF8) }
        return text
    }
}
