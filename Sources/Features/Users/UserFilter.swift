import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb
import RolesFeature

/// What a list of users is narrowed to.
package struct UserFilter: Sendable {
    package var search: String?
    package var status: User.Status?
    package var role: IDFilter<RoleKind>?
    /// Users with any level on this screen, or with exactly `level`.
    package var screen: Screen?
    package var level: Level?
    /// Users who hold this place, by itself or by what it lies in.
    package var place: IDFilter<PlaceKind>?
    package var signIn: SignedIn?

    /// Who has not signed in of late. Whoever never did has not either.
    package enum SignedIn: Sendable, Hashable {
        case before(Timestamp)
        case never
    }

    package init(
        search: String? = nil, status: User.Status? = nil, role: IDFilter<RoleKind>? = nil, screen: Screen? = nil, level: Level? = nil,
        place: IDFilter<PlaceKind>? = nil, signIn: SignedIn? = nil
    ) {
        self.search = search
        self.status = status
        self.role = role
        self.screen = screen
        self.level = level
        self.place = place
        self.signIn = signIn
    }
}

/// A filter with its screens and places turned into the roles and places that decide it: a few, however many users there are.
struct ResolvedFilter: Sendable {
    var filter: UserFilter
    /// One of these must be held, where there are any.
    var oneOf: [RoleID]?
    var noneOf: [RoleID] = []
    /// Nobody fits.
    var isEmpty = false
    var place: Holding?
    /// Holds for the few users among whom all that are looked for are, where a word is rare enough.
    let found: SQL?

    /// Ways to hold a place.
    struct Holding: Sendable {
        /// It, and what it lies in.
        var path: [PlaceID]
        /// The manager role holds all places.
        var managers: [RoleID]
    }

    init(_ filter: UserFilter, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        self.filter = filter
        found = try filter.search.flatMap { try UserWordStore.condition($0, permit, tx) }
        let account = try AccountFacts.of(permit, tx)
        if case .matchesNothing = filter.role { isEmpty = true }
        if filter.screen == nil, filter.place == nil { return }
        let roles = try Roles.all(permit, tx).map(\.role)
        if let screen = filter.screen {
            let exists = account.catalogue.contains(screen) && (account.catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains(screen))
            func granting(_ level: Level) -> [RoleID] {
                roles.filter { ($0.grants.screens[screen]?.level ?? Level.none) >= level }.map(\.id).sorted()
            }
            switch filter.level {
            case nil: oneOf = granting(.read)
            case .full?: oneOf = granting(.full)
            case .read?: (oneOf, noneOf) = (granting(.read).filter { !granting(.full).contains($0) }, granting(.full))
            case Level.none?: noneOf = granting(.read)
            }
            if !exists || oneOf?.isEmpty ?? false { isEmpty = true }
        }
        switch filter.place {
        case .id(let id)?:
            if let path = account.places.path(of: id) {
                place = Holding(path: path, managers: roles.filter(\.isManager).map(\.id))
            } else {
                isEmpty = true
            }
        case .matchesNothing?: isEmpty = true
        case nil: break
        }
    }

    /// The rare things that a list can be walked by, newest users first, so that no page looks at users who do not fit; nil to walk all users.
    var streams: [UserStream]? {
        if case .id(let role)? = filter.role { return [.role(role)] }
        if let oneOf { return oneOf.map(UserStream.role) }
        if let place { return place.path.map(UserStream.place) + place.managers.map(UserStream.role) + [.allPlaces] }
        if filter.signIn == .never { return [.neverSignedIn] }
        switch filter.status {
        case .disabled?: return [.disabled, .ending]
        case .pending?: return [.withoutPassword]
        case .enabled?, nil: return nil
        }
    }
}

/// Users with one thing in common, each found by an index in the order of lists.
enum UserStream: Sendable, Hashable {
    case role(RoleID)
    case place(PlaceID)
    case allPlaces
    case disabled
    case ending
    case withoutPassword
    case neverSignedIn
}
