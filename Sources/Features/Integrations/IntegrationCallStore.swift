import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// The rows of what integrations called.
enum IntegrationCallStore {
    /// Those of one integration, newest first.
    static func all(of integration: IntegrationID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RecentCalls.Call] {
        let account = permit.account
        return try tx.rows(
            """
            SELECT id, at, method, route, status, address FROM integration_calls
            WHERE account = \(account) AND integration = \(integration) ORDER BY id DESC LIMIT \(RecentCalls.kept)
            """
        ) { row in
            RecentCalls.Call(
                integration: integration, account: account, id: try row[0], at: try row[1], method: try row[2], route: try row[3],
                status: try row[4], address: try row[5])
        }
    }

    /// Adds calls of one integration, and lets go of those beyond the last so many. One that was deleted meanwhile keeps nothing.
    static func keep(_ calls: [RecentCalls.Call], _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        guard let first = calls.first else { return }
        for call in calls {
            try tx.execute(
                """
                INSERT INTO integration_calls (account, integration, id, at, method, route, status, address)
                SELECT account, id, \(call.id), \(call.at), \(call.method), \(call.route), \(call.status), \(call.address) FROM integrations
                WHERE account = \(call.account) AND id = \(call.integration)
                """)
        }
        try tx.execute(
            """
            DELETE FROM integration_calls
            WHERE account = \(first.account) AND integration = \(first.integration) AND id <= (
                SELECT id FROM integration_calls WHERE account = \(first.account) AND integration = \(first.integration)
                ORDER BY id DESC LIMIT 1 OFFSET \(RecentCalls.kept))
            """)
    }
}
