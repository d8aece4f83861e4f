import LatchkeyAccess
import Testing

/// A few places, in a tree that changes all the time.
private struct Grounds {
    static let places: [PlaceID] = (1...9).map { PlaceID(bits: $0) }
    var tree: ReferenceTree = [:]

    var real: PlaceTree { PlaceTree(Self.places.map { (id: $0, parent: tree[$0]) }) }

    /// A place under another, or at the top; circles are refused by whoever looks before.
    mutating func move(_ random: inout SplitMix64) -> (place: PlaceID, parent: PlaceID?) {
        let place = random.pick(Self.places)
        return (place, random.once(in: 5) ? nil : random.pick(Self.places))
    }
}

@Suite struct `The tree of places` {
    @Test func `what is held follows every move and every change of roles and places, as the slow model says`() throws {
        var yes = 0
        var no = 0
        var circles = 0
        for seed in UInt64(8_000_000)..<8_003_000 {
            var random = SplitMix64(seed: seed)
            var grounds = Grounds()
            var granted: [PlaceID]? = random.once(in: 8) ? nil : random.some(of: Grounds.places).filter { _ in random.once(in: 3) }
            var isManager = false
            for _ in 0..<12 {
                switch Int.random(in: 0..<6, using: &random) {
                case 0: granted = random.once(in: 8) ? nil : random.some(of: Grounds.places).filter { _ in random.once(in: 3) }
                case 1: isManager = random.once(in: 8)
                default:
                    let (place, parent) = grounds.move(&random)
                    let up = parent.flatMap { ReferenceModel.wayUp($0, grounds.tree, atMost: 100) } ?? []
                    let isCircle = up.contains(place)
                    #expect(parent.map { grounds.real.contains($0, in: place) } ?? false == isCircle)
                    if isCircle { circles += 1 } else { grounds.tree[place] = parent }
                }
                let role = ReferenceRole(id: RoleID(bits: 1), name: "A", screens: [], functions: [], isManager: isManager, gives: [])
                let person = ReferencePerson(user: nil, roles: [role], keys: [], places: granted)
                let tree = grounds.real
                let access = Access(
                    user: nil, roles: [Role(id: RoleID(bits: 1), name: "A", grants: Grants(), isManager: isManager)],
                    places: granted.map { .only(Set($0)) } ?? .all, keys: .nothing, tree: tree)
                for place in Grounds.places {
                    let expected = ReferenceModel.mayEnter(person, place, grounds.tree)
                    if access.holds(place) != expected { try #require(Bool(false), "seed \(seed): \(place)") }
                    if expected { yes += 1 } else { no += 1 }
                    let up = ReferenceModel.wayUp(place, grounds.tree, atMost: 100) ?? []
                    if tree.path(of: place) != up { try #require(Bool(false), "seed \(seed): the way up from \(place)") }
                    for other in Grounds.places where tree.contains(place, in: other) != up.contains(other) {
                        try #require(Bool(false), "seed \(seed): \(place) in \(other)")
                    }
                }
            }
        }
        #expect(yes > 50_000 && no > 50_000 && circles > 1000, "too few cases: \(yes), \(no), \(circles)")
    }

    @Test func `what hangs in a circle, under nothing, or too deep is in no tree, and nobody is let in by it`() throws {
        var lost = 0
        for seed in UInt64(9_000_000)..<9_002_000 {
            var random = SplitMix64(seed: seed)
            let places: [PlaceID] = (1...24).map { PlaceID(bits: $0) }
            // Long chains, circles, and parents that do not exist.
            var tree: ReferenceTree = [:]
            for (index, place) in places.enumerated() where index > 0 && !random.once(in: 12) {
                tree[place] = random.once(in: 20) ? PlaceID(bits: 99) : random.once(in: 20) ? random.pick(places) : places[index - 1]
            }
            let real = PlaceTree(places.shuffled(using: &random).map { (id: $0, parent: tree[$0]) })
            let granted = random.pick(places)
            let scope = Scope<PlaceID>.only([granted])
            for place in places {
                var up = ReferenceModel.wayUp(place, tree, atMost: PlaceTree.deepest)
                if up?.last == PlaceID(bits: 99) { up = nil }
                if real.path(of: place) != up { try #require(Bool(false), "seed \(seed): \(place)") }
                if real.contains(place) != (up != nil) { try #require(Bool(false), "seed \(seed): \(place)") }
                if real.depth(of: place) != up?.count { try #require(Bool(false), "seed \(seed): \(place)") }
                if scope.holds(place, in: real) != (place == granted || up?.contains(granted) ?? false) {
                    try #require(Bool(false), "seed \(seed): \(place)")
                }
                if up == nil { lost += 1 }
            }
        }
        #expect(lost > 1000)
    }

    @Test func `who holds a building gives its floors, and not all places to come`() {
        let tree = PlaceTree([(Cast.building, nil), (Cast.floor, Cast.building), (Cast.room, Cast.floor), (Cast.otherBuilding, nil)])
        func access(_ places: Scope<PlaceID>) -> Access {
            Access(user: Cast.una, roles: [Cast.user], places: places, keys: .nothing, tree: tree)
        }
        let una = access(.only([Cast.building]))
        #expect(una.mayGive(.only([Cast.floor, Cast.room])) && una.mayGive(Scope<PlaceID>.nothing))
        #expect(!una.mayGive(.only([Cast.floor, Cast.otherBuilding])) && !una.mayGive(Scope<PlaceID>.all))
        #expect(!access(.only([Cast.floor])).mayGive(.only([Cast.building])), "a floor is not its building")
        #expect(una.maySetPassword(of: access(.only([Cast.room]))) && !access(.only([Cast.room])).maySetPassword(of: una))
        #expect(access(.all).mayGive(Scope<PlaceID>.all))
    }

    @Test func `a place is moved into another by who holds it, since whoever holds the other has it then`() {
        let tree = PlaceTree([(Cast.building, nil), (Cast.floor, Cast.building), (Cast.otherBuilding, nil)])
        let una = Access(user: Cast.una, roles: [Cast.user], places: .only([Cast.otherBuilding]), keys: .nothing, tree: tree)
        #expect(!una.mayMove(Cast.floor, into: Cast.otherBuilding), "she would take the floor")
        #expect(una.mayMove(Cast.floor, into: nil) && una.mayMove(Cast.otherBuilding, into: Cast.building))
    }

    @Test func `the tree knows its depths and heights`() {
        let tree = PlaceTree([(Cast.room, Cast.floor), (Cast.floor, Cast.building), (Cast.building, nil), (Cast.otherBuilding, nil)])
        #expect(tree.count == 4 && tree.parent(of: Cast.room) == Cast.floor && tree.parent(of: Cast.building) == nil)
        #expect(tree.depth(of: Cast.room) == 3 && tree.height(of: Cast.building) == 3 && tree.height(of: Cast.room) == 1)
        #expect(tree.path(of: Cast.room) == [Cast.room, Cast.floor, Cast.building] && tree.path(of: PlaceID(bits: 99)) == nil)
    }
}
