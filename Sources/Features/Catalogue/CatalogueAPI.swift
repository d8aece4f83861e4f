import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// The JSON face of the account's catalogue.
package enum CatalogueAPI {
    package static let routes: [Route] = [
        .get("/api/v1/catalogue", .need(.screen(.catalogue, .read))) { call in
            try await call.read { permit, tx in
                try call.noQuery()
                let catalogue = try AccountFacts.of(permit, tx).catalogue
                return .object(catalogue.json, tag: ETag(catalogue.json))
            }
        }
    ]
}
