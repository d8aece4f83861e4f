import LatchkeyDatabase

/// The tables that the policy's facts are made of, and history. Features add theirs with numbers of their own.
package enum GateMigrations {
    package static let all = [
        facts, logins, history, idempotency, leases, WallMigrations.wall, PlaceMigrations.places, PlaceMigrations.deletion, catalogues,
        enders, enterprise, stepUps,
    ]

    static let facts = Migration(
        number: 1, name: "enterprise, accounts, people, roles, API keys",
        statements: [
            """
            CREATE TABLE installation (
                id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), test_clock INTEGER NOT NULL, canary BLOB NOT NULL, created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE enterprise (
                id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE groups (
                id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, parent TEXT REFERENCES groups (id),
                created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE accounts (
                id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, group_id TEXT REFERENCES groups (id),
                region TEXT, catalogue TEXT NOT NULL, contact TEXT NOT NULL, security TEXT NOT NULL, disabled_at BIGINT, created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE administrators (
                id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT,
                must_change_password INTEGER NOT NULL, all_groups INTEGER NOT NULL, permissions TEXT NOT NULL, disabled_at BIGINT,
                created_at BIGINT NOT NULL, last_sign_in_at BIGINT)
            """,
            """
            CREATE TABLE administrator_groups (
                administrator TEXT NOT NULL REFERENCES administrators (id), group_id TEXT NOT NULL REFERENCES groups (id),
                PRIMARY KEY (administrator, group_id))
            """,
            // One row for every name that signs somebody in, users and administrators alike: unique in the installation.
            """
            CREATE TABLE usernames (
                name_key TEXT NOT NULL PRIMARY KEY, account TEXT REFERENCES accounts (id), holder TEXT NOT NULL UNIQUE)
            """,
            """
            CREATE TABLE roles (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
                description TEXT NOT NULL, screens TEXT NOT NULL, functions TEXT NOT NULL, built_in INTEGER NOT NULL, manager INTEGER NOT NULL,
                gives TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account, id), UNIQUE (account, name_key))
            """,
            """
            CREATE TABLE api_keys (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, mode TEXT NOT NULL,
                session_expiry TEXT NOT NULL, redirect_url TEXT, language TEXT, completes TEXT NOT NULL, disabled_at BIGINT,
                created_at BIGINT NOT NULL, PRIMARY KEY (account, id), UNIQUE (account, name_key),
                UNIQUE (account, id, mode))
            """,
            """
            CREATE TABLE api_key_secrets (
                hash BLOB NOT NULL PRIMARY KEY, account TEXT NOT NULL, api_key TEXT NOT NULL, created_at BIGINT NOT NULL, ends_at BIGINT,
                FOREIGN KEY (account, api_key) REFERENCES api_keys (account, id) ON DELETE CASCADE)
            """,
            "CREATE INDEX api_key_secrets_by_key ON api_key_secrets (account, api_key)",
            """
            CREATE TABLE users (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, username TEXT NOT NULL, email TEXT NOT NULL,
                email_key TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL, search TEXT NOT NULL, all_keys INTEGER NOT NULL,
                all_places INTEGER NOT NULL, password_hash TEXT, must_change_password INTEGER NOT NULL, ends_at BIGINT, disabled_at BIGINT,
                created_at BIGINT NOT NULL, last_sign_in_at BIGINT, PRIMARY KEY (account, id), UNIQUE (account, email_key))
            """,
            """
            CREATE TABLE user_roles (
                account TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (account, user_id, role),
                FOREIGN KEY (account, user_id) REFERENCES users (account, id), FOREIGN KEY (account, role) REFERENCES roles (account, id))
            """,
            "CREATE INDEX user_roles_by_role ON user_roles (account, role)",
            """
            CREATE TABLE user_api_keys (
                account TEXT NOT NULL, user_id TEXT NOT NULL, api_key TEXT NOT NULL, PRIMARY KEY (account, user_id, api_key),
                FOREIGN KEY (account, user_id) REFERENCES users (account, id),
                FOREIGN KEY (account, api_key) REFERENCES api_keys (account, id) ON DELETE CASCADE)
            """,
            "CREATE INDEX user_api_keys_by_key ON user_api_keys (account, api_key)",
        ])

    static let logins = Migration(
        number: 2, name: "logins and one-time tokens",
        statements: [
            """
            CREATE TABLE logins (
                id TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL UNIQUE, account TEXT REFERENCES accounts (id), user_id TEXT,
                administrator TEXT REFERENCES administrators (id), acting_as TEXT REFERENCES administrators (id),
                parent TEXT REFERENCES logins (id), created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
                address TEXT NOT NULL, user_agent TEXT NOT NULL, ended_at BIGINT, end_reason TEXT, ended_by TEXT,
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
            "CREATE INDEX logins_by_user ON logins (account, user_id, ended_at)",
            "CREATE INDEX logins_by_administrator ON logins (administrator, ended_at)",
            "CREATE INDEX logins_by_parent ON logins (parent)",
            """
            CREATE TABLE one_time_tokens (
                hash BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, administrator TEXT REFERENCES administrators (id),
                created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT)
            """,
        ])

    /// What a displaced browser is told besides the address; and the logins of an account that are not ended, newest first.
    static let enders = Migration(
        number: 67, name: "who ended a login",
        statements: [
            "ALTER TABLE logins ADD COLUMN ended_agent TEXT", "ALTER TABLE logins ADD COLUMN ended_actor TEXT",
            "CREATE INDEX logins_open ON logins (account, id) WHERE ended_at IS NULL",
        ])

    static let enterprise = Migration(
        number: 96, name: "settings of the enterprise",
        statements: ["ALTER TABLE enterprise ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'"])

    /// When the person behind a login last showed that it is them: at the sign-in by their second step, or when they were asked again.
    static let stepUps = Migration(
        number: 85, name: "when people showed that it is them", statements: ["ALTER TABLE logins ADD COLUMN stepped_up_at BIGINT"])

    static let history = Migration(
        number: 3, name: "history",
        statements: [
            """
            CREATE TABLE history (
                chain TEXT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL UNIQUE, at BIGINT NOT NULL, actor_kind TEXT NOT NULL,
                actor_id TEXT NOT NULL, action TEXT NOT NULL, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, details_hash BLOB NOT NULL,
                previous BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (chain, seq))
            """,
            "CREATE INDEX history_by_subject ON history (chain, subject_id, seq)",
            "CREATE INDEX history_by_actor ON history (chain, actor_id, seq)",
            "CREATE INDEX history_by_action ON history (chain, action, seq)",
            """
            CREATE TABLE history_details (
                chain TEXT NOT NULL, seq BIGINT NOT NULL, salt BLOB NOT NULL, details TEXT, PRIMARY KEY (chain, seq),
                FOREIGN KEY (chain, seq) REFERENCES history (chain, seq))
            """,
            "CREATE TABLE history_heads (chain TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash BLOB NOT NULL)",
        ],
        sqlite: [
            "CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
            "CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
            "CREATE TRIGGER history_details_no_update BEFORE UPDATE ON history_details BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
            "CREATE TRIGGER history_details_no_delete BEFORE DELETE ON history_details BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
        ],
        postgres: [
            """
            CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """,
            """
            CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
            FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
            """,
            """
            CREATE TRIGGER history_details_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history_details
            FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
            """,
        ])

    static let idempotency = Migration(
        number: 4, name: "idempotency keys",
        statements: [
            """
            CREATE TABLE idempotency (
                scope TEXT NOT NULL, idempotency_key TEXT NOT NULL, fingerprint BLOB NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
                created_at BIGINT NOT NULL, PRIMARY KEY (scope, idempotency_key))
            """,
            "CREATE INDEX idempotency_by_age ON idempotency (created_at)",
        ])

    static let leases = Migration(
        number: 8, name: "leases of work that one node does",
        statements: ["CREATE TABLE leases (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, ends_at BIGINT NOT NULL)"])

    /// The catalogues of accounts that have one of their own. A revision names one text for ever. `retired` are the ids that were once there.
    static let catalogues = Migration(
        number: 68, name: "catalogues of accounts",
        statements: [
            """
            CREATE TABLE account_catalogues (
                account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id), revision TEXT NOT NULL, definition TEXT NOT NULL,
                retired TEXT NOT NULL)
            """
        ])
}
