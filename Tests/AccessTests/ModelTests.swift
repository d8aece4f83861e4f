import LatchkeyAccess
import Testing

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed, everywhere.
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

    /// Yes, once in `n` times.
    mutating func once(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

    mutating func pick<T>(_ from: [T]) -> T { from[Int.random(in: 0..<from.count, using: &self)] }

    mutating func some<T>(of all: [T]) -> [T] { all.filter { _ in Bool.random(using: &self) } }
}

/// A small world, so that random people often meet over the same key, place, role or group.
private struct World {
    static let users: [UserID] = [Cast.una, Cast.uwe, Cast.rita]
    static let keys: [APIKeyID] = (1...3).map { APIKeyID(bits: $0) }
    static let groups: [GroupID] = (1...3).map { GroupID(bits: $0) }
    static let places: [PlaceID] = (1...6).map { PlaceID(bits: $0) }
    static let screens: [Screen] = [.sessions, .sessionFiles, .users, .links, .overview, Screen(rawValue: "pulse")]
    static let functions = ["pay", "check", "heat", "users"].map(Function.init(rawValue:))
    static let names = ["A", "B", "C", "D"]
}

extension SplitMix64 {
    fileprivate mutating func level() -> Level { pick(Level.allCases) }

    fileprivate mutating func role() -> ReferenceRole {
        // The manager role holds much, but not always everything; the others little, so that sums of roles matter.
        let isManager = once(in: 8)
        let sparse = isManager ? 8 : 2
        func lines<T>(_ all: [T], _ generator: inout SplitMix64) -> [T] {
            all.filter { _ in isManager ? !generator.once(in: sparse) : generator.once(in: sparse) }
        }
        return ReferenceRole(
            id: RoleID(bits: UInt128(UInt64.random(in: 1...1000, using: &self))), name: pick(World.names),
            screens: lines(World.screens, &self).map { .init(screen: $0, level: level(), reach: once(in: 2) ? .own : .all) },
            functions: lines(World.functions, &self).map { .init(function: $0, level: level()) },
            isManager: isManager, gives: once(in: 3) ? some(of: World.names) : [])
    }

    fileprivate mutating func person() -> ReferencePerson {
        ReferencePerson(
            user: once(in: 6) ? nil : pick(World.users), roles: (0..<pick([0, 1, 1, 2, 2, 3])).map { _ in role() },
            keys: once(in: 4) ? nil : some(of: World.keys), places: once(in: 4) ? nil : some(of: World.places))
    }

    /// A forest: a place's parent comes before it.
    fileprivate mutating func tree() -> ReferenceTree {
        var tree: ReferenceTree = [:]
        for (index, place) in World.places.enumerated() where index > 0 && !once(in: 3) {
            tree[place] = World.places[Int.random(in: 0..<index, using: &self)]
        }
        return tree
    }

    fileprivate mutating func exclusions() -> [Exclusion] {
        (0..<pick([0, 1, 1, 2])).map { _ in Exclusion(pick(World.functions), pick(World.functions), on: once(in: 3) ? .person : .record) }
    }

    /// Moves a place, gives or takes one, or changes what a role grants.
    fileprivate mutating func change(_ person: inout ReferencePerson, _ tree: inout ReferenceTree) {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: tree = self.tree()
        case 1:
            // Under one that comes before it, so that there is no circle.
            let index = Int.random(in: 1..<World.places.count, using: &self)
            tree[World.places[index]] = once(in: 3) ? nil : World.places[Int.random(in: 0..<index, using: &self)]
        case 2: person.places = once(in: 4) ? nil : some(of: World.places)
        default:
            guard !person.roles.isEmpty else { return }
            person.roles[Int.random(in: 0..<person.roles.count, using: &self)] = role()
        }
    }

    fileprivate mutating func owner() -> UserID? { once(in: 5) ? nil : pick(World.users) }

    fileprivate mutating func administrator() -> ReferenceModel.ReferenceAdministrator {
        .init(permissions: some(of: Permission.allCases), groups: once(in: 3) ? nil : some(of: World.groups))
    }

    fileprivate mutating func need() -> Need {
        switch Int.random(in: 0..<10, using: &self) {
        case 9: .personOrIntegration
        case 0: .anyone
        case 1: .firstSteps
        case 2: .login
        case 3: .member
        case 4: .enterprise(once(in: 4) ? nil : pick(Permission.allCases))
        default: .screen(pick(World.screens), once(in: 6) ? .none : pick([.read, .full]))
        }
    }
}

