import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The rows of logins.
enum LoginStore {
    struct Ending {
        var reason: EndReason
        var at: Timestamp
        var by = Ender()
    }

    // MARK: Ending

    static func end(
        ofUser user: UserID, except login: LoginID?, _ ending: Ending, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Int {
        try end("account = \(permit.account) AND user_id = \(user)", except: login, ending, tx)
    }

    static func end(
        ofAdministrator administrator: AdministratorID, except login: LoginID?, _ ending: Ending, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws -> Int {
        let acting: SQL = ending.reason == .disabled ? " OR acting_as = \(administrator)" : ""
        return try end("(administrator = \(administrator)\(fragment: acting))", except: login, ending, tx)
    }

    static func end(inAccount account: AccountID, _ ending: Ending, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try end("account = \(account)", ending, tx)
    }

    static func end(
        switchedInto account: AccountID, by administrator: AdministratorID, _ ending: Ending, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws -> Int {
        try end("account = \(account) AND administrator = \(administrator)", ending, tx)
    }

    /// All of a person who has just proved who they are: by signing in, or with a one-time link.
    static func end(of person: OwnPermit.Person, _ ending: Ending, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        _ = try end(condition(person), ending, tx)
    }

    /// All of one's own but the one that asks and what belongs to it.
    static func endOthers(_ ending: Ending, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        _ = try end(condition(permit.person), except: permit.login, ending, tx)
    }

    /// One of the permit's account.
    static func end(_ login: LoginID, _ ending: Ending, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        _ = try end("id = \(login) AND account = \(permit.account)", ending, tx)
    }

    /// One of one's own.
    static func end(_ login: LoginID, _ ending: Ending, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        _ = try end("id = \(login) AND \(fragment: condition(permit.person))", ending, tx)
    }

    /// Ends the live logins for which `condition` holds, and their children, but the tree of logins that `except` belongs to.
    private static func end(_ condition: SQL, except: LoginID? = nil, _ ending: Ending, _ tx: any Transaction) throws -> Int {
        var kept: SQL = ""
        if let except {
            kept = """
                AND id NOT IN (
                    WITH RECURSIVE kept (id, parent) AS (
                        SELECT id, parent FROM logins WHERE id = \(except)
                        UNION SELECT l.id, l.parent FROM logins l JOIN kept k ON l.parent = k.id OR l.id = k.parent)
                    SELECT id FROM kept)
                """
        }
        return try tx.execute(
            """
            UPDATE logins SET ended_at = \(ending.at), end_reason = \(ending.reason.rawValue), ended_by = \(ending.by.address),
                ended_agent = \(ending.by.userAgent), ended_actor = \(ending.by.name)
            WHERE ended_at IS NULL AND expires_at > \(ending.at) AND id IN (
                WITH RECURSIVE ending (id) AS (
                    SELECT id FROM logins WHERE ended_at IS NULL AND \(fragment: condition) \(fragment: kept)
                    UNION SELECT l.id FROM logins l JOIN ending e ON l.parent = e.id)
                SELECT id FROM ending)
            """)
    }

    private static func condition(_ person: OwnPermit.Person) -> SQL {
        switch person {
        case .user(let user, let account): "account = \(account) AND user_id = \(user)"
        case .administrator(let administrator): "administrator = \(administrator)"
        }
    }

    // MARK: Making

    static func insert(_ login: NewLogin, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws { try insert(login, tx) }

    static func insert(_ login: NewLogin, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws { try insert(login, tx) }

    private static func insert(_ login: NewLogin, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO logins
                (id, hash, account, user_id, administrator, acting_as, parent, created_at, last_seen_at, expires_at, stepped_up_at, address, user_agent)
            VALUES (\(login.id), \(login.hash), \(login.account), \(login.user), \(login.administrator), \(login.actingAs), \(login.parent),
                \(login.createdAt), \(login.createdAt), \(login.expiresAt), \(login.steppedUpAt), \(login.origin.address), \(login.origin.userAgent))
            """)
    }

    // MARK: Stepping up

    /// Gives the login that asks another token, and notes that its person has shown that it is them. Whether it is still live.
    static func renew(_ hash: [UInt8], at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Bool {
        try tx.execute(
            "UPDATE logins SET hash = \(hash), stepped_up_at = \(now) WHERE id = \(permit.login) AND ended_at IS NULL AND expires_at > \(now)") == 1
    }

    static func noteStepUp(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        try tx.execute("UPDATE logins SET stepped_up_at = \(now) WHERE id = \(permit.login)")
    }

    // MARK: Looking

    /// A person's logins that may be live, newest first, a switched one with the time at which the one it came from was last seen.
    ///
    /// What is stored lags up to 30 s behind what the gate has seen, so the caller looks again at who is idle.
    static func candidates(
        of person: OwnPermit.Person, idleMinutes: Int?, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [Login] { try candidates(of: person, idleMinutes: idleMinutes, at: now, tx) }

    static func candidates(
        idleMinutes: Int?, at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> [Login] { try candidates(of: permit.person, idleMinutes: idleMinutes, at: now, tx) }

    private static func candidates(
        of person: OwnPermit.Person, idleMinutes: Int?, at now: Timestamp, _ tx: any Transaction
    ) throws -> [Login] {
        let awake: SQL = idleMinutes.map { "AND last_seen_at > \(now.adding(seconds: -(Int64($0) * 60 + 30)))" } ?? ""
        return try tx.rows(
            """
            WITH RECURSIVE mine (id, root, seen) AS (
                SELECT id, id, last_seen_at FROM logins
                WHERE \(fragment: condition(person)) AND parent IS NULL AND ended_at IS NULL AND expires_at > \(now) \(fragment: awake)
                UNION SELECT l.id, m.root, m.seen FROM logins l JOIN mine m ON l.parent = m.id
                WHERE l.ended_at IS NULL AND l.expires_at > \(now))
            SELECT l.id, m.root, l.created_at, m.seen, l.expires_at, l.address, l.user_agent FROM mine m JOIN logins l ON l.id = m.id
            ORDER BY l.id DESC
            """
        ) { row in
            Login(
                id: try row[0], root: try row[1], createdAt: try row[2], lastSeenAt: try row[3], expiresAt: try row[4], address: try row[5],
                userAgent: try row[6])
        }
    }

    // MARK: An account's new rules

    /// Lets no login of the account's users live longer than this after it began.
    static func shorten(toHours hours: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        let life = Int64(hours) * 3_600_000
        try tx.execute(
            """
            UPDATE logins SET expires_at = created_at + \(life)
            WHERE account = \(permit.account) AND user_id IS NOT NULL AND ended_at IS NULL AND expires_at > created_at + \(life)
            """)
    }

    /// Lets the logins of the account's users that are idle by now stay ended, whatever rule comes after.
    static func expireIdle(minutes: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE logins SET expires_at = \(now)
            WHERE account = \(permit.account) AND user_id IS NOT NULL AND ended_at IS NULL AND expires_at > \(now)
                AND last_seen_at <= \(now.adding(seconds: -(Int64(minutes) * 60 + 30)))
            """)
    }
}
