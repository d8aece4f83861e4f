import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What can be done with groups. Every verb works on the permit's own, nested ones included; others are `Hidden`.
package enum Groups {
    /// - Throws: `Hidden`.
    package static func find(_ id: GroupID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Group {
        guard let group = try GroupStore.find(id, permit, tx) else { throw Hidden() }
        return group
    }

    /// A page of groups, newest first.
    package static func list(_ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Page<Group> {
        let total = try page.wantsTotal ? GroupStore.count(permit, tx) : nil
        return Page(try GroupStore.list(page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// Every group by name, for choices.
    package static func all(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> [Group] { try GroupStore.all(permit, tx) }

    /// A group as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        _ fields: Fields, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Group {
        let group = Group(name: fields.name(), parent: try fields.group("parent", permit, tx), at: now)
        try fields.finish()
        return group
    }

    /// Stores a new group.
    /// - Throws: `Problem` 422 for a parent outside one's own groups, 409 `group_name_taken`.
    package static func create(_ group: Group, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger) throws {
        guard permit.access.reaches(group.parent) else { throw Problem.unknownReference("parent") }
        try namingConflict { try GroupStore.insert(group, permit, tx) }
        try ledger.record("group.created", group.subject, Change.between([:], group.details))
    }

    /// Changes the fields that are named. Administrators who lose accounts by a move are signed out of them.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 where it lies in a group that is not one's own, 409 `group_name_taken`, 412.
    package static func update(
        _ id: GroupID, _ fields: () throws -> Fields, match: (Group) throws -> Void, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Group {
        let before = try find(id, permit, tx)
        let group = try revised(before, fields(), permit, tx)
        // Whoever works in some groups only moves things among those.
        if group.parent != before.parent, !permit.access.reaches(before.parent) { throw Problem.forbiddenGrant }
        let isChanged = group.details != before.details
        if isChanged { try namingConflict { try GroupStore.update(group, permit, tx) } }
        try match(before)
        guard isChanged else { return before }
        if group.parent != before.parent { try Switching.endLost(at: ledger.now, permit, tx) }
        try ledger.recordChange("group.changed", group.subject, from: before.details, to: group.details)
        return group
    }

    /// Deletes a group that nothing is in.
    /// - Throws: `Hidden`; `Problem` 409 `group_in_use`.
    package static func delete(_ id: GroupID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let group = try find(id, permit, tx)
        do { try GroupStore.delete(id, permit, tx) } catch DatabaseError.foreignKey {
            throw Problem.conflict("group_in_use", "Accounts or groups are in this group, or administrators are limited to it. Move them first.")
        }
        try ledger.record("group.deleted", group.subject, Change.between(group.details, [:]))
    }

    // MARK: Rules

    private static func revised(
        _ before: Group, _ fields: Fields, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Group {
        var group = before
        fields.immutable("id", "created_at")
        if fields.has("name") { group.name = fields.name() }
        if fields.has("parent") {
            let visible = before.parent(visible: permit.access.groups)
            // A parent that is not one's own is answered as none: to send it back so changes nothing.
            if visible != nil || !fields.isNull("parent") {
                let parent = try fields.group("parent", permit, tx)
                if let parent, try GroupStore.lies(parent, in: before.id, permit, tx) {
                    fields.invalid("parent", "cycle", "A group cannot lie in itself.")
                }
                if parent != visible { group.parent = parent }
            }
        }
        try fields.finish()
        return group
    }

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique {
            throw Problem.conflict("group_name_taken", "Another group has this name.", field: "name")
        }
    }
}

extension Fields {
    /// A group of the caller's, or none. Who works in some groups only has to name one.
    func group(_ field: String, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> GroupID? {
        let id = optionalID(field, GroupKind.self)
        if let id {
            if try GroupStore.find(id, permit, tx) == nil { unknownReference(field) }
        } else if !has(field) || isNull(field), permit.access.groups != .all {
            invalid(field, "required", "You work in some groups only: name one of them.")
        }
        return id
    }
}
