import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What can be done with exports. Each works on the permit's account and on what its principal has asked for; others' do not exist.
enum Exports {
    /// So many a principal keeps.
    static let most = 200

    /// - Throws: `Hidden`.
    static func find(_ id: ExportID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Export {
        guard let export = try ExportStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return export.seen(at: now)
    }

    static func list(_ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<Export> {
        let total = try page.wantsTotal ? ExportStore.count(at: now, permit, tx) : nil
        return Page(try ExportStore.list(page, at: now, permit, tx).map { $0.seen(at: now) }, limit: page.limit, total: total) { $0.id.description }
    }

    /// What the fields ask for, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields; `Refusal` for what one may not read.
    static func draft(_ fields: Fields, _ sources: [any ExportSource], at now: Timestamp, _ permit: borrowing Permit) throws -> Export {
        let kind = fields.text("kind", 1...40)
        let format: TableFormat = fields.optionalChoice("format") ?? .csv
        let source = sources.first { $0.kind == kind }
        if source == nil, !kind.isEmpty {
            fields.invalid("kind", "invalid_choice", "This must be one of \(sources.map(\.kind).joined(separator: ", ")).")
        }
        guard let filter = source?.filter(fields) else {
            // What else is there cannot be judged without knowing what for.
            try fields.finish()
            throw Problem.invalid("kind", "required", "This is required.")
        }
        try fields.finish()
        try source?.require(permit.access)
        return Export(
            id: .new(at: now), kind: kind, format: format, filter: filter, state: .running, failure: nil, rows: nil, bytes: nil, blob: nil,
            createdAt: now, finishedAt: nil)
    }

    /// Notes that it was asked for.
    /// - Throws: `Problem` 409 `too_many_exports`.
    static func create(_ export: Export, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        if try ExportStore.count(at: ledger.now, permit, tx) >= most {
            throw Problem.conflict("too_many_exports", t("You keep %1 exports. Delete some first.", String(most)))
        }
        try ExportStore.insert(export, permit, tx)
        try ledger.record("export.requested", export.subject, export.details)
    }

    /// Notes that the file is there: with how many rows, in the history of the account.
    static func finish(
        _ export: Export, rows: Int, bytes: Int, blob: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        var done = export
        (done.state, done.rows, done.bytes, done.blob, done.finishedAt) = (.ready, rows, bytes, blob, ledger.now)
        guard try ExportStore.update(done, permit, tx) else { throw Hidden() }
        try ledger.record(export.kind + ".exported", export.subject, export.details + [Change("rows", to: JSON(rows))])
    }

    static func fail(_ export: Export, _ failure: Export.Failure, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        var done = export
        (done.state, done.failure, done.finishedAt) = (.failed, failure, ledger.now)
        if try ExportStore.update(done, permit, tx) {
            try ledger.record("export.failed", export.subject, [Change("reason", to: .string(failure.rawValue))])
        }
    }

    /// Forgets it; answers the file that is to be removed, if there is one.
    /// - Throws: `Hidden`.
    static func delete(_ id: ExportID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws -> String? {
        let export = try find(id, at: ledger.now, permit, tx)
        try ExportStore.delete(id, permit, tx)
        try ledger.record("export.deleted", export.subject)
        return export.blob
    }
}
