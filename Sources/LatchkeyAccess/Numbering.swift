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
        var number = -1
        if let place {
            guard let numbers = tree.numbers(of: place) else { return nil }
            number = numbers.lowerBound
        }
        switch thing {
        case .screen(let screen):
            return screens[screen].map { Inquiry(thing: $0, level: level, place: number, kind: .plain) }
        case .function(let function):
            return functions[function].map { thing in
                let excluded = level == .full && thing < self.excluded.count && self.excluded[thing]
                return Inquiry(thing: thing, level: level, place: number, kind: excluded ? .excluded(maker: maker ?? 0) : .plain)
            }
        case .session(let key, let owner):
            return screens[.sessions].map {
                Inquiry(thing: $0, level: level, place: number, kind: .session(key: key.bits, owner: owner?.bits ?? 0))
            }
        }
    }

    /// - Parameter id: whose own records and makings are: a user's id or an integration's.
    package func holder(_ access: Access, id: UInt128) -> Holder {
        var levels = [UInt8](repeating: 0, count: count)
        for (screen, held) in access.screens {
            if let number = screens[screen] { levels[number] = UInt8(held.own.rawValue) | UInt8(held.all.rawValue) << 2 }
        }
        for (function, level) in access.functions {
            if let number = functions[function] { levels[number] = UInt8(level.rawValue) * 5 }
        }
        var bounds: [Int32]?
        if case .only(let places) = access.places { bounds = Self.bounds(places.compactMap(tree.numbers)) }
        var keys: [UInt128]?
        if case .only(let ids) = access.keys { keys = ids.map(\.bits).sorted() }
        return Holder(id: id, levels: levels, bounds: bounds, keys: keys)
    }

    /// The numbers in these ranges, as a rising row in which they begin and end by turns.
    private static func bounds(_ ranges: [ClosedRange<Int>]) -> [Int32] {
        var bounds: [Int32] = []
        // Ranges of a tree lie in each other or apart.
        for range in ranges.sorted(by: { $0.lowerBound == $1.lowerBound ? $0.upperBound > $1.upperBound : $0.lowerBound < $1.lowerBound }) {
            let (first, end) = (Int32(clamping: range.lowerBound), Int32(clamping: range.upperBound + 1))
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
    enum Kind: Sendable, Hashable {
        case plain
        case session(key: UInt128, owner: UInt128)
        /// A function that nobody may use at full on what they made themselves; 0 where nobody is named.
        case excluded(maker: UInt128)
    }

    let thing: Int
    let level: UInt8
    /// -1 where it has no place.
    let place: Int
    let kind: Kind

    init(thing: Int, level: Level, place: Int, kind: Kind) {
        self.thing = thing
        self.level = UInt8(level.rawValue)
        self.place = place
        self.kind = kind
    }
}

/// What a principal holds as numbers: the quick answer to `Access.decide`, for those who decide all day long. Nothing is allocated by asking.
package struct Holder: Sendable {
    private let id: UInt128
    /// By thing: the level on one's own in the lower two bits, the one on everybody's in the next two.
    private let levels: [UInt8]
    /// Where the numbers of the places held begin and end by turns; nil is all places.
    private let bounds: [Int32]?
    /// Rising; nil is all keys.
    private let keys: [UInt128]?

    init(id: UInt128, levels: [UInt8], bounds: [Int32]?, keys: [UInt128]?) {
        self.id = id
        self.levels = levels
        self.bounds = bounds
        self.keys = keys
    }

    /// The first reason that applies, in the order of `rulings.md` 26.
    package func decide(_ inquiry: Inquiry) -> Decision.Reason {
        guard inquiry.thing < levels.count else { return .notGranted }
        let held = levels[inquiry.thing]
        let own = held & 3
        if inquiry.level == 0 || own == 0 { return .notGranted }
        if own < inquiry.level { return .levelTooLow }
        if inquiry.place >= 0, !enters(inquiry.place) { return .placeNotHeld }
        switch inquiry.kind {
        case .plain: return .granted
        case .session(let key, let owner):
            if !holds(key) { return .keyNotHeld }
            return owner != 0 && owner == id || held >> 2 >= inquiry.level ? .granted : .notOwner
        case .excluded(let maker): return maker != 0 && maker == id ? .maker : .granted
        }
    }

    /// Whether an odd number of bounds lies at or before the place.
    private func enters(_ place: Int) -> Bool {
        guard let bounds else { return true }
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(bounds[middle]) <= place { low = middle + 1 } else { high = middle }
        }
        return low % 2 == 1
    }

    private func holds(_ key: UInt128) -> Bool {
        guard let keys else { return true }
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key
    }
}
