import LatchkeyDatabase

/// The tree of each account's places, and who is granted what of it.
enum PlaceMigrations {
    /// A user who is deleted stays as a row, for the names in what they made.
    static let deletion = Migration(
        number: 61, name: "deleted users", statements: ["ALTER TABLE users ADD COLUMN deleted_at BIGINT"])

    /// `places_version` is another one after every change of the account's tree, so that nobody need read the tree to know that it is the same.
    static let places = Migration(
        number: 60, name: "places",
        statements: [
            "ALTER TABLE accounts ADD COLUMN places_version TEXT NOT NULL DEFAULT ''",
            """
            CREATE TABLE places (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, kind TEXT NOT NULL,
                parent TEXT, created_at BIGINT NOT NULL, PRIMARY KEY (account, id),
                FOREIGN KEY (account, parent) REFERENCES places (account, id))
            """,
            // Those at the top are siblings too.
            "CREATE UNIQUE INDEX places_by_name ON places (account, COALESCE(parent, ''), name_key)",
            "CREATE INDEX places_by_parent ON places (account, parent, id)",
            """
            CREATE TABLE user_places (
                account TEXT NOT NULL, user_id TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (account, user_id, place),
                FOREIGN KEY (account, user_id) REFERENCES users (account, id), FOREIGN KEY (account, place) REFERENCES places (account, id))
            """,
            "CREATE INDEX user_places_by_place ON user_places (account, place, user_id)",
        ])
}
