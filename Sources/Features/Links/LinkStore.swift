import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The links of the permit's account under keys that its principal holds; no other exists here (ruling 2).
enum LinkStore {
    private static let columns: SQL = """
        l.id, l.name, l.api_key, l.user_id, l.active, l.ends_at, l.max_starts, l.starts, l.created_at, k.name, k.mode, k.disabled_at,
        u.first_name, u.last_name, u.disabled_at, u.ends_at, CASE WHEN \(fragment: holdsKey) THEN 1 ELSE 0 END
        """

    /// Whether the assigned user holds the link's key.
    private static let holdsKey: SQL = """
        (u.all_keys = 1
            OR EXISTS (SELECT 1 FROM user_api_keys h WHERE h.account = l.account AND h.user_id = l.user_id AND h.api_key = l.api_key)
            OR EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.account = ur.account AND r.id = ur.role
                WHERE ur.account = l.account AND ur.user_id = l.user_id AND r.manager = 1))
        """

    private static let tables: SQL = """
        links l JOIN api_keys k ON k.account = l.account AND k.id = l.api_key LEFT JOIN users u ON u.account = l.account AND u.id = l.user_id
        """

    private static func link(_ row: Row, at now: Timestamp) throws -> Link {
        var link = Link(
            id: try row[0], name: try row[1], apiKey: try row[2], user: try row[3], isActive: try row[4], endsAt: try row[5],
            maxStarts: try row.optionalInteger(at: 6), starts: try row[7], createdAt: try row[8])
        link.key = Link.Key(name: try row[9], mode: APIKey.Mode(rawValue: try row[10]) ?? .live, isDisabled: try !row.isNull(at: 11))
        if link.user != nil {
            let endsAt: Timestamp? = try row[15]
            link.holder = Link.Holder(
                name: try row.text(at: 12) + " " + row.text(at: 13),
                isDisabled: try !row.isNull(at: 14) || (endsAt.map { now >= $0 } ?? false), holdsKey: try row[16])
        }
        return link
    }

    private static func visible(_ permit: borrowing Permit) -> SQL {
        "l.account = \(permit.account) AND \(fragment: permit.keys.condition("l.api_key"))"
    }

    static func find(_ id: LinkID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Link? {
        try tx.row(
            "SELECT \(fragment: columns) FROM \(fragment: tables) WHERE \(fragment: visible(permit)) AND l.id = \(id)"
        ) { try link($0, at: now) }
    }

    static func list(
        _ search: String?, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [Link] {
        let after: SQL = page.after.map { "AND l.id < \($0.key)" } ?? ""
        return try tx.rows(
            """
            SELECT \(fragment: columns) FROM \(fragment: tables)
            WHERE \(fragment: visible(permit))\(fragment: matching(search)) \(fragment: after) ORDER BY l.id DESC LIMIT \(page.limit + 1)
            """
        ) { try link($0, at: now) }
    }

    static func count(_ search: String?, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Int {
        try tx.row("SELECT count(*) FROM links l WHERE \(fragment: visible(permit))\(fragment: matching(search))") { try $0[0] } ?? 0
    }

    /// Words of which each is somewhere in the name.
    private static func matching(_ search: String?) -> SQL {
        let words = IdentityKey.canonical(search ?? "").unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
        return words.map { word -> SQL in
            var pattern = "%"
            for scalar in word {
                if scalar == "!" || scalar == "%" || scalar == "_" { pattern.unicodeScalars.append("!") }
                pattern.unicodeScalars.append(scalar)
            }
            return " AND l.name_key LIKE \(pattern + "%") ESCAPE '!'"
        }.joined(separator: "")
    }

    /// The links of one user whose key that user lacks.
    static func lacking(_ user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Link] {
        try tx.rows(
            """
            SELECT \(fragment: columns) FROM \(fragment: tables)
            WHERE \(fragment: visible(permit)) AND l.user_id = \(user) ORDER BY l.id DESC LIMIT 200
            """
        ) { try link($0, at: now) }.filter { $0.holder?.holdsKey == false }
    }

    /// The newest links whose user lacks their key, whoever it is.
    static func lacking(at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Link] {
        try tx.rows(
            """
            SELECT \(fragment: columns) FROM \(fragment: tables)
            WHERE \(fragment: visible(permit)) AND l.user_id IS NOT NULL AND NOT \(fragment: holdsKey) ORDER BY l.id DESC LIMIT \(limit)
            """
        ) { try link($0, at: now) }
    }

    /// How many start sessions, and how often all were started.
    static func numbers(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> LinkNumbers {
        try tx.row(
            """
            SELECT count(CASE WHEN l.active = 1 AND (l.ends_at IS NULL OR l.ends_at > \(now)) AND (l.max_starts IS NULL OR l.starts < l.max_starts)
                AND k.disabled_at IS NULL AND (l.user_id IS NULL OR u.disabled_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)))
                THEN 1 END), CAST(coalesce(sum(l.starts), 0) AS BIGINT)
            FROM \(fragment: tables) WHERE \(fragment: visible(permit))
            """
        ) { LinkNumbers(open: try $0[0], starts: try $0[1]) } ?? LinkNumbers(open: 0, starts: 0)
    }

    /// The token, sealed.
    static func sealed(_ id: LinkID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UInt8]? {
        try tx.row("SELECT l.sealed FROM links l WHERE \(fragment: visible(permit)) AND l.id = \(id)") { try $0[0] }
    }

    // MARK: Writing

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func insert(_ link: Link, hash: [UInt8], sealed: [UInt8], _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO links (account, id, name, name_key, api_key, user_id, active, ends_at, max_starts, starts, hash, sealed, created_at)
            VALUES (\(permit.account), \(link.id), \(link.name), \(IdentityKey.canonical(link.name)), \(link.apiKey), \(link.user),
                \(link.isActive), \(link.endsAt), \(link.maxStarts), 0, \(hash), \(sealed), \(link.createdAt))
            """)
    }

    /// - Throws: `DatabaseError.unique` where the name is taken.
    static func update(_ link: Link, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE links SET name = \(link.name), name_key = \(IdentityKey.canonical(link.name)), api_key = \(link.apiKey),
                user_id = \(link.user), active = \(link.isActive), ends_at = \(link.endsAt), max_starts = \(link.maxStarts)
            WHERE account = \(permit.account) AND id = \(link.id)
            """)
    }

    /// Counts one start, unless the link's own limits forbid it: of many at once no more than the limit get a true.
    static func countStart(_ id: LinkID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE links SET starts = starts + 1
            WHERE account = \(permit.account) AND id = \(id) AND active = 1 AND (ends_at IS NULL OR ends_at > \(now))
                AND (max_starts IS NULL OR starts < max_starts)
            """) == 1
    }
}