// MARK: From the model's words to the real ones

extension Role {
    fileprivate init(_ role: ReferenceRole) {
        let screens = Dictionary(uniqueKeysWithValues: role.screens.map { ($0.screen, ScreenGrant($0.level, reach: $0.reach)) })
        let functions = Dictionary(uniqueKeysWithValues: role.functions.map { ($0.function, $0.level) })
        self.init(
            id: role.id, name: role.name, grants: Grants(screens: screens, functions: functions), isManager: role.isManager,
            gives: Set(role.gives))
    }
}

extension ReferenceModel.Thing {
    fileprivate var question: Question.Thing {
        switch self {
        case .screen(let screen): .screen(screen)
        case .function(let function): .function(function)
        case .session(let key, let owner): .session(key: key, owner: owner)
        }
    }
}

extension Scope {
    fileprivate init(_ elements: [Element]?) { self = elements.map { .only(Set($0)) } ?? .all }
}

extension Access {
    fileprivate init(_ person: ReferencePerson, _ tree: ReferenceTree = [:]) {
        self.init(
            user: person.user, roles: person.roles.map { Role($0) }, places: Scope(person.places), keys: Scope(person.keys), tree: PlaceTree(tree))
    }
}

extension PlaceTree {
    fileprivate init(_ tree: ReferenceTree) { self.init(World.places.map { (id: $0, parent: tree[$0]) }) }
}

extension EnterpriseAccess {
    fileprivate init(_ administrator: ReferenceModel.ReferenceAdministrator) {
        self.init(permissions: Set(administrator.permissions), groups: Scope(administrator.groups))
    }
}

/// Counts how often each outcome came up, so that a test whose cases never reach a rule fails instead of proving nothing.
private struct Tally {
    var counts: [String: Int] = [:]

    mutating func note(_ outcome: String) { counts[outcome, default: 0] += 1 }
    mutating func note(_ what: String, _ yes: Bool) { note(what + (yes ? ": yes" : ": no")) }

    func expect(_ outcomes: [String], atLeast least: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        for outcome in outcomes {
            #expect(counts[outcome, default: 0] >= least, "too few cases of \(outcome)", sourceLocation: sourceLocation)
        }
    }

    func expectBoth(_ what: [String], atLeast least: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        expect(what.flatMap { [$0 + ": yes", $0 + ": no"] }, atLeast: least, sourceLocation: sourceLocation)
    }
}

/// Every case has its own seed: `first`, `first + 1`, ... so that one that fails can be run alone.
private func cases(_ count: UInt64, from first: UInt64, _ body: (inout SplitMix64, String) throws -> Void) rethrows {
    for seed in first..<first + count {
        var random = SplitMix64(seed: seed)
        try body(&random, "seed \(seed)")
    }
}

