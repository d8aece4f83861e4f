import LatchkeyDatabase

/// The table of exports; their files are sealed in the blob store.
package enum ExportsMigrations {
    package static let all = [
        Migration(
            number: 101, name: "exports",
            statements: [
                """
                CREATE TABLE exports (
                    account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL,
                    kind TEXT NOT NULL, format TEXT NOT NULL, filter TEXT NOT NULL, state TEXT NOT NULL, failure TEXT, row_count BIGINT,
                    bytes BIGINT, blob TEXT, created_at BIGINT NOT NULL, finished_at BIGINT, expires_at BIGINT NOT NULL,
                    PRIMARY KEY (account, id))
                """,
                "CREATE INDEX exports_by_actor ON exports (account, actor_kind, actor_id, id)",
                "CREATE INDEX exports_by_end ON exports (expires_at)",
            ])
    ]
}
