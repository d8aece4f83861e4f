import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// A filter as SQL, in the form whose plan stays quick in an account of a million sessions.
struct SessionFilterStore {
    /// Added to what is visible; nil where nothing can match.
    let condition: SQL?
    /// How the visible rows' condition names the key.
    let key: SQL
    /// The keys to look under one by one, where that is quicker than one walk over everything.
    let slices: [APIKeyID]?

    private let mode: APIKey.Mode?

    /// - Parameter limit: a word that begins more words than this is not looked up in the index of words.
    init(
        _ filter: SessionFilter, indexUpTo limit: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let visible = permit.visibleSessions
        let search = try Self.search(filter.search, indexUpTo: limit, permit, tx)
        var slices: [APIKeyID]?
        var single: APIKeyID?
        if case .id(let one) = filter.apiKey { single = one }
        let key: SQL
        if Self.hasOneOwner(filter, visible) {
            // The owner's index is the right one. SQLite takes IN with one element for `=` and would then rather walk the key's, which may
            // hold everybody's: an expression is in no index.
            key = "(s.api_key || '')"
        } else {
            key = "s.api_key"
            if case .all(keys: .only(let keys)) = visible, single == nil {
                if keys.count == 1 { single = keys.first }
                if (2...32).contains(keys.count), !search.isByIndex { slices = keys.sorted() }
            }
        }
        var condition = Self.rest(filter, at: now, permit)
        if let rest = condition {
            condition = rest + search.condition
            if let single { condition = rest + search.condition + " AND " + Self.under(single, key, mode: filter.mode, permit) }
        }
        self.condition = condition
        self.key = key
        self.slices = slices
        mode = filter.mode
    }

    private static func hasOneOwner(_ filter: SessionFilter, _ visible: Visibility) -> Bool {
        if case .own = visible { true } else { filter.owner != nil }
    }

    /// Holds for the sessions of one of the slices.
    func under(_ slice: APIKeyID, _ permit: borrowing Permit) -> SQL { Self.under(slice, key, mode: mode, permit) }

    /// A key's sessions have its mode (the database holds them to it): naming it lets the index (account, api_key, mode, id) give them in order.
    private static func under(_ one: APIKeyID, _ key: SQL, mode: APIKey.Mode?, _ permit: borrowing Permit) -> SQL {
        let same: SQL = "\(fragment: key) = \(one)"
        if mode != nil { return same }
        return same + " AND s.mode = (SELECT k.mode FROM api_keys k WHERE k.account = \(permit.account) AND k.id = \(one))"
    }

    /// Everything but key and search; nil where an id was never issued.
    private static func rest(_ filter: SessionFilter, at now: Timestamp, _ permit: borrowing Permit) -> SQL? {
        var sql: SQL = ""
        if let mode = filter.mode { sql = sql + " AND s.mode = \(mode.rawValue)" }
        if case .matchesNothing = filter.apiKey { return nil }
        switch filter.owner {
        case .id(let owner): sql = sql + " AND s.owner = \(owner)"
        case .matchesNothing: return nil
        case nil: break
        }
        if let source = filter.source { sql = sql + " AND s.source = \(source.rawValue)" }
        // Ids begin with the time at which they were made, and every index ends with the id.
        if let from = filter.from { sql = sql + " AND s.created_at >= \(from) AND s.id >= \(SessionID(at: from, random: 0))" }
        if let to = filter.to { sql = sql + " AND s.created_at < \(to) AND s.id < \(SessionID(at: to, random: 0))" }
        if !filter.statuses.isEmpty { sql = sql + " AND (\(fragment: statuses(filter.statuses, at: now)))" }
        return sql
    }

    /// The status at this moment, as `Session.status(at:)` has it.
    private static func statuses(_ statuses: Set<SessionStatus>, at now: Timestamp) -> SQL {
        let parts = statuses.sorted { $0.rawValue < $1.rawValue }.map { status -> SQL in
            if SessionStatus.underWay.contains(status) {
                return "(s.status = \(status.rawValue) AND (s.deadline IS NULL OR s.deadline > \(now)))"
            }
            guard status == .expired else { return "s.status = \(status.rawValue)" }
            let underWay = SessionStatus.underWay.map(\.rawValue)
            return "(s.status = \(status.rawValue) OR (s.status IN (\(list: underWay)) AND s.deadline <= \(now)))"
        }
        return parts.joined(separator: " OR ")
    }
}

/// Search: each word that is asked for begins a word of the session.
extension SessionFilterStore {
    private struct Search {
        var condition: SQL = ""
        /// Whether the index of words says which few sessions to look at.
        var isByIndex = false
    }

    /// The rarest word leads, by the index of words, and the others are looked for in what it finds. Where even the rarest is common the
    /// newest sessions are looked at one by one, and so are one's own: other people's words are then not even counted.
    private static func search(
        _ query: SessionSearch.Query?, indexUpTo limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Search {
        let words: [String]
        switch query {
        case nil: return Search()
        case .id(let id): return Search(condition: " AND s.id = \(id)", isByIndex: true)
        case .words(let asked): words = asked
        }
        var rarest: (index: Int, count: Int)?
        if case .all = permit.visibleSessions {
            for (index, word) in words.enumerated() {
                let count = try self.count(word, upTo: limit, permit, tx)
                if count <= limit, count < rarest?.count ?? .max { rarest = (index, count) }
            }
        }
        var search = Search(isByIndex: rarest != nil)
        for (index, word) in words.enumerated() {
            search.condition = search.condition + " AND " + (index == rarest?.index ? named(word, permit) : has(word))
        }
        return search
    }

    /// How many words of the account begin so, counted no further than one more than `limit`.
    private static func count(_ word: String, upTo limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            """
            SELECT count(*) FROM (SELECT 1 FROM session_words w WHERE w.account = \(permit.account) AND \(fragment: begins(word))
                LIMIT \(limit + 1)) AS words
            """
        ) { try $0[0] } ?? 0
    }

    private static func named(_ word: String, _ permit: borrowing Permit) -> SQL {
        "s.id IN (SELECT w.session FROM session_words w WHERE w.account = \(permit.account) AND \(fragment: begins(word)))"
    }

    private static func has(_ word: String) -> SQL {
        "EXISTS (SELECT 1 FROM session_words w WHERE w.account = s.account AND w.session = s.id AND \(fragment: begins(word)))"
    }

    private static func begins(_ word: String) -> SQL { "w.word >= \(word) AND w.word < \(word + "\u{10FFFF}")" }
}
