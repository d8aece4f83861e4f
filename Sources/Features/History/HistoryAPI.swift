import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of an account's history.
package enum HistoryAPI {
    package static let routes: [Route] =
        HistoryExport.routes + [
            .get("/api/v1/history", .need(.screen(.history, .read)), alsoInAccounts: true) { call in
                try await call.read { permit, tx in
                    let query = try call.query()
                    return try HistoryPage.answer(query, HistoryFilter(query), permit, tx)
                }
            }
        ]
}
