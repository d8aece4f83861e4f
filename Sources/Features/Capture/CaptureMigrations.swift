import LatchkeyDatabase

/// The table of what customers typed in place of a photo.
package enum CaptureMigrations {
    package static let all = [
        Migration(
            number: 32, name: "typed answers of capture",
            statements: [
                """
                CREATE TABLE capture_answers (
                    account TEXT NOT NULL, session TEXT NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL,
                    PRIMARY KEY (account, session, step),
                    FOREIGN KEY (account, session) REFERENCES sessions (account, id) ON DELETE CASCADE)
                """
            ])
    ]
}
