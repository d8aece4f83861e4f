/// The screens, functions and places of one account, numbered, so that decisions about them compare numbers.
///
/// Made from the account's facts and good for as long as they are. A holder and an inquiry go together only if the same numbering made them.
package struct Numbering: Sendable {
    private let screens: [Screen: Int]
    private let functions: [Function: Int]
    /// By number: whether what a function made, the same person may not act on by it.
    private let excluded: [Bool]
    private let tree: PlaceTree
    package let count: Int

    /// - Parameter exclusions: those on the person say who may hold what; here those on the record count.
    package init(screens: [Screen], functions: [Function], exclusions: [Exclusion] = [], places tree: PlaceTree = .empty) {
        var numbers: [Screen: Int] = [:]
        for screen in screens where numbers[screen] == nil { numbers[screen] = numbers.count }
        let first = numbers.count
        var more: [Function: Int] = [:]
        for function in functions where more[function] == nil { more[function] = first + more.count }
        var excluded = [Bool](repeating: false, count: first + more.count)
        for (function, number) in more {
            excluded[number] = exclusions.contains { $0.on == .record && $0.involves(function) }
        }
        self.screens = numbers
        self.functions = more
        self.excluded = excluded
        self.tree = tree
        count = excluded.count
    }

    /// What is asked, as numbers; nil where the thing or the place is not among those of the account.
    package func inquiry(
        _ thing: Question.Thing, _ level: Level, at place: PlaceID? = nil, maker: UInt128? = nil
    ) -> Inquiry? {
        guard let inquiry = inquiry(thing, level, maker: maker) else { return nil }
        return place.map { self.inquiry(inquiry, at: $0) } ?? inquiry
    }

    /// The same somewhere; nil where the place is not among those of the account.
    package func inquiry(_ inquiry: Inquiry, at place: PlaceID) -> Inquiry? {
        guard let numbers = tree.numbers(of: place) else { return nil }
        var inquiry = inquiry
        inquiry.place = Int32(clamping: numbers.lowerBound)
        return inquiry
    }

    private func inquiry(_ thing: Question.Thing, _ level: Level, maker: UInt128?) -> Inquiry? {
        switch thing {
        case .screen(let screen):
            return screens[screen].map { Inquiry(.plain, thing: $0, level: level) }
        case .function(let function):
            return functions[function].map { thing in
                let isExcluded = level == .full && thing < excluded.count && excluded[thing]
                return Inquiry(isExcluded ? .excluded : .plain, thing: thing, level: level, who: maker ?? 0)
            }
        case .session(let key, let owner):
            return screens[.sessions].map { Inquiry(.session, thing: $0, level: level, who: owner?.bits ?? 0, key: key.bits) }
        }
    }

    /// - Parameter id: whose own records and makings are: a user's id or an integration's.
    package func holder(_ access: Access, id: UInt128) -> Holder {
        var row = [UInt32](repeating: 0, count: (count + 7) / 8)
        func add(_ number: Int, _ own: Level, _ all: Level) {
            row[number / 8] |= (UInt32(own.rawValue) | UInt32(all.rawValue) << 2) << UInt32(number % 8 * 4)
        }
        for (screen, held) in access.screens {
            if let number = screens[screen] { add(number, held.own, held.all) }
        }
        for (function, level) in access.functions {
            if let number = functions[function] { add(number, level, level) }
        }
        let first = row.count
        var isEverywhere = true
        if case .only(let places) = access.places {
            isEverywhere = false
            row += Self.bounds(places.compactMap(tree.numbers))
        }
        var keys: [UInt128]?
        if case .only(let ids) = access.keys { keys = ids.map(\.bits).sorted() }
        return Holder(id: id, row: row, firstBound: first, things: count, isEverywhere: isEverywhere, keys: keys)
    }

    /// The numbers in these ranges, as a rising row in which they begin and end by turns.
    private static func bounds(_ ranges: [ClosedRange<Int>]) -> [UInt32] {
        var bounds: [UInt32] = []
        // Ranges of a tree lie in each other or apart.
        for range in ranges.sorted(by: { $0.lowerBound == $1.lowerBound ? $0.upperBound > $1.upperBound : $0.lowerBound < $1.lowerBound }) {
            let (first, end) = (UInt32(clamping: range.lowerBound), UInt32(clamping: range.upperBound + 1))
            guard let last = bounds.last else {
                bounds = [first, end]
                continue
            }
            if end <= last { continue }
            if first == last { bounds[bounds.count - 1] = end } else { bounds += [first, end] }
        }
        return bounds
    }
}

