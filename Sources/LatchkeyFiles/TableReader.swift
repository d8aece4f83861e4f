/// Reads a table that somebody sent, CSV or a workbook: bounded in everything, and strict, so that nothing is read in two ways.
package enum TableReader {
    package struct Row: Sendable, Hashable {
        /// Of its first byte in CSV, of the sheet in a workbook, from 1.
        package let line: Int
        package var cells: [String]

        package init(line: Int, cells: [String]) {
            self.line = line
            self.cells = cells
        }
    }

    package struct Malformed: Error, Hashable {
        package enum Reason: Hashable, CaseIterable {
            case quoteInside, afterQuote, unclosedQuote, loneCarriageReturn, notUTF8, tooManyRows
            /// No workbook that this reads, one that says more than is read, one that has grown out of all proportion.
            case notWorkbook, encrypted, tooManyCells, tooLarge
        }

        package let line: Int
        package let reason: Reason

        package init(line: Int, reason: Reason) {
            self.line = line
            self.reason = reason
        }
    }

    /// The rows that have something in them; what it is, the first bytes say. An apostrophe that keeps a cell of CSV from being a formula is taken away.
    /// - Throws: `Malformed` at the first line that is not well formed, or beyond `most` rows.
    package static func rows(_ bytes: [UInt8], most: Int) throws(Malformed) -> [Row] {
        if isWorkbook(bytes) { return try XLSXReader.rows(bytes, most: most) }
        return try CSVReader.rows(bytes, most: most).map { row in Row(line: row.line, cells: row.cells.map(Formula.unguarded)) }
    }

    /// Whether the bytes begin as a ZIP archive does, or as old and as encrypted workbooks do.
    package static func isWorkbook(_ bytes: [UInt8]) -> Bool { bytes.starts(with: ZipReader.mark) || bytes.starts(with: compound) }

    /// Excel's old format, and the wrapping of an encrypted workbook.
    static let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
}
