import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Who would gain and lose what by an edit of a role, or by having another in its place. What changes for somebody depends on the set of their
/// roles alone, so it is worked out once for each set, however many hold it.
package struct RolePreview: Sendable {
    package struct Person: Sendable {
        package var holder: RoleHolder
        package var effect: RoleEffect
    }

    /// One and the same effect, and on how many.
    package struct Group: Sendable {
        package var effect: RoleEffect
        package var people: Int
    }

    /// How many hold the role.
    package private(set) var holders = 0
    /// Different effects, those on most people first; empty where the reader may not know who holds what.
    package private(set) var groups: [Group] = []
    /// One page of those for whom something changes, by id.
    package private(set) var people: [Person] = []
    package private(set) var next: Cursor?

    package var gaining: Int { groups.reduce(0) { $0 + ($1.effect.isGain ? $1.people : 0) } }
    package var losing: Int { groups.reduce(0) { $0 + ($1.effect.isLoss ? $1.people : 0) } }
    /// How many of the holders notice anything.
    package var affected: Int { groups.reduce(0) { $0 + $1.people } }

    /// Different effects are told up to here.
    private static let mostGroups = 100

    /// The effects of the role's `before` becoming `after` on everybody who holds it. Whoever may not see users learns only how many hold it.
    init(
        of id: RoleID, from before: Grants, to after: Grants, _ sets: RoleSets, _ page: PageRequest, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws {
        holders = sets.holders
        guard permit.access.level(of: .users) >= .read else { return }
        var effects: [Set<RoleID>: RoleEffect] = [:]
        var counts: [RoleEffect: Int] = [:]
        for (set, people) in sets.counts {
            let effect = RoleEffect(from: before, to: after, beside: sets.grants(of: set, but: id))
            if effect.isNothing { continue }
            effects[set] = effect
            counts[effect, default: 0] += people
        }
        groups = counts.map { Group(effect: $0.key, people: $0.value) }
            .sorted { ($0.people, $0.effect.order) > ($1.people, $1.effect.order) }
        if effects.isEmpty { return }
        try find(page, of: id, effects, permit, tx)
    }

    /// Goes through the holders in slices that grow, until the page is full: mostly the first has it all.
    private mutating func find(
        _ page: PageRequest, of id: RoleID, _ effects: [Set<RoleID>: RoleEffect], _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        var found: [(user: UserID, effect: RoleEffect)] = []
        var (after, size) = (page.after?.key ?? "", page.limit + 1)
        while found.count <= page.limit {
            let slice = try RoleStore.holderSets(of: id, after: after, limit: size, permit, tx)
            for (user, set) in slice {
                if let effect = effects[set] { found.append((user, effect)) }
                if found.count > page.limit { break }
            }
            guard slice.count == size, let last = slice.last else { break }
            (after, size) = (last.user.description, min(size * 4, 20_000))
        }
        let rows = Page(found, limit: page.limit) { $0.user.description }
        let named = try RoleStore.people(rows.items.map(\.user), permit, tx)
        people = rows.items.compactMap { row in named[row.user].map { Person(holder: $0, effect: row.effect) } }
        next = rows.next
    }

    package var json: JSON {
        func list(_ people: [Person], _ part: (RoleEffect) -> [(String, JSON)]) -> JSON {
            .array(
                people.map { person in
                    JSON(members: [("user", ["id": JSON(person.holder.id), "name": .string(person.holder.name)])] + part(person.effect))
                })
        }
        return [
            "gains": list(people.filter(\.effect.isGain), \.gains), "loses": list(people.filter(\.effect.isLoss), \.losses),
            "next": next.map { .string($0.text) } ?? .null,
            "counts": ["holders": .int(Int64(holders)), "gain": .int(Int64(gaining)), "lose": .int(Int64(losing))],
            "effects": .array(
                groups.prefix(Self.mostGroups).map { group in
                    ["people": .int(Int64(group.people)), "gains": JSON(members: group.effect.gains), "loses": JSON(members: group.effect.losses)]
                }),
        ]
    }
}

extension RoleEffect {
    /// Any order that is always the same.
    fileprivate var order: String {
        let levels = screens.flatMap { [$0.before.own, $0.before.all, $0.after.own, $0.after.all] } + functions.flatMap { [$0.before, $0.after] }
        return (screens.map(\.screen.rawValue) + functions.map(\.function.rawValue) + levels.map(\.name)).joined(separator: " ")
    }
}

/// The different sets of roles of everybody who holds one of them, and how many hold each.
struct RoleSets: Sendable {
    let counts: [Set<RoleID>: Int]
    let roles: [RoleID: Role]

    init(ofHoldersOf id: RoleID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        counts = try RoleStore.sets(ofHoldersOf: id, permit, tx)
        let ids = counts.keys.reduce(into: Set<RoleID>()) { $0.formUnion($1) }
        let found = ids.isEmpty ? [] : try RoleStore.existing(ids, permit, tx)
        roles = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var holders: Int { counts.values.reduce(0, +) }

    func roles(of set: Set<RoleID>) -> [Role] { set.compactMap { roles[$0] } }
    func grants(of set: Set<RoleID>, but id: RoleID) -> [Grants] { set.compactMap { $0 == id ? nil : roles[$0]?.grants } }
}
