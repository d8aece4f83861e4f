import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of access reviews.
package enum ReviewsAPI {
    private static let path = "/api/v1/reviews"
    private static let read = Route.Needs.need(.screen(.users, .read))
    private static let full = Route.Needs.need(.screen(.users, .full))

    package static let routes: [Route] = [
        .get(path, read, alsoInAccounts: true, handler: list),
        .post(path, full, alsoInAccounts: true, handler: create),
        .get(path + "/{id}", read, alsoInAccounts: true, handler: show),
        .patch(path + "/{id}", full, alsoInAccounts: true, handler: update),
        .get(path + "/{id}/items", read, alsoInAccounts: true, handler: items),
        .post(path + "/{id}/answers", full, alsoInAccounts: true, handler: answer),
        Route(.get, path + "/{id}/export", read, leaves: .history, alsoInAccounts: true, handler: ReviewExport.answer),
        .post(path + "/{id}/end", full, alsoInAccounts: true, handler: end),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try Reviews.list(page, permit, tx).json { $0.json(at: call.now) }) }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let draft = try Reviews.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                answer(try Reviews.create(draft, call.house.mail, permit, tx, ledger), at: ledger.now, status: 201)
            }
        }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let review = try Reviews.find(call.id(), permit, tx)
            try call.noQuery()
            return answer(review, at: call.now)
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let review = try Reviews.update(
                call.id(), call.fieldsWithoutQuery, match: { try call.requireMatch($0.tag(at: ledger.now)) }, permit, tx, ledger)
            return answer(review, at: ledger.now)
        }
    }

    private static func items(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let review = try Reviews.find(call.id(), permit, tx)
            let query = try call.query()
            let filter = ReviewItemFilter(standing: query.choice("standing"), user: query.id("user"), role: query.id("role"))
            let page = query.page()
            try query.finish()
            return .json(try Reviews.items(of: review, filter, page, permit, tx).json(\.json))
        }
    }

    private static func answer(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            answer(try Reviews.answer(call.id(), call.fieldsWithoutQuery, permit, tx, ledger), at: ledger.now)
        }
    }

    private static func end(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let id: ReviewID = try call.id()
            _ = try Reviews.find(id, permit, tx)
            try call.noInput()
            return answer(try Reviews.end(id, permit, tx, ledger), at: ledger.now)
        }
    }

    private static func answer(_ review: Review, at now: Timestamp, status: Int = 200) -> Answer {
        .object(review.json(at: now), tag: review.tag(at: now), status: status)
    }
}
