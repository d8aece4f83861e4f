import APIKeysFeature
import LatchkeyAccess
import LatchkeyWeb

/// What a page of sessions is asked for by its URL, which can be sent to a colleague. What cannot be read there is left out.
struct SessionsAsked: Sendable {
    var mode = APIKey.Mode.live
    var isCards = false
    var search = ""
    var statuses: [SessionStatus] = []
    var apiKey: APIKeyID?
    var source: Session.Source?
    /// Days, such as `2026-11-21`.
    var from = "", to = ""
    var after: Cursor?
    var wantsTotal = false

    init(mode: APIKey.Mode = .live) { self.mode = mode }

    init(_ query: FormData) {
        mode = query["mode"].flatMap(APIKey.Mode.init) ?? .live
        isCards = query["view"] == "cards"
        search = String((query["search"] ?? "").unicodeScalars.prefix(200).map(Character.init)).trimmingWhitespace()
        let named = Set(query.all("status"))
        statuses = SessionStatus.allCases.filter { named.contains($0.rawValue) }
        apiKey = query["api_key"].flatMap { APIKeyID($0) }
        source = query["source"].flatMap(Session.Source.init)
        from = query["from"].flatMap { Self.start(of: $0) == nil ? nil : $0 } ?? ""
        to = query["to"].flatMap { Self.start(of: $0) == nil ? nil : $0 } ?? ""
        after = query["after"].flatMap { Cursor(text: $0) }
        wantsTotal = query["count"] == "yes"
    }

    private static func start(of day: String) -> Timestamp? { Timestamp(day + "T00:00:00Z") }

    var isNarrowed: Bool { !search.isEmpty || !statuses.isEmpty || apiKey != nil || source != nil || !from.isEmpty || !to.isEmpty }

    var filter: SessionFilter {
        var filter = SessionFilter()
        filter.search = SessionSearch.query(search)
        filter.statuses = Set(statuses)
        filter.mode = mode
        filter.apiKey = apiKey.map { .id($0) }
        filter.source = source
        filter.from = Self.start(of: from)
        filter.to = Self.start(of: to)?.adding(seconds: 86_400)
        return filter
    }

    var page: PageRequest { PageRequest(after: after, wantsTotal: wantsTotal) }

    /// The URL that asks for this.
    var url: String {
        var fields: [(String, String)] = []
        if mode == .test { fields.append(("mode", "test")) }
        if isCards { fields.append(("view", "cards")) }
        if !search.isEmpty { fields.append(("search", search)) }
        fields += statuses.map { ("status", $0.rawValue) }
        if let apiKey { fields.append(("api_key", apiKey.description)) }
        if let source { fields.append(("source", source.rawValue)) }
        if !from.isEmpty { fields.append(("from", from)) }
        if !to.isEmpty { fields.append(("to", to)) }
        if let after { fields.append(("after", after.text)) }
        if wantsTotal { fields.append(("count", "yes")) }
        return fields.isEmpty ? SessionsPages.path : SessionsPages.path + "?" + PercentEncoding.query(fields)
    }

    /// The same with something else, from the newest on.
    func changed(_ change: (inout SessionsAsked) -> Void) -> SessionsAsked {
        var asked = self
        asked.after = nil
        asked.wantsTotal = false
        change(&asked)
        return asked
    }

    /// Without search and filters.
    var cleared: SessionsAsked {
        var asked = SessionsAsked(mode: mode)
        asked.isCards = isCards
        return asked
    }
}
