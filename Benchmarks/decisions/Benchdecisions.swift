import Counting
import Foundation
import LatchkeyAccess

/// Measures decisions inside one process, on one core: an account of 1,000 roles, 10,000 users and 5,000 places. Prints one JSON object.
@main
struct Benchdecisions {
    static func main() throws {
        let seconds = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 1
        let large = Account(users: 10_000), small = Account(users: 100)
        // Once around, so that both are warm.
        _ = large.bare(seconds: 0.2).perSecond + small.bare(seconds: 0.2).perSecond
        let bare = large.bare(seconds: seconds)
        let few = small.bare(seconds: seconds)
        let singles = large.singles(count: 1_000_000)
        let asked = large.fromNames(seconds: seconds)
        let explained = large.explained(seconds: seconds)
        report([
            "bare_per_second": bare.perSecond, "bare_allocations": bare.allocations, "bare_per_second_of_100_users": few.perSecond,
            "granted": bare.granted, "p50_ns": singles.p50, "p99_ns": singles.p99, "clock_ns": singles.clock,
            "from_names_per_second": asked.perSecond, "explained_per_second": explained.perSecond,
        ])
    }
}

/// An account, and questions about it.
struct Account {
    let numbering: Numbering
    let holders: [Holder]
    let byID: [UserID: Holder]
    let accesses: [Access]
    let questions: [(user: Int, id: UserID, thing: Question.Thing, level: Level, place: PlaceID?)]
    let inquiries: [(user: Int, inquiry: Inquiry)]
    let tree: PlaceTree

    /// 5 buildings of 20 floors, each of 49 rooms and itself: 5,005 places.
    init(users: Int) {
        var random = SplitMix64(seed: 20_261_126)
        var places: [(id: PlaceID, parent: PlaceID?)] = []
        var floors: [PlaceID] = [], rooms: [PlaceID] = []
        func add(in parent: PlaceID?) -> PlaceID {
            let id = PlaceID(bits: UInt128(places.count + 1))
            places.append((id: id, parent: parent))
            return id
        }
        for _ in 0..<5 {
            let building = add(in: nil)
            for _ in 0..<20 {
                floors.append(add(in: building))
                for _ in 0..<49 { rooms.append(add(in: floors[floors.count - 1])) }
            }
        }
        let tree = PlaceTree(places)
        let screens = Screen.ownScreens + (0..<17).map { Screen(rawValue: "screen-\($0)") }
        let functions = (0..<30).map { Function(rawValue: "function-\($0)") }
        let numbering = Numbering(screens: screens, functions: functions, places: tree)
        let roles = (1...1000).map { number in
            let granted = screens.filter { _ in random.once(in: 4) }.map { ($0, ScreenGrant(random.once(in: 2) ? .read : .full, reach: .all)) }
            let more = functions.filter { _ in random.once(in: 4) }.map { ($0, random.once(in: 2) ? Level.read : .full) }
            return Role(
                id: RoleID(bits: UInt128(number)), name: "Role \(number)",
                grants: Grants(screens: Dictionary(uniqueKeysWithValues: granted), functions: Dictionary(uniqueKeysWithValues: more)))
        }
        accesses = (1...users).map { number in
            let held = (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(roles) }
            let scope: Scope<PlaceID> = random.once(in: 10) ? .all : .only(Set((0..<8).map { _ in random.pick(floors) }))
            return Access(user: UserID(bits: UInt128(number)), roles: held, places: scope, keys: .nothing, tree: tree)
        }
        holders = accesses.map { numbering.holder($0, id: $0.user?.bits ?? 0) }
        byID = Dictionary(uniqueKeysWithValues: zip(accesses.compactMap(\.user), holders))
        questions = (0..<65_536).map { _ in
            let user = Int.random(in: 0..<users, using: &random)
            let thing: Question.Thing = random.once(in: 2) ? .screen(random.pick(screens)) : .function(random.pick(functions))
            return (user, UserID(bits: UInt128(user + 1)), thing, random.once(in: 2) ? .read : .full, random.once(in: 4) ? nil : random.pick(rooms))
        }
        inquiries = questions.compactMap { question in
            numbering.inquiry(question.thing, question.level, at: question.place).map { (question.user, $0) }
        }
        self.numbering = numbering
        self.tree = tree
    }

    struct Rate {
        var perSecond = 0.0, allocations = 0.0, granted = 0.0
    }

    /// Rounds of all questions until the time is over.
    private func rate(seconds: Double, _ round: () -> (count: Int, granted: Int)) -> Rate {
        let before = counting_allocations()
        let (started, worked) = (now(), now(CLOCK_THREAD_CPUTIME_ID))
        var (count, granted) = (0, 0)
        repeat {
            let done = round()
            count += done.count
            granted += done.granted
        } while now() - started < UInt64(seconds * 1e9)
        // What this thread had of a core: others may want it too.
        let took = Double(now(CLOCK_THREAD_CPUTIME_ID) - worked) / 1e9
        let allocations = Double(counting_allocations() - before)
        return Rate(perSecond: Double(count) / took, allocations: allocations, granted: Double(granted) / Double(count))
    }

    /// The bare decision: numbers in, the reason out.
    func bare(seconds: Double) -> Rate {
        rate(seconds: seconds) {
            var granted = 0
            for asked in inquiries where holders[asked.user].decide(asked.inquiry) == .granted { granted += 1 }
            return (inquiries.count, granted)
        }
    }

    /// One by one, with the clock read before and after each.
    func singles(count: Int) -> (p50: Double, p99: Double, clock: Double) {
        var times: [UInt64] = [], clock: [UInt64] = []
        times.reserveCapacity(count)
        clock.reserveCapacity(count)
        var granted = 0
        for index in 0..<count {
            let (user, inquiry) = inquiries[index % inquiries.count]
            let before = now()
            if holders[user].decide(inquiry) == .granted { granted += 1 }
            let after = now()
            times.append(after - before)
            clock.append(now() - after)
        }
        times.sort()
        clock.sort()
        return (Double(times[count / 2]), Double(times[count * 99 / 100]), Double(clock[count / 2]))
    }

    /// From ids and names, as a request brings them.
    func fromNames(seconds: Double) -> Rate {
        rate(seconds: seconds) {
            var granted = 0
            for question in questions {
                guard let holder = byID[question.id], let inquiry = numbering.inquiry(question.thing, question.level, at: question.place)
                else { continue }
                if holder.decide(inquiry) == .granted { granted += 1 }
            }
            return (questions.count, granted)
        }
    }

    /// With the roles that give it, by the rule itself.
    func explained(seconds: Double) -> Rate {
        rate(seconds: seconds) {
            var granted = 0
            for question in questions.prefix(4096) {
                let asked = Question(question.thing, question.level, path: question.place.flatMap(tree.path))
                if accesses[question.user].decide(asked).isAllowed { granted += 1 }
            }
            return (4096, granted)
        }
    }
}

/// Nanoseconds of a clock that only goes forward.
private func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Prints figures as one JSON object.
private func report(_ figures: KeyValuePairs<String, Double>) {
    print("{" + figures.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}")
}

/// Sebastiano Vigna's SplitMix64: the same account every time.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func once(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

    mutating func pick<T>(_ from: [T]) -> T { from[Int.random(in: 0..<from.count, using: &self)] }
}
