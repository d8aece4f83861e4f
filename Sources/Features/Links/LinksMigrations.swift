import LatchkeyDatabase

/// The table of sharable links. One refers to its key, so that a key is not deleted while it has a link.
package enum LinksMigrations {
    package static let all = [
        Migration(
            number: 30, name: "sharable links",
            statements: [
                """
                CREATE TABLE links (
                    account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
                    api_key TEXT NOT NULL, user_id TEXT, active INTEGER NOT NULL, ends_at BIGINT, max_starts BIGINT, starts BIGINT NOT NULL,
                    hash BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, created_at BIGINT NOT NULL,
                    PRIMARY KEY (account, id), UNIQUE (account, name_key),
                    FOREIGN KEY (account, api_key) REFERENCES api_keys (account, id),
                    FOREIGN KEY (account, user_id) REFERENCES users (account, id))
                """,
                "CREATE INDEX links_by_user ON links (account, user_id)",
                "CREATE INDEX links_by_key ON links (account, api_key)",
            ]),
        Migration(
            number: 35, name: "starts of sharable links",
            statements: [
                """
                CREATE TABLE link_starts (
                    account TEXT NOT NULL, session TEXT NOT NULL, link TEXT NOT NULL, address TEXT NOT NULL, started_at BIGINT NOT NULL,
                    PRIMARY KEY (account, session),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE,
                    FOREIGN KEY (account, link) REFERENCES links (account, id))
                """,
                "CREATE INDEX link_starts_by_link ON link_starts (account, link, started_at)",
            ]),
    ]
}
