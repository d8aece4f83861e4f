import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// A record as it stands in its table, with the texts by which a page would give it away.
struct Record: Sendable {
    let kind: Kind
    let id: String
    /// Whose it is: nil for the enterprise's.
    var account: String?
    var key: String?
    /// The user or administrator whose session or login it is.
    var owner: String?
    let texts: [String]
}

/// What each of the cast sees, as the tests say it; read from the tables and never from the policy.
extension Scene {
    /// Gives sessions and keys texts that come nowhere else, and something to tell in every history.
    func mark() async throws {
        let north = [sessions.una, sessions.uwe, sessions.uweFleet, sessions.nobody, sessions.nobodyFleet].map { ($0, cast.adam.client) }
        for (session, client) in north + [(sessions.south, cast.mallory.client)] {
            let mark = unique("Mark") + "x"
            let contact: JSON = ["first_name": .string("Zoe" + mark), "last_name": .string("Zorn" + mark)]
            expect(await client.patch("/api/v1/sessions/\(session)", ["reference": .string("Ref" + mark), "contact": contact]), 200)
            expect(await client.post("/api/v1/sessions/\(session)/notes", ["text": .string("Note" + mark)]), 201)
        }
        expect(await south.inside.patch("/api/v1/api-keys/\(south.key)", ["name": "Southern checks"]), 200)
        expect(await branch.inside.patch("/api/v1/api-keys/\(branch.key)", ["name": "Western checks"]), 200)
        expect(await cast.olive.patch("/api/v1/accounts/\(self.north.account)", ["region": "Northern lights"]), 200)
        expect(await cast.olive.patch("/api/v1/accounts/\(south.account)", ["region": "Southern cross"]), 200)
    }

    func records() async throws -> [Record] {
        try await database.read(seeing: .everything) { tx in
            func read(_ kind: Kind, _ sql: SQL) throws -> [Record] {
                try tx.rows(sql) { row in
                    let id = try row[0] as String
                    let texts: [String] = try [row[4] as String?, row[5], row[6], row[7]].compactMap { $0 }.filter { $0.utf8.count > 5 }
                    return Record(kind: kind, id: id, account: try row[1], key: try row[2], owner: try row[3], texts: [id] + texts)
                }
            }
            return try read(
                .session,
                """
                SELECT s.id, s.account, s.api_key, s.owner, s.code, s.reference, s.last_name,
                    (SELECT max(n.text) FROM session_notes n WHERE n.account = s.account AND n.session = s.id) FROM sessions s
                """)
                + read(.apiKey, "SELECT id, account, id, NULL, CASE name WHEN 'Road checks' THEN NULL ELSE name END, NULL, NULL, NULL FROM api_keys")
                + read(
                    .photo,
                    """
                    SELECT p.id, p.account, s.api_key, s.owner, NULL, NULL, NULL, NULL
                    FROM photos p JOIN sessions s ON s.account = p.account AND s.id = p.session
                    """)
                + read(.link, "SELECT id, account, api_key, NULL, name, NULL, NULL, NULL FROM links")
                + read(.integration, "SELECT id, account, NULL, NULL, name, client_id, NULL, NULL FROM integrations")
                + read(.export, "SELECT id, account, NULL, actor_id, NULL, NULL, NULL, NULL FROM exports")
                + read(.review, "SELECT id, account, NULL, NULL, NULL, NULL, NULL, NULL FROM reviews")
                + read(.user, "SELECT id, account, NULL, id, username, email, NULL, NULL FROM users")
                + read(.role, "SELECT id, account, NULL, NULL, NULL, NULL, NULL, NULL FROM roles")
                + read(.place, "SELECT id, account, NULL, NULL, NULL, NULL, NULL, NULL FROM places")
                + read(.account, "SELECT id, id, NULL, NULL, region, NULL, NULL, NULL FROM accounts")
                + read(.group, "SELECT id, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM groups")
                + read(.administrator, "SELECT id, NULL, NULL, id, email, NULL, NULL, NULL FROM administrators")
                + read(.factor, "SELECT id, account, NULL, coalesce(user_id, administrator), NULL, NULL, NULL, NULL FROM factors")
                + read(.login, "SELECT id, account, NULL, coalesce(user_id, administrator), NULL, NULL, NULL, NULL FROM logins")
        }
    }

    /// Whether a page may show this record, or its texts, to this principal.
    func sees(_ who: Who, _ record: Record) -> Bool {
        if who.isEnterprise, let account = record.account, record.kind != .account, record.kind != .login {
            // By path they work on an account as its manager does.
            return who == .olive || account == branch.account
        }
        let isInside = !who.isEnterprise && record.account == ground(who).account
        let holds = record.key.map { holdsKey(who, $0) } ?? true
        switch record.kind {
        case .session, .photo: return isInside && holds && (who.reachesAll || record.owner == personID(who))
        case .apiKey: return isInside && holds
        case .link: return isInside && holds && who.level(of: .links) > .none
        // Whoever sees everybody's sessions sees who made them.
        case .user: return isInside && (who.reachesAll || record.owner == personID(who))
        case .role, .place, .integration, .review: return isInside
        case .account: return who == .olive || (who == .lena ? record.id == branch.account : isInside)
        case .group: return who == .olive || (who == .lena && record.id == west)
        case .administrator:
            return record.owner == personID(who) || who == .olive
        case .factor, .export: return record.owner == personID(who)
        case .login: return record.owner == personID(who) || (isInside && who.level(of: .logins) > .none)
        }
    }

    /// The keys that somebody holds, of those in their account.
    private func holdsKey(_ who: Who, _ key: String) -> Bool {
        switch who {
        case .adam, .switched, .mallory, .robot: true
        case .uwe: key == cast.shared.id || key == cast.uwes.id
        case .una, .rita, .kim, .key: key == cast.shared.id
        case .olive, .lena: false
        }
    }

    private func personID(_ who: Who) -> String {
        switch who {
        case .una: cast.una.id
        case .uwe: cast.uwe.id
        case .rita: cast.rita.id
        case .kim: kim.id
        case .adam: cast.adam.id
        case .mallory: cast.mallory.id
        case .olive, .switched: oliveID
        case .lena: lena.id
        case .key: cast.shared.id
        case .robot: machines.robot
        }
    }
}
