import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The rows of factors and recovery codes.
enum FactorStore {
    static func holder(_ person: OwnPermit.Person) -> SQL {
        switch person {
        case .user(let user, let account): "account = \(account) AND user_id = \(user)"
        case .administrator(let administrator): "administrator = \(administrator)"
        }
    }

    static func columns(_ person: OwnPermit.Person) -> (account: AccountID?, user: UserID?, administrator: AdministratorID?) {
        switch person {
        case .user(let user, let account): (account, user, nil)
        case .administrator(let administrator): (nil, nil, administrator)
        }
    }

    static func list(of person: OwnPermit.Person, _ tx: any Transaction) throws -> FactorList {
        let items = try tx.rows(
            "SELECT id, kind, name, created_at, last_used_at FROM factors WHERE \(fragment: holder(person)) ORDER BY id"
        ) { row -> Factor? in
            guard let kind = Factor.Kind(rawValue: try row[1]) else { return nil }
            return Factor(id: try row[0], kind: kind, name: try row[2], createdAt: try row[3], lastUsedAt: try row[4])
        }
        let left = try tx.row("SELECT count(*) FROM recovery_codes WHERE \(fragment: holder(person))") { try $0[0] as Int }
        return FactorList(items: items.compactMap { $0 }, recoveryCodesLeft: left ?? 0)
    }

    static func insert(_ factor: Factor, sealed: [UInt8]?, lastStep: Int64?, of person: OwnPermit.Person, _ tx: any Transaction) throws {
        let (account, user, administrator) = columns(person)
        try tx.execute(
            """
            INSERT INTO factors (account, id, user_id, administrator, kind, name, sealed, last_step, created_at)
            VALUES (\(account), \(factor.id), \(user), \(administrator), \(factor.kind.rawValue), \(factor.name), \(sealed), \(lastStep),
                \(factor.createdAt))
            """)
    }

    static func delete(_ id: FactorID, of person: OwnPermit.Person, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM factors WHERE \(fragment: holder(person)) AND id = \(id)")
    }

    static func deleteAll(of person: OwnPermit.Person, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM factors WHERE \(fragment: holder(person))")
        try deleteRecoveryCodes(of: person, tx)
    }

    // MARK: Codes of an app

    struct Sealed {
        let id: FactorID
        let sealed: [UInt8]
        let lastStep: Int64?
    }

    static func sealed(_ kind: Factor.Kind, of person: OwnPermit.Person, _ tx: any Transaction) throws -> [Sealed] {
        try tx.rows(
            """
            SELECT id, sealed, last_step FROM factors
            WHERE \(fragment: holder(person)) AND kind = \(kind.rawValue) AND sealed IS NOT NULL ORDER BY id
            """
        ) { Sealed(id: try $0[0], sealed: try $0[1], lastStep: try $0[2]) }
    }

    /// Uses a step up; false where it, or a later one, was used already.
    static func use(_ step: Int64, of id: FactorID, of person: OwnPermit.Person, at now: Timestamp, _ tx: any Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE factors SET last_step = \(step), last_used_at = \(now)
            WHERE \(fragment: holder(person)) AND id = \(id) AND (last_step IS NULL OR last_step < \(step))
            """) == 1
    }

    // MARK: Recovery codes

    static func insertRecoveryCodes(_ hashes: [[UInt8]], of person: OwnPermit.Person, at now: Timestamp, _ tx: any Transaction) throws {
        let (account, user, administrator) = columns(person)
        for hash in hashes {
            try tx.execute(
                """
                INSERT INTO recovery_codes (account, hash, user_id, administrator, created_at)
                VALUES (\(account), \(hash), \(user), \(administrator), \(now))
                """)
        }
    }

    static func deleteRecoveryCodes(of person: OwnPermit.Person, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM recovery_codes WHERE \(fragment: holder(person))")
    }

    /// Uses a code up; false where there is none of this hash.
    static func useRecoveryCode(_ hash: [UInt8], of person: OwnPermit.Person, _ tx: any Transaction) throws -> Bool {
        try tx.execute("DELETE FROM recovery_codes WHERE \(fragment: holder(person)) AND hash = \(hash)") == 1
    }

    // MARK: Who must

    static func roles(of user: UserID, in account: AccountID, _ tx: any Transaction) throws -> [RoleID] {
        try tx.rows("SELECT role FROM user_roles WHERE account = \(account) AND user_id = \(user)") { try $0[0] }
    }

    static func administratorsRule(_ tx: any Transaction) throws -> SecondStepRule {
        try tx.row("SELECT second_step FROM enterprise WHERE id = 1") { SecondStepRule(json: try $0[0]) } ?? SecondStepRule()
    }

    static func setAdministratorsRule(_ rule: SecondStepRule, _ tx: any Transaction) throws {
        try tx.execute("UPDATE enterprise SET second_step = \(rule.json) WHERE id = 1")
    }
}
