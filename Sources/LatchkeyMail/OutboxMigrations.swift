import LatchkeyDatabase

/// The outbox. Its rows name a template and ids, never a token; a generated password waits sealed and is erased when the mail is settled.
package enum OutboxMigrations {
    package static let all = [outbox]

    static let outbox = Migration(
        number: 40, name: "outbox",
        statements: [
            """
            CREATE TABLE outbox (
                account TEXT REFERENCES accounts (id), id TEXT NOT NULL PRIMARY KEY, template TEXT NOT NULL, user_id TEXT,
                administrator TEXT REFERENCES administrators (id), details TEXT NOT NULL, sealed BLOB, state TEXT NOT NULL,
                attempts INTEGER NOT NULL, created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, lease TEXT, leased_until BIGINT,
                settled_at BIGINT, reason TEXT, FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX outbox_by_due ON outbox (state, due_at)",
            "CREATE INDEX outbox_by_user ON outbox (account, user_id, state)",
            "CREATE INDEX outbox_by_administrator ON outbox (administrator, state)",
        ])
}
