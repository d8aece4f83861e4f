import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import PlacesFeature
import RolesFeature

/// What the pages of users need beside the users: the account's roles, the keys that exist for the reader, and what the reader holds. It is
/// loaded once, however many users a page shows.
struct Holdings: Sendable {
    let account: AccountFacts
    let roles: [RoleDefinition]
    /// By name.
    let keys: [APIKey]
    let reader: Access
    /// Where a page shows places by name.
    let places: PlaceOutline

    init(at now: Timestamp, withPlaces: Bool = false, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        account = try AccountFacts.of(permit, tx)
        roles = try Roles.all(permit, tx)
        reader = permit.access
        places = PlaceOutline(withPlaces && account.places.count > 0 ? try Places.all(permit, tx) : [])
        var keys: [APIKey] = []
        if account.catalogue.hasFieldWork {
            var request = PageRequest(limit: 200)
            repeat {
                let page = try APIKeys.list(request, at: now, permit, tx)
                keys += page.items
                request.after = page.next
            } while request.after != nil
        }
        self.keys = keys.sorted { IdentityKey.canonical($0.name) < IdentityKey.canonical($1.name) }
    }

    var hasFieldWork: Bool { account.catalogue.hasFieldWork }

    func roles(of user: User) -> [Role] { roles.filter { user.roles.contains($0.id) }.map(\.role) }

    /// What a user holds in all.
    func access(of user: User) -> Access {
        Access(user: user.id, roles: roles(of: user), places: user.places, keys: user.keys, tree: account.places)
    }

    /// Those of a user's keys that exist for the reader; nil where the user holds all.
    func keys(of user: User) -> [APIKey]? {
        guard case .only(let ids) = access(of: user).keys else { return nil }
        return keys.filter { ids.contains($0.id) }
    }

    // MARK: What the reader may do

    var mayCreate: Bool { reader.level(of: .users) == .full }

    var seesRoles: Bool { reader.level(of: .roles) > .none }

    func mayEdit(_ user: User) -> Bool { mayCreate && reader.mayEdit(holderOf: roles(of: user)) }

    func maySetPassword(of user: User) -> Bool { mayCreate && reader.maySetPassword(of: access(of: user)) }

    func mayDelete(_ user: User) -> Bool { account.security.userDeletion && mayEdit(user) }

    var mayErase: Bool { reader.isManager && reader.level(of: .history) > .none }

    func isReader(_ user: User) -> Bool { user.id == reader.user }

    /// The roles that the reader may give, and those that the user has; the manager role last.
    func choices(for user: User?) -> [RoleDefinition] {
        let isOneself = user.map { isReader($0) } ?? false
        let choices = roles.filter { user?.roles.contains($0.id) ?? false || reader.mayGive($0.role, toOneself: isOneself) }
        return choices.filter { !$0.role.isManager } + choices.filter(\.role.isManager)
    }

    /// Whether a form lets several roles be ticked, or one chosen.
    func offersSeveralRoles(to user: User?) -> Bool { roles.count > 2 || (user?.roles.count ?? 0) > 1 }
}
