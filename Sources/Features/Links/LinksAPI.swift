import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of sharable links.
package enum LinksAPI {
    private static let read = Route.Needs.need(.screen(.links, .read))
    private static let full = Route.Needs.need(.screen(.links, .full))

    package static let routes: [Route] = [
        .get("/api/v1/links", read, handler: list),
        .post("/api/v1/links", full, handler: create),
        .get("/api/v1/links/{id}", read, handler: show),
        .patch("/api/v1/links/{id}", full, handler: update),
        .get("/api/v1/links/{id}/qr.svg", read, handler: svg),
        .get("/api/v1/links/{id}/qr.png", read, handler: png),
        ThingHistory.api("/api/v1/links/{id}/history", read) { call, permit, tx in try Links.find(call.id(), at: call.now, permit, tx).subject },
    ]

    /// A link with its URL, which its version leaves out.
    private static func json(_ link: Link, token: String, _ call: Call, at now: Timestamp) -> JSON {
        link.json(at: now).adding("url", .string(call.house.paths.link(token)))
    }

    private static func answer(_ link: Link, token: String, _ call: Call, at now: Timestamp, status: Int = 200) -> Answer {
        var answer = Answer.object(json(link, token: token, call, at: now), tag: link.tag(at: now), status: status)
        answer.secrets = ["url"]
        return answer
    }

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        let search = query.text("search")
        try query.finish()
        let now = call.now
        return try await call.read { permit, tx in
            let links = try Links.list(search: search, page, at: now, permit, tx)
            var tokens: [LinkID: String] = [:]
            for link in links.items { tokens[link.id] = try Links.token(of: link.id, opening: call.house.masterKey, permit, tx) }
            return .json(links.json { json($0, token: tokens[$0.id] ?? "", call, at: now) })
        }
    }

    private static func show(_ call: Call) async throws -> Answer {
        let now = call.now
        return try await call.read { permit, tx in
            let link = try Links.find(call.id(), at: now, permit, tx)
            try call.noQuery()
            return answer(link, token: try Links.token(of: link.id, opening: call.house.masterKey, permit, tx), call, at: now)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let draft = try Links.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                let (link, token) = try Links.create(draft, sealing: call.house.masterKey, permit, tx, ledger)
                return answer(link, token: token.text, call, at: ledger.now, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let link = try Links.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return answer(link, token: try Links.token(of: link.id, opening: call.house.masterKey, permit, tx), call, at: ledger.now)
        }
    }

    // MARK: QR codes

    private static func code(_ call: Call) async throws -> (Link, QRCode) {
        let (link, token) = try await call.read { permit, tx in
            let link = try Links.find(call.id(), at: call.now, permit, tx)
            try call.noQuery()
            return (link, try Links.token(of: link.id, opening: call.house.masterKey, permit, tx))
        }
        guard let code = QRCode(call.house.paths.link(token)) else { throw Problem.hidden }
        return (link, code)
    }

    private static func svg(_ call: Call) async throws -> Answer {
        let (link, code) = try await code(call)
        return Answer(200, .bytes(code.svg(label: link.name).bytes, type: "image/svg+xml"))
    }

    private static func png(_ call: Call) async throws -> Answer {
        guard let bytes = try await code(call).1.png() else { throw Problem.busy() }
        return Answer(200, .bytes(bytes, type: "image/png"))
    }
}
