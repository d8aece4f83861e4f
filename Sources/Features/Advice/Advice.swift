import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// Access that nobody has used for so many days: people, roles that somebody holds, and what roles grant. Advice, which does nothing by itself.
struct Advice: Sendable {
    /// So many of each kind are named.
    static let limit = 100
    static let usualDays = 90

    struct Person: Sendable, Hashable {
        var id: UserID
        var username: String
        var name: String
    }

    struct UnusedRole: Sendable, Hashable {
        var user: Person
        var role: RoleID
        var roleName: String
        /// Since when they hold it, where that is known.
        var since: Timestamp?
    }

    struct UnusedGrant: Sendable, Hashable {
        var role: RoleID
        var roleName: String
        var thing: GrantedThing
        /// As the catalogue calls it.
        var name: String
    }

    let since: Timestamp
    /// Since when uses are written down: before that, nothing is said of roles and grants.
    let knownSince: Timestamp?
    /// Whether a dashboard asks Latchkey about the catalogue's screens and functions; else nothing is said of them.
    let knowsCatalogue: Bool
    let people: [User]
    let roles: [UnusedRole]
    let grants: [UnusedGrant]
    let isTruncated: Bool

    static func find(days: Int, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Advice {
        let since = now.adding(seconds: -Int64(days) * 86_400)
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        let people = try Users.notSeen(since: since, at: now, limit: limit + 1, permit, tx)
        let knownSince = try GrantUseStore.begun(tx)
        let observed = try observed(catalogue, since: since, permit, tx)
        var roles: [UnusedRole] = [], grants: [UnusedGrant] = []
        if let knownSince, knownSince <= since {
            for role in try Roles.all(permit, tx) where !role.role.isManager {
                let things = GrantedThings(role.grants)
                if things.isSubset(of: observed.things), roles.count <= limit {
                    roles += try AdviceStore.holders(of: role, notUsing: things, since: since, at: now, limit: limit + 1 - roles.count, permit, tx)
                }
                if role.isBuiltIn || grants.count > limit { continue }
                grants += try unused(role, observed.things, catalogue, since: since, permit, tx)
            }
        }
        let isTruncated = people.count > limit || roles.count > limit || grants.count > limit
        return Advice(
            since: since, knownSince: knownSince, knowsCatalogue: observed.knowsCatalogue, people: Array(people.prefix(limit)),
            roles: Array(roles.prefix(limit)), grants: Array(grants.prefix(limit)), isTruncated: isTruncated)
    }

    /// The things whose uses are seen: Latchkey's own screens that have something to be asked for, and the catalogue's where somebody asks.
    private static func observed(
        _ catalogue: Catalogue, since: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (things: GrantedThings, knowsCatalogue: Bool) {
        let own = Screen.ownScreens.filter { $0 != .account }
        let theirs = GrantedThings(screens: catalogue.screens.map(\.id), functions: catalogue.functions.map(\.id))
        guard try !theirs.isEmpty && GrantUseStore.hasAny(of: theirs, since: since, permit, tx) else {
            return (GrantedThings(screens: own, functions: []), theirs.isEmpty)
        }
        return (GrantedThings(screens: own + theirs.screens, functions: theirs.functions), true)
    }

    /// What a role of the account's own grants and none of its holders has used. What was changed or given since then, may yet be.
    private static func unused(
        _ role: RoleDefinition, _ observed: GrantedThings, _ catalogue: Catalogue, since: Timestamp, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> [UnusedGrant] {
        guard try AdviceStore.isOld(role.id, since: since, permit, tx) else { return [] }
        let used = try GrantUseStore.used(byHoldersOf: role.id, since: since, permit, tx)
        let screens = GrantedThings(
            screens: observed.screens.intersection(role.grants.screens.keys), functions: observed.functions.intersection(role.grants.functions.keys))
        let unused = screens.all.filter { !used.contains($0) }
        return unused.map { thing in
            let name =
                thing.kind == .screen ? catalogue.name(of: Screen(rawValue: thing.id)) : catalogue.name(of: Function(rawValue: thing.id))
            return UnusedGrant(role: role.id, roleName: role.name, thing: thing, name: name)
        }
    }

    var json: JSON {
        func person(_ id: UserID, _ username: String, _ name: String) -> JSON {
            ["id": JSON(id), "username": .string(username), "name": .string(name)]
        }
        return [
            "since": JSON(since), "known_since": JSON(knownSince), "knows_catalogue": .bool(knowsCatalogue),
            "people": .array(
                people.map {
                    ["user": person($0.id, $0.username, $0.name), "last_sign_in_at": JSON($0.lastSignInAt), "last_seen_at": JSON($0.lastSeenAt)]
                }),
            "roles": .array(
                roles.map {
                    [
                        "user": person($0.user.id, $0.user.username, $0.user.name),
                        "role": ["id": JSON($0.role), "name": .string($0.roleName)], "since": JSON($0.since),
                    ]
                }),
            "grants": .array(
                grants.map {
                    [
                        "role": ["id": JSON($0.role), "name": .string($0.roleName)], "kind": .string($0.thing.kind.rawValue),
                        "id": .string($0.thing.id), "name": .string($0.name),
                    ]
                }), "truncated": .bool(isTruncated),
        ]
    }
}

/// Following it, in one step each: ordinary edits, with all that they may be refused for.
extension Advice {
    static let reason = "unused"

    private static func found<T>(_ find: () throws -> T) throws -> T? {
        do { return try find() } catch is Hidden { return nil }
    }

    /// Disables somebody who does not come.
    static func disable(_ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let id = fields.optionalID("user", UserKind.self)
        if fields.isAbsent("user") { fields.unknownReference("user") }
        try fields.finish()
        guard let id, let user = try found({ try Users.find(id, permit, tx) }) else { throw Problem.unknownReference("user") }
        _ = try Users.setDisabled(true, user.id, because: reason, permit, tx, ledger)
    }

    /// Takes a role from somebody who has another.
    static func takeRole(_ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let id = fields.optionalID("user", UserKind.self), role = fields.optionalID("role", RoleKind.self)
        if fields.isAbsent("user") { fields.unknownReference("user") }
        if fields.isAbsent("role") { fields.unknownReference("role") }
        try fields.finish()
        guard let id, let user = try found({ try Users.find(id, permit, tx) }) else { throw Problem.unknownReference("user") }
        guard let role, user.roles.contains(role) else { throw Problem.unknownReference("role") }
        if user.roles.count == 1 {
            throw Problem.conflict("only_role", t("This is the only one that this person has. Disable the person instead."))
        }
        _ = try Users.takeRole(role, from: user.id, because: reason, permit, tx, ledger)
    }

    /// Takes a screen or a function out of a role of the account's own.
    static func takeGrant(_ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let id = fields.optionalID("role", RoleKind.self)
        let screen = fields.optionalText("screen", 1...100), function = fields.optionalText("function", 1...100)
        if fields.isAbsent("role") { fields.unknownReference("role") }
        try fields.finish()
        guard let id, let role = try found({ try Roles.find(id, permit, tx) }) else { throw Problem.unknownReference("role") }
        var change: [(String, JSON)] = []
        if let screen {
            if role.grants.screens[Screen(rawValue: screen)] == nil { throw Problem.unknownReference("screen") }
            change = [("screens", JSON(members: role.grants.screensJSON.members.filter { $0.0 != screen }))]
        } else {
            guard let function, role.grants.functions[Function(rawValue: function)] != nil else { throw Problem.unknownReference("function") }
            change = [("functions", JSON(members: role.grants.functionsJSON.members.filter { $0.0 != function }))]
        }
        _ = try Roles.update(id, { [change] in try Fields(JSON(members: change)) }, match: { _ in }, permit, tx, ledger)
    }
}
