import LatchkeyDatabase

/// What is kept of passkeys, beside the factors that they are.
package enum PasskeysMigrations {
    package static let all = [passkeys]

    /// A credential's id is one person's alone. A person's passkeys share a user handle, which says nothing of them. Challenges that were answered
    /// are kept as long as they could be answered again.
    static let passkeys = Migration(
        number: 86, name: "passkeys",
        statements: [
            """
            CREATE TABLE passkeys (
                account TEXT REFERENCES accounts (id), factor TEXT NOT NULL PRIMARY KEY REFERENCES factors (id) ON DELETE CASCADE, user_id TEXT,
                administrator TEXT REFERENCES administrators (id), credential BLOB NOT NULL UNIQUE, public_key BLOB NOT NULL,
                user_handle BLOB NOT NULL, sign_count BIGINT NOT NULL, backup_eligible INTEGER NOT NULL, backed_up INTEGER NOT NULL,
                user_verified INTEGER NOT NULL, model BLOB NOT NULL, transports TEXT NOT NULL,
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX passkeys_by_user ON passkeys (account, user_id)",
            "CREATE INDEX passkeys_by_administrator ON passkeys (administrator)",
            "CREATE TABLE answered_challenges (hash BLOB NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)",
            "CREATE INDEX answered_challenges_by_end ON answered_challenges (expires_at)",
        ])
}
