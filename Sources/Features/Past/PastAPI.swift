import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// The JSON face of what was.
package enum PastAPI {
    package static let routes: [Route] = [
        .get("/api/v1/users/{id}/as-of", .need(.screen(.users, .read)), alsoInAccounts: true, handler: asOf),
        .post("/api/v1/users/{id}/restore", .need(.screen(.users, .full)), alsoInAccounts: true, handler: restoreUser),
        .post("/api/v1/roles/{id}/restore", .need(.screen(.roles, .full)), alsoInAccounts: true, handler: restoreRole),
    ]

    private static func asOf(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let id: UserID = try call.id()
            try PastUser.requireKnown(id, permit, tx)
            let query = try call.query()
            let now = call.now
            let time = query.time("at") ?? now
            if time > now { query.invalid("at", "out_of_range", "This must not be in the future.") }
            try query.finish()
            guard let past = try PastUser.find(id, at: time, permit, tx) else { return .json(PastUser.nobody(at: time)) }
            return .json(past.json(hasFieldWork: try AccountFacts.of(permit, tx).catalogue.hasFieldWork))
        }
    }

    private static func restoreUser(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let keys = permit.keys
            let user = try Restoring.user(
                call.id(), call.fieldsWithoutQuery, match: { try call.requireMatch(ETag($0.json(at: ledger.now, visible: keys))) }, permit, tx,
                ledger
            ).after
            let json = user.json(at: ledger.now, visible: keys)
            return .object(json, tag: ETag(json))
        }
    }

    private static func restoreRole(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let role = try Restoring.role(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(role.json, tag: role.tag)
        }
    }
}
