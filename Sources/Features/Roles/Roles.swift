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
        try requireCompatible(role, beside: [], AccountFacts.of(permit, tx).catalogue)
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
        let role = try revised(before, fields(), nil, permit, tx)
        try match(before.tag)
        if role.details == before.details { return before }
        try namingConflict { try RoleStore.update(role, at: ledger.now, permit, tx) }
        try ledger.recordChange("role.changed", role.subject, from: before.details, to: role.details)
        return role
    }

    /// Who would gain and lose what by an edit; it is judged like one, and changes nothing. Answers the role as the edit would leave it, too.
    /// - Throws: as `update`.
    package static func preview(
        _ id: RoleID, _ fields: () throws -> Fields, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (role: RoleDefinition, RolePreview) {
        let before = try find(id, permit, tx)
        let fields = try fields()
        let sets = try RoleSets(ofHoldersOf: id, permit, tx)
        let role = try revised(before, fields, sets, permit, tx)
        return (role, try RolePreview(of: id, from: before.grants, to: role.grants, sets, page, permit, tx))
    }
}

extension Roles {
    /// The role as an edit would leave it, once everything that may refuse the edit was asked.
    private static func revised(
        _ before: RoleDefinition, _ fields: Fields, _ sets: RoleSets?, _ permit: borrowing Permit, _ tx: any Transaction
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
            try requireCompatible(role, beside: [], catalogue)
            // What a holder has from elsewhere can matter only where something excludes what the role grants.
            guard catalogue.exclusions.contains(where: { $0.on == .person && role.grants.touches($0) }) else { return role }
            let sets = try sets ?? RoleSets(ofHoldersOf: role.id, permit, tx)
            for set in sets.counts.keys { try requireCompatible(role, beside: sets.grants(of: set, but: role.id), catalogue) }
        }
        return role
    }

    /// - Throws: `Problem` 409 `excluded_together` at the function that would exclude another, in the role or beside it.
    private static func requireCompatible(_ role: RoleDefinition, beside others: [Grants], _ catalogue: Catalogue) throws {
        guard let conflict = catalogue.conflicts([role.grants] + others).first(where: { role.grants.touches($0) }) else { return }
        let function = role.grants.functions[conflict.b] == nil ? conflict.a : conflict.b
        let other = function == conflict.a ? conflict.b : conflict.a
        let reason =
            others.isEmpty
            ? together(function, other, catalogue) + "."
            : together(function, other, catalogue) + t(", and somebody who holds it has the other.")
        throw Problem.conflict("excluded_together", reason, field: "functions.\(function.rawValue)")
    }

    private static func description(_ fields: Fields) -> String { fields.text("description", 1...500, multiline: true) }

    static func requireMayDefine(_ grants: Grants, _ permit: borrowing Permit) throws {
        if !permit.access.mayDefine(grants) { throw Problem.forbiddenGrant }
    }

    static func requireCustom(_ role: RoleDefinition) throws {
        if role.isBuiltIn {
            throw Problem.conflict("built_in_role", "This role comes from the catalogue. Duplicate it, and change the copy.")
        }
    }

    /// - Throws: `Problem` 409 `excluded_together` where one person would hold functions that exclude each other.
    package static func requireCompatible(_ grants: [Grants], _ catalogue: Catalogue, field: String? = nil) throws {
        if let conflict = catalogue.conflicts(grants).first {
            throw Problem.conflict("excluded_together", together(conflict.a, conflict.b, catalogue) + ".", field: field)
        }
    }

    /// In the catalogue's words.
    private static func together(_ one: Function, _ other: Function, _ catalogue: Catalogue) -> String {
        t("Nobody may hold %1 and %2 together, says the catalogue", catalogue.name(of: one), catalogue.name(of: other))
    }

    private static var nameTaken: Problem {
        Problem.conflict("role_name_taken", "Another role of this account has this name.", field: "name")
    }

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique { throw nameTaken }
    }
}

extension Grants {
    /// Whether a function of it excludes another, or is excluded.
    fileprivate func touches(_ exclusion: Exclusion) -> Bool { functions[exclusion.a] != nil || functions[exclusion.b] != nil }
}
