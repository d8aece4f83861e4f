import LatchkeyDatabase

/// What signing in needs beyond the tables of the policy's facts.
package enum SignInMigrations {
    package static let all = [personalLinks, mailedPasswords, olderHashes]

    /// One-time links of a person, users and administrators alike; those of administrators that are out move here.
    static let personalLinks = Migration(
        number: 41, name: "one-time links of people",
        statements: [
            """
            CREATE TABLE personal_links (
                account TEXT REFERENCES accounts (id), hash BLOB NOT NULL PRIMARY KEY, purpose TEXT NOT NULL, user_id TEXT,
                administrator TEXT REFERENCES administrators (id), email TEXT, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX personal_links_by_user ON personal_links (account, user_id)",
            "CREATE INDEX personal_links_by_administrator ON personal_links (administrator)",
            """
            INSERT INTO personal_links (hash, purpose, administrator, created_at, expires_at)
            SELECT hash, 'password', administrator, created_at, expires_at FROM one_time_tokens
            WHERE kind = 'password' AND used_at IS NULL AND administrator IS NOT NULL
            """,
            "DELETE FROM one_time_tokens WHERE kind = 'password'",
        ])

    /// From then on a password that was mailed signs nobody in.
    static let mailedPasswords = Migration(
        number: 42, name: "the end of mailed passwords", statements: ["ALTER TABLE users ADD COLUMN password_ends_at BIGINT"])

    /// Whether anybody has a password that another product hashed, or we at another cost: asked at every sign-in.
    static let olderHashes = Migration(
        number: 100, name: "passwords hashed elsewhere",
        statements: [
            "CREATE INDEX users_with_older_hashes ON users (id) WHERE substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$'"
        ])
}
