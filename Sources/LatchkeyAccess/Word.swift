/// One of Latchkey's words that a company may have its own for: the catalogue's `terms` replace them, over the same pages and the same API.
package enum Word: String, Sendable, Hashable, CaseIterable {
    case account, accounts
    case user, users
    case createUser = "create_user"
    case screen, screens
    case function, functions
    case role, roles
    case createRole = "create_role"
    case place, places
    /// The places that somebody is granted.
    case placeAccess = "place_access"
    case login, logins
    case integration, integrations
    case link, links
    case history
    /// Who did what history tells.
    case actor
    /// To let a user sign in no more, and again.
    case disable, enable
    case disabled
    /// From where programs may call.
    case allowedAddresses = "allowed_addresses"
}
