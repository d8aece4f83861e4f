import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// An id in the changes of an entry, and when it stood there.
struct HistoryMention: Sendable, Hashable {
    var id: String
    var seq: Int64
}

/// What ids stand for: what they were called then, by the entries about them, or what they are called now.
enum HistoryNameStore {
    private static let atOnce = 150

    /// The names that things had when they were mentioned: each by the last entry about it until then.
    static func then(_ mentions: [HistoryMention], in chain: Chain, _ tx: any Transaction) throws -> [HistoryMention: String] {
        try details(mentions, in: chain, tx) { "h.seq <= \(fragment: $0) ORDER BY h.seq DESC" }.compactMapValues { $0["subject"]?.text }
    }

    /// The names of what has no entry until then, by the first one after: a role that came with the account and was renamed or deleted since.
    static func later(_ mentions: [HistoryMention], in chain: Chain, _ tx: any Transaction) throws -> [HistoryMention: String] {
        try details(mentions, in: chain, tx) { "h.seq > \(fragment: $0) ORDER BY h.seq" }.compactMapValues { details in
            let renamed = details["changes"]?.elements.first { $0["field"]?.text == "name" }?["from"]?.text
            return renamed ?? details["subject"]?.text
        }
    }

    private static func details(
        _ mentions: [HistoryMention], in chain: Chain, _ tx: any Transaction, _ which: (SQL) -> SQL
    ) throws -> [HistoryMention: JSON] {
        var found: [HistoryMention: JSON] = [:]
        var rest = mentions[...]
        while !rest.isEmpty {
            let table = rest.prefix(atOnce).map { mention -> SQL in
                "SELECT CAST(\(mention.id) AS TEXT) AS id, CAST(\(mention.seq) AS BIGINT) AS seq"
            }.joined(separator: " UNION ALL ")
            rest = rest.dropFirst(atOnce)
            try tx.forEachRow(
                """
                SELECT m.id, m.seq, (
                    SELECT d.details FROM history h JOIN history_details d ON d.chain = h.chain AND d.seq = h.seq
                    WHERE h.chain = \(chain.name) AND h.subject_id = m.id AND \(fragment: which("m.seq")) LIMIT 1)
                FROM (\(fragment: table)) m
                """
            ) { row in
                if let details = try row[2] as JSON? { found[HistoryMention(id: try row[0], seq: try row[1])] = details }
                return true
            }
        }
        return found
    }

    /// What things of the account are called now, as far as the reader may know.
    static func now(_ ids: [String], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [String: String] {
        if ids.isEmpty { return [:] }
        let account = permit.account
        let pairs = try tx.rows(
            """
            SELECT id, name FROM roles WHERE account = \(account) AND id IN (\(list: ids))
            UNION ALL SELECT id, name FROM api_keys WHERE account = \(account) AND id IN (\(list: ids)) AND \(fragment: permit.keys.condition("id"))
            UNION ALL SELECT id, name FROM places WHERE account = \(account) AND id IN (\(list: ids))
            UNION ALL SELECT id, name FROM integrations WHERE account = \(account) AND id IN (\(list: ids))
            UNION ALL SELECT id, first_name || ' ' || last_name FROM users WHERE account = \(account) AND id IN (\(list: ids))
            """
        ) { (try $0[0] as String, try $0[1] as String) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// What things of the enterprise are called now; what is not the administrator's was taken out of the entries before.
    static func now(_ ids: [String], _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [String: String] {
        if ids.isEmpty { return [:] }
        let pairs = try tx.rows(
            """
            SELECT id, name FROM groups WHERE id IN (\(list: ids)) AND \(fragment: permit.access.groups.condition("id"))
            UNION ALL SELECT id, name FROM accounts WHERE id IN (\(list: ids)) AND \(fragment: permit.access.groups.condition("group_id"))
            """
        ) { (try $0[0] as String, try $0[1] as String) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    // MARK: By name

    /// The ids of what is called like this now, at most so many; people by a part of their names, username or e-mail.
    static func things(
        called text: String, onlyPeople: Bool, most: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [String] {
        let account = permit.account
        let name = IdentityKey.canonical(text)
        if name.isEmpty { return [] }
        // As the search for people: each word begins one of theirs.
        let words = name.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { word -> SQL in
            var pattern = "% "
            for scalar in word { pattern += ["!", "%", "_"].contains(scalar) ? "!" + String(scalar) : String(scalar) }
            return " AND search LIKE \(pattern + "%") ESCAPE '!'"
        }.joined(separator: "")
        // The first of them leads to few.
        let first = String(name.unicodeScalars.prefix { !$0.properties.isWhitespace }.prefix(64))
        let people: SQL = """
            SELECT id FROM users WHERE account = \(account)\(fragment: words) AND id IN (
                SELECT user_id FROM user_words WHERE account = \(account) AND word >= \(first) AND word < \(first + "\u{10FFFF}"))
            UNION ALL SELECT id FROM integrations WHERE account = \(account) AND name_key = \(name)
            UNION ALL SELECT id FROM api_keys WHERE account = \(account) AND name_key = \(name) AND \(fragment: permit.keys.condition("id"))
            """
        let others: SQL = """
             UNION ALL SELECT id FROM roles WHERE account = \(account) AND name_key = \(name)
            UNION ALL SELECT id FROM places WHERE account = \(account) AND name_key = \(name)
            UNION ALL SELECT id FROM links WHERE account = \(account) AND name_key = \(name) AND \(fragment: permit.keys.condition("api_key"))
            """
        return try tx.rows("SELECT id FROM (\(fragment: people)\(fragment: onlyPeople ? "" : others)) s LIMIT \(most)") { try $0[0] }
    }

    /// Administrators by name or e-mail. What they did is bounded where entries are read.
    static func administrators(called text: String, most: Int, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [String] {
        let name = IdentityKey.canonical(text)
        return try tx.rows("SELECT id FROM administrators WHERE email_key = \(name) OR name = \(text) LIMIT \(most)") { try $0[0] }
    }

    /// Accounts and groups of the administrator's, and administrators, by name.
    static func things(called text: String, most: Int, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [String] {
        let name = IdentityKey.canonical(text)
        let groups = permit.access.groups
        return try administrators(called: text, most: most, permit, tx)
            + tx.rows(
                """
                SELECT id FROM accounts WHERE name_key = \(name) AND \(fragment: groups.condition("group_id"))
                UNION ALL SELECT id FROM groups WHERE name_key = \(name) AND \(fragment: groups.condition("id"))
                """
            ) { try $0[0] }
    }
}
