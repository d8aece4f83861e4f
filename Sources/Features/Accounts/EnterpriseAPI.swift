import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of the enterprise itself, and of what happened to it, its groups and its administrators.
enum EnterpriseAPI {
    private static let manage = Route.Needs.need(.enterprise(.manageAdministrators))

    static let routes: [Route] = [
        .get("/api/v1/enterprise", .need(.enterprise(nil)), handler: show),
        .patch("/api/v1/enterprise", manage, handler: update),
        .get("/api/v1/enterprise/history", manage, handler: history),
        .get("/api/v1/groups/{id}/history", .need(.enterprise(nil)), handler: historyOfGroup),
        .get("/api/v1/administrators/{id}/history", manage, handler: historyOfAdministrator),
    ]

    private static func show(_ call: Call) async throws -> Answer {
        try call.noQuery()
        return try await call.enterpriseRead { permit, tx in
            let enterprise = try Enterprise.find(permit, tx)
            return .object(enterprise.json, tag: enterprise.tag)
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let enterprise = try Enterprises.update(call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(enterprise.json, tag: enterprise.tag)
        }
    }

    private static func history(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            try EnterpriseHistory.answer(call.query(), permit, tx)
        }
    }

    private static func historyOfGroup(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let group = try Groups.find(call.id(), permit, tx)
            return try EnterpriseHistory.answer(call.query(), subject: group.id.description, permit, tx)
        }
    }

    private static func historyOfAdministrator(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let administrator = try Administrators.find(call.id(), permit, tx)
            return try EnterpriseHistory.answer(call.query(), subject: administrator.id.description, permit, tx)
        }
    }
}
