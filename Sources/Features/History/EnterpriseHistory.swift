import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What happened at the enterprise level: to its accounts, groups, administrators and settings. Whoever works in some groups only reads of what lies in
/// those.
package enum EnterpriseHistory {
    package static let routes: [Route] = [
        // Safe for whoever asks, and recorded all the same.
        Route(.get, exportPath, .need(.enterprise(.export)), leaves: .history) { call in
            let query = try call.query()
            let format: HistoryExport.Format = query.choice("format") ?? .jsonl
            let filter = HistoryFilter(query)
            try query.finish()
            return try await HistoryExport.answer(enterprise: call, format, filter)
        }
    ]

    private static let exportPath = "/api/v1/enterprise/history/export"

    /// A page of entries, newest first.
    package static func find(
        _ filter: HistoryFilter, _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Page<HistoryEntry> { try HistoryPage.find(filter, page, permit, tx) }

    /// Answers a query about all of it, or about one thing.
    package static func answer(
        _ query: Query, subject: String? = nil, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Answer { try HistoryPage.answer(query, HistoryFilter(query, about: subject), permit, tx) }

    /// The page of all of it: the filter, and what it finds.
    package static func list(_ call: Call, at path: String, _ parts: Parts, naming: ([HistoryEntry]) -> [HistoryEntry]) async throws -> HTML {
        let asked = HistoryAsked(call.pageQuery())
        let (filter, page) = try await call.enterpriseRead { permit, tx in
            let filter = try asked.filter(permit, tx)
            return (filter, try HistoryPage.find(filter, asked.page, permit, tx))
        }
        let mayExport = try call.principal().enterprise?.permissions.contains(.export) ?? false
        var named = page
        named.items = naming(page.items)
        return HistoryList(asked, filter, ofEnterprise: true, at: path, exports: mayExport ? exportPath : nil, parts).html(named)
    }
}
