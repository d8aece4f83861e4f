import LatchkeyAccess
import LatchkeyGate
import LatchkeyWeb

/// The JSON face of the enterprise: accounts, groups, administrators.
package enum AccountsAPI {
    package static let routes: [Route] =
        accounts + GroupsAPI.routes + AdministratorsAPI.routes + AdministratorFactorsAPI.routes + AdministratorErasureRoutes.api
        + EnterpriseAPI.routes

    private static let any = Route.Needs.need(.enterprise(nil))
    private static let manage = Route.Needs.need(.enterprise(.manageAccounts))

    private static let accounts: [Route] = [
        .get("/api/v1/accounts", any, handler: list),
        .post("/api/v1/accounts", manage, handler: create),
        .get("/api/v1/accounts/{id}", any, handler: show),
        .get("/api/v1/accounts/{id}/numbers", any, handler: numbers),
        .patch("/api/v1/accounts/{id}", manage, handler: update),
        .post("/api/v1/accounts/{id}/disable", manage) { try await setDisabled(true, $0) },
        .post("/api/v1/accounts/{id}/enable", manage) { try await setDisabled(false, $0) },
        .post("/api/v1/accounts/{id}/switch", .need(.enterprise(.switchAccount)), stepUp: .secondStep, handler: switchInto),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let (page, search) = (query.page(), query.text("search"))
        let group: IDFilter<GroupKind>? = query.id("group")
        try query.finish()
        return try await call.enterpriseRead { permit, tx in
            let filter = AccountFilter(search: search, in: group, try group == nil ? GroupTree([]) : Groups.tree(permit, tx))
            return .json(try Accounts.list(filter, page, permit, tx).json(\.json))
        }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let account = try Accounts.find(call.id(), permit, tx)
            try call.noQuery()
            return .object(account.json, tag: account.tag)
        }
    }

    private static func numbers(_ call: Call) async throws -> Answer {
        try await call.enterpriseRead { permit, tx in
            let account = try Accounts.find(call.id(), permit, tx)
            try call.noQuery()
            return .json((try Accounts.numbers(of: [account.id], at: call.now, permit, tx)[account.id] ?? AccountNumbers()).json)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let account = try Accounts.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                try Accounts.create(account, permit, tx, ledger)
                return .object(account.json, tag: account.tag, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let account = try Accounts.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(account.json, tag: account.tag)
        }
    }

    private static func setDisabled(_ disabled: Bool, _ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AccountID = try call.id()
            _ = try Accounts.find(id, permit, tx)
            try call.noInput()
            let account = try Accounts.setDisabled(disabled, id, permit, tx, ledger)
            return .object(account.json, tag: account.tag)
        }
    }

    private static func switchInto(_ call: Call) async throws -> Answer {
        try await call.enterpriseWrite { permit, tx, ledger in
            let id: AccountID = try call.id()
            _ = try Accounts.find(id, permit, tx)
            let reason = try call.reason()
            return try call.once(permit.actor, tx) {
                try Accounts.switchInto(id, because: reason, call.origin, permit, tx, ledger).answer
            }
        }
    }
}
