import LatchkeyDatabase

/// The tables of field work. A session refers to its key with the key's mode, so that the mode of a key in use cannot change.
package enum SessionsMigrations {
    package static let all = [
        Migration(
            number: 20, name: "sessions, their events and notes",
            statements: [
                """
                CREATE TABLE sessions (
                    account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, code TEXT NOT NULL, status TEXT NOT NULL,
                    mode TEXT NOT NULL, api_key TEXT NOT NULL, owner TEXT, owner_name TEXT, source TEXT NOT NULL, api_key_name TEXT NOT NULL,
                    link_name TEXT, username TEXT, first_name TEXT, last_name TEXT, phone TEXT, email TEXT, vin TEXT, year BIGINT, make TEXT,
                    model TEXT, odometer BIGINT, odometer_unit TEXT, client_id TEXT, reference TEXT, language TEXT, redirect_url TEXT,
                    invalid_reason TEXT, created_at BIGINT NOT NULL, started_at BIGINT, captured_at BIGINT,
                    completed_at BIGINT, deadline BIGINT, PRIMARY KEY (account, id), UNIQUE (account, code),
                    FOREIGN KEY (account, api_key, mode) REFERENCES api_keys (account, id, mode),
                    FOREIGN KEY (account, owner) REFERENCES users (account, id))
                """,
                "CREATE INDEX sessions_by_mode ON sessions (account, mode, id)",
                "CREATE INDEX sessions_by_owner ON sessions (account, owner, id)",
                "CREATE INDEX sessions_by_owner_and_mode ON sessions (account, owner, mode, id)",
                "CREATE INDEX sessions_by_key ON sessions (account, api_key, mode, id)",
                """
                CREATE TABLE session_words (
                    account TEXT NOT NULL, word TEXT NOT NULL, session TEXT NOT NULL, PRIMARY KEY (account, word, session),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """,
                "CREATE INDEX session_words_by_session ON session_words (account, session, word)",
                """
                CREATE TABLE session_events (
                    account TEXT NOT NULL, session TEXT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL, type TEXT NOT NULL,
                    actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, data TEXT NOT NULL,
                    PRIMARY KEY (account, session, seq),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """,
                """
                CREATE TABLE session_notes (
                    account TEXT NOT NULL, session TEXT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL,
                    author_kind TEXT NOT NULL, author_id TEXT NOT NULL, author_name TEXT NOT NULL, text TEXT NOT NULL,
                    PRIMARY KEY (account, session, seq),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """,
            ]),
        Migration(
            number: 21, name: "capture URLs, and sessions by their deadline",
            statements: [
                """
                CREATE TABLE session_captures (
                    account TEXT NOT NULL, session TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, created_at BIGINT NOT NULL,
                    PRIMARY KEY (account, session),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """,
                """
                CREATE INDEX sessions_under_way ON sessions (deadline, account)
                WHERE deadline IS NOT NULL AND status IN ('IDLE', 'STARTED', 'PROCESS')
                """,
            ]),
        Migration(
            number: 22, name: "sessions that are not over",
            statements: [
                """
                CREATE INDEX sessions_not_over ON sessions (account, mode, owner, status, deadline, api_key, id)
                WHERE status IN ('IDLE', 'STARTED', 'PROCESS', 'CAPTURED', 'CONFIRM')
                """
            ]),
    ]
}
