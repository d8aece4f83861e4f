import LatchkeyDatabase

/// What users need beyond the tables of the policy's facts.
package enum UsersMigrations {
    package static let all = [lastSeen, filters]

    static let lastSeen = Migration(
        number: 10, name: "when users were last seen",
        statements: ["CREATE INDEX logins_by_last_seen ON logins (account, user_id, last_seen_at)"])

    /// The things that lists of users are walked by, in the order of lists; for roles there is `user_roles_by_holder`.
    static let filters = Migration(
        number: 62, name: "lists of users by what they hold",
        statements: [
            "CREATE INDEX users_with_all_places ON users (account, id) WHERE all_places = 1 AND deleted_at IS NULL",
            "CREATE INDEX users_disabled ON users (account, id) WHERE disabled_at IS NOT NULL AND deleted_at IS NULL",
            "CREATE INDEX users_ending ON users (account, id) WHERE ends_at IS NOT NULL AND deleted_at IS NULL",
            "CREATE INDEX users_without_password ON users (account, id) WHERE password_hash IS NULL AND deleted_at IS NULL",
        ])
}
