import LatchkeyDatabase

/// Access reviews, and what each is answered about: one person's one role. A role that is deleted stays by its name.
package enum ReviewsMigrations {
    package static let all = [reviews]

    static let reviews = Migration(
        number: 106, name: "access reviews",
        statements: [
            """
            CREATE TABLE reviews (
                account TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL, unanswered TEXT NOT NULL,
                due_at BIGINT NOT NULL, remind_at BIGINT NOT NULL, reminded_at BIGINT, closed_at BIGINT, creator_kind TEXT NOT NULL,
                creator TEXT NOT NULL, creator_name TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account, id))
            """,
            "CREATE INDEX reviews_open ON reviews (due_at) WHERE closed_at IS NULL",
            """
            CREATE TABLE review_items (
                account TEXT NOT NULL, review TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, role_name TEXT NOT NULL, answer TEXT,
                comment TEXT, answered_at BIGINT, answerer_kind TEXT, answerer TEXT, answerer_name TEXT, outcome TEXT, reason TEXT,
                PRIMARY KEY (account, review, user_id, role), FOREIGN KEY (account, review) REFERENCES reviews (account, id),
                FOREIGN KEY (account, user_id) REFERENCES users (account, id))
            """,
        ])
}
