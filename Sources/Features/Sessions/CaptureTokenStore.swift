import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The tokens of capture URLs, one for each session: looked up by hash, kept sealed so that the URL can be shown again.
enum CaptureTokenStore {
    struct Found {
        var account: AccountID, session: SessionID, apiKey: APIKeyID, name: String
    }

    /// The session whose token this is, in whatever account.
    static func find(_ hash: [UInt8], _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Found? {
        try tx.row(
            """
            SELECT t.account, t.session, s.api_key, s.code, s.first_name, s.last_name FROM session_captures t
            JOIN sessions s ON s.account = t.account AND s.id = t.session WHERE t.hash = \(hash)
            """
        ) { row in
            let code: String = try row[3]
            let names = try [row.optionalText(at: 4), row.optionalText(at: 5)].compactMap { $0 }
            return Found(
                account: try row[0], session: try row[1], apiKey: try row[2], name: names.isEmpty ? code : names.joined(separator: " "))
        }
    }

    /// What a mail with a capture link is written from.
    struct Mailed {
        var sealed: [UInt8], code: String, customer: String?, deadline: Timestamp?, brand: String
    }

    /// Of a session under way, of an account that is not disabled.
    static func mailed(
        _ session: SessionID, in account: AccountID, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Mailed? {
        try tx.row(
            """
            SELECT t.sealed, s.code, s.first_name, s.last_name, s.deadline, a.name
            FROM sessions s JOIN session_captures t ON t.account = s.account AND t.session = s.id JOIN accounts a ON a.id = s.account
            WHERE s.account = \(account) AND s.id = \(session) AND a.disabled_at IS NULL
                AND s.status IN (\(list: SessionStatus.underWay.map(\.rawValue))) AND (s.deadline IS NULL OR s.deadline > \(now))
            """
        ) { row in
            let names = try [row.optionalText(at: 2), row.optionalText(at: 3)].compactMap { $0 }
            return Mailed(
                sealed: try row[0], code: try row[1], customer: names.isEmpty ? nil : names.joined(separator: " "), deadline: try row[4],
                brand: try row[5])
        }
    }

    static func insert(
        _ hash: [UInt8], sealed: [UInt8], of session: SessionID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO session_captures (account, session, hash, sealed, created_at)
            VALUES (\(permit.account), \(session), \(hash), \(sealed), \(now))
            """)
    }

    /// Only of a session that the principal sees; who may have it, the verb judges.
    static func sealed(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UInt8]? {
        try tx.row(
            """
            SELECT t.sealed FROM session_captures t JOIN sessions s ON s.account = t.account AND s.id = t.session
            WHERE \(fragment: SessionStore.visible(permit)) AND s.id = \(session)
            """
        ) { try $0[0] }
    }
}
