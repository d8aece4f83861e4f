import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// The rows of passkeys, and of the challenges that were answered.
enum PasskeyStore {
    private static let columns: SQL = """
        factor, account, user_id, administrator, credential, public_key, user_handle, sign_count, backup_eligible, backed_up, user_verified, model,
        transports
        """

    private static func passkey(_ row: Row) throws -> Passkey? {
        let (account, user, administrator): (AccountID?, UserID?, AdministratorID?) = (try row[1], try row[2], try row[3])
        let person: OwnPermit.Person
        switch (account, user, administrator) {
        case (let account?, let user?, _): person = .user(user, in: account)
        case (_, _, let administrator?): person = .administrator(administrator)
        default: return nil
        }
        let count: Int64 = try row[7]
        let credential = WebAuthn.Credential(
            id: try row[4], key: try row[5], signCount: UInt32(clamping: count), isBackupEligible: try row[8], isBackedUp: try row[9],
            isUserVerified: try row[10], model: try row[11])
        return Passkey(
            factor: try row[0], person: person, credential: credential, userHandle: try row[6],
            transports: (try row[12] as JSON).elements.compactMap(\.text))
    }

    static func find(_ credential: [UInt8], _ tx: any Transaction) throws -> Passkey? {
        try tx.row("SELECT \(fragment: columns) FROM passkeys WHERE credential = \(credential)", passkey) ?? nil
    }

    static func list(of person: OwnPermit.Person, _ tx: any Transaction) throws -> [Passkey] {
        let holder: SQL =
            switch person {
            case .user(let user, let account): "account = \(account) AND user_id = \(user)"
            case .administrator(let administrator): "administrator = \(administrator)"
            }
        return try tx.rows("SELECT \(fragment: columns) FROM passkeys WHERE \(fragment: holder) ORDER BY factor", passkey).compactMap { $0 }
    }

    static func insert(_ passkey: Passkey, _ tx: any Transaction) throws {
        var (account, user, administrator): (AccountID?, UserID?, AdministratorID?) = (nil, nil, nil)
        switch passkey.person {
        case .user(let id, let its): (account, user) = (its, id)
        case .administrator(let id): administrator = id
        }
        let credential = passkey.credential
        try tx.execute(
            """
            INSERT INTO passkeys (\(fragment: columns))
            VALUES (\(passkey.factor), \(account), \(user), \(administrator), \(credential.id), \(credential.key), \(passkey.userHandle),
                \(Int64(credential.signCount)), \(credential.isBackupEligible), \(credential.isBackedUp), \(credential.isUserVerified),
                \(credential.model), \(JSON(passkey.transports)))
            """)
    }

    static func noteUse(_ passkey: Passkey, _ asserted: WebAuthn.Asserted, at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE passkeys SET sign_count = \(Int64(asserted.signCount)), backed_up = \(asserted.isBackedUp) WHERE factor = \(passkey.factor)
            """)
        try tx.execute("UPDATE factors SET last_used_at = \(now) WHERE id = \(passkey.factor)")
    }

    /// Notes that a challenge was answered; false where it was before, however many answer at once.
    static func answer(_ challenge: PasskeyChallenge, at now: Timestamp, _ tx: any Transaction) throws -> Bool {
        let isFirst =
            try tx.execute(
                """
                INSERT INTO answered_challenges (hash, expires_at) VALUES (\(challenge.hash), \(challenge.endsAt)) ON CONFLICT DO NOTHING
                """) == 1
        if isFirst { try tx.execute("DELETE FROM answered_challenges WHERE expires_at <= \(now)") }
        return isFirst
    }
}
