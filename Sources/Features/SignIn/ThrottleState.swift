import LatchkeyAccess

/// How many guesses are left to whom: counts of failures, and what follows from them. Pure but for those who wait.
package struct ThrottleState: Sendable {
    /// One guess at one person's password.
    package struct Attempt: Hashable, Sendable {
        var person: Fingerprint
        /// The browser, if this person has signed in with it before; else the address.
        var source: Fingerprint
        /// Nil for a known browser: strangers at the same address cannot use up its guesses.
        var address: Fingerprint?

        /// A guess at the secret of a client, known or not, from an address.
        package static func client(_ id: String, from address: String) -> Attempt {
            let address = Fingerprint.address(address)
            return Attempt(person: .client(id), source: address, address: address)
        }
    }

    enum Outcome: Sendable { case right, wrong, unjudged }

    enum Decision: Sendable, Equatable {
        /// The guess may be judged, after so many milliseconds; `leave` must follow.
        case go(after: Int64)
        case refused(seconds: Int64)
        /// As many guesses are being judged as there are left: look again when one of them is.
        case wait
    }

    typealias Waiter = CheckedContinuation<Decision, Never>

    /// The failures of one person from one source.
    private struct Tries {
        var failures = 0
        var at: Timestamp
        var underWay = 0
        var waiting: [Waiter] = []

        var isIdle: Bool { underWay == 0 && waiting.isEmpty }

        /// 30 s after the fifth failure, twice as long after each further one, an hour at most.
        var openAt: Timestamp {
            failures < Limit.free ? at : at.adding(seconds: min(3600, 30 << Int64(min(failures - Limit.free, 7))))
        }
    }

    /// What one address has used of its allowance, which grows back.
    private struct Allowance {
        var used: Int64
        var at: Timestamp
    }

    /// The failures of one person in a row, from all addresses.
    private struct Streak {
        var failures = 0
        var at: Timestamp
        var nextTurn: Timestamp
    }

    private enum Limit {
        static let free = 5
        static let ofAddress: Int64 = 100
        static let addressRegains: Int64 = 9_000
        static let inARow = 100
        static let longestLine: Int64 = 20_000
        static let waiting = 500
        static let memory: Int64 = 86_400
    }

    private struct Pair: Hashable { var person: Fingerprint, source: Fingerprint }

    private var tries: [Pair: Tries] = [:]
    private var allowances: [Fingerprint: Allowance] = [:]
    private var streaks: [Fingerprint: Streak] = [:]
    private let room: Int

    init(room: Int = 50_000) { self.room = room }

    // MARK: Before and after a guess

    /// Counts the guess before it is judged, so that parallel ones find no gap; `wait` and `refused` count nothing.
    mutating func enter(_ attempt: Attempt, at now: Timestamp) -> Decision {
        let pair = Pair(person: attempt.person, source: attempt.source)
        var mine = tries[pair] ?? Tries(at: now)
        if mine.isIdle, now >= mine.at.adding(seconds: Limit.memory) { mine = Tries(at: now) }
        if mine.failures >= Limit.free, now < mine.openAt { return .refused(seconds: Self.seconds(from: now, to: mine.openAt)) }
        if mine.underWay >= max(1, Limit.free - mine.failures) {
            return mine.waiting.count < Limit.waiting ? .wait : .refused(seconds: 1)
        }
        var delay: Int64 = 0
        if let address = attempt.address {
            let blocked = blockedMilliseconds(address, at: now)
            if blocked > 0 { return .refused(seconds: (blocked + 999) / 1000) }
            delay = takeTurn(attempt.person, at: now)
            if delay > Limit.longestLine { return .refused(seconds: (delay + 999) / 1000) }
            use(address, at: now)
        }
        mine.underWay += 1
        tries[pair] = mine
        if tries.count > room { makeRoom() }
        return .go(after: delay)
    }

    /// Takes in whoever got `wait`.
    mutating func park(_ waiter: Waiter, _ attempt: Attempt) {
        tries[Pair(person: attempt.person, source: attempt.source)]?.waiting.append(waiter)
    }

    /// Settles a guess; answers those who now look again.
    mutating func leave(_ attempt: Attempt, _ outcome: Outcome, at now: Timestamp) -> [Waiter] {
        let pair = Pair(person: attempt.person, source: attempt.source)
        guard var mine = tries[pair] else { return [] }
        mine.underWay -= 1
        switch outcome {
        case .right:
            mine.failures = 0
            if attempt.address != nil { streaks[attempt.person] = nil }
        case .wrong:
            mine.failures += 1
            mine.at = max(now, mine.at)
        case .unjudged:
            if attempt.address != nil { streaks[attempt.person]?.failures -= 1 }
        }
        if outcome != .wrong, let address = attempt.address { giveBack(address) }
        let waiting = mine.waiting
        mine.waiting = []
        tries[pair] = mine.underWay == 0 && mine.failures == 0 ? nil : mine
        return waiting
    }

    /// Whether there are failures of this person from this source.
    func remembers(_ attempt: Attempt) -> Bool {
        (tries[Pair(person: attempt.person, source: attempt.source)]?.failures ?? 0) > 0
            || attempt.address != nil && (streaks[attempt.person]?.failures ?? 0) > 1
    }

    /// Counts a guess that another node has judged, as if it had been judged here.
    mutating func hear(_ attempt: Attempt, wasRight: Bool, at now: Timestamp) {
        let pair = Pair(person: attempt.person, source: attempt.source)
        if wasRight {
            tries[pair]?.failures = 0
            if tries[pair]?.isIdle == true { tries[pair] = nil }
            if attempt.address != nil { streaks[attempt.person] = nil }
            return
        }
        var mine = tries[pair] ?? Tries(at: now)
        if mine.isIdle, now >= mine.at.adding(seconds: Limit.memory) { mine = Tries(at: now) }
        mine.failures += 1
        mine.at = max(now, mine.at)
        tries[pair] = mine
        if tries.count > room { makeRoom() }
        guard let address = attempt.address else { return }
        _ = takeTurn(attempt.person, at: now)
        use(address, at: now)
    }

    private static func seconds(from now: Timestamp, to then: Timestamp) -> Int64 {
        max(1, (then.milliseconds - now.milliseconds + 999) / 1000)
    }

    // MARK: One address, whomever it tries

    private func blockedMilliseconds(_ address: Fingerprint, at now: Timestamp) -> Int64 {
        guard let allowance = allowances[address] else { return 0 }
        let free = allowance.at.adding(milliseconds: (allowance.used - Limit.ofAddress + 1) * Limit.addressRegains)
        return max(0, free.milliseconds - now.milliseconds)
    }

    private mutating func use(_ address: Fingerprint, at now: Timestamp) {
        var allowance = allowances[address] ?? Allowance(used: 0, at: now)
        let regained = max(0, (now.milliseconds - allowance.at.milliseconds) / Limit.addressRegains)
        if regained >= allowance.used {
            allowance = Allowance(used: 0, at: now)
        } else {
            allowance.used -= regained
            allowance.at = allowance.at.adding(milliseconds: regained * Limit.addressRegains)
        }
        allowance.used += 1
        allowances[address] = allowance
        if allowances.count > room { allowances = Self.kept(allowances, room) { ($0.used, $0.at) } }
    }

    private mutating func giveBack(_ address: Fingerprint) {
        guard var allowance = allowances[address] else { return }
        allowance.used -= 1
        allowances[address] = allowance.used > 0 ? allowance : nil
    }

    // MARK: One person, wherever from

    /// Counts a guess at this person; answers how long it must stand in line. Past 100 failures in a row guesses come one after the other,
    /// ever slower up to 10 s, and never stop: no stranger locks anybody out.
    private mutating func takeTurn(_ person: Fingerprint, at now: Timestamp) -> Int64 {
        var streak = streaks[person] ?? Streak(at: now, nextTurn: now)
        if now >= streak.at.adding(seconds: Limit.memory) { streak = Streak(at: now, nextTurn: now) }
        let beyond = streak.failures + 1 - Limit.inARow
        var delay: Int64 = 0
        if beyond > 0 {
            let turn = max(now, streak.nextTurn)
            delay = turn.milliseconds - now.milliseconds
            if delay > Limit.longestLine { return delay }
            streak.nextTurn = turn.adding(seconds: min(10, 1 + Int64(beyond) / 20))
        }
        streak.failures += 1
        streak.at = now
        streaks[person] = streak
        if streaks.count > room { streaks = Self.kept(streaks, room) { (Int64($0.failures), $0.at) } }
        return delay
    }

    // MARK: Bounds

    /// Forgets those with the fewest failures first: whoever floods this with new names must not wash away what counts.
    private mutating func makeRoom() {
        let busy = tries.filter { !$0.value.isIdle }
        tries = Self.kept(tries.filter { $0.value.isIdle }, room) { (Int64($0.failures), $0.at) }
        tries.merge(busy) { _, busy in busy }
    }

    private static func kept<Key, Value>(_ all: [Key: Value], _ room: Int, _ weight: (Value) -> (Int64, Timestamp)) -> [Key: Value] {
        let heaviest = all.sorted { weight($0.value) > weight($1.value) }.prefix(room / 4 * 3)
        return Dictionary(uniqueKeysWithValues: heaviest.map { ($0.key, $0.value) })
    }
}
