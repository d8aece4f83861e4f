import LatchkeyDatabase

/// The keys that sign access tokens, sealed under the master key; they are of the installation and of no account.
package enum OAuthMigrations {
    package static let all = [
        Migration(
            number: 66, name: "keys that sign access tokens",
            statements: [
                """
                CREATE TABLE signing_keys (
                    id TEXT NOT NULL PRIMARY KEY, sealed BLOB NOT NULL, modulus TEXT NOT NULL, exponent TEXT NOT NULL, created_at BIGINT NOT NULL,
                    signs_from BIGINT NOT NULL)
                """
            ])
    ]
}
