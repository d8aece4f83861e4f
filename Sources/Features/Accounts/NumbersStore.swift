import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Counts, of what lies in the permit's groups alone.
enum NumbersStore {
    static func numbers(
        of accounts: [AccountID], at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [AccountID: AccountNumbers] {
        let pairs = try tx.rows(
            """
            SELECT u.account,
                sum(CASE WHEN u.disabled_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)) AND u.password_hash IS NOT NULL THEN 1 ELSE 0 END),
                sum(CASE WHEN u.disabled_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)) AND u.password_hash IS NULL THEN 1 ELSE 0 END),
                sum(CASE WHEN u.disabled_at IS NULL AND (u.ends_at IS NULL OR u.ends_at > \(now)) THEN 0 ELSE 1 END), max(u.last_sign_in_at)
            FROM users u JOIN accounts a ON a.id = u.account
            WHERE u.account IN (\(list: accounts)) AND \(fragment: permit.access.groups.condition("a.group_id")) GROUP BY u.account
            """
        ) { row in
            (
                try row[0] as AccountID,
                AccountNumbers(enabled: try row[1], pending: try row[2], disabled: try row[3], lastSignInAt: try row[4])
            )
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Groups by how many accounts are in each, not counting what is nested.
    static func accounts(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [GroupID: Int] {
        let pairs = try tx.rows(
            """
            SELECT a.group_id, count(*) FROM accounts a
            WHERE a.group_id IS NOT NULL AND \(fragment: permit.access.groups.condition("a.group_id")) GROUP BY a.group_id
            """
        ) { (try $0[0] as GroupID, try $0[1] as Int) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    static func users(in groups: Set<GroupID>, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Int {
        try tx.row(
            """
            SELECT count(*) FROM users u JOIN accounts a ON a.id = u.account
            WHERE a.group_id IN (\(list: groups.sorted())) AND \(fragment: permit.access.groups.condition("a.group_id"))
            """
        ) { try $0[0] } ?? 0
    }

    /// Groups by the administrators that are limited to each, of those that the permit sees.
    static func administrators(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [GroupID: Set<AdministratorID>] {
        let pairs = try tx.rows(
            """
            SELECT m.group_id, m.administrator FROM administrator_groups m JOIN administrators a ON a.id = m.administrator
            WHERE a.all_groups = 0 AND \(fragment: permit.access.visibleAdministrators)
            """
        ) { (try $0[0] as GroupID, try $0[1] as AdministratorID) }
        return Dictionary(grouping: pairs, by: \.0).mapValues { Set($0.map(\.1)) }
    }
}
