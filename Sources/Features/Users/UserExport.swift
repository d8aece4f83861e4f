import APIKeysFeature
import ExportsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import PlacesFeature
import RolesFeature
import Synchronization

extension ExportSource {
    /// What narrows a list of users, kept as it was asked for.
    func userFilter(_ fields: Fields) -> JSON {
        var members: [(String, JSON)] = []
        if let search = fields.optionalText("search", 1...200) { members.append(("search", .string(search))) }
        if let status = fields.optionalChoice("status", User.Status.self) { members.append(("status", .string(status.rawValue))) }
        if let role = fields.optionalID("role", RoleKind.self) { members.append(("role", JSON(role))) }
        let screen = fields.optionalText("screen", 1...100)
        if let screen { members.append(("screen", .string(screen))) }
        if let level = fields.optionalChoice("level", LevelChoice.self) {
            if screen == nil { fields.invalid("level", "requires_screen", "Say on which screen: give screen, too.") }
            members.append(("level", .string(level.rawValue)))
        }
        if let place = fields.optionalID("place", PlaceKind.self) { members.append(("place", JSON(place))) }
        return JSON(members: members)
    }
}

private enum LevelChoice: String, CaseIterable {
    case none, read, full
}

extension UserFilter {
    /// As an export keeps it.
    init(_ kept: JSON) {
        self.init(
            search: kept["search"]?.text, status: kept["status"]?.text.flatMap(User.Status.init(rawValue:)),
            role: kept["role"]?.text.map { RoleID($0).map { .id($0) } ?? .matchesNothing },
            screen: kept["screen"]?.text.map(Screen.init(rawValue:)), level: kept["level"]?.text.flatMap { Level(name: $0) },
            place: kept["place"]?.text.map { PlaceID($0).map { .id($0) } ?? .matchesNothing })
    }
}

