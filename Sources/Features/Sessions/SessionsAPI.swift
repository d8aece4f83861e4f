import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of sessions.
package enum SessionsAPI {
    private static let read = Route.Needs.need(.screen(.sessions, .read))
    private static let full = Route.Needs.need(.screen(.sessions, .full))

    package static let routes: [Route] = [
        .get("/api/v1/sessions", read, handler: list),
        .get("/api/v1/sessions/count", read, handler: count),
        .post("/api/v1/sessions", full, handler: create),
        .get("/api/v1/sessions/{id}", read, handler: show),
        .patch("/api/v1/sessions/{id}", full, handler: update),
        .delete("/api/v1/sessions/{id}", full, handler: delete),
        .get("/api/v1/sessions/{id}/events", read, handler: events),
        .get("/api/v1/sessions/{id}/notes", read, handler: notes),
        .post("/api/v1/sessions/{id}/notes", full, handler: addNote),
        .post("/api/v1/sessions/{id}/send", full, handler: send),
        .post("/api/v1/sessions/{id}/review", full, handler: review),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let filter = SessionFilter(query)
        let page = query.page()
        try query.finish()
        let now = call.now
        return .json(try await call.read { permit, tx in try Sessions.list(filter, page, at: now, permit, tx) }.json { $0.json(at: now) })
    }

    private static func count(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let filter = SessionFilter(query)
        try query.finish()
        return .json(["count": JSON(try await call.read { permit, tx in try Sessions.count(filter, at: call.now, permit, tx) })])
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let session = try Sessions.find(call.id(), permit, tx)
            try call.noQuery()
            let token = try CaptureTokens.text(of: session, opening: call.house.masterKey, permit, tx)
            return shown(session, token: token, call, at: call.now)
        }
    }

    /// A session with its capture URL, which its tag leaves out.
    private static func shown(_ session: Session, token: String?, _ call: Call, at now: Timestamp, status: Int = 200) -> Answer {
        let json = session.json(at: now)
        let whole = token.map { json.adding("capture_url", .string(call.house.paths.capture($0))) } ?? json
        var answer = Answer.object(whole, tag: session.tag(at: now), status: status)
        answer.secrets = ["capture_url"]
        return answer
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let draft = try Sessions.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                let (session, capture) = try Sessions.create(draft, sealing: call.house.masterKey, permit, tx, ledger)
                return shown(session, token: capture.text, call, at: ledger.now, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let session = try Sessions.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(session.json(at: ledger.now), tag: session.tag(at: ledger.now))
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let id: SessionID = try call.id()
            _ = try Sessions.find(id, permit, tx)
            try call.noInput()
            try Sessions.delete(id, permit, tx, ledger)
            return .noContent
        }
    }

    // MARK: Of one session

    private static func events(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let id = try Sessions.find(call.id(), permit, tx).id
            return .json(try Sessions.events(of: id, page(call), permit, tx).json(\.json))
        }
    }

    private static func notes(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let id = try Sessions.find(call.id(), permit, tx).id
            return .json(try Sessions.notes(of: id, page(call), permit, tx).json(\.json))
        }
    }

    private static func page(_ call: Call) throws -> PageRequest {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        if let after = page.after, Int64(after.key) == nil {
            throw Problem.malformed("invalid_cursor", "This is no cursor: take it from `next`.", field: "after")
        }
        return page
    }

    private static func addNote(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let session = try Sessions.find(call.id(), permit, tx)
            let fields = try call.fieldsWithoutQuery()
            let text = fields.text("text", 1...5000, multiline: true)
            try fields.finish()
            return try call.once(permit.actor, tx) {
                .json(try Sessions.addNote(text, to: session, permit, tx, ledger).json, status: 201)
            }
        }
    }

    private static func send(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            let session = try Sessions.find(call.id(), permit, tx)
            let email = try Sessions.address(call.fieldsWithoutQuery())
            return try call.once(permit.actor, tx) {
                try Sessions.send(session, to: email, call.house.mail, permit, tx, ledger)
                return .object(session.json(at: ledger.now), tag: session.tag(at: ledger.now))
            }
        }
    }

    private static func review(_ call: Call) async throws -> Answer {
        try await call.write(touches: .records) { permit, tx, ledger in
            try Sessions.requireReviewer(permit.access)
            let id: SessionID = try call.id()
            _ = try Sessions.find(id, permit, tx)
            let outcome = try outcome(call.fieldsWithoutQuery())
            let session = try Sessions.review(id, outcome, permit, tx, ledger)
            return .object(session.json(at: ledger.now), tag: session.tag(at: ledger.now))
        }
    }

    /// A reviewer's decision; invalid needs a reason, complete takes none.
    static func outcome(_ fields: Fields) throws -> Sessions.Outcome {
        enum Word: String, CaseIterable { case complete = "COMPLETE", invalid = "INVALID" }
        let word = fields.choice("outcome", default: Word.complete)
        let reason = fields.optionalText("reason", 1...500, multiline: true)
        if word == .invalid, reason == nil, fields.isAbsent("reason") { fields.invalid("reason", "required", "Say why it is invalid.") }
        if word == .complete, reason != nil { fields.invalid("reason", "not_allowed", "A reason belongs to INVALID.") }
        try fields.finish()
        return word == .complete ? .complete : .invalid(reason: reason ?? "")
    }
}
