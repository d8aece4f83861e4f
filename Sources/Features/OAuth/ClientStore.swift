import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The client that an id names, in whatever account: for the record of a failure, and nothing else.
enum ClientStore {
    struct Known: Sendable {
        var account: AccountID
        var subject: Subject
        var isDisabled: Bool

        var reason: String { isDisabled ? "disabled" : "wrong_secret" }
    }

    static func find(_ clientID: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Known? {
        // No database takes a NUL.
        if clientID.utf8.contains(0) || clientID.utf8.count > 100 { return nil }
        return try tx.row(
            """
            SELECT i.account, i.id, i.name, i.disabled_at, a.disabled_at FROM integrations i JOIN accounts a ON a.id = i.account
            WHERE i.client_id = \(clientID)
            """
        ) { row in
            Known(
                account: try row[0], subject: Subject("integration", try row[1] as IntegrationID, try row[2]),
                isDisabled: try (row[3] as Timestamp?) != nil || (row[4] as Timestamp?) != nil)
        }
    }
}
