import LatchkeyDatabase

/// What users need beyond the tables of the policy's facts.
package enum UsersMigrations {
    package static let all = [lastSeen]

    static let lastSeen = Migration(
        number: 10, name: "when users were last seen",
        statements: ["CREATE INDEX logins_by_last_seen ON logins (account, user_id, last_seen_at)"])
}
