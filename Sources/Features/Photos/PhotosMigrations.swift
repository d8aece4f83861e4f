import LatchkeyDatabase

/// The table of photos; their bytes are in the blob store.
package enum PhotosMigrations {
    package static let all = [
        Migration(
            number: 50, name: "photos",
            statements: [
                """
                CREATE TABLE photos (
                    account TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL, step TEXT NOT NULL, client_id TEXT NOT NULL,
                    width BIGINT NOT NULL, height BIGINT NOT NULL, bytes BIGINT NOT NULL, full_blob TEXT NOT NULL, large_blob TEXT NOT NULL,
                    thumb_blob TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account, id), UNIQUE (account, session, client_id),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """
            ]),
        Migration(
            number: 51, name: "photos by their files",
            statements: [
                "CREATE INDEX photos_by_full ON photos (full_blob)",
                "CREATE INDEX photos_by_large ON photos (large_blob)",
                "CREATE INDEX photos_by_thumb ON photos (thumb_blob)",
            ]),
        Migration(
            number: 52, name: "photos by the link of their session",
            statements: [
                "ALTER TABLE photos ADD COLUMN link TEXT",
                "CREATE INDEX photos_by_link ON photos (account, link, created_at, bytes) WHERE link IS NOT NULL",
            ]),
        Migration(
            number: 53, name: "photos of an account by their time",
            statements: ["CREATE INDEX photos_by_time ON photos (account, created_at, bytes)"]),
    ]
}
