import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Who asks, what they may do, and what they may give.
enum Me {
    /// From memory alone: every dashboard asks this all the time.
    static func json(_ principal: Principal, _ around: Surroundings) -> JSON {
        var account = JSON.null
        var access: JSON = ["screens": [:], "functions": [:], "places": []]
        if case .account(let id, let hasFieldWork, let held) = principal.place {
            account = JSON(id)
            access = held.json(hasFieldWork: hasFieldWork)
        }
        return [
            "kind": .string(principal.actor.kind.rawValue), "id": .string(principal.actor.id), "name": .string(principal.actor.name),
            "username": principal.login == nil ? .null : .string(around.username), "account": account, "access": access,
        ]
    }

    /// What the caller may give to others: roles, keys and places with users, screens and functions with roles or integrations.
    static func grantable(_ permit: borrowing Permit, hasFieldWork: Bool, _ tx: any Transaction) throws -> JSON {
        let access = permit.access
        let givesToUsers = access.level(of: .users) == .full
        let givesGrants = access.level(of: .roles) == .full || access.level(of: .integrations) == .full
        let held = access.json(hasFieldWork: hasFieldWork)
        let roles = givesToUsers ? try GrantableStore.roles(permit, tx).filter { access.mayGive($0) } : []
        return [
            "roles": .array(roles.map { ["id": JSON($0.id), "name": .string($0.name)] }),
            "api_keys": givesToUsers ? held["api_keys"] ?? [] : [], "places": givesToUsers ? held["places"] ?? [] : [],
            "screens": givesGrants ? held["screens"] ?? [:] : [:], "functions": givesGrants ? held["functions"] ?? [:] : [:],
        ]
    }
}

/// An API key as those see it who make sessions under it.
struct UsableKey: Sendable {
    var id: APIKeyID
    var name: String
    var mode: String
    var isDisabled: Bool

    var json: JSON { ["id": JSON(id), "name": .string(name), "mode": .string(mode), "disabled": .bool(isDisabled)] }
}
