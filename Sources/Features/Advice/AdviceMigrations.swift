import LatchkeyDatabase

/// When people last used what they are granted. `uses_begun` says since when that is known: what was not used before may have been.
package enum AdviceMigrations {
    package static let all = [uses]

    static let uses = Migration(
        number: 108, name: "when grants were used",
        statements: [
            """
            CREATE TABLE grant_uses (
                account TEXT NOT NULL, user_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, used_at BIGINT NOT NULL,
                PRIMARY KEY (account, user_id, kind, id), FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE TABLE uses_begun (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), at BIGINT NOT NULL)",
        ])
}
