import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// What the URL of the list asks for; what it cannot mean is left out.
struct UsersAsked: Sendable {
    /// How the list is shown; nil is as the account's catalogue suggests.
    enum View: String, Sendable {
        case list
        /// Users by screens.
        case access
    }

    /// How long somebody has not signed in.
    enum Away: String, Sendable, CaseIterable {
        case month = "30"
        case quarter = "90"
        case never

        var text: String {
            switch self {
            case .month: t("Not for 30 days")
            case .quarter: t("Not for 90 days")
            case .never: t("Never")
            }
        }

        func filter(at now: Timestamp) -> UserFilter.SignedIn {
            Int64(rawValue).map { .before(now.adding(seconds: -$0 * 86_400)) } ?? .never
        }
    }

    var search: String
    var status: User.Status?
    var role: RoleID?
    var screen: Screen?
    var level: Level?
    var place: PlaceID?
    var away: Away?
    var view: View?
    var after: Cursor?
    var wantsTotal: Bool

    init(_ query: FormData) {
        let text = (query["search"] ?? "").unicodeScalars.filter { !$0.isControl }.prefix(200)
        search = String(String.UnicodeScalarView(text)).trimmingWhitespace()
        status = query["status"].flatMap(User.Status.init(rawValue:))
        role = query["role"].flatMap { RoleID($0) }
        screen = query["screen"].flatMap { $0.isEmpty || $0.utf8.count > 100 ? nil : Screen(rawValue: $0) }
        level = screen == nil ? nil : query["level"].flatMap(Level.init(name:))
        place = query["place"].flatMap { PlaceID($0) }
        away = query["away"].flatMap(Away.init(rawValue:))
        view = query["view"].flatMap(View.init(rawValue:))
        after = query["after"].flatMap(Cursor.init(text:))
        wantsTotal = query["total"] == "true"
    }

    func filter(at now: Timestamp) -> UserFilter {
        UserFilter(
            search: search.isEmpty ? nil : search, status: status, role: role.map { .id($0) }, screen: screen, level: level,
            place: place.map { .id($0) }, signIn: away?.filter(at: now))
    }
    var page: PageRequest { PageRequest(after: after, wantsTotal: wantsTotal) }
    var isNarrowed: Bool { !search.isEmpty || status != nil || role != nil || screen != nil || place != nil || away != nil }

    /// A dashboard with screens of its own is read by who sees which.
    func showsMatrix(_ holdings: Holdings) -> Bool { (view ?? (holdings.account.catalogue.screens.isEmpty ? .list : .access)) == .access }

    /// The same list, asked differently: from its beginning, unless the change says where.
    func changed(_ change: (inout UsersAsked) -> Void) -> UsersAsked {
        var asked = self
        asked.after = nil
        asked.wantsTotal = false
        change(&asked)
        return asked
    }

    /// Without search and filters.
    var cleared: UsersAsked {
        var asked = UsersAsked(FormData())
        asked.view = view
        return asked
    }

    var url: String {
        let query =
            narrowing
            + [
                away.map { ("away", $0.rawValue) }, view.map { ("view", $0.rawValue) }, after.map { ("after", $0.text) },
                wantsTotal ? ("total", "true") : nil,
            ].compactMap { $0 }
        return query.isEmpty ? UsersPages.path : UsersPages.path + "?" + PercentEncoding.query(query)
    }

    /// Where these users are exported.
    var exportURL: String { Inside.path("/settings/exports/new") + "?" + PercentEncoding.query([("kind", "users")] + narrowing) }

    private var narrowing: [(String, String)] {
        var query: [(String, String)] = []
        if !search.isEmpty { query.append(("search", search)) }
        if let role { query.append(("role", role.description)) }
        if let status { query.append(("status", status.rawValue)) }
        if let screen { query.append(("screen", screen.rawValue)) }
        if let level { query.append(("level", level.name)) }
        if let place { query.append(("place", place.description)) }
        return query
    }
}
