import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of the account's catalogue, which takes YAML too.
package enum CatalogueAPI {
    private static let full = Route.Needs.need(.screen(.catalogue, .full))

    package static let routes: [Route] = [
        .get("/api/v1/catalogue", .need(.screen(.catalogue, .read)), handler: show),
        .put("/api/v1/catalogue", full, handler: replace),
        .post(
            "/api/v1/catalogue/preview", full, leaves: .nothing(because: "It says what another catalogue would change, and changes nothing."),
            handler: preview),
    ]

    private static func show(_ call: Call) async throws -> Answer {
        try await call.read { permit, tx in
            try call.noQuery()
            let catalogue = try Catalogues.find(permit, tx)
            return .object(catalogue.json, tag: catalogue.tag)
        }
    }

    private static func replace(_ call: Call) async throws -> Answer {
        try await call.write { permit, tx, ledger in
            let catalogue = try Catalogues.replace({ try fields(call) }, match: call.requireMatch, permit, tx, ledger)
            return .object(catalogue.json, tag: catalogue.tag)
        }
    }

    private static func preview(_ call: Call) async throws -> Answer {
        let now = call.now
        return try await call.read { permit, tx in .json(try Catalogues.preview(fields(call), at: now, permit, tx).json) }
    }

    private static let types = ["application/json", "application/yaml"]

    /// The body as JSON or, by its media type, as YAML.
    private static func fields(_ call: Call) throws -> Fields {
        try call.noQuery()
        let type = call.inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard let type, types.contains(type) else {
            let names = types.joined(separator: ", ")
            throw Problem(
                415, "unsupported_media_type", "Send the body as \(types.joined(separator: " or ")).", headers: [.accept: names])
        }
        if type == "application/json" { return try call.fields() }
        do { return try Fields(CatalogueYAML.parse(call.inbound.body)) } catch let error as CatalogueYAML.Malformed { throw error.problem }
    }
}
