import LatchkeyAccess

/// The people of these tests, and what is around them.
///
/// Olive owns the enterprise, Adam administers an account, Una and Uwe are USERs who share a key, Rita may only read, Mallory is in the other
/// account. Sue, who is not in the cast, is a supervisor: reach `all`, some keys.
enum Cast {
    static let account = AccountID(bits: 1)
    static let otherAccount = AccountID(bits: 2)
    static let north = GroupID(bits: 11)
    static let south = GroupID(bits: 12)

    static let olive = AdministratorID(bits: 21)
    static let adam = UserID(bits: 31)
    static let una = UserID(bits: 32)
    static let uwe = UserID(bits: 33)
    static let rita = UserID(bits: 34)
    static let sue = UserID(bits: 35)
    static let mallory = UserID(bits: 36)
    static let login = LoginID(bits: 41)

    /// Una's and Uwe's key, and one that neither holds.
    static let shared = APIKeyID(bits: 51)
    static let other = APIKeyID(bits: 52)

    static let building = PlaceID(bits: 61)
    static let floor = PlaceID(bits: 62)
    static let room = PlaceID(bits: 63)
    static let otherBuilding = PlaceID(bits: 64)

    static let admin = role(1, "ADMIN", Catalogue.inspection.roles[0].grants, isManager: true)
    static let user = role(2, "USER", Catalogue.inspection.roles[1].grants)
    static let supervisor = role(3, "Supervisor", Grants(screens: [.sessions: ScreenGrant(.full, reach: .all), .users: ScreenGrant(.read)]))
    static let reader = role(
        4, "Reader",
        Grants(screens: [.overview: ScreenGrant(.read), .sessions: ScreenGrant(.read, reach: .all), .history: ScreenGrant(.read)]))

    static func role(_ id: UInt128, _ name: String, _ grants: Grants, isManager: Bool = false, gives: Set<String> = []) -> Role {
        Role(id: RoleID(bits: id), name: name, grants: grants, isManager: isManager, gives: gives)
    }

    static func access(
        _ user: UserID?, _ roles: Role..., places: Scope<PlaceID> = .nothing, keys: Scope<APIKeyID> = .only([shared])
    ) -> Access {
        Access(user: user, roles: roles, places: places, keys: keys)
    }

    /// A signed-in user of the account.
    static func member(_ user: UserID, _ access: Access, hasFieldWork: Bool = true, mustChangePassword: Bool = false) -> Principal {
        Principal(
            actor: Actor(kind: .user, id: user.description, name: "A user"), place: .account(account, hasFieldWork: hasFieldWork, access),
            login: login, mustChangePassword: mustChangePassword)
    }

    /// Olive at the enterprise level, with these permissions within these groups.
    static func administrator(
        _ permissions: Set<Permission> = Set(Permission.allCases), groups: Scope<GroupID> = .all, mustChangePassword: Bool = false
    ) -> Principal {
        Principal(
            actor: Actor(kind: .administrator, id: olive.description, name: "Olive"),
            place: .enterprise(EnterpriseAccess(permissions: permissions, groups: groups)), login: login, administrator: olive,
            mustChangePassword: mustChangePassword)
    }

    /// Olive switched into the account: the manager role, and records of her own she has none.
    static func switched(hasFieldWork: Bool = true) -> Principal {
        Principal(
            actor: Actor(kind: .administrator, id: olive.description, name: "Olive"),
            place: .account(account, hasFieldWork: hasFieldWork, access(nil, admin, places: .all, keys: .all)), login: login, administrator: olive)
    }
}

/// What the policy answered: nil for yes.
func refusal(of need: Need, _ principal: Principal) -> Refusal? {
    do throws(Refusal) {
        try Policy.check(need, principal)
        return nil
    } catch {
        return error
    }
}
