/// What a request needs of its principal before anything is looked up.
package enum Need: Sendable, Hashable {
    /// Any live principal: who am I.
    case anyone
    /// A live login, even one that must choose a new password first: choosing it, signing out.
    case firstSteps
    /// A live login, even one that must add a second step first: one's own factors.
    case secondStep
    /// A live login, of whatever level: one's own page.
    case login
    /// Any live principal of an account.
    case member
    /// A person who is signed in to an account, or an integration: whom other programs ask about, and who asks. No API key.
    case personOrIntegration
    /// A screen of the principal's account, at a level.
    case screen(Screen, Level)
    /// The enterprise level, with a permission or (nil) with any.
    case enterprise(Permission?)
}

/// Why a request is refused before any record is looked up; every case has the HTTP answer that `api.md` fixes.
package enum Refusal: Error, Sendable, Hashable {
    case signIn
    case passwordChangeRequired
    case secondStepEnrolmentRequired
    case noAccount
    case notEnterprise
    case noFieldWork
    case addressNotAllowed
    case needsLogin
    case notGranted(Screen)
    case levelTooLow(Screen, Level)
    case permissionMissing(Permission)
    case stepUpRequired

    /// A sentence for a person.
    package var reason: String {
        switch self {
        case .signIn: "Sign in to do this."
        case .passwordChangeRequired: "Choose a new password before anything else."
        case .secondStepEnrolmentRequired: "Set up a second step before anything else: your account asks for one."
        case .noAccount: "This belongs to one account: switch into an account first."
        case .notEnterprise: "This is for administrators at the enterprise level."
        case .noFieldWork: "This account does no field work."
        case .addressNotAllowed: "API keys and integrations of this account may not call from this address."
        case .needsLogin: "This needs a person who is signed in."
        case .notGranted(let screen): "You have no access to \(screen.rawValue)."
        case .levelTooLow(let screen, let level): "You may read \(screen.rawValue), but this needs \(level.name) access."
        case .stepUpRequired: "Confirm first that it is you, and then do this again."
        case .permissionMissing(let permission): "You lack the permission \(permission.rawValue)."
        }
    }
}

/// The one place that decides. Pure: facts in, decision out.
package enum Policy {
    /// The screens that exist only in accounts with field work.
    package static let fieldWorkScreens: Set<Screen> = [.sessions, .sessionFiles, .apiKeys, .links]

    /// Says whether the principal may go on to look at records.
    /// - Throws: the first `Refusal` that applies, in the order of `rulings.md` 21.
    package static func check(_ need: Need, _ principal: Principal) throws(Refusal) {
        if principal.mustChangePassword, need != .anyone, need != .firstSteps { throw .passwordChangeRequired }
        if principal.mustAddFactor, need != .anyone, need != .firstSteps, need != .secondStep { throw .secondStepEnrolmentRequired }
        if case .screen(let screen, _) = need, fieldWorkScreens.contains(screen), case .account(_, hasFieldWork: false, _) = principal.place {
            throw .noFieldWork
        }
        if principal.isOutsideAllowedAddresses { throw .addressNotAllowed }
        switch need {
        case .anyone: break
        case .login, .firstSteps, .secondStep:
            if principal.login == nil { throw .needsLogin }
        case .member:
            if principal.access == nil { throw .noAccount }
        case .personOrIntegration:
            if principal.access == nil { throw .noAccount }
            if principal.login == nil, principal.actor.kind != .integration { throw .needsLogin }
        case .screen(let screen, let level):
            guard let access = principal.access else { throw .noAccount }
            let held = access.level(of: screen)
            if held == .none { throw .notGranted(screen) }
            if held < level { throw .levelTooLow(screen, level) }
        case .enterprise(let permission):
            guard let enterprise = principal.enterprise else { throw .notEnterprise }
            if let permission, !enterprise.permissions.contains(permission) { throw .permissionMissing(permission) }
        }
    }

    /// Opens an account's store. The permit is the only key to it.
    package static func permit(_ need: Need, _ principal: Principal) throws(Refusal) -> Permit {
        try check(need, principal)
        guard case .account(let account, _, let access) = principal.place else { throw .noAccount }
        return Permit(account: account, actor: principal.actor, access: access, administrator: principal.administrator, login: principal.login)
    }

    /// Opens the enterprise's store.
    package static func enterprisePermit(_ permission: Permission?, _ principal: Principal) throws(Refusal) -> EnterprisePermit {
        try check(.enterprise(permission), principal)
        guard case .enterprise(let access) = principal.place, let administrator = principal.administrator else { throw .notEnterprise }
        return EnterprisePermit(actor: principal.actor, access: access, administrator: administrator, login: principal.login)
    }

    /// An administrator who names an account in the path acts in it with its manager role; nil where that account is hidden from them.
    package static func enter(
        _ account: AccountID, group: GroupID?, hasFieldWork: Bool, manager: Role, tree: PlaceTree = .empty, by principal: Principal
    ) throws(Refusal) -> Principal? {
        try check(.enterprise(.manageUsers), principal)
        guard let enterprise = principal.enterprise, enterprise.reaches(group) else { return nil }
        var inside = principal
        inside.place = .account(account, hasFieldWork: hasFieldWork, Access(user: nil, roles: [manager], places: .all, keys: .all, tree: tree))
        return inside
    }
}

extension Policy {
    /// Opens a person's own page.
    package static func ownPermit(_ need: Need, _ principal: Principal) throws(Refusal) -> OwnPermit {
        try check(need, principal)
        guard let login = principal.login else { throw .needsLogin }
        if let account = principal.account, let user = principal.user {
            return OwnPermit(actor: principal.actor, person: .user(user, in: account), login: login)
        }
        guard let administrator = principal.administrator else { throw .needsLogin }
        return OwnPermit(actor: principal.actor, person: .administrator(administrator), login: login)
    }

    /// Opens a door; nobody is known behind it yet.
    package static func open(_ door: Door, actor: Actor = .system) -> DoorPermit { DoorPermit(door: door, actor: actor) }
}
