import LatchkeyDatabase

/// What users need beyond the tables of the policy's facts.
package enum UsersMigrations {
    package static let all = [lastSeen, filters, words, away]

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

    /// The words of `users.search`, each with its user. Those of users who are there are read from it: a word begins after a space and goes
    /// on to the next, and a recursive walk over its characters is what both databases understand.
    static let words = Migration(
        number: 69, name: "users by the words that they are found by",
        statements: [
            """
            CREATE TABLE user_words (
                account TEXT NOT NULL, word TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (account, word, user_id),
                FOREIGN KEY (account, user_id) REFERENCES users (account, id) ON DELETE CASCADE)
            """,
            "CREATE INDEX user_words_by_user ON user_words (account, user_id, word)",
            """
            WITH RECURSIVE spaces (account, id, search, at) AS (
                SELECT account, id, search, 1 FROM users WHERE search <> ''
                UNION ALL SELECT account, id, search, at + 1 FROM spaces WHERE at < length(search)
            ), words AS (
                SELECT account, id, search, at, lead(at, 1, length(search) + 1) OVER (PARTITION BY account, id ORDER BY at) AS ends
                FROM spaces WHERE substr(search, at, 1) = ' '
            )
            INSERT INTO user_words (account, word, user_id)
            SELECT DISTINCT account, substr(search, at + 1, CASE WHEN ends - at > 64 THEN 64 ELSE ends - at - 1 END), id FROM words
            """,
        ])

    /// Who has been away, and since when somebody holds a role; roles that were given before have no such time.
    static let away = Migration(
        number: 105, name: "people and roles that are not used",
        statements: [
            "ALTER TABLE users ADD COLUMN enabled_at BIGINT", "ALTER TABLE user_roles ADD COLUMN since BIGINT",
            "CREATE INDEX users_never_signed_in ON users (account, id) WHERE last_sign_in_at IS NULL AND deleted_at IS NULL",
        ])
}
