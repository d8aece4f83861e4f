import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// What can be done with places. Every verb works on the permit's account; places bound what has a place, not the tree itself (ruling 12).
package enum Places {
    /// So many an account may have: every node keeps the tree in memory.
    package static let most = 20_000

    /// - Throws: `Hidden`.
    package static func find(_ id: PlaceID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Place {
        guard let place = try PlaceStore.find(id, permit, tx) else { throw Hidden() }
        return place
    }

    package static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<Place> {
        let total = try page.wantsTotal ? PlaceStore.count(permit, tx) : nil
        return Page(try PlaceStore.list(page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// Every place of the account, for pages that show the tree.
    package static func all(_ permit: borrowing Permit, _ tx: any Transaction) throws -> [Place] { try PlaceStore.all(permit, tx) }

    /// A place as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Place {
        let tree = try AccountFacts.of(permit, tx).places
        let place = Place(
            id: .new(at: now), name: fields.name(), kind: fields.choice("kind", default: .room), parent: fields.parent(in: tree), createdAt: now)
        if let parent = place.parent, (tree.depth(of: parent) ?? 0) + 1 > PlaceTree.deepest { fields.tooDeep() }
        try fields.finish()
        return place
    }

    /// Stores a new place. Whoever holds what it lies in has it at once.
    /// - Throws: `Problem` 409 `place_name_taken` or `too_many_places`.
    package static func create(_ place: Place, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        if try AccountFacts.of(permit, tx).places.count >= most { throw tooMany }
        try namingConflict { try PlaceStore.insert(place, permit, tx) }
        try AccountFacts.placesChanged(permit, tx)
        try ledger.record("place.created", place.subject, Change.between([:], place.details))
    }

    /// Changes the fields that are named; a move is a change of `parent`. Who holds it by what it lies in changes from the next request on.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 for a move of what one does not hold, 409 `place_name_taken`, 412.
    package static func update(
        _ id: PlaceID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Place {
        let before = try find(id, permit, tx)
        let place = try revised(before, fields(), permit, tx)
        if place.parent != before.parent, !permit.access.mayMove(id, into: place.parent) { throw Problem.forbiddenGrant }
        if place.details != before.details { try namingConflict { try PlaceStore.update(place, permit, tx) } }
        try match(before.tag)
        if place.details == before.details { return before }
        let isMoved = place.parent != before.parent
        if isMoved { try AccountFacts.placesChanged(permit, tx) }
        let action = isMoved ? "place.moved" : place.name != before.name ? "place.renamed" : "place.changed"
        try ledger.recordChange(action, place.subject, from: before.details, to: place.details)
        return place
    }

    /// Deletes a place that nothing lies in and nobody is granted.
    /// - Throws: `Hidden`; `Problem` 409 `place_in_use` with what holds it.
    package static func delete(_ id: PlaceID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let place = try find(id, permit, tx)
        let holds = try holds(on: id, permit, tx)
        if !holds.isNothing { throw inUse(holds, isNamed: permit.access.level(of: .users) >= .read) }
        try PlaceStore.delete(id, permit, tx)
        try AccountFacts.placesChanged(permit, tx)
        try ledger.record("place.deleted", place.subject, Change.between(place.details, [:]))
    }

    /// What keeps it from being deleted.
    static func holds(on id: PlaceID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> PlaceHolds {
        PlaceHolds(
            children: try PlaceStore.children(of: id, limit: PlaceHolds.most, permit, tx),
            holders: try PlaceStore.holders(of: id, limit: PlaceHolds.most, permit, tx))
    }
}

extension Places {
    private static func revised(_ before: Place, _ fields: Fields, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Place {
        let tree = try AccountFacts.of(permit, tx).places
        var place = before
        fields.immutable("id", "created_at")
        if fields.has("name") { place.name = fields.name() }
        if fields.has("kind") { place.kind = fields.choice("kind", default: before.kind) }
        if fields.has("parent") {
            place.parent = fields.parent(in: tree)
            if let parent = place.parent {
                if tree.contains(parent, in: before.id) {
                    fields.invalid("parent", "cycle", "A place cannot lie in itself.")
                } else if (tree.depth(of: parent) ?? 0) + tree.height(of: before.id) > PlaceTree.deepest {
                    fields.tooDeep()
                }
            }
        }
        try fields.finish()
        return place
    }

    private static func inUse(_ holds: PlaceHolds, isNamed: Bool) -> Problem {
        let children: JSON = .array(holds.children.map { ["id": JSON($0.id), "name": .string($0.name)] })
        return Problem.conflict(
            "place_in_use", "Other places lie in this one, or people are granted it. Move them first.",
            extra: [("children", children), ("holders", .array(isNamed ? holds.holders.map(\.json) : []))])
    }

    static let tooMany = Problem.conflict("too_many_places", "An account has at most \(most) places.")

    static let nameTaken = Problem.conflict("place_name_taken", "Another place beside it has this name.", field: "name")

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique { throw nameTaken }
    }
}

extension Fields {
    /// A place of the account, or none for the top of the tree.
    fileprivate func parent(in tree: PlaceTree) -> PlaceID? {
        let parent = optionalID("parent", PlaceKind.self)
        if let parent, !tree.contains(parent) { unknownReference("parent") }
        return parent
    }

    fileprivate func tooDeep() {
        invalid("parent", "too_deep", "At most \(PlaceTree.deepest) places lie in one another.")
    }
}
