import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// What a restored database must not bring back to life.
enum RestoreStore {
    struct Ended: Sendable {
        var logins = 0
        var tokens = 0
        var links = 0
        var mails = 0
    }

    /// Ends every login, access token and one-time link, and gives up what waited to be mailed, since it may have been sent after the backup was made.
    static func endAll(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Ended {
        var ended = Ended()
        ended.logins = try tx.execute("UPDATE logins SET ended_at = \(now), end_reason = 'restored' WHERE ended_at IS NULL")
        ended.tokens = try tx.execute("DELETE FROM access_tokens")
        ended.links = try tx.execute("DELETE FROM personal_links") + tx.execute("DELETE FROM one_time_tokens")
        try tx.execute("DELETE FROM sign_in_flows")
        ended.mails = try giveUpMails(at: now, permit, tx)
        return ended
    }

    static func giveUpMails(at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Int {
        try tx.execute("DELETE FROM leases")
        return try tx.execute(
            """
            UPDATE outbox SET state = 'unknown', settled_at = \(now), sealed = NULL, reason = 'restored from a backup'
            WHERE state IN ('waiting', 'taken', 'handing')
            """)
    }
}
