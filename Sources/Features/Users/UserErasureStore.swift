import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What tables other than history's know of a person of the permit's account.
enum UserErasureStore {
    /// What stands where a name was. An erased person's username is their id.
    static let name = (first: "Erased", last: "person")

    static func find(_ id: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> UserErasure.Person? {
        try people("u.id = \(id)", at: now, permit, tx).first
    }

    /// Those who are deleted and not erased, the newest first.
    static func deleted(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [UserErasure.Person] {
        try people("u.deleted_at IS NOT NULL AND u.username <> u.id", at: now, permit, tx)
    }

    private static func people(
        _ condition: SQL, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [UserErasure.Person] {
        try tx.rows(
            """
            SELECT u.id, u.first_name || ' ' || u.last_name, CASE WHEN u.deleted_at IS NULL THEN 0 ELSE 1 END,
                CASE WHEN u.disabled_at IS NOT NULL OR u.ends_at IS NOT NULL AND u.ends_at <= \(now) THEN 1 ELSE 0 END,
                CASE WHEN u.username = u.id THEN 1 ELSE 0 END
            FROM users u WHERE u.account = \(permit.account) AND \(fragment: condition) ORDER BY u.deleted_at DESC, u.id DESC LIMIT 200
            """
        ) { row in
            UserErasure.Person(id: try row[0], name: try row[1], isDeleted: try row[2], isDisabled: try row[3], isErased: try row[4])
        }
    }

    /// Leaves the id of a deleted person, and takes the names that they have had from what they made.
    static func erase(_ id: UserID, called names: Set<String>, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        let whole = name.first + " " + name.last
        try tx.execute(
            """
            UPDATE users SET username = \(id), email = '', first_name = \(name.first), last_name = \(name.last), search = ''
            WHERE account = \(permit.account) AND id = \(id)
            """)
        try tx.execute(
            """
            UPDATE logins SET address = '', user_agent = '', ended_by = NULL, ended_agent = NULL, ended_actor = NULL
            WHERE account = \(permit.account) AND user_id = \(id)
            """)
        // Who closed a login of others stands there by name alone.
        try tx.execute("UPDATE logins SET ended_actor = NULL WHERE account = \(permit.account) AND ended_actor IN (\(list: names.sorted()))")
        try tx.execute("DELETE FROM personal_links WHERE account = \(permit.account) AND user_id = \(id)")
        // A second factor has a name that its owner gave it.
        try tx.execute("DELETE FROM factors WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM recovery_codes WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM sign_in_flows WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM outbox WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("UPDATE sessions SET owner_name = \(whole) WHERE account = \(permit.account) AND owner = \(id)")
        try tx.execute(
            """
            UPDATE sessions SET username = NULL WHERE account = \(permit.account) AND id IN (
                SELECT session FROM session_events WHERE account = \(permit.account) AND actor_id = \(id) AND type = 'session.created')
            """)
        try tx.execute("UPDATE session_events SET actor_name = \(whole) WHERE account = \(permit.account) AND actor_id = \(id)")
        try tx.execute("UPDATE session_notes SET author_name = \(whole) WHERE account = \(permit.account) AND author_id = \(id)")
        try tx.execute("UPDATE reviews SET creator_name = \(whole) WHERE account = \(permit.account) AND creator = \(id)")
        try tx.execute("UPDATE review_items SET answerer_name = \(whole) WHERE account = \(permit.account) AND answerer = \(id)")
        try tx.execute(
            "UPDATE review_items SET comment = NULL WHERE account = \(permit.account) AND (user_id = \(id) OR answerer = \(id))")
        // What was answered to creates, theirs and of them, is kept for a day.
        try tx.execute("DELETE FROM idempotency WHERE scope LIKE \("%\(id)%") OR body LIKE \("%\(id)%")")
        // Whoever is to be erased may stand in any file: they are made again when asked for.
        try tx.execute("UPDATE exports SET expires_at = \(now) WHERE account = \(permit.account) AND expires_at > \(now)")
    }
}
