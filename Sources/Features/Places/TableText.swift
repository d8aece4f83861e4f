import LatchkeyFiles

/// A table that somebody sent as a file, as lines of text that a page can carry to its next step: a workbook's cells too.
package enum TableText {
    /// Nil where there is no such table.
    package static func lines(_ bytes: [UInt8], most: Int) -> String? {
        guard TableReader.isWorkbook(bytes) else { return String(validating: bytes, as: UTF8.self) }
        guard let rows = try? TableReader.rows(bytes, most: most), let head = rows.first,
            let writer = try? CSVWriter(head.cells, byteOrderMark: false)
        else { return nil }
        for row in rows.dropFirst() { try? writer.row(row.cells.map { .text($0) }) }
        return String(decoding: writer.take(), as: UTF8.self)
    }
}
