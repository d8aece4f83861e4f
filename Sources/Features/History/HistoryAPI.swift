import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of history.
package enum HistoryAPI {
    package static let routes: [Route] = [
        .get("/api/v1/history", .need(.screen(.history, .read)), alsoInAccounts: true) { call in
            try await call.read { permit, tx in
                let query = try call.query()
                let filter = HistoryFilter(query)
                return try HistoryPage.answer(query, filter, permit, tx)
            }
        }
    ]
}

/// A page of entries, of the account or of one thing.
package enum HistoryPage {
    /// Answers the history of one thing; the caller has made sure that its reader sees the thing.
    package static func answer(
        _ call: Call, subject: (kind: String, id: String), _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Answer {
        let query = try call.query()
        var filter = HistoryFilter()
        filter.actor = query.text("actor")
        filter.action = query.text("action")
        filter.from = query.time("from")
        filter.to = query.time("to")
        filter.subject = subject.id
        return try answer(query, filter, permit, tx)
    }

    static func answer(_ query: Query, _ filter: HistoryFilter, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Answer {
        let page = query.page()
        try query.finish()
        if let after = page.after, Int64(after.key) == nil {
            throw Problem.malformed("invalid_cursor", "This is no cursor: take it from `next`.", field: "after")
        }
        return .json(try find(filter, page, permit, tx).json(\.json))
    }

    /// The entries themselves, for pages.
    package static func find(
        _ filter: HistoryFilter, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<HistoryEntry> {
        let before = page.after.flatMap { Int64($0.key) }
        let rows = try HistoryStore.list(filter, before: before, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? HistoryStore.count(filter, permit, tx) : nil
        return Page(rows, limit: page.limit, total: total) { String($0.seq) }
    }

    /// What the ids in some entries' changes stand for, for pages.
    package static func names(in entries: [HistoryEntry], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [String: String] {
        let values = entries.flatMap(\.changes).flatMap { [$0["from"], $0["to"]] }.compactMap { $0 }
        let texts = values.flatMap { value in value.text.map { [$0] } ?? value.elements.compactMap(\.text) }
        let ids = texts.filter { text in ["rol_", "key_", "usr_"].contains { text.hasPrefix($0) } }
        return try HistoryStore.names(of: Set(ids.prefix(500)), permit, tx)
    }
}
