import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Which sessions were started from which link, when, and from where.
enum LinkStartStore {
    static func insert(
        _ session: SessionID, of link: LinkID, from address: String, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO link_starts (account, session, link, address, started_at)
            VALUES (\(permit.account), \(session), \(link), \(address), \(now))
            """)
    }

    /// How many there are after a time, and the first of them; from one address, or from all.
    static func starts(
        of link: LinkID, from address: String?, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (count: Int, first: Timestamp?) {
        let from: SQL = address.map { " AND address = \($0)" } ?? ""
        return try tx.row(
            """
            SELECT count(*), min(started_at) FROM link_starts
            WHERE account = \(permit.account) AND link = \(link) AND started_at > \(since)\(fragment: from)
            """
        ) { row in (try row[0], try row[1]) } ?? (0, nil)
    }

    /// Has other transactions that ask the same for this link wait until this one has ended.
    static func lockLink(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        _ = try tx.row(
            """
            SELECT id FROM links
            WHERE account = \(permit.account)
                AND id = (SELECT link FROM link_starts WHERE account = \(permit.account) AND session = \(session)) \(fragment: tx.dialect.forUpdate)
            """
        ) { try $0.text(at: 0) }
    }

    static func link(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> LinkID? {
        try tx.row("SELECT link FROM link_starts WHERE account = \(permit.account) AND session = \(session)") { try $0[0] }
    }
}
