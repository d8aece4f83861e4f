import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The places of the permit's account.
enum PlaceStore {
    private static let columns: SQL = "p.id, p.name, p.kind, p.parent, p.created_at"

    private static func place(_ row: Row) throws -> Place {
        guard let kind = Place.Kind(rawValue: try row[2]) else { throw DatabaseError.corrupt("not a kind of place") }
        return Place(id: try row[0], name: try row[1], kind: kind, parent: try row[3], createdAt: try row[4])
    }

    static func find(_ id: PlaceID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Place? {
        try tx.row("SELECT \(fragment: columns) FROM places p WHERE p.account = \(permit.account) AND p.id = \(id)", place)
    }

    static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Place] {
        let after: SQL = page.after.map { "AND p.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM places p WHERE p.account = \(permit.account) \(fragment: after)
            ORDER BY p.id DESC LIMIT \(page.limit + 1)
            """, place)
    }

    static func all(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [Place] {
        try tx.rows("SELECT \(fragment: columns) FROM places p WHERE p.account = \(permit.account) ORDER BY p.id", place)
    }

    static func count(_ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM places p WHERE p.account = \(permit.account)") { try $0[0] } ?? 0
    }

    static func children(of id: PlaceID, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Place] {
        try tx.rows(
            """
            SELECT \(fragment: columns) FROM places p WHERE p.account = \(permit.account) AND p.parent = \(id) ORDER BY p.id LIMIT \(limit)
            """, place)
    }

    static func holders(of id: PlaceID, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [PlaceHolds.Holder] {
        try tx.rows(
            """
            SELECT u.id, u.username, u.first_name, u.last_name FROM user_places h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            WHERE h.account = \(permit.account) AND h.place = \(id) ORDER BY u.id LIMIT \(limit)
            """
        ) { row in .init(id: try row[0], username: try row[1], name: try (row[2] as String) + " " + (row[3] as String)) }
    }

    /// - Throws: `DatabaseError.unique` where a place beside it has the name.
    static func insert(_ place: Place, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO places (account, id, name, name_key, kind, parent, created_at)
            VALUES (\(permit.account), \(place.id), \(place.name), \(IdentityKey.canonical(place.name)), \(place.kind.rawValue),
                \(place.parent), \(place.createdAt))
            """)
    }

    /// - Throws: `DatabaseError.unique` where a place beside it has the name.
    static func update(_ place: Place, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE places SET name = \(place.name), name_key = \(IdentityKey.canonical(place.name)), kind = \(place.kind.rawValue),
                parent = \(place.parent)
            WHERE account = \(permit.account) AND id = \(place.id)
            """)
    }

    /// - Throws: `DatabaseError.foreignKey` while something lies in it or somebody is granted it.
    static func delete(_ id: PlaceID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM places WHERE account = \(permit.account) AND id = \(id)")
    }
}
