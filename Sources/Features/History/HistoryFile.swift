import LatchkeyAccess
import LatchkeyFiles
import LatchkeyJSON
import LatchkeyWeb

/// Entries as a file, while they are read: one page of them is in memory.
actor HistoryFile {
    private let format: HistoryExport.Format
    private let now: Timestamp
    private let page: @Sendable (_ before: Int64?) async throws -> [HistoryEntry]
    private var table: (any TableWriter)?
    private var before: Int64?
    private var isOver = false

    init(_ format: HistoryExport.Format, at now: Timestamp, _ page: @escaping @Sendable (_ before: Int64?) async throws -> [HistoryEntry]) {
        self.format = format
        self.now = now
        self.page = page
    }

    /// The next piece; nil after the last. Throws where it cannot be read any more, or not by this reader: the answer then breaks off.
    func next() async throws -> [UInt8]? {
        while !isOver {
            let entries = try await page(before)
            before = entries.last?.seq
            isOver = entries.isEmpty
            let piece = try format == .jsonl ? lines(entries) : rows(entries)
            if !piece.isEmpty { return piece }
        }
        return nil
    }

    private func lines(_ entries: [HistoryEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += entry.json.encode()
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private func rows(_ entries: [HistoryEntry]) throws -> [UInt8] {
        let table = try self.table ?? (format == .xlsx ? TableFormat.xlsx : .csv).writer(Self.columns, sheet: "History", at: now)
        self.table = table
        for entry in entries { for row in Self.rows(entry) { try table.row(row) } }
        if isOver { try table.close() }
        return table.take()
    }

    private static let columns = [
        "at", "actor", "actor_kind", "actor_id", "on_behalf_of", "action", "subject", "subject_kind", "subject_id", "field", "from", "to", "address",
        "request_id", "entry",
    ]

    /// A row for each change of an entry, and one for an entry without any; ids in changes by the names that they had.
    private static func rows(_ entry: HistoryEntry) -> [[Cell]] {
        let head: [Cell] = [
            .time(entry.at), .text(entry.actorName), .text(entry.actorKind), .text(entry.actorID), Cell(entry.onBehalfOf), .text(entry.action),
            .text(entry.subjectName), .text(entry.subjectKind), .text(entry.subjectID),
        ]
        let foot: [Cell] = [.text(entry.address), Cell(entry.details?["request_id"]?.text), .text(entry.id.description)]
        if entry.changes.isEmpty { return [head + [.empty, .empty, .empty] + foot] }
        return entry.changes.map { change in
            let values = ["from", "to"].map { end in Cell(change[end].flatMap { $0.isNull ? nil : HistoryTimeline.shown($0, entry.names) }) }
            return head + [Cell(change["field"]?.text)] + values + foot
        }
    }
}
