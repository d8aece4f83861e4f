import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The rows of sign-ins that wait for a second step, looked up by the hash of their token.
enum SignInFlowStore {
    static func insert(_ flow: SignInFlow, at now: Timestamp, _ tx: any Transaction) throws {
        let (account, user, administrator) = FactorStore.columns(flow.person)
        try tx.execute(
            """
            INSERT INTO sign_in_flows (account, hash, user_id, administrator, password, browser, take_over, tries, created_at, expires_at)
            VALUES (\(account), \(flow.hash), \(user), \(administrator), \(flow.password), \(flow.browser), \(flow.takesOver), 0, \(now),
                \(flow.expiresAt))
            """)
    }

    static func find(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> SignInFlow? {
        try tx.row(
            """
            SELECT account, user_id, administrator, password, browser, take_over, tries, passed, mail_code, mail_ends_at, expires_at
            FROM sign_in_flows WHERE hash = \(hash) AND expires_at > \(now) AND (tries < \(SignInFlow.mostTries) OR passed IS NOT NULL)
            """
        ) { row -> SignInFlow? in
            let person: OwnPermit.Person
            if let account: AccountID = try row[0], let user: UserID = try row[1] {
                person = .user(user, in: account)
            } else if let administrator: AdministratorID = try row[2] {
                person = .administrator(administrator)
            } else {
                return nil
            }
            return SignInFlow(
                hash: hash, person: person, password: try row[3], browser: try row[4], takesOver: try row[5], tries: try row[6],
                passed: try (row[7] as String?).flatMap { Factor.Kind(rawValue: $0) }, mailCode: try row[8], mailEndsAt: try row[9],
                expiresAt: try row[10])
        } ?? nil
    }

    static func spendTry(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE sign_in_flows SET tries = tries + 1
            WHERE hash = \(hash) AND expires_at > \(now) AND passed IS NULL AND tries < \(SignInFlow.mostTries)
            """) == 1
    }

    static func pass(_ hash: [UInt8], by kind: Factor.Kind, _ tx: any Transaction) throws {
        try tx.execute("UPDATE sign_in_flows SET passed = \(kind.rawValue), mail_code = NULL WHERE hash = \(hash)")
    }

    static func setMailCode(_ code: [UInt8]?, of hash: [UInt8], endsAt: Timestamp, _ tx: any Transaction) throws {
        try tx.execute("UPDATE sign_in_flows SET mail_code = \(code), mail_ends_at = \(endsAt) WHERE hash = \(hash)")
    }

    static func end(_ hash: [UInt8], _ tx: any Transaction) throws -> Bool {
        try tx.execute("DELETE FROM sign_in_flows WHERE hash = \(hash)") == 1
    }

    static func end(of person: OwnPermit.Person, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM sign_in_flows WHERE \(fragment: FactorStore.holder(person))")
    }

    /// Drops those that are over.
    static func forget(at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM sign_in_flows WHERE expires_at <= \(now)")
    }
}
