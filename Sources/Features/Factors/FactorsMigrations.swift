import LatchkeyDatabase

/// Second factors of people, and the sign-ins that wait for one.
package enum FactorsMigrations {
    package static let all = [factors, flows, rule]

    /// Of users and administrators alike. What a factor's secret is depends on its kind; it is sealed under the master key, or public.
    static let factors = Migration(
        number: 80, name: "second factors",
        statements: [
            """
            CREATE TABLE factors (
                account TEXT REFERENCES accounts (id), id TEXT NOT NULL PRIMARY KEY, user_id TEXT, administrator TEXT REFERENCES administrators (id),
                kind TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB, last_step BIGINT, created_at BIGINT NOT NULL, last_used_at BIGINT,
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX factors_by_user ON factors (account, user_id)",
            "CREATE INDEX factors_by_administrator ON factors (administrator)",
            """
            CREATE TABLE recovery_codes (
                account TEXT REFERENCES accounts (id), hash BLOB NOT NULL PRIMARY KEY, user_id TEXT, administrator TEXT REFERENCES administrators (id),
                created_at BIGINT NOT NULL, FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX recovery_codes_by_user ON recovery_codes (account, user_id)",
            "CREATE INDEX recovery_codes_by_administrator ON recovery_codes (administrator)",
        ])

    /// A sign-in whose password was right, by the hash of its token. `password` is a hash of the stored password's hash: with another password it is
    /// over. `passed` is the kind of factor that was right.
    static let flows = Migration(
        number: 81, name: "sign-ins that wait for a second step",
        statements: [
            """
            CREATE TABLE sign_in_flows (
                account TEXT REFERENCES accounts (id), hash BLOB NOT NULL PRIMARY KEY, user_id TEXT, administrator TEXT REFERENCES administrators (id),
                password BLOB NOT NULL, browser BLOB, take_over INTEGER NOT NULL, tries INTEGER NOT NULL, passed TEXT, mail_code BLOB,
                mail_ends_at BIGINT, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX sign_in_flows_by_user ON sign_in_flows (account, user_id)",
            "CREATE INDEX sign_in_flows_by_administrator ON sign_in_flows (administrator)",
            "CREATE INDEX sign_in_flows_by_end ON sign_in_flows (expires_at)",
        ])

    static let rule = Migration(
        number: 82, name: "the second step of administrators",
        statements: ["ALTER TABLE enterprise ADD COLUMN second_step TEXT NOT NULL DEFAULT '{}'"])
}
