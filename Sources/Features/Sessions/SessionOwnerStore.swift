import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// A user's sessions, all of them.
enum SessionOwnerStore {
    static func keys(of owner: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        Set(
            try tx.rows("SELECT DISTINCT api_key FROM sessions WHERE account = \(permit.account) AND owner = \(owner)") {
                try APIKeyID(row: $0, column: 0)
            })
    }

    /// Whether there is a session of this owner that is not in `visibility`.
    static func hasMore(
        than visibility: Visibility, of owner: UserID, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Bool {
        try tx.row(
            """
            SELECT 1 FROM sessions s WHERE s.account = \(permit.account) AND s.owner = \(owner)
                AND CASE WHEN \(fragment: visibility.condition(key: "s.api_key", owner: "s.owner")) THEN 1 ELSE 0 END = 0 LIMIT 1
            """
        ) { try $0[0] as Int } != nil
    }

    static func setOwner(
        _ owner: UserID, named name: String, ofAllOf before: UserID, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [SessionID] {
        try tx.rows(
            """
            UPDATE sessions SET owner = \(owner), owner_name = \(name) WHERE account = \(permit.account) AND owner = \(before) RETURNING id
            """
        ) { try SessionID(row: $0, column: 0) }
    }
}
