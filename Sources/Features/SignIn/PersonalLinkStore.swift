import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// One-time links of people, looked up by the hash of their token.
enum PersonalLinkStore {
    struct Found {
        var person: OwnPermit.Person
        var purpose: LinkPurpose
        var email: String?
    }

    static func insert(
        _ token: [UInt8], _ purpose: LinkPurpose, for person: OwnPermit.Person, email: String?, at now: Timestamp, expiresAt: Timestamp,
        _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        var (account, user, administrator): (AccountID?, UserID?, AdministratorID?) = (nil, nil, nil)
        switch person {
        case .user(let id, let its): (user, account) = (id, its)
        case .administrator(let id): administrator = id
        }
        try tx.execute(
            """
            INSERT INTO personal_links (account, hash, purpose, user_id, administrator, email, created_at, expires_at)
            VALUES (\(account), \(token), \(purpose.rawValue), \(user), \(administrator), \(email), \(now), \(expiresAt))
            """)
    }

    /// The right of each of these logins of a person, which end now, to say that this was not them.
    static func insertDisowning(
        of logins: [LoginID], at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO personal_links (account, hash, purpose, user_id, administrator, created_at, expires_at)
            SELECT account, hash, \(LinkPurpose.disown.rawValue), user_id, administrator, \(now), \(now.adding(seconds: LinkPurpose.disown.seconds))
            FROM logins WHERE id IN (\(list: logins)) AND user_id IS NOT NULL
            """)
    }

    /// Drops those that are long out of date.
    static func forget(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM personal_links WHERE expires_at < \(now.adding(seconds: -86_400))")
    }

    /// Whose token this is, while it is good.
    static func find(_ token: [UInt8], at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Found? {
        try tx.row(
            "SELECT account, user_id, administrator, purpose, email FROM personal_links WHERE hash = \(token) AND expires_at > \(now)"
        ) { row -> Found? in
            guard let purpose = LinkPurpose(rawValue: try row[3]) else { return nil }
            if let account: AccountID = try row[0], let user: UserID = try row[1] {
                return Found(person: .user(user, in: account), purpose: purpose, email: try row[4])
            }
            guard let administrator: AdministratorID = try row[2] else { return nil }
            return Found(person: .administrator(administrator), purpose: purpose, email: try row[4])
        } ?? nil
    }

    /// The administrator who signs in with this e-mail.
    static func administrator(email: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> AdministratorID? {
        let key = IdentityKey.canonical(email)
        guard !key.utf8.contains(0) else { return nil }
        return try tx.row("SELECT id FROM administrators WHERE email_key = \(key)") { try $0[0] }
    }

    /// Everybody who has this e-mail, in whatever account, at most so many.
    static func everybody(email: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [OwnPermit.Person] {
        let key = IdentityKey.canonical(email)
        guard !key.utf8.contains(0) else { return [] }
        let administrator = try self.administrator(email: email, permit, tx).map { OwnPermit.Person.administrator($0) }
        let users = try tx.rows("SELECT id, account FROM users WHERE email_key = \(key) ORDER BY account LIMIT 50") { row in
            OwnPermit.Person.user(try row[0], in: try row[1])
        }
        return [administrator].compactMap { $0 } + users
    }

    /// When the activation links of these users end, of those who have one.
    static func activationEnds(of users: [UserID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserID: Timestamp] {
        let rows = try tx.rows(
            """
            SELECT user_id, max(expires_at) FROM personal_links
            WHERE account = \(permit.account) AND purpose = \(LinkPurpose.activation.rawValue) AND user_id IN (\(list: users)) GROUP BY user_id
            """
        ) { (try $0[0] as UserID, try $0[1] as Timestamp) }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Ending

    static func end(
        _ purposes: [LinkPurpose], of person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws { try end(purposes, condition(person), tx) }

    static func end(_ purposes: [LinkPurpose], of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try end(purposes, condition(.user(user, in: permit.account)), tx)
    }

    static func end(_ purposes: [LinkPurpose], _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        try end(purposes, condition(permit.person), tx)
    }

    static func end(
        _ purposes: [LinkPurpose], of administrator: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws { try end(purposes, condition(.administrator(administrator)), tx) }

    static func end(inAccount account: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try end(LinkPurpose.allCases, "account = \(account)", tx)
    }

    private static func end(_ purposes: [LinkPurpose], _ condition: SQL, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM personal_links WHERE \(fragment: condition) AND purpose IN (\(list: purposes.map(\.rawValue)))")
    }

    private static func condition(_ person: OwnPermit.Person) -> SQL {
        switch person {
        case .user(let user, let account): "account = \(account) AND user_id = \(user)"
        case .administrator(let administrator): "administrator = \(administrator)"
        }
    }
}
