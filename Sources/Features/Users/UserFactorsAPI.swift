import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of a user's second step.
package enum UserFactorsAPI {
    package static let routes: [Route] = [
        .get("/api/v1/users/{id}/factors", .need(.screen(.users, .read)), alsoInAccounts: true, handler: list),
        .post("/api/v1/users/{id}/factors/reset", .need(.screen(.users, .full)), alsoInAccounts: true, stepUp: .secondStep, handler: reset),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let list = try Users.factors(of: call.id(), permit, tx)
            try call.noQuery()
            return .json(list.json)
        }
    }

    private static func reset(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: UserID = try call.id()
            _ = try Users.find(id, permit, tx)
            try call.noInput()
            return .json(try Users.resetFactors(of: id, call.house.mail, permit, tx, ledger).json)
        }
    }
}
