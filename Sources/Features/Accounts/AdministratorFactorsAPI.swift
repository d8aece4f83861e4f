import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of administrators' second step.
enum AdministratorFactorsAPI {
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))

    static let routes: [Route] = [
        .get("/api/v1/administrators/{id}/factors", manage, handler: list),
        .post("/api/v1/administrators/{id}/factors/reset", manage, stepUp: .secondStep, handler: reset),
        .get("/api/v1/enterprise/security", .need(.enterprise(nil)), handler: rule),
        .patch("/api/v1/enterprise/security", manage, handler: setRule),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let list = try Administrators.factors(of: call.id(), permit, tx)
            try call.noQuery()
            return .json(list.json)
        }
    }

    private static func reset(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AdministratorID = try call.id()
            _ = try Administrators.find(id, permit, tx)
            try call.noInput()
            return .json(try Administrators.resetFactors(of: id, call.house.mail, permit, tx, ledger).json)
        }
    }

    private static func rule(_ call: Call) async throws -> Answer {
        try call.noQuery()
        return try await call.enterpriseRead { permit, tx in answer(try Factors.administratorsRule(permit, tx)) }
    }

    private static func setRule(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            answer(try Administrators.setSecondStepRule(call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger))
        }
    }

    private static func answer(_ rule: SecondStepRule) -> Answer { .object(Administrators.json(rule), tag: Administrators.tag(rule)) }
}
