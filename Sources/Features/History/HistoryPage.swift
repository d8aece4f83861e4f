import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A page of entries, of the account, of one thing or of the enterprise.
package enum HistoryPage {
    /// So many ids of a page's changes are named.
    private static let mostNamed = 600

    /// Answers the history of one thing; the caller has made sure that its reader sees the thing.
    package static func answer(_ call: Call, subject: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Answer {
        let query = try call.query()
        return try answer(query, HistoryFilter(query, about: subject), permit, tx)
    }

    static func answer(_ query: Query, _ filter: HistoryFilter, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Answer {
        .json(try find(filter, request(query), permit, tx).json(\.json))
    }

    static func answer(
        _ query: Query, _ filter: HistoryFilter, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Answer {
        .json(try find(filter, request(query), permit, tx).json(\.json))
    }

    private static func request(_ query: Query) throws -> PageRequest {
        let page = query.page()
        try query.finish()
        if let after = page.after, Int64(after.key) == nil {
            throw Problem.malformed("invalid_cursor", "This is no cursor: take it from `next`.", field: "after")
        }
        return page
    }

    /// The entries themselves, newest first, with the names of what their changes mention.
    package static func find(
        _ filter: HistoryFilter, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<HistoryEntry> {
        let before = page.after.flatMap { Int64($0.key) }
        let rows = try HistoryEntryStore.list(filter, before: before, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? HistoryEntryStore.count(filter, permit, tx) : nil
        var found = Page(rows, limit: page.limit, total: total) { String($0.seq) }
        found.items = try named(found.items, permit, tx)
        return found
    }

    /// The same of the enterprise's own.
    static func find(
        _ filter: HistoryFilter, _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Page<HistoryEntry> {
        let before = page.after.flatMap { Int64($0.key) }
        let rows = try HistoryEntryStore.list(filter, before: before, limit: page.limit + 1, permit, tx)
        let total = try page.wantsTotal ? HistoryEntryStore.count(filter, permit, tx) : nil
        var found = Page(rows, limit: page.limit, total: total) { String($0.seq) }
        let (mentions, known) = try names(in: found.items, .enterprise, tx)
        let now = try HistoryNameStore.now(unnamed(mentions, known), permit, tx)
        found.items = found.items.map { $0.named(known, now) }
        return found
    }

    /// One entry of the account.
    /// - Throws: `Hidden`, for one about what the reader cannot see, too.
    package static func entry(_ id: HistoryID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> HistoryEntry {
        guard let entry = try HistoryEntryStore.find(id, permit, tx) else { throw Hidden() }
        let keys = permit.keys
        guard let named = try named([entry.seen(holding: keys)], permit, tx).first else { throw Hidden() }
        return named
    }

    // MARK: Names

    /// What things of the account were called at a moment, as far as the reader may know.
    package static func names(
        of ids: Set<String>, asOf time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [String: String] {
        let chain = Chain.account(permit.account)
        let end = try HistoryEntryStore.first(in: chain, notBefore: time.adding(milliseconds: 1), tx) ?? 0
        let mentions = ids.map { HistoryMention(id: $0, seq: end - 1) }
        let known = try names(mentions, chain, tx)
        let now = try HistoryNameStore.now(unnamed(mentions, known), permit, tx)
        return Dictionary(mentions.compactMap { mention in (known[mention] ?? now[mention.id]).map { (mention.id, $0) } }) { first, _ in first }
    }

    private static func named(_ entries: [HistoryEntry], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [HistoryEntry] {
        let (mentions, known) = try names(in: entries, .account(permit.account), tx)
        let now = try HistoryNameStore.now(unnamed(mentions, known), permit, tx)
        return entries.map { $0.named(known, now) }
    }

    private static func names(
        in entries: [HistoryEntry], _ chain: Chain, _ tx: any Transaction
    ) throws -> (mentions: [HistoryMention], known: [HistoryMention: String]) {
        let mentions = Array(Set(entries.flatMap(\.mentions).prefix(mostNamed)))
        return (mentions, try names(mentions, chain, tx))
    }

    private static func names(_ mentions: [HistoryMention], _ chain: Chain, _ tx: any Transaction) throws -> [HistoryMention: String] {
        let then = try HistoryNameStore.then(mentions, in: chain, tx)
        let later = try HistoryNameStore.later(mentions.filter { then[$0] == nil }, in: chain, tx)
        return then.merging(later) { first, _ in first }
    }

    private static func unnamed(_ mentions: [HistoryMention], _ known: [HistoryMention: String]) -> [String] {
        Set(mentions.filter { known[$0] == nil }.map(\.id)).sorted()
    }
}

extension HistoryEntry {
    /// Links are left out: one may have come under a key that the reader does not hold.
    private static let nameable: Set<String> = ["rol", "key", "usr", "plc", "int", "grp", "acc"]

    /// The ids in its changes of what has a name.
    fileprivate var mentions: [HistoryMention] {
        let values = changes.flatMap { [$0["from"], $0["to"]] }.compactMap { $0 }
        let texts = values.flatMap { value in value.text.map { [$0] } ?? (value.items ?? []).compactMap(\.text) }
        return texts.filter { $0.utf8.count == 30 && $0.utf8.dropFirst(3).first == UInt8(ascii: "_") && Self.nameable.contains(String($0.prefix(3))) }
            .map { HistoryMention(id: $0, seq: seq) }
    }

    fileprivate func named(_ then: [HistoryMention: String], _ now: [String: String]) -> HistoryEntry {
        var entry = self
        for mention in mentions { if let name = then[mention] ?? now[mention.id] { entry.names[mention.id] = name } }
        return entry
    }
}
