import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// How the mails of the installation stand, for its administrators.
package struct MailStanding: Sendable {
    package struct GivenUp: Sendable {
        package let id: MailID
        package let template: String
        package let state: String
        package let account: String?
        package let createdAt: Timestamp
        package let settledAt: Timestamp?
        package let attempts: Int
        package let reason: String?
    }

    /// A mail to a user of one account, for those who manage its users.
    package struct ToUser: Sendable {
        package let user: UserID
        package let name: String
        package let template: String
        package let settledAt: Timestamp?
    }

    package let waiting: Int
    /// Why the mail that waits longest was not taken yet.
    package let lastReason: String?
    /// The newest ones that were given up, at most 20.
    package let givenUp: [GivenUp]
}

package enum MailStandingStore {
    /// Of the accounts in the permit's groups; those of administrators are for who has all groups.
    package static func find(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> MailStanding {
        let mine: SQL = permit.access.groups.condition("a.group_id")
        let from: SQL = "FROM outbox o LEFT JOIN accounts a ON a.id = o.account"
        let waiting = try tx.row(
            "SELECT count(*) \(fragment: from) WHERE o.state IN ('waiting', 'taken', 'handing') AND \(fragment: mine)"
        ) { try $0[0] as Int }
        let reason = try tx.row(
            """
            SELECT o.reason \(fragment: from) WHERE o.state = 'waiting' AND o.reason IS NOT NULL AND \(fragment: mine) ORDER BY o.created_at LIMIT 1
            """
        ) { try $0[0] as String }
        let givenUp = try tx.rows(
            """
            SELECT o.id, o.template, o.state, a.name, o.created_at, o.settled_at, o.attempts, o.reason \(fragment: from)
            WHERE o.state IN ('failed', 'unknown') AND \(fragment: mine) ORDER BY o.id DESC LIMIT 20
            """
        ) { row in
            MailStanding.GivenUp(
                id: try row[0], template: try row[1], state: try row[2], account: try row[3], createdAt: try row[4], settledAt: try row[5],
                attempts: try row[6], reason: try row[7])
        }
        return MailStanding(waiting: waiting ?? 0, lastReason: reason, givenUp: givenUp)
    }

    /// The newest mails to users of the permit's account that were given up since then, and that no later mail of their kind made good.
    package static func givenUp(
        since: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [MailStanding.ToUser] {
        try tx.rows(
            """
            SELECT o.user_id, u.first_name, u.last_name, o.template, o.settled_at
            FROM outbox o JOIN users u ON u.account = o.account AND u.id = o.user_id
            WHERE o.account = \(permit.account) AND o.state IN ('failed', 'unknown') AND o.created_at > \(since)
                AND NOT EXISTS (SELECT 1 FROM outbox later WHERE later.account = o.account AND later.user_id = o.user_id
                    AND later.template = o.template AND later.id > o.id)
            ORDER BY o.id DESC LIMIT \(limit)
            """
        ) { row in
            MailStanding.ToUser(
                user: try row[0], name: try row.text(at: 1) + " " + row.text(at: 2), template: try row.text(at: 3), settledAt: try row[4])
        }
    }

    /// What waits and what was given up in the whole installation, for a command on its machine: oldest first and newest first, at most so many of each.
    package static func queue(
        limit: Int, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> (count: Int, waiting: [Queued], givenUp: [Queued]) {
        let from: SQL = "FROM outbox o LEFT JOIN accounts a ON a.id = o.account"
        let columns: SQL = "o.id, o.template, o.state, a.name, o.created_at, o.due_at, o.settled_at, o.attempts, o.reason"
        let count = try tx.row("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'taken', 'handing')") { try $0[0] as Int }
        let waiting = try tx.rows(
            """
            SELECT \(fragment: columns) \(fragment: from) WHERE o.state IN ('waiting', 'taken', 'handing') ORDER BY o.due_at, o.id LIMIT \(limit)
            """, queued)
        let givenUp = try tx.rows(
            "SELECT \(fragment: columns) \(fragment: from) WHERE o.state IN ('failed', 'unknown') ORDER BY o.id DESC LIMIT \(limit)", queued)
        return (count ?? 0, waiting, givenUp)
    }

    /// A mail as its keeping knows it: to whom it goes is people's, and not said.
    package struct Queued: Sendable {
        package let id: MailID
        package let template: String
        package let state: String
        package let account: String?
        package let createdAt: Timestamp
        package let dueAt: Timestamp
        package let settledAt: Timestamp?
        package let attempts: Int
        package let reason: String?
    }

    private static func queued(_ row: Row) throws -> Queued {
        Queued(
            id: try row[0], template: try row[1], state: try row[2], account: try row[3], createdAt: try row[4], dueAt: try row[5],
            settledAt: try row[6], attempts: try row[7], reason: try row[8])
    }

    /// The address of the administrator who asks.
    package static func ownAddress(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> String? {
        try tx.row("SELECT email FROM administrators WHERE id = \(permit.administrator)") { try $0[0] as String }
    }
}
