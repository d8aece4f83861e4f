import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// The JSON face of an account's live logins.
package enum LoginsAPI {
    private static let read = Route.Needs.need(.screen(.logins, .read))
    private static let full = Route.Needs.need(.screen(.logins, .full))

    package static let routes: [Route] = [
        .get("/api/v1/logins", read, handler: list),
        .delete("/api/v1/logins/{id}", full, handler: close),
        .post("/api/v1/users/{id}/logins/close", full, alsoInAccounts: true, handler: closeAll),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        let filter = LoginFilter(search: query.text("search"), user: query.id("user"), kind: query.choice("kind"))
        try query.finish()
        return .json(try await call.read { permit, tx in try ActiveLogins(call).list(filter, page, permit, tx) }.json(\.json))
    }

    private static func close(_ call: Call) async throws -> Answer {
        let closed = try await call.write { permit, tx, ledger in
            let closed = try ActiveLogins(call).close(call.id(), permit, tx, ledger)
            try call.noInput()
            return closed
        }
        return closed.isCurrent ? call.withoutCookie(.noContent) : .noContent
    }

    private static func closeAll(_ call: Call) async throws -> Answer {
        let closed = try await call.write { permit, tx, ledger in
            let closed = try ActiveLogins(call).close(allOf: call.id(), permit, tx, ledger)
            try call.noInput()
            return closed
        }
        let answer = Answer.json(["closed": .int(Int64(closed.count))])
        return closed.contains(where: \.isCurrent) ? call.withoutCookie(answer) : answer
    }
}
