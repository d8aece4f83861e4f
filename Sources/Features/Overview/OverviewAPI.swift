import LatchkeyAccess
import LatchkeyWeb

/// The JSON face of the overview.
package enum OverviewAPI {
    package static let routes: [Route] = [.get("/api/v1/overview", .need(.screen(.overview, .read)), handler: show)]

    private static func show(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let now = call.now
        return .json(try await call.read { permit, tx in try Overview.read(at: now, permit, tx) }.json)
    }
}
