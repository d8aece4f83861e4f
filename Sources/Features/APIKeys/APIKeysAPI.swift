import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of API keys.
package enum APIKeysAPI {
    package static let routes: [Route] = [
        .get("/api/v1/api-keys", .need(.screen(.apiKeys, .read)), handler: list),
        .post("/api/v1/api-keys", .need(.screen(.apiKeys, .full)), stepUp: .secondStep, handler: create),
        .get("/api/v1/api-keys/{id}", .need(.screen(.apiKeys, .read)), handler: show),
        .patch("/api/v1/api-keys/{id}", .need(.screen(.apiKeys, .full)), handler: update),
        .delete("/api/v1/api-keys/{id}", .need(.screen(.apiKeys, .full)), handler: delete),
        .post("/api/v1/api-keys/{id}/rotate", .need(.screen(.apiKeys, .full)), stepUp: .secondStep, handler: rotate),
        .post("/api/v1/api-keys/{id}/disable", .need(.screen(.apiKeys, .full))) { try await setDisabled(true, $0) },
        .post("/api/v1/api-keys/{id}/enable", .need(.screen(.apiKeys, .full)), stepUp: .secondStep) { try await setDisabled(false, $0) },
        ThingHistory.api("/api/v1/api-keys/{id}/history", .need(.screen(.apiKeys, .read))) { call, permit, tx in
            try APIKeys.find(call.id(), at: call.now, permit, tx).subject
        },
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try APIKeys.list(page, at: call.now, permit, tx).json(\.json)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let key = try APIKeys.find(call.id(), at: call.now, permit, tx)
            try call.noQuery()
            return .object(key.json, tag: key.tag)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            try call.noQuery()
            let key = try APIKeys.draft(call.fields(), at: ledger.now)
            return try call.once(permit.actor, tx) {
                let secret = try APIKeys.create(key, permit, tx, ledger)
                var answer = Answer.object(key.json.adding("secret", .string(secret.text)), tag: key.tag, status: 201)
                answer.secrets = ["secret"]
                return answer
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let key = try APIKeys.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(key.json, tag: key.tag)
        }
    }

    private static func rotate(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: APIKeyID = try call.id()
            _ = try APIKeys.find(id, at: ledger.now, permit, tx)
            try call.noQuery()
            let fields = try call.optionalFields()
            let hours = fields.optionalInteger("overlap_hours", 0...720) ?? 0
            try fields.finish()
            return try call.once(permit.actor, tx) {
                let (key, secret) = try APIKeys.rotate(id, overlapHours: hours, permit, tx, ledger)
                var answer = Answer.object(key.json.adding("secret", .string(secret.text)), tag: key.tag)
                answer.secrets = ["secret"]
                return answer
            }
        }
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: APIKeyID = try call.id()
            _ = try APIKeys.find(id, at: ledger.now, permit, tx)
            try call.noInput()
            let key = try APIKeys.setDisabled(disabled, id, permit, tx, ledger)
            return .object(key.json, tag: key.tag)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: APIKeyID = try call.id()
            _ = try APIKeys.find(id, at: ledger.now, permit, tx)
            try call.noInput()
            try APIKeys.delete(id, permit, tx, ledger)
            return .noContent
        }
    }
}
