import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What another catalogue makes of an account's built-in roles, and what stands against it.
package struct BuiltInRolePlan: Sendable {
    package private(set) var created: [RoleDefinition] = []
    package private(set) var changed: [(before: RoleDefinition, after: RoleDefinition)] = []
    package private(set) var deleted: [RoleDefinition] = []
    /// Why it cannot be done, in the order of judgement.
    package private(set) var obstacles: [Problem] = []
    /// The account's own roles, which no catalogue changes.
    package private(set) var custom: [RoleDefinition] = []
    private var unchanged: [RoleDefinition] = []

    /// - Parameter settles: screens and functions that nobody can hold yet, because the catalogue brings them in.
    package init(
        from old: Catalogue, to new: Catalogue, isBounded: Bool, new settles: (Set<Screen>, Set<Function>), at now: Timestamp,
        _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let all = try RoleStore.all(permit, tx)
        custom = all.filter { !$0.isBuiltIn }
        var left = all.filter(\.isBuiltIn)
        // The manager role is one and the same, whatever it comes to be called.
        func row(of role: Catalogue.BuiltInRole) -> RoleDefinition? {
            if let same = left.first(where: { Self.isSame($0.name, role.name) }) { return same }
            guard role.isManager, let manager = left.first(where: \.role.isManager) else { return nil }
            return new.roles.contains { Self.isSame($0.name, manager.name) } ? nil : manager
        }
        // Lists are newest first: the catalogue's first role gets the highest id.
        var ids = new.roles.map { _ in RoleID.new(at: now) }.sorted()
        for (index, role) in new.roles.enumerated() {
            let found = row(of: role)
            let id = ids.popLast() ?? .new(at: now)
            let after = RoleDefinition(
                role: Role(id: found?.id ?? id, name: role.name, grants: role.grants, isManager: role.isManager, gives: role.gives),
                description: role.description, isBuiltIn: true, createdAt: found?.createdAt ?? now)
            left.removeAll { $0.id == after.id }
            if custom.contains(where: { Self.isSame($0.name, role.name) }) {
                obstacles.append(Problem.conflict("role_name_taken", "A role of this account's own has this name.", field: "roles.\(index).name"))
            }
            guard let found else {
                created.append(after)
                continue
            }
            if found == after { unchanged.append(found) } else { changed.append((before: found, after: after)) }
        }
        deleted = left
        if isBounded { try bound(from: old, to: new, settles, permit.access) }
        let holders = try RoleStore.holders(of: deleted.map(\.id), permit, tx)
        for role in deleted {
            guard let count = holders[role.id] else { continue }
            var problem = try Roles.inUse(role.id, count, permit, tx)
            problem.detail = "The role \(role.name) cannot vanish. " + problem.detail
            obstacles.append(problem)
        }
        try requireCompatible(new, permit, tx)
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { IdentityKey.canonical(a) == IdentityKey.canonical(b) }

    package var isEmpty: Bool { created.isEmpty && changed.isEmpty && deleted.isEmpty }

    /// Nobody gives more than they hold by way of the catalogue. Of what it brings in, the manager gives.
    private mutating func bound(from old: Catalogue, to new: Catalogue, _ settles: (Set<Screen>, Set<Function>), _ access: Access) throws {
        func mayDefine(_ grants: Grants) -> Bool { access.mayDefine(grants, bringing: settles.0, settles.1) }
        // A manager role that lists nothing holds everything by itself: nobody gives it that.
        func growsByItself(_ before: RoleDefinition, _ after: RoleDefinition) -> Bool {
            before.role.isManager && after.role.isManager && old.roles.contains { $0.isManager && $0.listed.isEmpty }
                && new.roles.contains { $0.isManager && $0.listed.isEmpty }
        }
        let isGiven =
            changed.allSatisfy { before, after in
                let isSameStanding = before.role.isManager == after.role.isManager && before.role.gives == after.role.gives
                if !isSameStanding, !access.isManager { return false }
                if before.grants == after.grants || growsByItself(before, after) { return true }
                return access.holds(before.grants) && mayDefine(after.grants)
            }
            && created.allSatisfy { ($0.role.gives.isEmpty && !$0.role.isManager || access.isManager) && mayDefine($0.grants) }
            && deleted.allSatisfy { access.holds($0.grants) }
        if !isGiven { obstacles.append(.forbiddenGrant) }
    }

    /// Nobody comes to hold what excludes each other on the person.
    private mutating func requireCompatible(_ new: Catalogue, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        guard new.exclusions.contains(where: { $0.on == .person }) else { return }
        let all = custom + unchanged + created + changed.map(\.after)
        let grants = Dictionary(all.map { ($0.id, $0.grants) }, uniquingKeysWith: { first, _ in first })
        let held = try RoleStore.combinations(permit, tx).map { $0.compactMap { grants[$0] } }
        for together in all.map({ [$0.grants] }) + held {
            do { try Roles.requireCompatible(together, new) } catch let problem as Problem {
                obstacles.append(problem)
                return
            }
        }
    }

    /// Makes the account's built-in roles what the catalogue says, once nothing stands against it; holders have what they grant from their next
    /// request on.
    /// - Throws: `Problem` 409 `last_manager` where nobody would be left who holds the manager role and can sign in.
    package func settle(_ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let hadManager = try RoleStore.hasManager(at: ledger.now, permit, tx)
        for role in deleted {
            try RoleStore.delete(role.id, permit, tx)
            try ledger.record("role.deleted", role.subject, Change.between(role.allDetails, [:]))
        }
        // Names may change places: they leave before they come.
        for (before, after) in changed where before.name != after.name {
            var aside = before
            aside.role.name = before.id.description
            try RoleStore.replace(aside, at: ledger.now, permit, tx)
        }
        for (before, after) in changed {
            try RoleStore.replace(after, at: ledger.now, permit, tx)
            try ledger.record("role.changed", after.subject, Change.between(before.allDetails, after.allDetails))
        }
        for role in created {
            try RoleStore.insert(role, permit, tx)
            try ledger.record("role.created", role.subject, Change.between([:], role.allDetails))
        }
        if hadManager, try !RoleStore.hasManager(at: ledger.now, permit, tx) {
            throw Problem.conflict("last_manager", "Nobody who can sign in would hold the manager role any more.", field: "roles")
        }
    }
}
