import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import RolesFeature

/// Who holds what and does not use it.
enum AdviceStore {
    /// Those who hold a role for longer than that, are there, have another one, and have used none of what it grants since then.
    static func holders(
        of role: RoleDefinition, notUsing things: GrantedThings, since: Timestamp, at now: Timestamp, limit: Int, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> [Advice.UnusedRole] {
        try tx.rows(
            """
            SELECT u.id, u.username, u.first_name, u.last_name, h.since FROM user_roles h
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            WHERE h.account = \(permit.account) AND h.role = \(role.id) AND coalesce(h.since, u.created_at) < \(since)
                AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL AND (u.ends_at IS NULL OR u.ends_at > \(now))
                AND (u.last_sign_in_at >= \(since)
                    OR EXISTS (SELECT 1 FROM logins l WHERE l.account = u.account AND l.user_id = u.id AND l.last_seen_at >= \(since)))
                AND EXISTS (SELECT 1 FROM user_roles o WHERE o.account = h.account AND o.user_id = h.user_id AND o.role <> h.role)
                AND NOT EXISTS (SELECT 1 FROM grant_uses g
                    WHERE g.account = h.account AND g.user_id = h.user_id AND g.used_at >= \(since) AND \(fragment: things.condition))
            ORDER BY h.user_id DESC LIMIT \(limit)
            """
        ) { row in
            Advice.UnusedRole(
                user: Advice.Person(id: try row[0], username: try row[1], name: try (row[2] as String) + " " + (row[3] as String)), role: role.id,
                roleName: role.name, since: try row[4])
        }
    }

    /// Whether a role is as it was then, and somebody has held it since.
    static func isOld(_ role: RoleID, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try tx.row(
            """
            SELECT 1 FROM roles r JOIN user_roles h ON h.account = r.account AND h.role = r.id
            JOIN users u ON u.account = h.account AND u.id = h.user_id
            WHERE r.account = \(permit.account) AND r.id = \(role) AND coalesce(r.changed_at, r.created_at) < \(since)
                AND coalesce(h.since, u.created_at) < \(since) AND u.disabled_at IS NULL LIMIT 1
            """
        ) { _ in true } ?? false
    }
}
