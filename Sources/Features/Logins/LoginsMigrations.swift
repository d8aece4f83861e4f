import LatchkeyDatabase

/// What the pages about signing in and calling need beyond the tables of logins.
package enum LoginsMigrations {
    package static let all = [refused]

    static let refused = Migration(
        number: 109, name: "addresses that were refused",
        statements: [
            """
            CREATE TABLE refused_addresses (
                account TEXT NOT NULL REFERENCES accounts (id), address TEXT NOT NULL, principal TEXT NOT NULL, kind TEXT NOT NULL,
                at BIGINT NOT NULL, calls BIGINT NOT NULL, PRIMARY KEY (account, address, principal))
            """
        ])
}
