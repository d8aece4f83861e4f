import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// The groups that somebody sees, as a tree: those whose parent is not theirs stand on top.
package struct GroupTree: Sendable {
    /// In the order of their names, each before what lies in it.
    package let groups: [Group]
    private let byID: [GroupID: Group]
    private let children: [GroupID?: [Group]]

    package init(_ all: [Group]) {
        let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let children = Dictionary(grouping: all) { $0.parent.flatMap { byID[$0] == nil ? nil : $0 } }
        var ordered: [Group] = []
        var waiting = Array((children[nil] ?? []).reversed())
        while let next = waiting.popLast() {
            ordered.append(next)
            waiting += (children[next.id] ?? []).reversed()
        }
        self.byID = byID
        self.children = children
        groups = ordered
    }

    package subscript(_ id: GroupID) -> Group? { byID[id] }
    package func children(of id: GroupID?) -> [Group] { children[id] ?? [] }

    /// What it lies in, outermost first.
    package func above(_ id: GroupID) -> [Group] {
        var found: [Group] = []
        var next = byID[id]?.parent
        while let parent = next.flatMap({ byID[$0] }) {
            found.append(parent)
            next = parent.parent
        }
        return found.reversed()
    }

    /// The group and everything nested in it.
    package func within(_ id: GroupID) -> Set<GroupID> {
        var found: Set<GroupID> = []
        var waiting = [id]
        while let next = waiting.popLast() { if found.insert(next).inserted { waiting += children(of: next).map(\.id) } }
        return found
    }

    /// `West / Bavaria`.
    package func path(_ id: GroupID) -> String { (above(id) + [byID[id]].compactMap { $0 }).map(\.name).joined(separator: " / ") }
}

extension Groups {
    package static func tree(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> GroupTree { GroupTree(try all(permit, tx)) }

    /// What is in each group and in what is nested in it; the users of one of them, if it is named.
    package static func numbers(
        _ tree: GroupTree, usersOf id: GroupID? = nil, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [GroupID: GroupNumbers] {
        let accounts = try NumbersStore.accounts(permit, tx)
        let administrators = try NumbersStore.administrators(permit, tx)
        var numbers: [GroupID: GroupNumbers] = [:]
        for group in tree.groups {
            let within = tree.within(group.id)
            // Whoever has a group has what is nested in it.
            let having = (tree.above(group.id).map(\.id) + [group.id]).reduce(into: Set<AdministratorID>()) { $0.formUnion(administrators[$1] ?? []) }
            numbers[group.id] = GroupNumbers(
                groups: within.count - 1, accounts: within.reduce(0) { $0 + (accounts[$1] ?? 0) },
                users: try group.id == id ? NumbersStore.users(in: within, permit, tx) : 0, administrators: having.count)
        }
        return numbers
    }
}