/// The users with what they hold, one row for each; the import takes such a file.
package struct UserExport: ExportSource {
    package init() {}

    package let kind = "users"
    package var label: String { word(.users) }
    package var explanation: String { t("One row for each: names, e-mail, status, roles, keys and places, when they were last here.") }
    package let screens: [Screen] = [.users]
    package let filters = ["search", "status", "role", "screen", "level", "place"]
    package let columns = [
        "id", "username", "email", "first_name", "last_name", "status", "roles", "api_keys", "places", "ends_at", "must_change_password",
        "created_at",
        "last_sign_in_at", "last_seen_at",
    ]

    package func filter(_ fields: Fields) -> JSON { userFilter(fields) }
    package func reader(_ filter: JSON) -> any ExportReader { Reader(UserFilter(filter)) }

    private final class Reader: ExportReader {
        private let filter: UserFilter
        /// Taken out while a piece is read, so that it is never copied.
        private let texts = Mutex<UserExportTexts?>(nil)

        init(_ filter: UserFilter) { self.filter = filter }

        func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (piece: [UserLine], next: String?) {
            let request = PageRequest(limit: UserExportPages.piece, after: after.map { Cursor($0) })
            let page = try UserLineStore.list(filter, request, at: now, permit, tx)
            return (page.items, page.next?.key)
        }

        func rows(of piece: [UserLine], at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [[Cell]] {
            let held = try UserLineStore.holdings(of: piece, permit, tx)
            var texts = try texts.withLock { $0.take() } ?? UserExportTexts(UserExportNames(at: now, permit, tx), permit.keys)
            if texts.keys != permit.keys { texts = UserExportTexts(texts.names, permit.keys) }
            var rows = piece.indices.map { texts.row(piece[$0], held[$0]) }
            if texts.lacksNames {
                texts = try UserExportTexts(UserExportNames(at: now, permit, tx), permit.keys)
                rows = piece.indices.map { texts.row(piece[$0], held[$0]) }
            }
            self.texts.withLock { $0 = texts }
            return rows
        }
    }
}

/// What the ids that users hold are in a file, made once for each set of them: many hold the same.
private struct UserExportTexts: Sendable {
    let names: UserExportNames
    /// Those of whoever exports.
    let keys: Scope<APIKeyID>
    /// Whether something was held that has no name: it is new since the names were read.
    private(set) var lacksNames = false
    private var roles: [String: String] = [:]
    private var keyTexts: [String: String] = [:]
    private var places: [String: String] = [:]
    private static let most = 20_000

    init(_ names: UserExportNames, _ keys: Scope<APIKeyID>) {
        self.names = names
        self.keys = keys
    }

    mutating func row(_ user: UserLine, _ held: UserHoldingsLine) -> [Cell] {
        [
            .text(user.id), .text(user.username), .text(user.email), .text(user.firstName), .text(user.lastName), .text(user.status.rawValue),
            .text(roles(held.roles)), .text(user.hasAllKeys ? allKeys : keys(held.keys)), .text(user.hasAllPlaces ? "all" : places(held.places)),
            Cell(user.endsAt),
            .text(user.mustChangePassword ? "true" : "false"), .time(user.createdAt), Cell(user.lastSignInAt), Cell(held.lastSeenAt),
        ]
    }

    private mutating func roles(_ held: String?) -> String {
        guard let held else { return "" }
        if let known = roles[held] { return known }
        let ids = Self.ids(held, RoleKind.self).sorted()
        if !names.know(ids) { lacksNames = true }
        return Self.note(names.roles(ids), of: held, in: &roles)
    }

    private var allKeys: String { names.keys(Scope.all.shown(to: keys)) }

    private mutating func keys(_ text: String?) -> String {
        guard let text else { return "" }
        if let known = keyTexts[text] { return known }
        return Self.note(names.keys(.only(Set(Self.ids(text, APIKeyKind.self))).shown(to: keys)), of: text, in: &keyTexts)
    }

    private mutating func places(_ text: String?) -> String {
        guard let text else { return "" }
        if let known = places[text] { return known }
        let ids = Self.ids(text, PlaceKind.self)
        if !names.know(ids) { lacksNames = true }
        return Self.note(names.places(.only(Set(ids))), of: text, in: &places)
    }

    private static func ids<Kind>(_ text: String, _ kind: Kind.Type) -> [ID<Kind>] { text.split(separator: " ").compactMap { ID(String($0)) } }

    private static func note(_ text: String, of held: String, in texts: inout [String: String]) -> String {
        if texts.count >= most { texts.removeAll(keepingCapacity: true) }
        texts[held] = text
        return text
    }
}

/// What each user may do, screen by screen and function by function, at which level and reach, where, and which role gives it.
package struct AccessExport: ExportSource {
    package init() {}

    package let kind = "access"
    package var label: String { t("Effective access") }
    package var explanation: String {
        t("One row for each user and each screen or function that they hold: at which level, where, and which role gives it.")
    }
    package let screens: [Screen] = [.users]
    package let filters = ["search", "status", "role", "screen", "level", "place"]
    package let columns = [
        "user", "username", "email", "first_name", "last_name", "status", "kind", "id", "name", "level", "reach", "places", "given_by",
        "last_sign_in_at",
    ]

    package func filter(_ fields: Fields) -> JSON { userFilter(fields) }
    package func reader(_ filter: JSON) -> any ExportReader { Reader(UserFilter(filter)) }

    private final class Reader: ExportReader {
        private let users: UserExportPages

        init(_ filter: UserFilter) { users = UserExportPages(filter) }

        func next(after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (piece: [[Cell]], next: String?) {
            let (page, names) = try users.next(after: after, at: now, permit, tx)
            return (page.items.flatMap { rows($0, names, at: now) }, page.next?.key)
        }

        private func rows(_ user: User, _ names: UserExportNames, at now: Timestamp) -> [[Cell]] {
            let access = names.holdings.access(of: user)
            let head: [Cell] = [
                .text(user.id.description), .text(user.username), .text(user.email), .text(user.firstName), .text(user.lastName),
                .text(user.status(at: now).rawValue),
            ]
            func row(_ kind: String, _ id: String, _ name: String, _ level: Level, _ reach: Cell, _ roles: [Role]) -> [Cell] {
                head + [
                    .text(kind), .text(id), .text(name), .text(level.name), reach, .text(names.places(access.places)),
                    .text(ListCell.join(roles.map(\.name))), Cell(user.lastSignInAt),
                ]
            }
            var rows: [[Cell]] = []
            for screen in UserScreens.shown(names.holdings) {
                for grant in access.screens[screen.id]?.grants ?? [] {
                    let giving = access.roles.filter { role in
                        role.grants.screens[screen.id].map { $0.level >= grant.level && $0.reach.covers(grant.reach) } ?? false
                    }
                    let reach: Cell = Screen.withReach.contains(screen.id) ? .text(grant.reach.rawValue) : .empty
                    rows.append(row("screen", screen.id.rawValue, screen.label, grant.level, reach, giving))
                }
            }
            for function in names.holdings.account.catalogue.functions {
                let level = access.level(of: function.id)
                if level > .none {
                    rows.append(row("function", function.id.rawValue, function.label, level, .empty, access.via(function.id, at: level)))
                }
            }
            return rows.isEmpty ? [head + [.empty, .empty, .empty, .text(Level.none.name), .empty, .empty, .empty, Cell(user.lastSignInAt)]] : rows
        }
    }
}

/// The names that rows have in place of ids.
struct UserExportNames: Sendable {
    let holdings: Holdings
    private let roleNames: [RoleID: String]
    private let keyNames: [APIKeyID: String]
    /// The ways to places, made once: a million users hold the same few.
    private let placeTexts: [PlaceID: String]

    init(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        holdings = try Holdings(at: now, withPlaces: true, permit, tx)
        roleNames = Dictionary(holdings.roles.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        keyNames = Dictionary(holdings.keys.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var texts: [PlaceID: String] = [:]
        if !holdings.places.isEmpty { for place in try Places.all(permit, tx) { texts[place.id] = holdings.places.text(of: place.id) } }
        placeTexts = texts
    }

    /// Whether everything that these users hold has a name here: what is new since has none.
    func know(_ users: [User]) -> Bool { users.allSatisfy { know($0.roles) && know(Array($0.places.ids ?? [])) } }

    func know(_ roles: [RoleID]) -> Bool { roles.allSatisfy { roleNames[$0] != nil } }
    func know(_ places: [PlaceID]) -> Bool { places.allSatisfy { placeTexts[$0] != nil } }

    func roles(_ ids: [RoleID]) -> String { ListCell.join(ids.compactMap { roleNames[$0] }) }

    func keys(_ keys: Scope<APIKeyID>) -> String {
        guard let ids = keys.ids else { return "all" }
        return ids.isEmpty ? "" : ListCell.join(ids.compactMap { keyNames[$0] }.sorted())
    }

    func places(_ places: Scope<PlaceID>) -> String {
        guard let ids = places.ids else { return "all" }
        return ids.isEmpty ? "" : ListCell.join(ids.compactMap { placeTexts[$0] }.sorted())
    }
}

extension Scope {
    /// Nil is all.
    fileprivate var ids: Set<Element>? { if case .only(let ids) = self { ids } else { nil } }
}

/// Users a thousand at a time. The names are read once, and again where somebody holds what they have no name for.
final class UserExportPages: Sendable {
    static let piece = 1000

    private let filter: UserFilter
    private let names = Mutex<UserExportNames?>(nil)

    init(_ filter: UserFilter) { self.filter = filter }

    func next(
        after: String?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (Page<User>, UserExportNames) {
        let page = try Users.list(filter, PageRequest(limit: Self.piece, after: after.map { Cursor($0) }), at: now, permit, tx)
        if let known = names.withLock({ $0 }), known.know(page.items) { return (page, known) }
        let read = try UserExportNames(at: now, permit, tx)
        names.withLock { $0 = read }
        return (page, read)
    }
}
