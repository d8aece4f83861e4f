import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Deleting a role, and giving its holders another in its place.
extension Roles {
    /// So many are named in a refusal; all of them are in the list of users.
    private static let mostNamed = 200
    /// So many are moved at once: each leaves an entry, and all others wait for it.
    package static let mostMoved = 10_000

    /// Deletes a custom role. Those who hold it are given another in its place, each with an entry, where one is named.
    /// - Throws: `Hidden`; `Problem` 403, 409 `built_in_role`, `role_in_use` with its holders, and where some are moved 422, 409
    ///   `excluded_together` or `too_many_holders`; `Refusal` for whoever may not edit users.
    package static func delete(
        _ id: RoleID, movingTo target: IDFilter<RoleKind>?, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let role = try find(id, permit, tx)
        let other = try target.map { try successor($0, of: role, permit, tx) }
        try requireMayDefine(role.grants, permit)
        try requireCustom(role)
        let count = try RoleStore.holders(of: [id], permit, tx)[id] ?? 0
        if count > 0 {
            guard let other else { throw try inUse(id, count, permit, tx) }
            try move(role, to: other, permit, tx, ledger)
        }
        try RoleStore.delete(id, permit, tx)
        try ledger.record("role.deleted", role.subject, Change.between(role.allDetails, [:]))
    }

    /// What would change for the holders by having `target` in place of this role; judged like the move, and changes nothing.
    /// - Throws: as `delete`.
    package static func previewMove(
        _ id: RoleID, to target: IDFilter<RoleKind>, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (to: RoleDefinition, RolePreview) {
        let role = try find(id, permit, tx)
        let other = try successor(target, of: role, permit, tx)
        try requireMayDefine(role.grants, permit)
        try requireCustom(role)
        let sets = try RoleSets(ofHoldersOf: id, permit, tx)
        try requireMayMove(role, to: other, sets, permit, tx)
        return (other, try RolePreview(of: id, from: role.grants, to: other.grants, sets, page, permit, tx))
    }

    /// How many hold each of these roles.
    package static func holders(of ids: [RoleID], _ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleID: Int] {
        try RoleStore.holders(of: ids, permit, tx)
    }

    /// Those who hold it, newest first, for whoever may see users.
    package static func people(
        holding id: RoleID, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<RoleHolder> {
        guard permit.access.level(of: .users) >= .read else { return Page([], limit: page.limit) { $0.id.description } }
        return Page(try RoleStore.holders(of: id, page, permit, tx), limit: page.limit) { $0.id.description }
    }

    private static func successor(
        _ target: IDFilter<RoleKind>, of role: RoleDefinition, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> RoleDefinition {
        guard case .id(let id) = target, let other = try RoleStore.find(id, permit, tx) else { throw Problem.unknownReference("move_to") }
        if other.id == role.id { throw Problem.invalid("move_to", "same_role", "Choose another role.") }
        return other
    }

    private static func move(
        _ role: RoleDefinition, to other: RoleDefinition, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let sets = try RoleSets(ofHoldersOf: role.id, permit, tx)
        try requireMayMove(role, to: other, sets, permit, tx)
        let held = try RoleStore.holderSets(of: role.id, after: "", limit: mostMoved, permit, tx)
        try RoleStore.move(role.id, to: other.id, at: ledger.now, permit, tx)
        let people = try RoleStore.people(held.map(\.user), permit, tx)
        for (user, before) in held {
            let after = before.subtracting([role.id]).union([other.id])
            let change = Change("roles", from: JSON(before.sorted().map(\.description)), to: JSON(after.sorted().map(\.description)))
            try ledger.record("user.changed", Subject("user", user, people[user]?.name ?? ""), [change])
        }
    }

    /// The rules of editing each of the holders, asked once for each set of roles: whoever may give all roles of a person may edit them, and what
    /// is added must be given. A custom role is no manager role, so that the last manager stays.
    private static func requireMayMove(
        _ role: RoleDefinition, to other: RoleDefinition, _ sets: RoleSets, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let level = permit.access.level(of: .users)
        if level < .full { throw level == .none ? Refusal.notGranted(.users) : Refusal.levelTooLow(.users, .full) }
        if sets.holders > mostMoved {
            throw Problem.conflict("too_many_holders", "At most \(mostMoved) people are moved at once, and \(sets.holders) hold this role.")
        }
        let own = try permit.user.map { try RoleStore.isHolder($0, of: role.id, permit, tx) } ?? false
        guard permit.access.mayGive(other.role, toOneself: own) else { throw Problem.forbiddenGrant }
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        for set in sets.counts.keys {
            guard permit.access.mayEdit(holderOf: sets.roles(of: set)) else { throw Problem.forbiddenGrant }
            try requireCompatible(sets.grants(of: set, but: role.id) + [other.grants], catalogue)
        }
    }

    static func inUse(_ id: RoleID, _ count: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Problem {
        let holders = try people(holding: id, PageRequest(limit: mostNamed), permit, tx).items
        let people = count == 1 ? "1 person" : "\(count) people"
        return Problem.conflict(
            "role_in_use", "This role is held by \(people).", extra: [("holders", .array(holders.map(\.json)))])
    }
}
