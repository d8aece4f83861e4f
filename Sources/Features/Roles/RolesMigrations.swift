import LatchkeyDatabase

/// What roles need beside the tables of the spine.
package enum RolesMigrations {
    package static let all = [
        // The holders of a role in their order, from the index alone.
        Migration(
            number: 74, name: "holders of roles",
            statements: ["CREATE INDEX user_roles_by_holder ON user_roles (account, role, user_id)", "DROP INDEX user_roles_by_role"]),
        // Nil where it has not been since it was made, or since before this was known.
        Migration(number: 107, name: "when roles were changed", statements: ["ALTER TABLE roles ADD COLUMN changed_at BIGINT"]),
    ]
}
