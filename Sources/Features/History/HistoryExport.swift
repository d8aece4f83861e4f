import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A history as a file, page by page while it is read, so that memory stays at one page however long it is. That it was taken is an entry itself.
package enum HistoryExport {
    package enum Format: String, Sendable, CaseIterable {
        case csv, xlsx, jsonl

        /// As people call it.
        var name: String {
            switch self {
            case .csv: t("As CSV")
            case .xlsx: t("As a workbook (XLSX)")
            case .jsonl: t("As JSON lines")
            }
        }

        var mediaType: String {
            switch self {
            case .csv: TableFormat.csv.mediaType
            case .xlsx: TableFormat.xlsx.mediaType
            case .jsonl: "application/x-ndjson"
            }
        }
    }

    private static let pageSize = 200

    /// Where the file is, of the account that a page is about.
    static var path: String { "/api/v1" + Inside.path("/history") + "/export" }

    static let routes: [Route] = [
        // Safe for whoever asks, and recorded all the same.
        Route(.get, "/api/v1/history/export", .need(.screen(.history, .read)), leaves: .history, alsoInAccounts: true, stepUp: .secondStep) { call in
            try call.requireMayExport()
            let query = try call.query()
            let format: Format = query.choice("format") ?? .jsonl
            let filter = HistoryFilter(query)
            try query.finish()
            return try await answer(call, format, filter)
        }
    ]

    /// What was there when it was asked for; recorded before the first byte leaves.
    private static func answer(_ call: Call, _ format: Format, _ filter: HistoryFilter) async throws -> Answer {
        let isLook = call.inbound.method == .head
        let newest =
            if isLook { nil as Int64? } else {
                try await call.write(touches: .records) { permit, tx, ledger in
                    let newest = try HistoryEntryStore.list(HistoryFilter(), before: nil, limit: 1, permit, tx).first?.seq
                    let count = try HistoryEntryStore.count(filter, permit, tx)
                    let account = try AccountFacts.of(permit, tx)
                    try ledger.record("history.exported", Subject("account", account.id, account.name), changes(format, filter, count))
                    return newest
                }
            }
        return stream(format, at: call.now) { before in
            try await call.read { permit, tx in
                let after = before ?? newest.map { $0 + 1 }
                return try HistoryPage.find(filter, PageRequest(limit: pageSize, after: after.map { Cursor(String($0)) }), permit, tx).items
            }
        }
    }

    /// The enterprise's, for administrators who may take things out.
    static func answer(enterprise call: Call, _ format: Format, _ filter: HistoryFilter) async throws -> Answer {
        let isLook = call.inbound.method == .head
        let newest =
            if isLook { nil as Int64? } else {
                try await call.enterpriseWrite { permit, tx, ledger in
                    let newest = try HistoryEntryStore.list(HistoryFilter(), before: nil, limit: 1, permit, tx).first?.seq
                    let count = try HistoryEntryStore.count(filter, permit, tx)
                    try ledger.record(
                        "history.exported", Subject("enterprise", "enterprise", "Enterprise"), changes(format, filter, count))
                    return newest
                }
            }
        return stream(format, at: call.now) { before in
            try await call.enterpriseRead { permit, tx in
                let after = before ?? newest.map { $0 + 1 }
                let page = PageRequest(limit: pageSize, after: after.map { Cursor(String($0)) })
                return try HistoryPage.find(filter, page, permit, tx).items
            }
        }
    }

    private static func changes(_ format: Format, _ filter: HistoryFilter, _ count: Int) -> [Change] {
        let asked: [(String, JSON)] = [
            ("subject", filter.subjects.map { JSON($0) } ?? .null), ("kind", JSON(filter.kind)),
            ("actor", filter.actors.map { JSON($0) } ?? .null),
            ("action", JSON(filter.action)), ("from", JSON(filter.from)), ("to", JSON(filter.to)),
        ]
        return [Change("entries", to: JSON(count)), Change("format", to: .string(format.rawValue))]
            + asked.filter { $0.1 != .null }.map { Change("filter." + $0.0, to: $0.1) }
    }

    private static func stream(_ format: Format, at now: Timestamp, _ page: @escaping @Sendable (_ before: Int64?) async throws -> [HistoryEntry])
        -> Answer
    {
        let headers: HTTPFields = [
            .cacheControl: "private, no-store", .contentDisposition: "attachment; filename=\"history.\(format.rawValue)\"",
            .contentSecurityPolicy: "default-src 'none'; sandbox; frame-ancestors 'none'",
        ]
        return Answer(
            200,
            .stream(type: format.mediaType) {
                let file = HistoryFile(format, at: now, page)
                return AsyncThrowingStream { try await file.next() }
            }, headers: headers)
    }
}
