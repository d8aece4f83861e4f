import LatchkeyDatabase

/// The tables of integrations, their tokens and what they called. The gate's facts are made of the first two.
package enum IntegrationsMigrations {
    package static let all = [integrations, tokens, calls]

    static let integrations = Migration(
        number: 63, name: "integrations",
        statements: [
            // Every client id that was ever given out, also those of deleted integrations: no other inherits what somebody still shows.
            "CREATE TABLE client_ids (id_key TEXT NOT NULL PRIMARY KEY, given_at BIGINT NOT NULL)",
            """
            CREATE TABLE integrations (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
                client_id TEXT NOT NULL, client_id_key TEXT NOT NULL UNIQUE REFERENCES client_ids (id_key), secret_hash BLOB NOT NULL UNIQUE,
                functions TEXT NOT NULL, token_format TEXT NOT NULL, disabled_at BIGINT, created_at BIGINT NOT NULL, last_used_at BIGINT,
                PRIMARY KEY (account, id), UNIQUE (account, name_key))
            """,
        ])

    /// One that was called back, or whose integration was disabled, is not there any more. Without a scope it gives all that the integration has.
    static let tokens = Migration(
        number: 64, name: "access tokens of integrations",
        statements: [
            """
            CREATE TABLE access_tokens (
                hash BLOB NOT NULL PRIMARY KEY, account TEXT NOT NULL, id TEXT NOT NULL UNIQUE, integration TEXT NOT NULL, format TEXT NOT NULL,
                scope TEXT, created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, address TEXT NOT NULL,
                user_agent TEXT NOT NULL,
                FOREIGN KEY (account, integration) REFERENCES integrations (account, id) ON DELETE CASCADE)
            """,
            "CREATE INDEX access_tokens_by_integration ON access_tokens (account, integration, expires_at)",
            "CREATE INDEX access_tokens_by_account ON access_tokens (account, id)",
        ])

    static let calls = Migration(
        number: 65, name: "recent calls of integrations",
        statements: [
            """
            CREATE TABLE integration_calls (
                account TEXT NOT NULL, integration TEXT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL, method TEXT NOT NULL, route TEXT NOT NULL,
                status INTEGER NOT NULL, address TEXT NOT NULL, PRIMARY KEY (account, integration, id),
                FOREIGN KEY (account, integration) REFERENCES integrations (account, id) ON DELETE CASCADE)
            """
        ])
}
