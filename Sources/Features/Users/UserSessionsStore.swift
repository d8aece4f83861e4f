import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Counts the sessions that a change of a user's grants hides from them.
enum UserSessionsStore {
    /// The sessions of the permit's account that are in `before` and not in `after`, among those that the permit's principal sees.
    static func count(
        in before: Visibility, notIn after: Visibility, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Int {
        // Nobody owns some sessions: a comparison with NULL is neither true nor false, hence CASE.
        try tx.row(
            """
            SELECT count(*) FROM sessions s WHERE s.account = \(permit.account)
                AND \(fragment: before.condition(key: "s.api_key", owner: "s.owner"))
                AND \(fragment: permit.visibleSessions.condition(key: "s.api_key", owner: "s.owner"))
                AND CASE WHEN \(fragment: after.condition(key: "s.api_key", owner: "s.owner")) THEN 1 ELSE 0 END = 0
            """
        ) { try $0[0] } ?? 0
    }
}
