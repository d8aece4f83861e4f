/// Which sessions a principal may see or write: the answer of the policy for lists, which stores turn into `WHERE` in one place.
///
/// The key always bounds; the reach decides about owners. This and `Reach.covers` are the one predicate on reach.
package enum Visibility: Sendable, Hashable {
    case nothing
    case own(UserID, keys: Scope<APIKeyID>)
    case all(keys: Scope<APIKeyID>)

    package func contains(key: APIKeyID, owner: UserID?) -> Bool {
        switch self {
        case .nothing: false
        case .own(let user, let keys): owner == user && keys.contains(key)
        case .all(let keys): keys.contains(key)
        }
    }

    package var keys: Scope<APIKeyID> {
        switch self {
        case .nothing: .nothing
        case .own(_, let keys), .all(let keys): keys
        }
    }
}

extension Access {
    /// The sessions on which `screen` is held at `level`.
    package func visibility(of screen: Screen = .sessions, at level: Level) -> Visibility {
        switch screens[screen]?.reach(at: level) {
        case .all: .all(keys: keys)
        case .own: user.map { .own($0, keys: keys) } ?? .nothing
        case nil: .nothing
        }
    }
}
