import LatchkeyAccess

/// A value of a table that is written into a file.
package enum Cell: Sendable, Hashable {
    case empty
    /// A text and nothing else: whatever it begins with, it never becomes a formula.
    case text(String)
    case number(Int64)
    /// A moment, in UTC.
    case time(Timestamp)

    package init(_ time: Timestamp?) { self = time.map { .time($0) } ?? .empty }
    package init(_ text: String?) { self = text.map { .text($0) } ?? .empty }
}

/// Writes a table row by row. What is ready comes out by `take`, so that memory stays at one piece however many rows there are. Not for several threads
/// at once.
package protocol TableWriter: AnyObject {
    /// Adds a row; cells may be fewer than there are columns.
    func row(_ cells: [Cell]) throws
    /// Ends the table; nothing comes after it but a last `take`.
    func close() throws
    /// What is ready to go out, once.
    func take() -> [UInt8]
}

/// What a table can be written as.
package enum TableFormat: String, Sendable, Hashable, CaseIterable {
    case csv, xlsx

    package var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        }
    }

    /// Begins a table with its columns' names.
    /// - Parameter sheet: What a workbook calls it.
    package func writer(_ columns: [String], sheet: String, at now: Timestamp) throws -> any TableWriter {
        switch self {
        case .csv: try CSVWriter(columns)
        case .xlsx: try XLSXWriter(columns, sheet: sheet, at: now)
        }
    }
}
