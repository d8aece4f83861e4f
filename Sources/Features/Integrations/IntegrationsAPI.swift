import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of integrations.
package enum IntegrationsAPI {
    package static let routes: [Route] = [
        .get("/api/v1/integrations", .need(.screen(.integrations, .read)), handler: list),
        .post("/api/v1/integrations", .need(.screen(.integrations, .full)), stepUp: .secondStep, handler: create),
        .get("/api/v1/integrations/{id}", .need(.screen(.integrations, .read)), handler: show),
        .patch("/api/v1/integrations/{id}", .need(.screen(.integrations, .full)), handler: update),
        .delete("/api/v1/integrations/{id}", .need(.screen(.integrations, .full)), handler: delete),
        .post("/api/v1/integrations/{id}/disable", .need(.screen(.integrations, .full))) { try await setDisabled(true, $0) },
        .post("/api/v1/integrations/{id}/enable", .need(.screen(.integrations, .full)), stepUp: .secondStep) { try await setDisabled(false, $0) },
        .get("/api/v1/integrations/{id}/calls", .need(.screen(.integrations, .read)), handler: calls),
        ThingHistory.api("/api/v1/integrations/{id}/history", .need(.screen(.integrations, .read))) { call, permit, tx in
            try Integrations.find(call.id(), at: call.now, permit, tx).subject
        },
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try Integrations.list(page, at: call.now, permit, tx).json(\.json)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let integration = try Integrations.find(call.id(), at: call.now, permit, tx)
            try call.noQuery()
            return .object(integration.json, tag: integration.tag)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            try call.noQuery()
            let integration = try Integrations.draft(call.fields(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                let secret = try Integrations.create(integration, permit, tx, ledger)
                var answer = Answer.object(
                    integration.json.adding("client_secret", .string(secret.text)), tag: integration.tag, status: 201)
                answer.secrets = ["client_secret"]
                return answer
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let integration = try Integrations.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(integration.json, tag: integration.tag)
        }
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: IntegrationID = try call.id()
            _ = try Integrations.find(id, at: ledger.now, permit, tx)
            try call.noInput()
            let integration = try Integrations.setDisabled(disabled, id, permit, tx, ledger)
            return .object(integration.json, tag: integration.tag)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: IntegrationID = try call.id()
            _ = try Integrations.find(id, at: ledger.now, permit, tx)
            try call.noInput()
            try Integrations.delete(id, permit, tx, ledger)
            return .noContent
        }
    }

    private static func calls(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let id: IntegrationID = try call.id()
            _ = try Integrations.find(id, at: call.now, permit, tx)
            let query = try call.query()
            let page = query.page()
            try query.finish()
            return .json(try IntegrationCalls.list(page, of: id, call.house.recentCalls, permit, tx).json(\.json))
        }
    }
}
