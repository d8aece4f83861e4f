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

extension Catalogue {
    /// As `GET /catalogue` answers it; Latchkey's own screens come on top and are not repeated.
    package var json: JSON {
        [
            "screens": .array(
                screens.map { entry in
                    let group: [(String, JSON)] = entry.group.map { [("group", .string($0))] } ?? []
                    return JSON(members: [("id", .string(entry.id.rawValue)), ("label", .string(entry.label))] + group)
                }),
            "functions": .array(functions.map(functionJSON)),
            "roles": .array(
                roles.map { role in
                    [
                        "name": .string(role.name), "description": .string(role.description), "screens": role.grants.screensJSON,
                        "functions": role.grants.functionsJSON, "manager": .bool(role.isManager), "gives": JSON(role.gives.sorted()),
                    ]
                }),
            "terms": JSON(members: terms.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
            "defaults": [
                "concurrent_logins": .string(defaults.concurrentLogins.rawValue), "max_logins": .int(Int64(defaults.maxLogins)),
                "user_deletion": .bool(defaults.userDeletion),
            ],
            "field_work": .bool(hasFieldWork),
        ]
    }

    private func functionJSON(_ entry: FunctionEntry) -> JSON {
        var members: [(String, JSON)] = [("id", .string(entry.id.rawValue)), ("label", .string(entry.label))]
        if let group = entry.group { members.append(("group", .string(group))) }
        if let screen = entry.screen { members.append(("screen", .string(screen.rawValue))) }
        let excludes = exclusions.filter { $0.involves(entry.id) }
        if !excludes.isEmpty {
            members.append(
                (
                    "excludes",
                    .array(
                        excludes.map { exclusion in
                            let other = exclusion.a == entry.id ? exclusion.b : exclusion.a
                            return ["id": .string(other.rawValue), "on": .string(exclusion.on.rawValue)]
                        })
                ))
        }
        return JSON(members: members)
    }
}
