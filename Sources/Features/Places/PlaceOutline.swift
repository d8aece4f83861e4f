import LatchkeyAccess

/// The tree as people see it: places in their order, as many levels as a page can carry.
package struct PlaceOutline: Sendable {
    package struct Node: Sendable {
        package let place: Place
        /// From 0 at the top of what is shown.
        package let depth: Int
        /// How many lie directly in it.
        package let count: Int
        /// Those of them that are shown: all, or none.
        package let children: [Node]
    }

    private let children: [PlaceID?: [Place]]
    private let byID: [PlaceID: Place]

    package init(_ places: [Place]) {
        byID = Dictionary(places.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = places.map { (place: $0, order: PlaceOrder($0.name)) }.sorted { $0.order < $1.order }.map(\.place)
        children = Dictionary(grouping: ordered, by: \.parent)
    }

    package var isEmpty: Bool { byID.isEmpty }
    package var count: Int { byID.count }

    package subscript(_ id: PlaceID) -> Place? { byID[id] }

    /// The place and what it lies in, from the outside in.
    package func path(to id: PlaceID) -> [Place] {
        var path: [Place] = []
        var next = byID[id]
        while let place = next, path.count < PlaceTree.deepest {
            path.insert(place, at: 0)
            next = place.parent.flatMap { byID[$0] }
        }
        return path
    }

    /// What lies in a place, or at the top, level by level as long as it is at most so many; the first level whole. Without `left` and what is in it.
    package func nodes(in root: PlaceID? = nil, most: Int, without left: PlaceID? = nil) -> [Node] {
        var opened: Set<PlaceID> = []
        var level = children[root] ?? []
        var total = level.count
        for _ in 0..<PlaceTree.deepest {
            var next: [Place] = []
            for place in level where place.id != left {
                let inside = children[place.id] ?? []
                if inside.isEmpty || total + inside.count > most { continue }
                opened.insert(place.id)
                total += inside.count
                next += inside
            }
            level = next
        }
        return nodes(in: root, depth: 0, opened, left)
    }

    private func nodes(in parent: PlaceID?, depth: Int, _ opened: Set<PlaceID>, _ left: PlaceID?) -> [Node] {
        (children[parent] ?? []).filter { $0.id != left }.map { place in
            Node(
                place: place, depth: depth, count: children[place.id]?.count ?? 0,
                children: opened.contains(place.id) ? nodes(in: place.id, depth: depth + 1, opened, left) : [])
        }
    }
}
