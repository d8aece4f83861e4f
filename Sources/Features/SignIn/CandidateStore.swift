import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// People with the hashes of their passwords: read here and nowhere else.
enum CandidateStore {
    /// The enterprise's name; nil before the set-up.
    static func enterprise(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> String? {
        try tx.row("SELECT name FROM enterprise WHERE id = 1") { try $0[0] }
    }

    /// Whom a name signs in, by its canonical form: unique over users and administrators alike.
    static func find(named key: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Candidate? {
        // No name holds a NUL, and no database takes one.
        guard !key.utf8.contains(0) else { return nil }
        let row = try tx.row("SELECT account, holder FROM usernames WHERE name_key = \(key)") { row in
            (account: try row[0] as AccountID?, holder: try row[1] as String)
        }
        guard let row else { return nil }
        if let account = row.account { return try UserID(row.holder).flatMap { try find(.user($0, in: account), at: now, permit, tx) } }
        return try AdministratorID(row.holder).flatMap { try find(.administrator($0), at: now, permit, tx) }
    }

    /// A hash that is not of today's cost, if anybody still has one: while there is, everybody's sign-in does its work too.
    static func olderHash(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> String? {
        // As the index `users_with_older_hashes` has it.
        try tx.row("SELECT password_hash FROM users WHERE substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' LIMIT 1") { try $0[0] }
    }

    static func find(
        _ person: OwnPermit.Person, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Candidate? { try find(person, at: now, tx) }

    /// Oneself.
    static func find(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Candidate? {
        try find(permit.person, at: now, tx)
    }

    private static func find(_ person: OwnPermit.Person, at now: Timestamp, _ tx: any Transaction) throws -> Candidate? {
        switch person {
        case .user(let id, let account): try user(id, in: account, at: now, tx)
        case .administrator(let id): try administrator(id, tx)
        }
    }

    private static func user(_ id: UserID, in account: AccountID, at now: Timestamp, _ tx: any Transaction) throws -> Candidate? {
        let found = try tx.row(
            """
            SELECT u.username, u.email, u.first_name, u.last_name, u.password_hash, u.must_change_password, u.ends_at, u.disabled_at, a.name,
                a.catalogue, a.security, a.disabled_at, u.password_ends_at
            FROM users u JOIN accounts a ON a.id = u.account WHERE u.account = \(account) AND u.id = \(id)
            """
        ) { row in
            let (first, last): (String, String) = (try row[2], try row[3])
            let (ends, disabled, accountDisabled): (Timestamp?, Timestamp?, Timestamp?) = (try row[6], try row[7], try row[11])
            let defaults = (Catalogue.ready(try row[9]) ?? .inspection).defaults
            var candidate = Candidate(
                person: .user(id, in: account), name: first + " " + last, username: try row[0], passwordHash: try row[4],
                mustChangePassword: try row[5], security: SecuritySettings(json: try row[10], defaults: defaults),
                words: PersonWords(username: try row[0], firstName: first, lastName: last, email: try row[1], accountNames: [try row[8]]))
            candidate.email = try row[1]
            candidate.accountName = try row[8]
            let hasEnded = ends.map { now >= $0 } ?? false
            let passwordHasEnded = (try row[12] as Timestamp?).map { now >= $0 } ?? false
            candidate.obstacle =
                accountDisabled != nil
                ? .accountDisabled
                : disabled != nil || hasEnded ? .disabled : candidate.passwordHash == nil ? .pending : passwordHasEnded ? .passwordEnded : nil
            return candidate
        }
        guard var candidate = found, let security = candidate.security else { return nil }
        candidate.idleMinutes = security.inactivityMinutes
        if candidate.idleMinutes ?? .max > SecuritySettings.managersInactivityMinutes {
            candidate.idleMinutes = security.idleMinutes(managesUsers: try managesUsers(id, in: account, tx))
        }
        return candidate
    }

    private static func managesUsers(_ user: UserID, in account: AccountID, _ tx: any Transaction) throws -> Bool {
        try tx.rows(
            """
            SELECT r.screens FROM user_roles u JOIN roles r ON r.account = u.account AND r.id = u.role
            WHERE u.account = \(account) AND u.user_id = \(user)
            """
        ) { row in Grants(screensJSON: try row[0], functionsJSON: [:]).screens[.users]?.level == .full }.contains(true)
    }

    private static func administrator(_ id: AdministratorID, _ tx: any Transaction) throws -> Candidate? {
        let enterprise = try tx.row("SELECT name FROM enterprise WHERE id = 1") { try $0[0] as String }
        return try tx.row(
            "SELECT email, name, password_hash, must_change_password, disabled_at FROM administrators WHERE id = \(id)"
        ) { row in
            let (email, name): (String, String) = (try row[0], try row[1])
            var candidate = Candidate(
                person: .administrator(id), name: name, username: email, passwordHash: try row[2], mustChangePassword: try row[3],
                idleMinutes: Candidate.administratorsIdleMinutes, words: .ofAdministrator(name: name, email: email, enterprise: enterprise))
            candidate.email = email
            candidate.obstacle = try (row[4] as Timestamp?) != nil ? .disabled : candidate.passwordHash == nil ? .pending : nil
            return candidate
        }
    }

    // MARK: Changing

    static func noteSignIn(_ person: OwnPermit.Person, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try set("last_sign_in_at = \(now)", person, tx)
    }

    /// The same password under today's parameters.
    static func renew(_ hash: String, _ person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try set("password_hash = \(hash)", person, tx)
    }

    /// A password that the person chose themselves.
    static func choose(_ hash: String, _ person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try choose(hash, person, tx)
    }

    /// Lets a password sign nobody in any more, until another one is chosen or set.
    static func endPassword(of user: UserID, in account: AccountID, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try set("password_ends_at = \(now)", .user(user, in: account), tx)
    }

    static func choose(_ hash: String, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws { try choose(hash, permit.person, tx) }

    private static func choose(_ hash: String, _ person: OwnPermit.Person, _ tx: any Transaction) throws {
        let end: SQL = if case .user = person { ", password_ends_at = NULL" } else { "" }
        try set("password_hash = \(hash), must_change_password = 0\(fragment: end)", person, tx)
    }

    private static func set(_ values: SQL, _ person: OwnPermit.Person, _ tx: any Transaction) throws {
        switch person {
        case .user(let id, let account):
            try tx.execute("UPDATE users SET \(fragment: values) WHERE account = \(account) AND id = \(id)")
        case .administrator(let id): try tx.execute("UPDATE administrators SET \(fragment: values) WHERE id = \(id)")
        }
    }
}
