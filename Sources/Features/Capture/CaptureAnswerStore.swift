import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The answers of a session that its verb has found visible.
enum CaptureAnswerStore {
    /// By step.
    static func all(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [String: String] {
        let rows = try tx.rows("SELECT step, text FROM capture_answers WHERE account = \(permit.account) AND session = \(session)") {
            (try $0.text(at: 0), try $0.text(at: 1))
        }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }

    static func put(
        _ text: String, step: String, of session: SessionID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO capture_answers (account, session, step, text, at) VALUES (\(permit.account), \(session), \(step), \(text), \(now))
            ON CONFLICT (account, session, step) DO UPDATE SET text = excluded.text, at = excluded.at
            """)
    }
}
