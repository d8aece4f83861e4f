import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Places from a list of lines (`name, kind, parent`), judged line by line; then all of it is made, or nothing.
struct PlaceImport: Sendable {
    static let mostBytes = 180 * 1024
    static let mostRows = 5000

    struct Row: Sendable {
        enum Outcome: Sendable, Hashable {
            case new
            /// There is such a place already: nothing is done.
            case exists
            case wrong
        }

        let line: Int
        var name: String
        var kind: String
        /// The names of what it lies in, from the outside in.
        var path: [String]
        var place: Place?
        var errors: [Problem.Field] = []

        var outcome: Outcome { errors.isEmpty ? place == nil ? .exists : .new : .wrong }
    }

    private(set) var rows: [Row] = []
    /// What is wrong with the lines as such, so that none could be judged.
    private(set) var malformed: Problem.Field?

    var places: [Place] { rows.compactMap { $0.errors.isEmpty ? $0.place : nil } }
    var errors: [Problem.Field] { (malformed.map { [$0] } ?? []) + rows.flatMap(\.errors) }

    /// What these lines would do to the permit's account.
    init(_ bytes: [UInt8], at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        if bytes.count > Self.mostBytes {
            malformed = .init("csv", "too_long", t("This must have at most %1 bytes. Import it in pieces.", String(Self.mostBytes)))
            return
        }
        let lines: [TableReader.Row]
        do { lines = try TableReader.rows(bytes, most: Self.mostRows + 1) } catch {
            malformed = .init(
                "lines.\(error.line)", "malformed_csv", t("Line %1: %2", String(error.line), error.reason.sentence(most: Self.mostRows)))
            return
        }
        guard let head = lines.first, let columns = Columns(head.cells) else {
            malformed = .init(
                "lines.1", "malformed_csv", t("The first line must name the columns: name, kind and parent, in any order; parent may be left out."))
            return
        }
        let ground = Ground(try PlaceStore.all(permit, tx))
        for line in lines.dropFirst() { rows.append(ground.judge(line, columns, at: now)) }
    }

    /// - Throws: `Problem` 422 with a field for each thing that is wrong, `lines.7.kind`.
    func requireRight() throws -> PlaceImport {
        guard let first = errors.first else { return self }
        throw Problem(422, errors.count == 1 ? first.code : "invalid_lines", t("Some lines are not right. Nothing was imported."), errors: errors)
    }

    /// Makes the new places.
    /// - Throws: `Problem` 409 `too_many_places`.
    func apply(_ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let places = places
        if places.isEmpty { return }
        if try AccountFacts.of(permit, tx).places.count + places.count > Places.most { throw Places.tooMany }
        for place in places {
            try PlaceStore.insert(place, permit, tx)
            try ledger.record("place.created", place.subject, Change.between([:], place.details))
        }
        try AccountFacts.placesChanged(permit, tx)
    }

    func json(isDry: Bool) -> JSON {
        [
            "dry_run": .bool(isDry), "created": .int(Int64(places.count)), "existing": .int(Int64(rows.count { $0.outcome == .exists })),
            "rows": .array(
                rows.map { row in
                    [
                        "line": .int(Int64(row.line)), "name": .string(row.name), "kind": .string(row.kind), "parent": JSON(row.path),
                        "outcome": row.outcome == .exists ? "exists" : "new", "id": isDry ? .null : JSON(row.place?.id),
                    ]
                }),
        ]
    }
}

/// Where the columns are.
private struct Columns {
    let name: Int
    let kind: Int
    let parent: Int?
    let count: Int

    init?(_ cells: [String]) {
        let names = cells.map { $0.trimmingWhitespace().lowercased() }
        guard let name = names.firstIndex(of: "name"), let kind = names.firstIndex(of: "kind"), Set(names).count == names.count,
            names.allSatisfy({ ["name", "kind", "parent"].contains($0) })
        else { return nil }
        self.name = name
        self.kind = kind
        parent = names.firstIndex(of: "parent")
        count = cells.count
    }
}

/// The places there are, with those of the lines before.
private final class Ground {
    private struct Key: Hashable {
        let parent: PlaceID?
        let name: String
    }

    private var places: [Key: Place] = [:]
    private var depths: [PlaceID: Int] = [:]

    init(_ places: [Place]) {
        for place in places { self.places[Key(parent: place.parent, name: IdentityKey.canonical(place.name))] = place }
        let tree = PlaceTree(places.map { (id: $0.id, parent: $0.parent) })
        for place in places { depths[place.id] = tree.depth(of: place.id) }
    }

    func judge(_ line: TableReader.Row, _ columns: Columns, at now: Timestamp) -> PlaceImport.Row {
        func cell(_ index: Int?) -> String { index.flatMap { $0 < line.cells.count ? line.cells[$0] : nil }?.trimmingWhitespace() ?? "" }
        let path = PlacePath.names(cell(columns.parent))
        var row = PlaceImport.Row(line: line.line, name: cell(columns.name), kind: cell(columns.kind).lowercased(), path: path)
        func wrong(_ column: String, _ code: String, _ message: String) {
            row.errors.append(.init("lines.\(line.line).\(column)", code, t("Line %1: %2", String(line.line), message)))
        }
        if line.cells.count > columns.count {
            wrong("name", "too_many_cells", t("This line has more cells than the first. A name with a separator in it goes in quotes."))
            return row
        }
        let (name, kind) = Self.read(row, wrong)
        var parent: PlaceID?
        for (index, name) in path.enumerated() {
            guard let found = places[Key(parent: parent, name: IdentityKey.canonical(name))] else {
                let shown = path.prefix(index + 1).joined(separator: "/")
                wrong("parent", "unknown_reference", t("There is no place %1, and no earlier line makes it.", shown))
                return row
            }
            parent = found.id
        }
        let depth = (parent.flatMap { depths[$0] } ?? 0) + 1
        if depth > PlaceTree.deepest { wrong("parent", "too_deep", t("At most %1 places lie in one another.", String(PlaceTree.deepest))) }
        guard row.errors.isEmpty, let name, let kind else { return row }
        let key = Key(parent: parent, name: IdentityKey.canonical(name))
        if let there = places[key] {
            if there.kind != kind { wrong("kind", "place_name_taken", t("There is such a place already, of another kind.")) }
            return row
        }
        let place = Place(id: .new(at: now), name: name, kind: kind, parent: parent, createdAt: now)
        places[key] = place
        depths[place.id] = depth
        row.place = place
        return row
    }

    /// Name and kind by the rules of every body.
    private static func read(_ row: PlaceImport.Row, _ wrong: (String, String, String) -> Void) -> (String?, Place.Kind?) {
        guard let fields = try? Fields(["name": .string(row.name), "kind": .string(row.kind)]) else { return (nil, nil) }
        let name = fields.name()
        let kind: Place.Kind? = fields.optionalChoice("kind")
        do { try fields.finish() } catch let problem as Problem {
            for error in problem.errors { wrong(error.field, error.code, error.message) }
            return (nil, nil)
        } catch { return (nil, nil) }
        return (name, kind)
    }
}
