import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import PlacesFeature
import RolesFeature

/// A column that the import knows.
enum ImportColumn: String, CaseIterable, Sendable {
    case email, username
    case firstName = "first_name"
    case lastName = "last_name"
    case roles
    case apiKeys = "api_keys"
    case places
    case endsAt = "ends_at"
    case mustChange = "must_change_password"
    case passwordHash = "password_hash"

    static let required: [ImportColumn] = [.email, .firstName, .lastName, .roles]

    /// What an export has besides: it says nothing about a new user.
    static let passedOver: Set<String> = ["id", "status", "created_at", "last_sign_in_at", "last_seen_at"]

    /// `First name` is first_name, and E-mail is email.
    init?(heading: String) {
        let name = heading.trimmingWhitespace().lowercased().replacing(" ", with: "_").replacing("-", with: "_")
        switch name {
        case "e_mail", "mail", "email_address": self = .email
        case "role", "profile", "profiles": self = .roles
        case "api_key", "keys": self = .apiKeys
        case "place", "locations", "location": self = .places
        default: self.init(rawValue: name)
        }
    }
}

/// Where the columns are.
struct ImportColumns: Sendable {
    struct Wrong: Error {
        let code: String
        let sentence: String
    }

    private var positions: [ImportColumn: Int] = [:]
    let count: Int

    init(_ headings: [String]) throws(Wrong) {
        count = headings.count
        for (position, heading) in headings.enumerated() {
            if ImportColumn.passedOver.contains(heading.trimmingWhitespace().lowercased()) { continue }
            guard let column = ImportColumn(heading: heading) else {
                throw Wrong(code: "unknown_column", sentence: t("Line 1: there is no column %1 here.", String(heading.unicodeScalars.prefix(100))))
            }
            if positions[column] != nil {
                throw Wrong(code: "repeated_column", sentence: t("Line 1: the column %1 stands there twice.", column.rawValue))
            }
            positions[column] = position
        }
        let missing = ImportColumn.required.filter { positions[$0] == nil }.map(\.rawValue)
        if !missing.isEmpty {
            throw Wrong(code: "missing_column", sentence: t("Line 1 names the columns; %1 must be among them.", missing.joined(separator: ", ")))
        }
    }

    func has(_ column: ImportColumn) -> Bool { positions[column] != nil }
    func position(of column: ImportColumn) -> Int? { positions[column] }
}

/// The cells of a line by their columns.
struct ImportLine {
    private let row: TableReader.Row
    private let columns: ImportColumns

    init(_ row: TableReader.Row, _ columns: ImportColumns) {
        self.row = row
        self.columns = columns
    }

    var isTooLong: Bool { row.cells.count > columns.count }

    /// Without white space around it; empty where there is none.
    subscript(_ column: ImportColumn) -> String {
        guard let position = columns.position(of: column), position < row.cells.count else { return "" }
        return row.cells[position].trimmingWhitespace()
    }

    /// A time in RFC 3339, a day (its beginning in UTC), or a number as a spreadsheet keeps a time; nil where nothing stands there.
    var end: JSON? {
        let cell = self[.endsAt]
        if cell.isEmpty { return nil }
        if cell.utf8.count == 10, Timestamp(cell + "T00:00:00Z") != nil { return .string(cell + "T00:00:00Z") }
        if let days = Double(cell), days > 20_000, days < 2_958_466 {
            return JSON(Timestamp(milliseconds: Int64(((days - 25_569) * 86_400_000).rounded())))
        }
        return .string(cell)
    }
}

/// What stands in a table by name, and its id: roles, the keys that exist for who imports, places by the way to them.
struct ImportNames: Sendable {
    private var roles: [String: String] = [:]
    private var keys: [String: String] = [:]
    private var places: [String: String] = [:]
    /// Of several places: the way is needed.
    private var ambiguous: Set<String> = []

    init(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        for role in try Roles.all(permit, tx) { roles[IdentityKey.canonical(role.name)] = role.id.description }
        let account = try AccountFacts.of(permit, tx)
        if account.catalogue.hasFieldWork {
            var request = PageRequest(limit: 200)
            repeat {
                let page = try APIKeys.list(request, at: now, permit, tx)
                for key in page.items { keys[IdentityKey.canonical(key.name)] = key.id.description }
                request.after = page.next
            } while request.after != nil
        }
        if account.places.count == 0 { return }
        let all = try Places.all(permit, tx)
        let outline = PlaceOutline(all)
        for place in all {
            let name = IdentityKey.canonical(place.name)
            if places[name] != nil { ambiguous.insert(name) }
            places[name] = place.id.description
        }
        for name in ambiguous { places[name] = nil }
        for place in all {
            let path = outline.path(to: place.id).map(\.name)
            if let way = outline.text(of: place.id), path.count > 1 || places[IdentityKey.canonical(place.name)] == nil {
                places[Self.key(PlacePath.names(way))] = place.id.description
            }
        }
    }

    /// By name, or by id.
    func role(_ name: String) -> String? { roles[IdentityKey.canonical(name)] ?? RoleID(name)?.description }
    func key(_ name: String) -> String? { keys[IdentityKey.canonical(name)] ?? APIKeyID(name)?.description }

    func place(_ way: String) -> String? {
        if let id = PlaceID(way) { return id.description }
        let names = PlacePath.names(way)
        return names.count == 1 ? places[IdentityKey.canonical(names[0])] ?? places[Self.key(names)] : places[Self.key(names)]
    }

    private static func key(_ names: [String]) -> String { "\u{1}" + names.map { IdentityKey.canonical($0) }.joined(separator: "\u{0}") }
}