/// One question as numbers of one numbering.
package struct Inquiry: Sendable, Hashable {
    @usableFromInline enum Kind: UInt8, Sendable, Hashable {
        case plain, session
        /// A function that nobody may use at full on what they made themselves.
        case excluded
    }

    @usableFromInline let kind: Kind
    @usableFromInline let level: UInt8
    @usableFromInline let thing: UInt32
    /// -1 where it has no place.
    @usableFromInline var place: Int32 = -1
    /// Whose the record is, or who made it; 0 for nobody.
    @usableFromInline let who: UInt128
    @usableFromInline let key: UInt128

    init(_ kind: Kind, thing: Int, level: Level, who: UInt128 = 0, key: UInt128 = 0) {
        self.kind = kind
        self.level = UInt8(level.rawValue)
        self.thing = UInt32(clamping: thing)
        self.who = who
        self.key = key
    }
}

/// What a principal holds as numbers: the quick answer to `Access.decide`, for those who decide all day long. Nothing is allocated by asking.
package struct Holder: Sendable {
    @usableFromInline let id: UInt128
    /// By thing four bits: the level on one's own in the lower two, the one on everybody's in the upper. Then where the numbers of the places
    /// held begin and end by turns, rising.
    @usableFromInline let row: [UInt32]
    @usableFromInline let firstBound: UInt32
    @usableFromInline let things: UInt32
    @usableFromInline let isEverywhere: Bool
    /// Rising; nil is all keys.
    @usableFromInline let keys: [UInt128]?

    init(id: UInt128, row: [UInt32], firstBound: Int, things: Int, isEverywhere: Bool, keys: [UInt128]?) {
        self.id = id
        self.row = row
        self.firstBound = UInt32(clamping: firstBound)
        self.things = UInt32(clamping: things)
        self.isEverywhere = isEverywhere
        self.keys = keys
    }

    /// The first reason that applies, in the order of `rulings.md` 26.
    @inlinable package func decide(_ inquiry: Inquiry) -> Decision.Reason {
        guard inquiry.thing < things else { return .notGranted }
        let held = UInt8(truncatingIfNeeded: row[Int(inquiry.thing / 8)] >> (inquiry.thing % 8 * 4)) & 15
        let own = held & 3
        if inquiry.level == 0 || own == 0 { return .notGranted }
        if own < inquiry.level { return .levelTooLow }
        if inquiry.place >= 0, !isEverywhere, !enters(UInt32(inquiry.place)) { return .placeNotHeld }
        switch inquiry.kind {
        case .plain: return .granted
        case .session:
            if !holds(inquiry.key) { return .keyNotHeld }
            return inquiry.who != 0 && inquiry.who == id || held >> 2 >= inquiry.level ? .granted : .notOwner
        case .excluded: return inquiry.who != 0 && inquiry.who == id ? .maker : .granted
        }
    }

    /// Whether an odd number of bounds lies at or before the place.
    @inlinable func enters(_ place: UInt32) -> Bool {
        let first = Int(firstBound)
        var (low, high) = (first, row.count)
        while low < high {
            let middle = (low + high) / 2
            if row[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return (low - first) % 2 == 1
    }

    @usableFromInline func holds(_ key: UInt128) -> Bool {
        guard let keys else { return true }
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key
    }
}
