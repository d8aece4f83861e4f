import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What happened at the enterprise level: to its accounts, groups, administrators and settings. Whoever works in some groups only reads of what lies in
/// those.
package enum EnterpriseHistory {
    /// A page of entries, newest first.
    package static func find(
        _ filter: HistoryFilter, _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Page<HistoryEntry> {
        let before = page.after.flatMap { Int64($0.key) }
        let rows = try EnterpriseHistoryStore.list(filter, before: before, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? EnterpriseHistoryStore.count(filter, permit, tx) : nil
        return Page(rows, limit: page.limit, total: total) { String($0.seq) }
    }

    /// Answers a query about all of it, or about one thing.
    package static func answer(
        _ query: Query, subject: String? = nil, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Answer {
        var filter = HistoryFilter()
        if let subject { filter.subject = subject } else { filter.subject = query.text("subject") }
        filter.actor = query.text("actor")
        filter.action = query.text("action")
        filter.from = query.time("from")
        filter.to = query.time("to")
        let page = query.page()
        try query.finish()
        if let after = page.after, Int64(after.key) == nil {
            throw Problem.malformed("invalid_cursor", "This is no cursor: take it from `next`.", field: "after")
        }
        return .json(try find(filter, page, permit, tx).json(\.json))
    }
}
