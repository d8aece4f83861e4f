import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Writes users of the permit's account, their usernames and what they hold.
enum UserWriteStore {
    /// - Throws: `DatabaseError.unique` where the e-mail is taken in the account.
    static func insert(_ user: User, passwordHash: String?, passwordEndsAt: Timestamp?, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            INSERT INTO users
                (account, id, username, email, email_key, first_name, last_name, search, all_keys, all_places, password_hash,
                must_change_password, password_ends_at, ends_at, disabled_at, created_at)
            VALUES (\(permit.account), \(user.id), \(user.username), \(user.email), \(IdentityKey.canonical(user.email)), \(user.firstName),
                \(user.lastName), \(UserSearch.text(of: user)), \(user.keys == .all), \(user.places == .all), \(passwordHash),
                \(user.mustChangePassword), \(passwordEndsAt), \(user.endsAt), \(user.disabledAt), \(user.createdAt))
            """)
        try UserWordStore.set(UserSearch.text(of: user), of: user.id, in: permit.account, tx)
        try setRoles(user, at: user.createdAt, permit, tx)
        try setKeys(user, permit, tx)
        try setPlaces(user, permit, tx)
    }

    /// Everything but e-mail and password.
    static func update(_ user: User, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET username = \(user.username), first_name = \(user.firstName), last_name = \(user.lastName),
                search = \(UserSearch.text(of: user)), all_keys = \(user.keys == .all), all_places = \(user.places == .all),
                ends_at = \(user.endsAt), disabled_at = \(user.disabledAt), enabled_at = \(user.enabledAt)
            WHERE account = \(permit.account) AND id = \(user.id)
            """)
        try UserWordStore.set(UserSearch.text(of: user), of: user.id, in: permit.account, tx)
        try setRoles(user, at: now, permit, tx)
        try setKeys(user, permit, tx)
        try setPlaces(user, permit, tx)
    }

    static func setPassword(
        _ hash: String, mustChange: Bool, endsAt: Timestamp?, of id: UserID, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE users SET password_hash = \(hash), must_change_password = \(mustChange), password_ends_at = \(endsAt)
            WHERE account = \(permit.account) AND id = \(id)
            """)
    }

    /// Makes the user's username the one that signs them in; the one before it is free.
    /// - Throws: `DatabaseError.unique` where somebody in the installation has it.
    static func claimUsername(of user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        let key = IdentityKey.canonical(user.username)
        let moved = try tx.execute("UPDATE usernames SET name_key = \(key) WHERE account = \(permit.account) AND holder = \(user.id)")
        if moved > 0 { return }
        try tx.execute("INSERT INTO usernames (name_key, account, holder) VALUES (\(key), \(permit.account), \(user.id))")
    }

    /// The same for a new user; false, and nothing is done, where somebody in the installation has it.
    static func takesUsername(of user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO usernames (name_key, account, holder) VALUES (\(IdentityKey.canonical(user.username)), \(permit.account), \(user.id))
            ON CONFLICT (name_key) DO NOTHING
            """) > 0
    }

    /// Leaves of a user what others' records need: id and names.
    static func bury(_ id: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM usernames WHERE account = \(permit.account) AND holder = \(id)")
        try tx.execute("DELETE FROM user_roles WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM user_api_keys WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM user_places WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM user_words WHERE account = \(permit.account) AND user_id = \(id)")
        try tx.execute("DELETE FROM grant_uses WHERE account = \(permit.account) AND user_id = \(id)")
        // No e-mail has a space in it.
        try tx.execute(
            """
            UPDATE users SET email = '', email_key = \("deleted " + id.description), search = '', all_keys = 0, all_places = 0,
                password_hash = NULL, must_change_password = 0, password_ends_at = NULL, disabled_at = COALESCE(disabled_at, \(now)),
                deleted_at = \(now)
            WHERE account = \(permit.account) AND id = \(id)
            """)
    }

    /// A role that is kept stays as old as it is.
    private static func setRoles(_ user: User, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute(
            "DELETE FROM user_roles WHERE account = \(permit.account) AND user_id = \(user.id) AND role NOT IN (\(list: user.roles))")
        for role in user.roles {
            try tx.execute(
                """
                INSERT INTO user_roles (account, user_id, role, since) VALUES (\(permit.account), \(user.id), \(role), \(now))
                ON CONFLICT (account, user_id, role) DO NOTHING
                """)
        }
    }

    private static func setKeys(_ user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM user_api_keys WHERE account = \(permit.account) AND user_id = \(user.id)")
        guard case .only(let keys) = user.keys else { return }
        for key in keys.sorted() {
            try tx.execute("INSERT INTO user_api_keys (account, user_id, api_key) VALUES (\(permit.account), \(user.id), \(key))")
        }
    }

    private static func setPlaces(_ user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM user_places WHERE account = \(permit.account) AND user_id = \(user.id)")
        guard case .only(let places) = user.places else { return }
        for place in places.sorted() {
            try tx.execute("INSERT INTO user_places (account, user_id, place) VALUES (\(permit.account), \(user.id), \(place))")
        }
    }
}
