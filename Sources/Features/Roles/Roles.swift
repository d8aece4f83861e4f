import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What can be done with roles. Every verb works on the permit's account.
package enum Roles {
    /// - Throws: `Hidden`.
    package static func find(_ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> RoleDefinition {
        guard let role = try RoleStore.find(id, permit, tx) else { throw Hidden() }
        return role
    }

    package static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<RoleDefinition> {
        let total = try page.wantsTotal ? RoleStore.count(permit, tx) : nil
        return Page(try RoleStore.list(page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// Every role of the account, newest first, for choices.
    package static func all(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [RoleDefinition] {
        try RoleStore.all(permit, tx)
    }

    /// Those of these ids that are roles of the account.
    package static func existing(_ ids: Set<RoleID>, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Role] {
        try RoleStore.existing(ids, permit, tx)
    }

    /// A custom role as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        _ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> RoleDefinition {
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        let role = Role(id: .new(at: now), name: fields.name(), grants: fields.grants(catalogue))
        let draft = RoleDefinition(role: role, description: description(fields), isBuiltIn: false, createdAt: now)
        try fields.finish()
        return draft
    }

    /// A custom role with the grants of another, not stored yet; it is no manager role and gives no further roles.
    package static func copy(_ original: RoleDefinition, name: String, at now: Timestamp) -> RoleDefinition {
        RoleDefinition(
            role: Role(id: .new(at: now), name: name, grants: original.grants), description: original.description, isBuiltIn: false, createdAt: now)
    }

    /// Stores a new role.
    /// - Throws: `Problem` 403 for grants that one lacks, 409 `role_name_taken` or `excluded_together`.
    package static func create(_ role: RoleDefinition, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        try requireMayDefine(role.grants, permit)
        if try RoleStore.isTaken(role.name, except: role.id, permit, tx) { throw nameTaken }
        try requireCompatible([role.grants], AccountFacts.of(permit, tx).catalogue)
        try namingConflict { try RoleStore.insert(role, permit, tx) }
        try ledger.record("role.created", role.subject, Change.between([:], role.details))
    }

    /// Changes the fields that are named; holders have what it grants from their next request on.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403, 409 `built_in_role`, `role_name_taken` or `excluded_together`, 412.
    package static func update(
        _ id: RoleID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> RoleDefinition {
        let before = try find(id, permit, tx)
        let role = try revised(before, fields(), permit, tx)
        try match(before.tag)
        if role.details == before.details { return before }
        try namingConflict { try RoleStore.update(role, permit, tx) }
        try ledger.recordChange("role.changed", role.subject, from: before.details, to: role.details)
        return role
    }

    /// Who would gain and lose what by an edit; it is judged like one, and changes nothing.
    /// - Throws: as `update`.
    package static func preview(
        _ id: RoleID, _ fields: () throws -> Fields, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> RolePreview {
        let before = try find(id, permit, tx)
        let role = try revised(before, fields(), permit, tx)
        // Who holds what is told to those who may see users.
        guard permit.access.level(of: .users) >= .read else { return RolePreview() }
        return RolePreview(
            of: role.role, holders: try RoleStore.holders(of: id, permit, tx), roles: try RoleStore.rolesOfHolders(of: id, permit, tx))
    }

    /// Deletes a custom role that nobody holds.
    /// - Throws: `Hidden`; `Problem` 403, 409 `built_in_role` or `role_in_use` with its holders.
    package static func delete(_ id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let role = try find(id, permit, tx)
        try requireMayDefine(role.grants, permit)
        try requireCustom(role)
        let holders = try RoleStore.holders(of: id, permit, tx)
        if !holders.isEmpty { throw inUse(holders, isNamed: permit.access.level(of: .users) >= .read) }
        try RoleStore.delete(id, permit, tx)
        try ledger.record("role.deleted", role.subject)
    }
}

extension Roles {
    /// The role as an edit would leave it, once everything that may refuse the edit was asked.
    private static func revised(
        _ before: RoleDefinition, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> RoleDefinition {
        let catalogue = try AccountFacts.of(permit, tx).catalogue
        var role = before
        fields.immutable("id", "built_in", "manager", "gives", "created_at")
        if fields.has("name") { role.role.name = fields.name() }
        if fields.has("description") { role.description = description(fields) }
        role.role.grants = fields.grants(catalogue, before: before.grants)
        try fields.finish()
        try requireMayDefine(before.grants, permit)
        try requireMayDefine(role.grants, permit)
        try requireCustom(before)
        if try RoleStore.isTaken(role.name, except: role.id, permit, tx) { throw nameTaken }
        if role.grants != before.grants {
            try requireCompatible([role.grants], catalogue)
            for (_, held) in try RoleStore.rolesOfHolders(of: role.id, permit, tx) {
                try requireCompatible(held.map { $0.id == role.id ? role.grants : $0.grants }, catalogue)
            }
        }
        return role
    }

    private static func description(_ fields: Fields) -> String { fields.text("description", 1...500, multiline: true) }

    private static func requireMayDefine(_ grants: Grants, _ permit: borrowing Permit) throws {
        if !permit.access.mayDefine(grants) { throw Problem.forbiddenGrant }
    }

    private static func requireCustom(_ role: RoleDefinition) throws {
        if role.isBuiltIn {
            throw Problem.conflict("built_in_role", "This role comes from the catalogue. Duplicate it, and change the copy.")
        }
    }

    /// - Throws: `Problem` 409 `excluded_together` where one person would hold functions that exclude each other.
    package static func requireCompatible(_ grants: [Grants], _ catalogue: Catalogue) throws {
        if let conflict = catalogue.conflicts(grants).first {
            throw Problem.conflict(
                "excluded_together", "Nobody may hold \(conflict.a.rawValue) and \(conflict.b.rawValue) together, says the catalogue.")
        }
    }

    private static func inUse(_ holders: [RoleHolder], isNamed: Bool) -> Problem {
        let people = holders.count == 1 ? "1 person" : "\(holders.count) people"
        return Problem.conflict(
            "role_in_use", "This role is held by \(people).", extra: [("holders", .array(isNamed ? holders.map(\.json) : []))])
    }

    private static var nameTaken: Problem {
        Problem.conflict("role_name_taken", "Another role of this account has this name.", field: "name")
    }

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique { throw nameTaken }
    }
}
