import LatchkeyAccess

/// Comma-separated values as RFC 4180 has them, in UTF-8, with a mark of the byte order at the beginning for Excel's sake. A text that a spreadsheet
/// might take for a formula begins with an apostrophe.
package final class CSVWriter: TableWriter {
    private var bytes: [UInt8] = []

    package init(_ columns: [String], byteOrderMark: Bool = true) throws {
        if byteOrderMark { bytes += [0xEF, 0xBB, 0xBF] }
        try row(columns.map { .text($0) })
    }

    package func row(_ cells: [Cell]) throws { Self.write(cells, to: &bytes) }

    /// Into a buffer that is checked out once for a row, not once for a byte.
    private static func write(_ cells: [Cell], to bytes: inout [UInt8]) {
        for index in cells.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cells[index] {
            // A line with nothing on it is no row.
            case .empty: if cells.count == 1 { bytes += nothing }
            case .text(let text):
                if cells.count == 1, text.isEmpty { bytes += nothing } else { write(text, to: &bytes) }
            case .number(let number): bytes += String(number).utf8
            case .time(let time): bytes += time.description.utf8
            }
        }
        bytes += newline
    }

    package func close() throws {}

    package func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return Array(bytes)
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        // Without a copy where the text lies in one piece, as all do that come out of a database.
        if text.utf8.withContiguousStorageIfAvailable({ write($0, to: &bytes) }) != nil { return }
        var text = text
        text.withUTF8 { write($0, to: &bytes) }
    }

    private static func write(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        let isFormula = Formula.mayBegin(text)
        let isQuoted = isFormula || text.contains(where: isSpecial) || text.first == 0x20 || text.last == 0x20
        if !isQuoted { return bytes.append(contentsOf: text) }
        bytes.append(quote)
        if isFormula { bytes.append(UInt8(ascii: "'")) }
        for byte in text {
            bytes.append(byte)
            if byte == quote { bytes.append(byte) }
        }
        bytes.append(quote)
    }

    /// What ends a cell for some reader, by whichever separator it goes.
    private static func isSpecial(_ byte: UInt8) -> Bool { byte < 0x20 || byte == quote || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") }

    private static let quote = UInt8(ascii: "\"")
    private static let nothing = Array("\"\"".utf8)
    private static let newline = Array("\r\n".utf8)
}
