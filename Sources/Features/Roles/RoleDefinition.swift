import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A role as its account defines it: what the policy needs to know, and what people read about it.
package struct RoleDefinition: Sendable, Hashable {
    package var role: Role
    package var description: String
    /// From the catalogue: duplicated, never edited.
    package var isBuiltIn: Bool
    package var createdAt: Timestamp

    package init(role: Role, description: String, isBuiltIn: Bool, createdAt: Timestamp) {
        self.role = role
        self.description = description
        self.isBuiltIn = isBuiltIn
        self.createdAt = createdAt
    }

    package var id: RoleID { role.id }
    package var name: String { role.name }
    package var grants: Grants { role.grants }
    package var subject: Subject { Subject("role", id, name) }

    package var json: JSON {
        [
            "id": JSON(id), "name": .string(name), "description": .string(description), "built_in": .bool(isBuiltIn),
            "manager": .bool(role.isManager), "gives": JSON(role.gives.sorted()), "screens": grants.screensJSON,
            "functions": grants.functionsJSON, "created_at": JSON(createdAt),
        ]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    package var details: JSON {
        ["name": .string(name), "description": .string(description), "screens": grants.screensJSON, "functions": grants.functionsJSON]
    }

    /// What history compares where the catalogue changes a role, and keeps of one that is deleted.
    package var allDetails: JSON { details.adding("manager", .bool(role.isManager)).adding("gives", JSON(role.gives.sorted())) }
}

/// Somebody who holds a role, as a refusal and a preview name them.
package struct RoleHolder: Sendable, Hashable {
    package var id: UserID
    package var username: String
    package var name: String

    var json: JSON { ["id": JSON(id), "username": .string(username), "name": .string(name)] }
}
