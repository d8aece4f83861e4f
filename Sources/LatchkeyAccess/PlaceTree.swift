/// The places of one account: buildings, floors, rooms and areas, each under one other or under none.
///
/// What cannot be reached from the top within `deepest` steps (a circle, a place under one that is not there) is not in the tree, so that
/// nobody is let in by it.
package struct PlaceTree: Sendable {
    /// So many places may stand above each other, the lowest one included.
    package static let deepest = 16

    private struct Node: Sendable {
        let parent: PlaceID?
        let depth: Int
        /// Places are numbered from the top down; those under this one have the numbers from here to `last`.
        let first: Int
        var last: Int
    }

    private let nodes: [PlaceID: Node]

    package static let empty = PlaceTree([])

    /// The tree of these places, in any order; where a place is named twice, the first counts.
    package init(_ places: some Sequence<(id: PlaceID, parent: PlaceID?)>) {
        var roots: [PlaceID] = []
        var children: [PlaceID: [PlaceID]] = [:]
        var seen: Set<PlaceID> = []
        for place in places where seen.insert(place.id).inserted {
            if let parent = place.parent { children[parent, default: []].append(place.id) } else { roots.append(place.id) }
        }
        var nodes: [PlaceID: Node] = [:]
        nodes.reserveCapacity(seen.count)
        func add(_ id: PlaceID, under parent: PlaceID?, depth: Int) {
            if depth > Self.deepest { return }
            let first = nodes.count
            nodes[id] = Node(parent: parent, depth: depth, first: first, last: first)
            for child in children[id] ?? [] { add(child, under: id, depth: depth + 1) }
            let last = nodes.count - 1
            nodes[id]?.last = last
        }
        for root in roots { add(root, under: nil, depth: 1) }
        self.nodes = nodes
    }

    package var count: Int { nodes.count }

    package func contains(_ place: PlaceID) -> Bool { nodes[place] != nil }

    package func parent(of place: PlaceID) -> PlaceID? { nodes[place]?.parent }

    /// How many places stand above each other down to this one, itself included; nil for one that is not in the tree.
    package func depth(of place: PlaceID) -> Int? { nodes[place]?.depth }

    /// The place and those that it is in, from the inside out; nil for one that is not in the tree.
    package func path(of place: PlaceID) -> [PlaceID]? {
        guard var node = nodes[place] else { return nil }
        var path = [place]
        while let parent = node.parent, let next = nodes[parent] {
            path.append(parent)
            node = next
        }
        return path
    }

    /// Whether `place` is `ancestor` or lies somewhere in it.
    package func contains(_ place: PlaceID, in ancestor: PlaceID) -> Bool {
        guard let inner = nodes[place], let outer = nodes[ancestor] else { return false }
        return outer.first <= inner.first && inner.first <= outer.last
    }

    /// The numbers of the place, which comes first, and of everything in it; nil for one that is not in the tree.
    package func numbers(of place: PlaceID) -> ClosedRange<Int>? { nodes[place].map { $0.first...$0.last } }

    /// How many places stand above each other from this one down to the lowest in it.
    package func height(of place: PlaceID) -> Int {
        guard let node = nodes[place] else { return 0 }
        return nodes.values.reduce(0) { node.first <= $1.first && $1.first <= node.last ? max($0, $1.depth - node.depth + 1) : $0 }
    }
}

extension Scope<PlaceID> {
    /// Whether a place is held: it, or one that it is in, is granted (rule 3). A place that is not in the tree is held only by name.
    package func holds(_ place: PlaceID, in tree: PlaceTree) -> Bool {
        switch self {
        case .all: true
        case .only(let granted): granted.contains(place) || (tree.path(of: place) ?? []).contains(where: granted.contains)
        }
    }

    /// Whether all of `other`, now and in future, is held: who holds a building holds its floors, and nobody but who has all places holds those
    /// to come.
    package func holds(_ other: Scope, in tree: PlaceTree) -> Bool {
        switch (self, other) {
        case (.all, _): true
        case (.only, .all): false
        case (.only, .only(let places)): places.allSatisfy { holds($0, in: tree) }
        }
    }
}
