import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What tables other than history's know of an administrator.
enum AdministratorErasureStore {
    /// What stands where a name was.
    static let name = "Erased administrator"

    /// Leaves the id, and takes the names that they have had from what they made in these accounts.
    static func erase(
        _ id: AdministratorID, called names: Set<String>, in accounts: [AccountID], at now: Timestamp, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws {
        // No e-mail has a space in it.
        try tx.execute(
            """
            UPDATE administrators SET email = '', email_key = \("erased " + id.description), name = \(name), password_hash = NULL, must_change_password = 0,
                last_sign_in_at = NULL
            WHERE id = \(id)
            """)
        try tx.execute("DELETE FROM usernames WHERE account IS NULL AND holder = \(id)")
        try tx.execute(
            """
            UPDATE logins SET address = '', user_agent = '', ended_by = NULL, ended_agent = NULL, ended_actor = NULL
            WHERE administrator = \(id)
            """)
        try tx.execute("DELETE FROM personal_links WHERE administrator = \(id)")
        try tx.execute("DELETE FROM one_time_tokens WHERE administrator = \(id)")
        // A second factor has a name that its owner gave it.
        try tx.execute("DELETE FROM factors WHERE administrator = \(id)")
        try tx.execute("DELETE FROM recovery_codes WHERE administrator = \(id)")
        try tx.execute("DELETE FROM sign_in_flows WHERE administrator = \(id)")
        try tx.execute("DELETE FROM outbox WHERE administrator = \(id)")
        // What was answered to creates, theirs and of them, is kept for a day.
        try tx.execute("DELETE FROM idempotency WHERE scope LIKE \("%\(id)%") OR body LIKE \("%\(id)%")")
        for account in accounts { try erase(id, called: names, in: account, at: now, tx) }
    }

    private static func erase(_ id: AdministratorID, called names: Set<String>, in account: AccountID, at now: Timestamp, _ tx: any Transaction)
        throws
    {
        // Who closed a login of others stands there by name alone.
        try tx.execute("UPDATE logins SET ended_actor = NULL WHERE account = \(account) AND ended_actor IN (\(list: names.sorted()))")
        try tx.execute(
            """
            UPDATE sessions SET username = NULL WHERE account = \(account) AND id IN (
                SELECT session FROM session_events WHERE account = \(account) AND actor_id = \(id) AND type = 'session.created')
            """)
        try tx.execute("UPDATE session_events SET actor_name = \(name) WHERE account = \(account) AND actor_id = \(id)")
        try tx.execute("UPDATE session_notes SET author_name = \(name) WHERE account = \(account) AND author_id = \(id)")
        try tx.execute("UPDATE reviews SET creator_name = \(name) WHERE account = \(account) AND creator = \(id)")
        try tx.execute("UPDATE review_items SET answerer_name = \(name), comment = NULL WHERE account = \(account) AND answerer = \(id)")
        // They may stand in any file: it is made again when asked for.
        try tx.execute("UPDATE exports SET expires_at = \(now) WHERE account = \(account) AND expires_at > \(now)")
    }
}
