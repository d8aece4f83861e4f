import LatchkeyAccess
import LatchkeyWeb

/// Who asks: the cast, each with what they hold. This table is the tests' own model of access; it is never read from the server.
enum Who: String, CaseIterable, Sendable {
    /// USERs of North who share a key; Uwe has one more.
    case una, uwe
    /// Reads users, roles, history and all sessions under the shared key.
    case rita
    /// Keeps the shared key: may do much in North, but with that key alone.
    case kim
    /// North's ADMIN, and Olive switched into North.
    case adam, switched
    /// South's ADMIN.
    case mallory
    /// Administrators: Olive of everything, Lena of the group West alone.
    case olive, lena
    /// The shared API key itself.
    case key
    /// An integration of North, which holds much and is no person.
    case robot

    enum Ground: Sendable { case north, south, enterprise }

    var ground: Ground {
        switch self {
        case .mallory: .south
        case .olive, .lena: .enterprise
        default: .north
        }
    }

    var isEnterprise: Bool { ground == .enterprise }
    var isLogin: Bool { !isMachine }
    /// Shows a bearer token, and no browser has it.
    var isMachine: Bool { self == .key || self == .robot }
    /// Whether all keys of the account are theirs.
    var holdsAllKeys: Bool { isManager || self == .robot }
    var isManager: Bool { self == .adam || self == .switched || self == .mallory }

    func level(of screen: Screen) -> Level {
        if isManager { return .full }
        return Self.held[self]?[screen] ?? .none
    }

    /// Whether everybody's sessions under their keys are theirs to see.
    var reachesAll: Bool { self != .una && self != .uwe && !isEnterprise }

    private static let held: [Who: [Screen: Level]] = [
        .una: [.overview: .read, .sessions: .full], .uwe: [.overview: .read, .sessions: .full], .key: [.sessions: .full],
        .robot: [
            .overview: .read, .users: .full, .roles: .full, .apiKeys: .full, .sessions: .full, .history: .read, .links: .full, .integrations: .full,
        ],
        .rita: [.users: .read, .roles: .read, .sessions: .read, .history: .read, .links: .read],
        .kim: [
            .overview: .read, .users: .full, .roles: .full, .apiKeys: .full, .sessions: .full, .history: .read, .logins: .full, .catalogue: .read,
            .links: .full,
        ],
    ]

    /// The code of the 403 that a route answers this principal whatever the record is; nil where it goes on to the record.
    func refusal(on route: Route) -> String? {
        guard case .need(let need) = route.needs else { return nil }
        if route.accountParameter != nil { return isEnterprise ? nil : "enterprise_only" }
        switch need {
        case .anyone: return nil
        case .login, .firstSteps, .secondStep: return isLogin ? nil : "login_required"
        case .member: return isEnterprise ? "no_account" : nil
        case .personOrIntegration:
            if isEnterprise { return "no_account" }
            if self == .key { return "login_required" }
            // Who may do this? That is about everybody, and the robot lacks the function for it.
            return route.path == "/access/v1/search/subject" && (isMachine || level(of: .users) == .none) ? "screen_not_granted" : nil
        case .enterprise:
            if !isEnterprise { return "enterprise_only" }
            // What holds for all groups is set by those who have all, and so is a chain read as a whole.
            let isForAll = route.path.hasSuffix("/erase") || route.method != .get && route.path.contains("/enterprise")
            return self == .lena && isForAll ? "permission_missing" : nil
        case .screen(let screen, let level):
            if isEnterprise { return "no_account" }
            let held = self.level(of: screen)
            if held == .none { return "screen_not_granted" }
            if held < level { return "level_too_low" }
            if route.path.hasSuffix("/erase"), !isManager { return "managers_only" }
            return route.path.hasSuffix("/review") && !reachesAll ? "level_too_low" : nil
        }
    }
}

/// The kinds of records that paths, queries and bodies name.
enum Kind: String, CaseIterable, Sendable {
    case account = "acc"
    case group = "grp"
    case administrator = "adm"
    case user = "usr"
    case role = "rol"
    case place = "plc"
    case apiKey = "key"
    case session = "ses"
    case photo = "pho"
    case link = "lnk"
    case login = "lgn"
    case integration = "int"
    case factor = "fac"
    case export = "exp"
    case review = "rev"

    /// By the part of a path before the parameter.
    init?(segment: Substring) {
        let segments: [Substring: Kind] = [
            "accounts": .account, "groups": .group, "administrators": .administrator, "users": .user, "roles": .role, "api-keys": .apiKey,
            "sessions": .session, "photos": .photo, "links": .link, "logins": .login, "integrations": .integration,
            "places": .place, "factors": .factor, "second-step": .factor, "exports": .export,
            "reviews": .review,
        ]
        guard let kind = segments[segment] else { return nil }
        self = kind
    }

    /// By an id.
    init?(id: String) {
        guard id.utf8.count == 30, id.dropFirst(3).first == "_", let kind = Kind(rawValue: String(id.prefix(3))) else { return nil }
        self = kind
    }

    /// An id of this kind that nobody ever issued.
    var neverIssued: String {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let random = UInt128.random(in: 0 ... .max)
        return switch self {
        case .account: AccountID(at: now, random: random).description
        case .group: GroupID(at: now, random: random).description
        case .administrator: AdministratorID(at: now, random: random).description
        case .user: UserID(at: now, random: random).description
        case .role: RoleID(at: now, random: random).description
        case .place: PlaceID(at: now, random: random).description
        case .apiKey: APIKeyID(at: now, random: random).description
        case .session: SessionID(at: now, random: random).description
        case .photo: PhotoID(at: now, random: random).description
        case .link: LinkID(at: now, random: random).description
        case .login: LoginID(at: now, random: random).description
        case .integration: IntegrationID(at: now, random: random).description
        case .factor: FactorID(at: now, random: random).description
        case .export: ExportID(at: now, random: random).description
        case .review: ReviewID(at: now, random: random).description
        }
    }

    /// Path parameters that are no ids of this kind.
    var malformed: [String] {
        let id = neverIssued
        return [
            "x", rawValue + "_", id + "0", String(id.dropLast()), id.uppercased(), "xxx" + id.dropFirst(3), id.replacingOccurrences("_", "-"), "%00",
            "..%2f" + id, "null", "0", "é" + id.dropFirst(), String(repeating: "a", count: 2000),
        ]
    }
}

extension String {
    func replacingOccurrences(_ part: Character, _ other: Character) -> String { String(map { $0 == part ? other : $0 }) }
}
