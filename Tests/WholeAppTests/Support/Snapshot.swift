import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import Testing

@testable import latchkey

/// What stands in the tables, so that a test can say that nothing changed, or that something is nowhere.
enum Snapshot {
    /// Every table by name. One that is missing here fails the tests: add it.
    static let tables: [(name: String, rows: SQL)] = [
        ("account_catalogues", "SELECT * FROM account_catalogues"), ("accounts", "SELECT * FROM accounts"),
        ("administrator_groups", "SELECT * FROM administrator_groups"),
        ("administrators", "SELECT * FROM administrators"), ("api_key_secrets", "SELECT * FROM api_key_secrets"),
        ("api_keys", "SELECT * FROM api_keys"), ("capture_answers", "SELECT * FROM capture_answers"), ("leases", "SELECT * FROM leases"),
        ("links", "SELECT * FROM links"), ("link_starts", "SELECT * FROM link_starts"), ("session_captures", "SELECT * FROM session_captures"),
        ("enterprise", "SELECT * FROM enterprise"),
        ("groups", "SELECT * FROM groups"),
        ("factors", "SELECT account, id, user_id, administrator, kind, name, sealed, created_at FROM factors"),
        ("passkeys", "SELECT * FROM passkeys"), ("answered_challenges", "SELECT hash FROM answered_challenges"),
        ("recovery_codes", "SELECT * FROM recovery_codes"), ("sign_in_flows", "SELECT * FROM sign_in_flows"),
        ("history", "SELECT * FROM history"), ("history_details", "SELECT * FROM history_details"),
        ("history_heads", "SELECT * FROM history_heads"), ("history_tiles", "SELECT * FROM history_tiles"),
        ("history_checkpoints", "SELECT * FROM history_checkpoints"), ("history_erasures", "SELECT * FROM history_erasures"),
        ("checkpoint_keys", "SELECT * FROM checkpoint_keys"), ("idempotency", "SELECT * FROM idempotency"),
        ("installation", "SELECT * FROM installation"),
        (
            "logins",
            """
            SELECT id, hash, account, user_id, administrator, acting_as, parent, created_at, expires_at, address, user_agent, ended_at, end_reason,
                ended_by, ended_agent, ended_actor
            FROM logins
            """
        ), ("migrations", "SELECT * FROM migrations"),
        (
            "access_tokens",
            "SELECT hash, account, id, integration, format, scope, created_at, expires_at, address, user_agent FROM access_tokens"
        ),
        (
            "integrations",
            """
            SELECT account, id, name, name_key, client_id, client_id_key, secret_hash, functions, token_format, disabled_at, created_at
            FROM integrations
            """
        ), ("client_ids", "SELECT * FROM client_ids"), ("integration_calls", "SELECT * FROM integration_calls"),
        ("signing_keys", "SELECT * FROM signing_keys"),
        ("one_time_tokens", "SELECT * FROM one_time_tokens"), ("outbox", "SELECT * FROM outbox"),
        ("personal_links", "SELECT * FROM personal_links"), ("roles", "SELECT * FROM roles"), ("session_events", "SELECT * FROM session_events"),
        ("session_notes", "SELECT * FROM session_notes"), ("photos", "SELECT * FROM photos"), ("exports", "SELECT * FROM exports"),
        ("session_words", "SELECT * FROM session_words"),
        ("sessions", "SELECT * FROM sessions"), ("user_api_keys", "SELECT * FROM user_api_keys"),
        ("user_roles", "SELECT * FROM user_roles"), ("places", "SELECT * FROM places"), ("user_places", "SELECT * FROM user_places"),
        ("user_words", "SELECT * FROM user_words"), ("reviews", "SELECT * FROM reviews"), ("review_items", "SELECT * FROM review_items"),
        ("grant_uses", "SELECT * FROM grant_uses"),
        ("uses_begun", "SELECT * FROM uses_begun"), ("refused_addresses", "SELECT * FROM refused_addresses"),
        ("usernames", "SELECT * FROM usernames"), ("users", "SELECT * FROM users"),
    ]

    /// All rows of all tables as text; of logins, tokens and integrations not when they were last seen.
    static func all(_ database: any Database) async throws -> [String: [String]] {
        try await database.read(seeing: .everything) { tx in
            let list: SQL =
                tx.dialect == .sqlite
                ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                : "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            let names = try tx.rows(list) { try $0[0] as String }.sorted()
            let known = Set(tables.map(\.name))
            #expect(names.filter { !known.contains($0) } == [], "add these tables to Snapshot.tables in Support/Snapshot.swift")
            var found: [String: [String]] = [:]
            for table in tables where names.contains(table.name) {
                // The end of a row is found by an error, which is slow under test: once for each table.
                var width = Int.max
                found[table.name] = try tx.rows(table.rows) { row($0, &width) }
            }
            return found
        }
    }

    private static func row(_ row: Row, _ width: inout Int) -> String {
        var cells: [String] = []
        var column = 0
        while column < width, let value = try? row.value(at: column) {
            switch value {
            case .null: cells.append("-")
            case .int(let number): cells.append(String(number))
            case .text(let text): cells.append(text)
            case .blob(let bytes): cells.append(text(bytes))
            }
            column += 1
        }
        width = column
        return cells.joined(separator: " | ")
    }

    /// Bytes as ASCII, so that texts in them are found and rows are compared quickly; what is no ASCII as three characters that nothing else gives.
    private static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 3) { room in
            var end = 0
            for byte in bytes {
                room[end] = min(byte, 0x7F)
                if byte >= 0x7F { (room[end + 1], room[end + 2]) = (0x40 | byte >> 4, 0x40 | byte & 0xF) }
                end += byte < 0x7F ? 1 : 3
            }
            return end
        }
    }

    /// The tables that differ, each with how many rows came and went.
    static func differences(_ before: [String: [String]], _ after: [String: [String]]) -> [String] {
        tables.compactMap { table in
            if before[table.name] == after[table.name] { return nil }
            let (old, new) = (Set(before[table.name] ?? []), Set(after[table.name] ?? []))
            return old == new ? nil : "\(table.name): +\(new.subtracting(old).count) -\(old.subtracting(new).count)"
        }
    }

    /// How many entries each chain of history has.
    static func heads(_ database: any Database) async throws -> [String: Int64] {
        try await database.read(seeing: .everything) { tx in
            let heads = try tx.rows("SELECT chain, seq FROM history_heads") { (try $0[0] as String, try $0[1] as Int64) }
            return Dictionary(heads, uniquingKeysWith: { first, _ in first })
        }
    }

    /// How many entries each chain has more; chains without are left out.
    static func growth(_ before: [String: Int64], _ after: [String: Int64]) -> [String: Int64] {
        after.map { ($0.key, $0.value - (before[$0.key] ?? 0)) }.filter { $0.1 != 0 }.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}
