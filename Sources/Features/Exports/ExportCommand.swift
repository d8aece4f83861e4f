import LatchkeyAccess
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The same for an operator at the server's own machine, who writes the file themselves: piece by piece, as CSV.
package enum ExportCommand {
    /// Lines of a table, the first piece with its head, and where to go on. History tells of the last piece, with how many rows there were.
    /// - Parameter rows: How many came before.
    /// - Throws: `Hidden` where there is no such account.
    package static func piece(
        of source: any ExportSource, after: String?, rows before: Int, in account: AccountID, _ house: House
    ) async throws -> (text: String, rows: Int, next: String?) {
        let now = house.gate.now
        let need = Need.screen(.users, .read)
        let reader = source.reader([:])
        let batch = try await house.gate.read(commanding: account, need) { permit, tx in try reader.rows(after: after, at: now, permit, tx) }
        let writer = try CSVWriter(source.columns)
        if after != nil { _ = writer.take() }
        for row in batch.rows { try writer.row(row) }
        let rows = before + batch.rows.count
        if batch.next == nil {
            try await house.gate.write(commanding: account, need) { _, _, ledger in
                let subject = Subject("export", ExportID.new(at: now), source.kind)
                let changes = [Change("kind", to: .string(source.kind)), Change("format", to: "csv"), Change("rows", to: JSON(rows))]
                try ledger.record(source.kind + ".exported", subject, changes)
            }
        }
        return (String(decoding: writer.take(), as: UTF8.self), rows, batch.next)
    }
}
