/// Who did something, as history and events record it.
package struct Actor: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case user, administrator
        case apiKey = "api_key"
        case integration, link, capture, system
    }

    package var kind: Kind
    package var id: String
    package var name: String
    /// The other person where two act as one (an administrator switched into another: named as both).
    package var onBehalfOf: String?

    package init(kind: Kind, id: String, name: String, onBehalfOf: String? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
        self.onBehalfOf = onBehalfOf
    }

    package static let system = Actor(kind: .system, id: "system", name: "Latchkey")
}

/// What an administrator may do at the enterprise level.
package enum Permission: String, Sendable, Hashable, CaseIterable {
    case manageAccounts = "manage_accounts"
    case manageUsers = "manage_users"
    case manageGroups = "manage_groups"
    case removeGroups = "remove_groups"
    case switchAccount = "switch"
    case manageAdministrators = "manage_administrators"
    case switchAdministrator = "switch_administrator"
    case export
}

/// What an administrator holds: permissions, within some groups of accounts (nested groups included by whoever loads the facts) or all.
package struct EnterpriseAccess: Sendable, Hashable {
    package var permissions: Set<Permission>
    package var groups: Scope<GroupID>

    package init(permissions: Set<Permission>, groups: Scope<GroupID>) {
        self.permissions = permissions
        self.groups = groups
    }

    /// Whether accounts of this group are theirs. Accounts without a group belong to administrators of all groups.
    package func reaches(_ group: GroupID?) -> Bool {
        guard let group else { return groups == .all }
        return groups.contains(group)
    }

    package func holds(_ other: EnterpriseAccess) -> Bool {
        other.permissions.isSubset(of: permissions) && groups.contains(other.groups)
    }

    /// What two administrators hold together, when one switches into the other.
    package func intersection(_ other: EnterpriseAccess) -> EnterpriseAccess {
        let both: Scope<GroupID> =
            switch (groups, other.groups) {
            case (.all, let theirs): theirs
            case (let mine, .all): mine
            case (.only(let mine), .only(let theirs)): .only(mine.intersection(theirs))
            }
        return EnterpriseAccess(permissions: permissions.intersection(other.permissions), groups: both)
    }
}

/// A live principal: who asks, where, and what they hold there. Only live ones are ever made; the gate refuses the others before.
package struct Principal: Sendable {
    package enum Place: Sendable {
        case account(AccountID, hasFieldWork: Bool, Access)
        case enterprise(EnterpriseAccess)
    }

    package var actor: Actor
    package var place: Place
    /// The login that asks; nil for API keys and integrations.
    package var login: LoginID?
    /// The administrator behind this, at the enterprise level or switched in.
    package var administrator: AdministratorID?
    package var mustChangePassword: Bool
    /// Whether they must have a second step beside the password, and have none: they add one before anything else.
    package var mustAddFactor = false
    /// What the administrator behind this may do, also while in an account.
    package var permissions: Set<Permission> = []
    /// When the person last showed that it is them; nil for machines.
    package var proof: Proof?
    /// Whether this request comes from an address that the account does not allow to its API keys and integrations.
    package var isOutsideAllowedAddresses = false

    package init(actor: Actor, place: Place, login: LoginID? = nil, administrator: AdministratorID? = nil, mustChangePassword: Bool = false) {
        self.actor = actor
        self.place = place
        self.login = login
        self.administrator = administrator
        self.mustChangePassword = mustChangePassword
    }

    package var access: Access? {
        if case .account(_, _, let access) = place { access } else { nil }
    }

    package var account: AccountID? {
        if case .account(let account, _, _) = place { account } else { nil }
    }

    package var enterprise: EnterpriseAccess? {
        if case .enterprise(let access) = place { access } else { nil }
    }

    package var user: UserID? { access?.user }
}
