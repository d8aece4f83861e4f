import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The rows of the outbox, as the sender sees them: taken by a lease, settled by its holder alone.
package enum DispatchStore {
    /// When there is something to do next. Mails are due by the house's clock; leases are over by the database's, so that the clocks of nodes do not
    /// matter.
    package struct Next: Sendable {
        let due: Timestamp?
        /// Milliseconds until the first lease is over, from the moment at which this was read.
        let leaseLeft: Int64?

        /// Milliseconds from now on; nil where nothing waits.
        package func wait(at now: Timestamp) -> Int64? {
            let due = due.map { $0.milliseconds - now.milliseconds }
            guard let due, let leaseLeft else { return due ?? leaseLeft }
            return min(due, leaseLeft)
        }
    }

    package static func next(_ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Next {
        try tx.row(
            """
            SELECT min(CASE WHEN state = 'waiting' THEN due_at END), min(CASE WHEN state <> 'waiting' THEN leased_until - \(fragment: tx.dialect.now) END)
            FROM outbox WHERE state IN ('waiting', 'taken', 'handing')
            """
        ) { Next(due: try $0[0], leaseLeft: try $0.optionalInteger(at: 1).map(Int64.init)) } ?? Next(due: nil, leaseLeft: nil)
    }

    /// Lets go of what holders of leases that are over left behind: mails that were surely not handed over wait again, of the others nobody knows.
    /// - Parameter all: At the start of the only server on this database: whoever held a lease is gone.
    package static func release(all: Bool, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> [OutboxMail] {
        let over: SQL = all ? "1 = 1" : "leased_until <= \(fragment: tx.dialect.now)"
        try tx.execute("UPDATE outbox SET state = 'waiting', lease = NULL, leased_until = NULL WHERE state = 'taken' AND \(fragment: over)")
        let lost = try tx.rows(
            "SELECT \(fragment: columns) FROM outbox WHERE state = 'handing' AND \(fragment: over)"
        ) { try mail($0, secret: nil) }
        if lost.isEmpty { return [] }
        try tx.execute(
            """
            UPDATE outbox SET state = 'unknown', settled_at = \(now), sealed = NULL, lease = NULL,
                reason = 'the server ended while it handed the mail over'
            WHERE state = 'handing' AND \(fragment: over)
            """)
        return lost
    }

    /// Takes up to `count` mails that are due, for so many seconds of the database's time.
    package static func take(
        _ count: Int, lease: String, for seconds: Int, at now: Timestamp, _ room: MailRoom, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [OutboxMail] {
        let due = try tx.rows(
            """
            SELECT \(fragment: columns) FROM outbox WHERE state = 'waiting' AND due_at <= \(now) ORDER BY due_at, id LIMIT \(count)
            \(fragment: tx.dialect.forUpdateOfFree)
            """
        ) { row in
            let (id, sealed): (MailID, [UInt8]?) = (try row[0], try row[6])
            return try mail(row, secret: sealed.flatMap { room.open($0, of: id) })
        }
        try tx.execute(
            """
            UPDATE outbox SET state = 'taken', lease = \(lease), leased_until = \(fragment: tx.dialect.now) + \(seconds * 1000), attempts = attempts + 1
            WHERE id IN (\(list: due.map(\.id))) AND state = 'waiting'
            """)
        return due
    }

    private static let columns: SQL = "id, template, account, user_id, administrator, details, sealed, attempts, created_at"

    private static func mail(_ row: Row, secret: String?) throws -> OutboxMail {
        let (account, user, administrator): (AccountID?, UserID?, AdministratorID?) = (try row[2], try row[3], try row[4])
        var person: OwnPermit.Person?
        if let account, let user { person = .user(user, in: account) }
        if let administrator { person = .administrator(administrator) }
        return OutboxMail(
            id: try row[0], template: try row[1], person: person, account: account, details: try row[5], secret: secret,
            attempts: try row[7] + 1, createdAt: try row[8])
    }

    /// The last step before the other side may take it; false where somebody else has it or it was taken back.
    package static func pledge(_ mail: MailID, lease: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Bool {
        try tx.execute("UPDATE outbox SET state = 'handing' WHERE id = \(mail) AND lease = \(lease) AND state = 'taken'") == 1
    }

    /// Settles a mail for good; false where it is no longer the lease's.
    package static func settle(
        _ mail: MailID, _ state: MailState, reason: String?, lease: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            UPDATE outbox SET state = \(state.rawValue), settled_at = \(now), sealed = NULL, lease = NULL, reason = \(reason)
            WHERE id = \(mail) AND lease = \(lease) AND state IN ('taken', 'handing')
            """) == 1
    }

    /// Forgets what was settled long ago: what was given up later than the rest.
    package static func forget(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        let (month, quarter) = (now.adding(seconds: -30 * 86_400), now.adding(seconds: -90 * 86_400))
        try tx.execute(
            """
            DELETE FROM outbox WHERE state IN ('sent', 'cancelled') AND settled_at < \(month)
                OR state IN ('failed', 'unknown') AND settled_at < \(quarter)
            """)
    }

    /// Lets a mail wait for another attempt.
    package static func postpone(
        _ mail: MailID, until due: Timestamp, reason: String, lease: String, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE outbox SET state = 'waiting', due_at = \(due), lease = NULL, leased_until = NULL, reason = \(reason)
            WHERE id = \(mail) AND lease = \(lease) AND state IN ('taken', 'handing')
            """)
    }
}