/// `#require` for tight loops: a hundred times faster while all is well.
private func agree(_ same: Bool, _ message: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if !same { try #require(Bool(false), "\(message())", sourceLocation: sourceLocation) }
}

@Suite struct `The policy against a slow, obvious model of the one rule` {
    @Test func `decisions agree, with their reasons and the roles that give them`() throws {
        var tally = Tally()
        try cases(6000, from: 1_000_000) { random, seed in
            let person = random.person()
            let access = Access(person)
            let tree = random.tree()
            let exclusions = random.exclusions()
            for _ in 0..<6 {
                let level = random.level()
                let place: PlaceID? = random.once(in: 2) ? random.pick(World.places) : nil
                let maker = random.once(in: 3) ? person.user : random.owner()
                let thing: ReferenceModel.Thing
                let asked: Question.Thing
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    let screen = random.pick(World.screens)
                    (thing, asked) = (.screen(screen), .screen(screen))
                case 1:
                    let function = random.pick(World.functions)
                    (thing, asked) = (.function(function), .function(function))
                default:
                    let (key, owner) = (random.pick(World.keys), random.owner())
                    (thing, asked) = (.session(key: key, owner: owner), .session(key: key, owner: owner))
                }
                let path = place.map { PlaceTree(tree).path(of: $0) ?? [] }
                let decision = access.decide(Question(asked, level, path: path, maker: maker), exclusions: exclusions)
                let expected = ReferenceModel.decide(
                    person, thing, level, at: place, maker: maker, tree: tree, exclusions: exclusions)
                try agree(decision.reason.rawValue == expected.reason, "\(seed): \(person), \(asked) at \(level)")
                try agree(decision.via == expected.via, "\(seed): \(person), \(asked) at \(level)")
                try agree(decision.isAllowed == (expected.reason == "granted"), seed)
                tally.note(expected.reason)
            }
        }
        tally.expect(
            ["granted", "not_granted", "level_too_low", "place_not_held", "key_not_held", "not_owner", "maker"], atLeast: 100)
    }

    /// A million questions and more. Between them places move, roles change and people are given other things, as in an account that lives.
    @Test func `the quick answer agrees, while places move and roles change`() throws {
        var tally = Tally()
        let things = World.screens.map(ReferenceModel.Thing.screen) + World.functions.map(ReferenceModel.Thing.function)
        try cases(12_000, from: 8_000_000) { random, seed in
            var person = random.person()
            var tree = random.tree()
            let exclusions = random.exclusions()
            for step in 0..<4 {
                if step > 0 { random.change(&person, &tree) }
                let numbering = Numbering(
                    screens: World.screens, functions: World.functions, exclusions: exclusions,
                    places: PlaceTree(World.places.map { (id: $0, parent: tree[$0]) }))
                let holder = numbering.holder(Access(person), id: person.user?.bits ?? 0)
                for _ in 0..<24 {
                    var thing = random.pick(things)
                    if random.once(in: 3) { thing = .session(key: random.pick(World.keys), owner: random.owner()) }
                    let level = random.level()
                    let place: PlaceID? = random.once(in: 2) ? random.pick(World.places) : nil
                    let maker = random.once(in: 3) ? person.user : random.owner()
                    let inquiry = try #require(numbering.inquiry(thing.question, level, at: place, maker: maker?.bits))
                    let expected = ReferenceModel.decide(person, thing, level, at: place, maker: maker, tree: tree, exclusions: exclusions)
                    let quick = holder.decide(inquiry).rawValue
                    try agree(quick == expected.reason, "\(seed): \(quick), not \(expected.reason): \(person), \(thing) at \(level)")
                    tally.note(expected.reason)
                }
            }
        }
        tally.expect(
            ["granted", "not_granted", "level_too_low", "place_not_held", "key_not_held", "not_owner", "maker"], atLeast: 2000)
    }

    @Test func `nothing is asked about what the account does not have`() {
        let numbering = Numbering(screens: [.users], functions: [], places: PlaceTree([(id: Cast.floor, parent: nil)]))
        #expect(numbering.inquiry(.screen(.roles), .read) == nil)
        #expect(numbering.inquiry(.function(Function(rawValue: "users")), .read) == nil)
        #expect(numbering.inquiry(.session(key: Cast.shared, owner: nil), .read) == nil)
        #expect(numbering.inquiry(.screen(.users), .read, at: Cast.room) == nil)
        // An inquiry of a larger account, put to a holder of a smaller one, is no and no trap.
        let larger = Numbering(screens: Screen.ownScreens, functions: [])
        let access = Access(user: Cast.adam, roles: [Cast.admin], places: .all, keys: .all)
        #expect(larger.inquiry(.screen(.history), .read).map(numbering.holder(access, id: Cast.adam.bits).decide) == .notGranted)
    }

    @Test func `the sessions that a list shows are those that the rule allows, one by one`() throws {
        var tally = Tally()
        try cases(3000, from: 2_000_000) { random, seed in
            let person = random.person()
            let access = Access(person)
            for screen in [Screen.sessions, .sessionFiles] {
                for level in [Level.read, .full] {
                    let visibility = access.visibility(of: screen, at: level)
                    for key in World.keys {
                        for owner in World.users.map(Optional.some) + [nil] {
                            let expected = ReferenceModel.sees(person, screen, level, key: key, owner: owner)
                            try agree(visibility.contains(key: key, owner: owner) == expected, "\(seed): \(person), \(screen) at \(level)")
                            if expected { try agree(visibility.keys.contains(key), seed) }
                            tally.note("\(screen.rawValue) \(level.name)", expected)
                            guard screen == .sessions else { continue }
                            // A list and a decision about one record never differ.
                            let decision = access.decide(Question(.session(key: key, owner: owner), level))
                            try agree(decision.isAllowed == expected, "\(seed): list and decision differ")
                        }
                    }
                }
            }
            try agree(access.visibility(at: .none) == .nothing, seed)
        }
        tally.expectBoth(["sessions read", "sessions full", "session-files read", "session-files full"], atLeast: 1000)
    }

    @Test func `nobody gives away what they do not have`() throws {
        var tally = Tally()
        try cases(6000, from: 3_000_000) { random, seed in
            let person = random.person()
            let other = random.person()
            // Half of the time a role that shares much with one's own, so that "yes" is not an accident.
            var role = random.role()
            if random.once(in: 2), let mine = person.roles.first {
                role = mine
                if random.once(in: 2) { role.gives = random.some(of: World.names) }
                if random.once(in: 3) { role.screens = role.screens.map { .init(screen: $0.screen, level: random.level(), reach: $0.reach) } }
                if random.once(in: 6) { role.isManager.toggle() }
            }
            let tree = random.tree()
            let access = Access(person, tree)
            let real = Role(role)
            func same(_ what: String, _ got: Bool, _ expected: Bool) throws {
                try agree(got == expected, "\(seed): \(what): \(person), \(role), \(other)")
                tally.note(what, expected)
            }
            try same("give", access.mayGive(real), ReferenceModel.mayGive(person, role, toOneself: false))
            try same("give oneself", access.mayGive(real, toOneself: true), ReferenceModel.mayGive(person, role, toOneself: true))
            try same("define", access.mayDefine(real.grants), ReferenceModel.holdsGrants(person, role))
            try same("hold grants", access.holds(real.grants), ReferenceModel.holdsGrants(person, role))
            try same("hold role", access.holds(real), ReferenceModel.holdsAll(person, of: role))
            try same("edit", access.mayEdit(holderOf: other.roles.map { Role($0) }), ReferenceModel.mayEdit(person, other))
            try same("hand out secrets", access.mayHandOutSecrets, ReferenceModel.mayHandOutSecrets(person))

            var lesser = other
            if random.once(in: 2) {
                lesser.roles = random.some(of: person.roles)
                lesser.keys = random.once(in: 4) ? other.keys : person.keys.map { random.some(of: $0) }
                lesser.places = random.once(in: 4) ? other.places : person.places.map { random.some(of: $0) }
            }
            try same("set password", access.maySetPassword(of: Access(lesser)), ReferenceModel.maySetPassword(person, of: lesser, tree))
            try same("hold person", access.holds(Access(lesser)), ReferenceModel.maySetPassword(person, of: lesser, tree))
            try same("give keys", access.mayGive(Scope(lesser.keys)), ReferenceModel.mayGive(person, keys: lesser.keys))
            try same("give places", access.mayGive(Scope(lesser.places)), ReferenceModel.mayGive(person, places: lesser.places, tree))
            let function = random.pick(World.functions + ["sessions", "session-files", "links", "decisions"].map(Function.init(rawValue:)))
            let level = random.pick([Level.read, .full])
            try same("give a function", access.mayGive(function, at: level), ReferenceModel.mayGive(person, function, level))
            let (place, parent) = (random.pick(World.places), random.once(in: 3) ? nil : random.pick(World.places))
            try same("move a place", access.mayMove(place, into: parent), ReferenceModel.mayMove(person, place, into: parent, tree))
        }
        tally.expectBoth(
            [
                "give", "give oneself", "define", "hold grants", "hold role", "edit", "hand out secrets", "set password", "hold person",
                "give keys", "give places", "move a place", "give a function",
            ], atLeast: 200)
    }

    @Test func `levels, and the fewest grants that stand for them, agree`() throws {
        try cases(3000, from: 4_000_000) { random, seed in
            let person = random.person()
            let access = Access(person)
            try agree(access.isManager == ReferenceModel.isManager(person), seed)
            for key in World.keys { try agree(access.keys.contains(key) == ReferenceModel.holds(person, key), seed) }
            for place in World.places { try agree(access.places.contains(place) == ReferenceModel.mayEnter(person, place, [:]), seed) }
            for function in World.functions {
                for level in [Level.read, .full] {
                    try agree((access.level(of: function) >= level) == ReferenceModel.grants(person, function, level), seed)
                    let via = person.roles.filter { ReferenceModel.grants($0, function, level) }.map(\.id)
                    try agree(access.via(function, at: level).map(\.id) == via, seed)
                }
            }
            for screen in World.screens {
                for level in [Level.read, .full] {
                    try agree((access.level(of: screen) >= level) == ReferenceModel.grants(person, screen, level, on: .own), seed)
                    let via = person.roles.filter { ReferenceModel.grants($0, screen, level, on: .own) }.map(\.id)
                    try agree(access.via(screen, at: level).map(\.id) == via, seed)
                }
                let held = access.screens[screen] ?? Held()
                var rebuilt = Held()
                for grant in held.grants {
                    try agree(grant.level > .none, seed)
                    rebuilt.add(grant)
                }
                try agree(rebuilt == held, seed)
                try agree(held.grants.count <= 2, seed)
                for reach in Reach.allCases {
                    for level in [Level.read, .full] {
                        try agree((held.level(on: reach) >= level) == ReferenceModel.grants(person, screen, level, on: reach), seed)
                    }
                }
            }
        }
    }

    @Test func `what the gate asks agrees, with the first refusal that applies`() throws {
        var tally = Tally()
        try cases(14000, from: 5_000_000) { random, seed in
            let person = random.person()
            let administrator = random.administrator()
            let inAccount = !random.once(in: 3)
            let hasFieldWork = !random.once(in: 3)
            let mustChangePassword = random.once(in: 5)
            let mustAddFactor = random.once(in: 10)
            let hasLogin = !random.once(in: 4)
            let need = random.need()
            // Only the machines of an account are bound to addresses.
            let isOutside = inAccount && random.once(in: 6)
            var principal = Principal(
                actor: .system,
                place: inAccount
                    ? .account(Cast.account, hasFieldWork: hasFieldWork, Access(person)) : .enterprise(EnterpriseAccess(administrator)),
                login: hasLogin ? Cast.login : nil, administrator: inAccount ? nil : Cast.olive, mustChangePassword: mustChangePassword)
            principal.isOutsideAllowedAddresses = isOutside
            principal.mustAddFactor = mustAddFactor
            let expected = ReferenceModel.check(
                need, at: inAccount ? .account(person, hasFieldWork: hasFieldWork) : .enterprise(administrator), hasLogin: hasLogin,
                mustChangePassword: mustChangePassword, mustAddFactor: mustAddFactor, isOutside: isOutside)
            let got = refusal(of: need, principal)
            // The case's name: `notGranted(…)` is "notGranted".
            let name = got.map { String("\($0)".prefix { $0 != "(" }) }
            try agree(name == expected, "\(seed): \(need), \(principal)")
            tally.note(expected ?? "yes")

            // A permit is made exactly when the check says yes and there is a place for it to open.
            try agree(opens(need, principal) == (expected == nil && inAccount), seed)
            try agree(opensEnterprise(principal) == (!inAccount && !mustChangePassword && !mustAddFactor), seed)
            try agree(opensOwn(need, principal) == opensOwnExpected(expected, principal), seed)
        }
        tally.expect(
            [
                "yes", "passwordChangeRequired", "secondStepEnrolmentRequired", "needsLogin", "noAccount", "notEnterprise", "noFieldWork",
                "addressNotAllowed", "notGranted",
                "levelTooLow", "permissionMissing",
            ], atLeast: 100)
    }

    private func opens(_ need: Need, _ principal: Principal) -> Bool {
        do {
            let permit = try Policy.permit(need, principal)
            return permit.account == principal.account && permit.user == principal.user && permit.login == principal.login
        } catch { return false }
    }

    private func opensEnterprise(_ principal: Principal) -> Bool {
        do {
            let permit = try Policy.enterprisePermit(nil, principal)
            return permit.access == principal.enterprise && permit.administrator == principal.administrator
        } catch { return false }
    }

    private func opensOwn(_ need: Need, _ principal: Principal) -> Bool {
        do {
            let permit = try Policy.ownPermit(need, principal)
            switch permit.person {
            case .user(let user, let account): return user == principal.user && account == principal.account
            case .administrator(let administrator): return principal.user == nil && administrator == principal.administrator
            }
        } catch { return false }
    }

    private func opensOwnExpected(_ refusal: String?, _ principal: Principal) -> Bool {
        refusal == nil && principal.login != nil && (principal.user != nil || principal.administrator != nil)
    }

    @Test func `administrators hold, reach and share what the model says`() throws {
        var tally = Tally()
        try cases(5000, from: 6_000_000) { random, seed in
            let one = random.administrator()
            var two = random.administrator()
            if random.once(in: 2) {
                two.permissions = random.some(of: one.permissions)
                two.groups = one.groups.map { random.some(of: $0) } ?? two.groups
            }
            let (a, b) = (EnterpriseAccess(one), EnterpriseAccess(two))
            try agree(a.holds(b) == ReferenceModel.holds(one, two), seed)
            tally.note("hold", a.holds(b))
            let both = a.intersection(b)
            try agree(both == b.intersection(a), seed)
            try agree(a.holds(both) && b.holds(both), "\(seed): together they hold more than one of them")
            for permission in Permission.allCases {
                try agree(
                    both.permissions.contains(permission) == (one.permissions.contains(permission) && two.permissions.contains(permission)), seed)
            }
            for group in World.groups.map(Optional.some) + [nil] {
                try agree(a.reaches(group) == ReferenceModel.reaches(one, group), seed)
                try agree(both.reaches(group) == (ReferenceModel.reaches(one, group) && ReferenceModel.reaches(two, group)), seed)
                tally.note(group == nil ? "no group" : "group", a.reaches(group))
            }
        }
        tally.expectBoth(["hold", "group", "no group"], atLeast: 500)
    }

    @Test func `a person whose roles add up holds exactly what their roles hold one by one`() throws {
        try cases(3000, from: 7_000_000) { random, seed in
            let person = random.person()
            let role = Role(random.role())
            let access = Access(person)
            // Adding a role never takes anything away.
            let more = Access(user: person.user, roles: access.roles + [role], places: Scope(person.places), keys: Scope(person.keys))
            try agree(more.holds(access), "\(seed): \(person) + \(role)")
            try agree(more.holds(role), seed)
            // The order of the roles does not matter.
            let reversed = Access(user: person.user, roles: access.roles.reversed(), places: Scope(person.places), keys: Scope(person.keys))
            try agree(reversed.screens == access.screens && reversed.functions == access.functions, seed)
            // One always holds oneself.
            try agree(access.holds(access) && access.maySetPassword(of: access), seed)
        }
    }
}
