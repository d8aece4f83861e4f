import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of groups.
enum GroupsAPI {
    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageGroups))

    static let routes: [Route] = [
        .get("/api/v1/groups", any, handler: list),
        .post("/api/v1/groups", manage, handler: create),
        .get("/api/v1/groups/{id}", any, handler: show),
        .get("/api/v1/groups/{id}/numbers", any, handler: numbers),
        .patch("/api/v1/groups/{id}", manage, handler: update),
        .delete("/api/v1/groups/{id}", .need(.enterprise(.removeGroups)), handler: delete),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.enterpriseRead { permit, tx in
            let groups = permit.access.groups
            return .json(try Groups.list(page, permit, tx).json { $0.json(visible: groups) })
        }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let group = try Groups.find(call.id(), permit, tx)
            try call.noQuery()
            return answer(group, permit)
        }
    }

    private static func numbers(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let group = try Groups.find(call.id(), permit, tx)
            try call.noQuery()
            let numbers = try Groups.numbers(Groups.tree(permit, tx), usersOf: group.id, permit, tx)
            return .json((numbers[group.id] ?? GroupNumbers()).json)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let group = try Groups.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                try Groups.create(group, permit, tx, ledger)
                return answer(group, permit, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let groups = permit.access.groups
            let group = try Groups.update(
                call.id(), call.fieldsWithoutQuery, match: { try call.requireMatch(ETag($0.json(visible: groups))) }, permit, tx, ledger)
            return answer(group, permit)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: GroupID = try call.id()
            _ = try Groups.find(id, permit, tx)
            try call.noInput()
            try Groups.delete(id, permit, tx, ledger)
            return .noContent
        }
    }

    private static func answer(_ group: Group, _ permit: borrowing EnterprisePermit, status: Int = 200) -> Answer {
        let json = group.json(visible: permit.access.groups)
        return .object(json, tag: ETag(json), status: status)
    }
}
