import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Writing sessions that the verbs have found writable.
enum SessionWriteStore {
    static func isTaken(_ code: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.row("SELECT 1 FROM sessions WHERE account = \(permit.account) AND code = \(code)") { try $0[0] as Int } != nil
    }

    static func insert(_ session: Session, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO sessions
                (account, id, code, status, mode, api_key, owner, owner_name, source, api_key_name, link_name, username, first_name, last_name,
                phone, email, vin, year, make, model, odometer, odometer_unit, client_id, reference, language, redirect_url, created_at,
                started_at, deadline)
            VALUES (\(permit.account), \(session.id), \(session.code), \(session.status.rawValue), \(session.mode), \(session.apiKey),
                \(session.owner), \(session.ownerName), \(session.source.rawValue), \(session.apiKeyName), \(session.linkName),
                \(session.username), \(session.contact.firstName), \(session.contact.lastName), \(session.contact.phone),
                \(session.contact.email), \(session.vehicle.vin), \(session.vehicle.year), \(session.vehicle.make), \(session.vehicle.model),
                \(session.vehicle.odometer), \(session.vehicle.unit?.rawValue), \(session.clientID), \(session.reference), \(session.language),
                \(session.redirectURL), \(session.createdAt), \(session.startedAt), \(session.deadline))
            """)
        try insertWords(session.words, of: session.id, permit, tx)
    }

    /// Writes what may change: contact, vehicle and the rest of the fields, status and its times.
    static func update(_ session: Session, rewords: Bool, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE sessions SET status = \(session.status.rawValue), first_name = \(session.contact.firstName),
                last_name = \(session.contact.lastName), phone = \(session.contact.phone), email = \(session.contact.email),
                vin = \(session.vehicle.vin), year = \(session.vehicle.year), make = \(session.vehicle.make), model = \(session.vehicle.model),
                odometer = \(session.vehicle.odometer), odometer_unit = \(session.vehicle.unit?.rawValue), client_id = \(session.clientID),
                reference = \(session.reference), language = \(session.language), redirect_url = \(session.redirectURL),
                invalid_reason = \(session.invalidReason), started_at = \(session.startedAt), captured_at = \(session.capturedAt),
                completed_at = \(session.completedAt)
            WHERE account = \(permit.account) AND id = \(session.id)
            """)
        guard rewords else { return }
        try tx.execute("DELETE FROM session_words WHERE account = \(permit.account) AND session = \(session.id)")
        try insertWords(session.words, of: session.id, permit, tx)
    }

    private static func insertWords(_ words: [String], of id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        if words.isEmpty { return }
        let account = permit.account
        let rows = words.map { word -> SQL in "(\(account), \(word), \(id))" }
        try tx.execute("INSERT INTO session_words (account, word, session) VALUES \(fragment: rows.joined(separator: ", "))")
    }

    static func delete(_ id: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM sessions WHERE account = \(permit.account) AND id = \(id)")
    }

    /// A user who may own a session under this key: enabled, and holding the key or the manager role.
    static func ownerName(_ user: UserID, holding key: APIKeyID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws
        -> String?
    {
        try tx.row(
            """
            SELECT u.first_name, u.last_name FROM users u
            WHERE u.account = \(permit.account) AND u.id = \(user) AND u.disabled_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now))
                AND u.password_hash IS NOT NULL AND (u.all_keys = 1
                    OR EXISTS (SELECT 1 FROM user_api_keys k WHERE k.account = u.account AND k.user_id = u.id AND k.api_key = \(key))
                    OR EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.account = ur.account AND r.id = ur.role
                        WHERE ur.account = u.account AND ur.user_id = u.id AND r.manager = 1))
            """
        ) { (try $0[0] as String) + " " + (try $0[1] as String) }
    }

    /// The name that a principal signs in with, for the session's source.
    static func username(_ permit: borrowing Permit, _ tx: any Transaction) throws -> String? {
        guard let user = permit.user else { return nil }
        return try tx.row("SELECT username FROM users WHERE account = \(permit.account) AND id = \(user)") { try $0[0] }
    }
}
