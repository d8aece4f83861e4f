import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A person at the enterprise level.
package struct Administrator: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        /// Without a password yet.
        case pending
        case enabled, disabled
    }

    package var id: AdministratorID
    /// Signs in.
    package var email: String
    package var name: String
    /// As they were given, without what is nested in them.
    package var groups: Scope<GroupID>
    package var permissions: Set<Permission>
    package var hasPassword: Bool
    package var mustChangePassword: Bool
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp
    package var lastSignInAt: Timestamp?
    package var lastSeenAt: Timestamp?

    package var isDisabled: Bool { disabledAt != nil }
    /// Nothing but the id is left.
    package var isErased: Bool { email.isEmpty }
    package var status: Status { isDisabled ? .disabled : hasPassword ? .enabled : .pending }
    package var access: EnterpriseAccess { EnterpriseAccess(permissions: permissions, groups: groups) }
    package var subject: Subject { Subject("administrator", id, name) }

    /// Whether they can manage every administrator: one such stays.
    var managesAll: Bool { status == .enabled && groups == .all && permissions.contains(.manageAdministrators) }

    package var json: JSON {
        [
            "id": JSON(id), "email": .string(email), "name": .string(name), "groups": groupsJSON, "permissions": permissionsJSON,
            "status": .string(status.rawValue), "must_change_password": .bool(mustChangePassword), "created_at": JSON(createdAt),
            "last_sign_in_at": JSON(lastSignInAt), "last_seen_at": JSON(lastSeenAt),
        ]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    var details: JSON {
        [
            "email": .string(email), "name": .string(name), "groups": groupsJSON, "permissions": permissionsJSON,
            "must_change_password": .bool(mustChangePassword),
        ]
    }

    /// In the order of the contract.
    var permissionsJSON: JSON { JSON(Permission.allCases.filter(permissions.contains).map(\.rawValue)) }

    private var groupsJSON: JSON {
        switch groups {
        case .all: "all"
        case .only(let ids): JSON(ids.sorted().map(\.description))
        }
    }
}
