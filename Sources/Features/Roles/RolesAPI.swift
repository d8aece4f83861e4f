import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of roles.
package enum RolesAPI {
    private static let read = Route.Needs.need(.screen(.roles, .read))
    private static let full = Route.Needs.need(.screen(.roles, .full))

    package static let routes: [Route] = [
        .get("/api/v1/roles", read, alsoInAccounts: true, handler: list),
        .post("/api/v1/roles", full, alsoInAccounts: true, handler: create),
        .get("/api/v1/roles/{id}", read, alsoInAccounts: true, handler: show),
        .patch("/api/v1/roles/{id}", full, alsoInAccounts: true, handler: update),
        .delete("/api/v1/roles/{id}", full, alsoInAccounts: true, handler: delete),
        .post("/api/v1/roles/{id}/duplicate", full, alsoInAccounts: true, handler: duplicate),
        ThingHistory.api("/api/v1/roles/{id}/history", read, alsoInAccounts: true) { call, permit, tx in try Roles.find(call.id(), permit, tx).subject
        },
        .post(
            "/api/v1/roles/{id}/preview", full, leaves: .nothing(because: "It says what an edit would do, and does nothing."),
            alsoInAccounts: true, handler: preview),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try Roles.list(page, permit, tx).json(\.json)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let role = try Roles.find(call.id(), permit, tx)
            try call.noQuery()
            return .object(role.json, tag: role.tag)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let role = try Roles.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                try Roles.create(role, permit, tx, ledger)
                return .object(role.json, tag: role.tag, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let role = try Roles.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(role.json, tag: role.tag)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: RoleID = try call.id()
            _ = try Roles.find(id, permit, tx)
            let query = try call.query()
            let target = query.id("move_to", RoleKind.self)
            try query.finish()
            try call.optionalFields().finish()
            try Roles.delete(id, movingTo: target, permit, tx, ledger)
            return .noContent
        }
    }

    private static func duplicate(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let original = try Roles.find(call.id(), permit, tx)
            let fields = try call.fieldsWithoutQuery()
            let role = Roles.copy(original, name: fields.name(), at: ledger.now)
            try fields.finish()
            return try call.once(permit.actor, tx) {
                try Roles.create(role, permit, tx, ledger)
                return .object(role.json, tag: role.tag, status: 201)
            }
        }
    }

    private static func preview(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let id: RoleID = try call.id()
            _ = try Roles.find(id, permit, tx)
            let query = try call.query()
            let page = query.page()
            try query.finish()
            return .json(try Roles.preview(id, call.fields, page, permit, tx).1.json)
        }
    }
}
