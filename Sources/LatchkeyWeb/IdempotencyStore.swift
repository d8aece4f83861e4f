import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// What creates answered, kept for 24 hours for whoever asks again with the same `Idempotency-Key`.
enum IdempotencyStore {
    struct Kept: Sendable {
        var fingerprint: [UInt8]
        var status: Int
        var body: JSON
    }

    private static let life: Int64 = 86_400

    static func find(_ key: String, in scope: String, at now: Timestamp, _ tx: any Transaction) throws -> Kept? {
        try tx.row(
            """
            SELECT fingerprint, status, body FROM idempotency
            WHERE scope = \(scope) AND idempotency_key = \(key) AND created_at > \(now.adding(seconds: -life))
            """
        ) { Kept(fingerprint: try $0[0], status: try $0[1], body: try $0[2]) }
    }

    /// Keeps an answer, and lets go of those that are too old.
    static func keep(_ kept: Kept, _ key: String, in scope: String, at now: Timestamp, _ tx: any Transaction) throws {
        try tx.execute("DELETE FROM idempotency WHERE created_at <= \(now.adding(seconds: -life))")
        try tx.execute(
            """
            INSERT INTO idempotency (scope, idempotency_key, fingerprint, status, body, created_at)
            VALUES (\(scope), \(key), \(kept.fingerprint), \(kept.status), \(kept.body), \(now))
            """)
    }
}
