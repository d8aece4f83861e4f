import HTTPTypes
import HistoryFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of places.
package enum PlacesAPI {
    private static let read = Route.Needs.need(.screen(.places, .read))
    private static let full = Route.Needs.need(.screen(.places, .full))

    package static let routes: [Route] = [
        .get("/api/v1/places", read, handler: list),
        .post("/api/v1/places", full, handler: create),
        .get("/api/v1/places/{id}", read, handler: show),
        .patch("/api/v1/places/{id}", full, handler: update),
        .delete("/api/v1/places/{id}", full, handler: delete),
        .post("/api/v1/places/import", full, handler: importing),
        ThingHistory.api("/api/v1/places/{id}/history", read) { call, permit, tx in try Places.find(call.id(), permit, tx).subject },
    ]

    private static func list(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let page = query.page()
        try query.finish()
        return try await call.read { permit, tx in .json(try Places.list(page, permit, tx).json(\.json)) }
    }

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            let place = try Places.find(call.id(), permit, tx)
            try call.noQuery()
            return .object(place.json, tag: place.tag)
        }
    }

    private static func create(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let place = try Places.draft(call.fieldsWithoutQuery(), at: ledger.now, permit, tx)
            return try call.once(permit.actor, tx) {
                try Places.create(place, permit, tx, ledger)
                return .object(place.json, tag: place.tag, status: 201)
            }
        }
    }

    private static func update(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let place = try Places.update(call.id(), call.fieldsWithoutQuery, match: call.requireMatch, permit, tx, ledger)
            return .object(place.json, tag: place.tag)
        }
    }

    private static func delete(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let id: PlaceID = try call.id()
            _ = try Places.find(id, permit, tx)
            try call.noInput()
            try Places.delete(id, permit, tx, ledger)
            return .noContent
        }
    }

    private enum Flag: String, CaseIterable { case yes = "true", no = "false" }

    private static func importing(_ call: Call) async throws -> Answer {
        let query = try call.query()
        let isDry = query.choice("dry_run", Flag.self) == .yes
        try query.finish()
        let bytes = try csv(call)
        if isDry {
            return try await call.read { permit, tx in .json(try PlaceImport(bytes, at: call.now, permit, tx).requireRight().json(isDry: true)) }
        }
        return try await call.write { permit, tx, ledger in
            let plan = try PlaceImport(bytes, at: ledger.now, permit, tx).requireRight()
            return try call.once(permit.actor, tx) {
                try plan.apply(permit, tx, ledger)
                return .json(plan.json(isDry: false))
            }
        }
    }

    /// The lines as they are (`text/csv`), or as one text of a JSON body.
    private static func csv(_ call: Call) throws -> [UInt8] {
        let type = call.inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        if type == "text/csv" { return call.inbound.body }
        let fields = try call.fields()
        let text = fields.text("csv", 0...PlaceImport.mostBytes, multiline: true)
        try fields.finish()
        return Array(text.utf8)
    }
}
