import LatchkeyAccess
import Testing

private func session(_ key: APIKeyID, _ owner: UserID?) -> Question.Thing { .session(key: key, owner: owner) }

@Suite struct `Roles add up` {
    /// Full on own from one role, read on all from another.
    private let both = Cast.access(Cast.una, Cast.user, Cast.reader)

    @Test func `full on one's own and read on all means write one's own, read all`() {
        let seen = both.visibility(at: .read)
        let written = both.visibility(at: .full)
        #expect(seen == .all(keys: .only([Cast.shared])))
        #expect(written == .own(Cast.una, keys: .only([Cast.shared])))
        #expect(seen.contains(key: Cast.shared, owner: Cast.uwe))
        #expect(!written.contains(key: Cast.shared, owner: Cast.uwe))
        #expect(written.contains(key: Cast.shared, owner: Cast.una))
    }

    @Test func `somebody else's session that is only read on all is refused to writers as not theirs`() {
        #expect(both.decide(Question(session(Cast.shared, Cast.uwe), .read)).via == [Cast.reader.id])
        #expect(both.decide(Question(session(Cast.shared, Cast.una), .read)).via == [Cast.user.id, Cast.reader.id])
        #expect(both.decide(Question(session(Cast.shared, Cast.una), .full)).via == [Cast.user.id])
        #expect(both.decide(Question(session(Cast.shared, Cast.uwe), .full)).reason == .notOwner)
        #expect(both.decide(Question(session(Cast.shared, nil), .full)).reason == .notOwner)
    }

    @Test func `full on own and read on all is shown as two grants, full on all as one`() {
        #expect(both.screens[.sessions]?.grants == [ScreenGrant(.full, reach: .own), ScreenGrant(.read, reach: .all)])
        let supervisor = Cast.access(Cast.sue, Cast.supervisor, Cast.user)
        #expect(supervisor.screens[.sessions]?.grants == [ScreenGrant(.full, reach: .all)])
        #expect(Cast.access(Cast.una, Cast.user).screens[.sessions]?.grants == [ScreenGrant(.full, reach: .own)])
        #expect(Held().grants.isEmpty)
    }

    @Test func `read on all does not become full on all beside full on own`() {
        #expect(!both.mayHandOutSecrets)
        #expect(!both.holds(Grants(screens: [.sessions: ScreenGrant(.full, reach: .all)])))
        #expect(both.holds(Grants(screens: [.sessions: ScreenGrant(.read, reach: .all)])))
        #expect(both.holds(Grants(screens: [.sessions: ScreenGrant(.full, reach: .own)])))
    }

    @Test func `the highest level per screen wins, whichever role comes first`() {
        let read = Cast.role(8, "Reads links", Grants(screens: [.links: ScreenGrant(.read)]))
        let full = Cast.role(9, "Edits links", Grants(screens: [.links: ScreenGrant(.full)]))
        #expect(Cast.access(Cast.una, read, full).level(of: .links) == .full)
        #expect(Cast.access(Cast.una, full, read).level(of: .links) == .full)
        #expect(Cast.access(Cast.una, full, read).via(.links, at: .full) == [full])
        #expect(Cast.access(Cast.una, full, read).via(.links, at: .read) == [full, read])
    }

    @Test func `who has no role holds nothing`() {
        let nobody = Cast.access(Cast.una)
        for screen in Screen.ownScreens {
            #expect(nobody.level(of: screen) == .none)
            #expect(nobody.visibility(of: screen, at: .read) == .nothing)
        }
        #expect(nobody.decide(Question(session(Cast.shared, Cast.una), .read)).reason == .notGranted)
    }
}

@Suite struct `Keys and places bound` {
    @Test func `the key bounds reach all: a supervisor sees everybody's sessions of their keys, and no others`() {
        let sue = Cast.access(Cast.sue, Cast.supervisor)
        #expect(sue.decide(Question(session(Cast.shared, Cast.una), .full)).isAllowed)
        #expect(sue.decide(Question(session(Cast.shared, nil), .full)).isAllowed)
        #expect(sue.decide(Question(session(Cast.other, Cast.una), .full)).reason == .keyNotHeld)
        #expect(sue.visibility(at: .read) == .all(keys: .only([Cast.shared])))
    }

    @Test func `the key bounds even one's own sessions`() {
        let una = Cast.access(Cast.una, Cast.user, keys: .nothing)
        #expect(una.decide(Question(session(Cast.shared, Cast.una), .read)).reason == .keyNotHeld)
        #expect(!una.visibility(at: .read).contains(key: Cast.shared, owner: Cast.una))
    }

    @Test func `Una and Uwe share a key and do not see each other's sessions`() {
        let una = Cast.access(Cast.una, Cast.user)
        for level in [Level.read, .full] {
            #expect(una.decide(Question(session(Cast.shared, Cast.una), level)).isAllowed)
            #expect(una.decide(Question(session(Cast.shared, Cast.uwe), level)).reason == .notOwner)
            #expect(una.decide(Question(session(Cast.shared, nil), level)).reason == .notOwner)
            #expect(!una.visibility(at: level).contains(key: Cast.shared, owner: Cast.uwe))
            #expect(!una.visibility(at: level).contains(key: Cast.shared, owner: nil))
        }
    }

    @Test func `who holds own but is no user owns nothing, not even what nobody owns`() {
        let nobody = Cast.access(nil, Cast.user, keys: .all)
        #expect(nobody.visibility(at: .read) == .nothing)
        #expect(nobody.decide(Question(session(Cast.shared, nil), .read)).reason == .notOwner)
    }

    @Test func `the manager role holds all keys and places, current and future, whatever was ticked`() {
        let adam = Cast.access(Cast.adam, Cast.admin, places: .nothing, keys: .nothing)
        #expect(adam.keys == .all)
        #expect(adam.places == .all)
        #expect(adam.decide(Question(session(Cast.other, Cast.una), .full)).isAllowed)
        #expect(adam.mayGive(Scope<APIKeyID>.all) && adam.mayGive(Scope<PlaceID>.all))
        // Also beside a lesser role, in either order.
        #expect(Cast.access(Cast.adam, Cast.user, Cast.admin).keys == .all)
        #expect(Cast.access(Cast.adam, Cast.admin, Cast.user).keys == .all)
    }

    @Test func `a place is held through its ancestors, never through what is below it`() {
        let pulse = Screen(rawValue: "pulse")
        let role = Cast.role(8, "Front office", Grants(screens: [pulse: ScreenGrant(.read)]))
        func reason(_ places: Scope<PlaceID>, _ path: [PlaceID]?) -> Decision.Reason {
            Cast.access(Cast.una, role, places: places).decide(Question(.screen(pulse), .read, path: path)).reason
        }
        let room = [Cast.room, Cast.floor, Cast.building]
        #expect(reason(.only([Cast.building]), room) == .granted)
        #expect(reason(.only([Cast.room]), room) == .granted)
        #expect(reason(.only([Cast.room]), [Cast.floor, Cast.building]) == .placeNotHeld)
        #expect(reason(.only([Cast.otherBuilding]), room) == .placeNotHeld)
        #expect(reason(.nothing, room) == .placeNotHeld)
        #expect(reason(.all, room) == .granted)
        #expect(reason(.nothing, nil) == .granted, "what has no place is not bounded by places")
    }

    @Test func `the reasons come in the order that the rulings fix`() {
        let una = Cast.access(Cast.una, Cast.user, places: .nothing, keys: .nothing)
        let rita = Cast.access(Cast.rita, Cast.reader, places: .nothing, keys: .nothing)
        let mallory = Cast.access(Cast.mallory)
        let all = Question(session(Cast.shared, Cast.uwe), .full, path: [Cast.room])
        #expect(mallory.decide(all).reason == .notGranted)
        #expect(rita.decide(all).reason == .levelTooLow)
        #expect(una.decide(all).reason == .placeNotHeld)
        #expect(Cast.access(Cast.una, Cast.user, places: .all, keys: .nothing).decide(all).reason == .keyNotHeld)
        #expect(Cast.access(Cast.una, Cast.user, places: .all).decide(all).reason == .notOwner)
    }

    @Test func `nobody is asked for none, so nobody holds it`() {
        let adam = Cast.access(Cast.adam, Cast.admin)
        #expect(adam.decide(Question(session(Cast.shared, nil), .none)).reason == .notGranted)
        #expect(adam.decide(Question(.screen(.users), .none)).reason == .notGranted)
        #expect(Cast.access(Cast.una, Cast.user).visibility(at: .none) == .nothing)
    }

    @Test(arguments: [
        (Scope<Int>.all, Scope<Int>.all, true), (.all, .only([1]), true), (.all, .nothing, true), (.only([1, 2]), .only([1]), true),
        (.only([1]), .only([1]), true), (.only([1]), .only([1, 2]), false), (.only([1]), .all, false), (.nothing, .nothing, true),
        (.nothing, .all, false),
    ])
    func `a scope contains another when it does now and in future`(_ mine: Scope<Int>, _ other: Scope<Int>, _ expected: Bool) {
        #expect(mine.contains(other) == expected)
    }
}

@Suite struct `What a grant means (ruling 28)` {
    @Test func `none is dropped`() {
        let grants = Grants(
            screens: [.users: ScreenGrant(.none), .sessions: ScreenGrant(.none, reach: .all)], functions: [Function(rawValue: "pay"): .none])
        #expect(grants.isEmpty)
        #expect(grants == Grants())
        #expect(Cast.access(Cast.una, Cast.role(8, "Empty", grants)).screens.isEmpty)
    }

    @Test func `reach is for sessions and session-files, and own by default`() {
        let grants = Grants(screens: [.sessions: ScreenGrant(.full), .sessionFiles: ScreenGrant(.full), .users: ScreenGrant(.full)])
        #expect(grants.screens[.sessions]?.reach == .own)
        #expect(grants.screens[.sessionFiles]?.reach == .own)
        #expect(grants.screens[.users]?.reach == .all)
    }

    @Test func `a reach on a screen without owners makes no difference`() {
        let own = Grants(screens: [.users: ScreenGrant(.full, reach: .own), .links: ScreenGrant(.read, reach: .own)])
        let all = Grants(screens: [.users: ScreenGrant(.full, reach: .all), .links: ScreenGrant(.read, reach: .all)])
        #expect(own == all)
        #expect(Cast.access(Cast.una, Cast.role(8, "Own", own)).holds(all))
    }

    @Test func `a level that a screen does not use is accepted`() {
        let grants = Grants(screens: [.history: ScreenGrant(.full), .sessionFiles: ScreenGrant(.read, reach: .all)])
        #expect(grants.screens[.history]?.level == .full)
        #expect(grants.screens[.sessionFiles] == ScreenGrant(.read, reach: .all))
    }

    @Test func `reach on sessions says nothing about session files`() {
        let access = Cast.access(
            Cast.una,
            Cast.role(8, "Exports own", Grants(screens: [.sessions: ScreenGrant(.full, reach: .all), .sessionFiles: ScreenGrant(.full)])))
        #expect(access.visibility(of: .sessionFiles, at: .full) == .own(Cast.una, keys: .only([Cast.shared])))
        #expect(access.visibility(of: .sessions, at: .full) == .all(keys: .only([Cast.shared])))
    }

    @Test(arguments: Level.allCases) func `levels keep their names`(_ level: Level) { #expect(Level(name: level.name) == level) }

    @Test(arguments: ["", "None", "FULL", "write", "full ", "2"]) func `other words are no levels`(_ word: String) {
        #expect(Level(name: word) == nil)
    }
}

@Suite struct `Nobody gives away what they do not have` {
    private let adam = Cast.access(Cast.adam, Cast.admin)
    private let pay = Function(rawValue: "pay")
    private func payer(_ id: UInt128 = 20) -> Role { Cast.role(id, "Payer", Grants(functions: [pay: .full])) }

    @Test func `the manager role gives every role to others, also one that grants what it lacks`() {
        #expect(!adam.holds(payer().grants))
        #expect(adam.mayGive(payer()))
        #expect(adam.mayGive(Cast.admin))
        #expect(adam.mayEdit(holderOf: [payer(), Cast.admin]))
    }

    @Test func `the manager role does not give oneself what it lacks, nor define it`() {
        #expect(!adam.mayGive(payer(), toOneself: true))
        #expect(!adam.mayDefine(payer().grants))
        #expect(adam.mayGive(Cast.user, toOneself: true))
        #expect(adam.mayGive(Cast.admin, toOneself: true))
    }

    @Test func `a person gives the grants they hold, to others and to themselves`() {
        let sue = Cast.access(Cast.sue, Cast.supervisor)
        let lesser = Cast.role(20, "Lesser", Grants(screens: [.sessions: ScreenGrant(.read, reach: .all)]))
        #expect(sue.mayGive(lesser) && sue.mayGive(lesser, toOneself: true) && sue.mayDefine(lesser.grants))
        for role in [Cast.admin, Cast.user, Cast.reader, payer()] {
            #expect(!sue.mayGive(role), "\(role.name)")
            #expect(!sue.mayGive(role, toOneself: true), "\(role.name)")
        }
    }

    @Test func `a narrow reach does not give a wide one`() {
        let una = Cast.access(Cast.una, Cast.user)
        #expect(!una.mayDefine(Grants(screens: [.sessions: ScreenGrant(.read, reach: .all)])))
        #expect(una.mayDefine(Grants(screens: [.sessions: ScreenGrant(.read, reach: .own)])))
    }

    @Test func `gives lets one give a role whose grants one lacks, but never to oneself`() {
        let helper = Cast.access(Cast.una, Cast.role(20, "ACCOUNT MANAGER", Grants(screens: [.users: ScreenGrant(.full)]), gives: ["Payer"]))
        #expect(helper.mayGive(payer()))
        #expect(!helper.mayGive(payer(), toOneself: true))
        #expect(!helper.mayDefine(payer().grants))
        #expect(helper.mayEdit(holderOf: [payer()]))
        #expect(!helper.maySetPassword(of: Cast.access(Cast.uwe, payer())), "giving a role is not holding it")
        #expect(!helper.mayGive(Cast.admin))
    }

    @Test func `the right to give roles is itself something that one has or lacks`() {
        // Whoever gave themselves this role, or became somebody who has it, could give away payments that they do not hold.
        let manager = Cast.role(20, "ACCOUNT MANAGER", Grants(screens: [.users: ScreenGrant(.full)]), gives: ["Payer", "ACCOUNT MANAGER"])
        let helper = Cast.access(Cast.una, Cast.role(21, "Helper", Grants(screens: [.users: ScreenGrant(.full)])))
        #expect(helper.holds(manager.grants))
        #expect(!helper.mayGive(manager, toOneself: true))
        #expect(!helper.mayGive(manager))
        #expect(!helper.mayEdit(holderOf: [manager]))
        #expect(!helper.maySetPassword(of: Cast.access(Cast.uwe, manager)))
        // Who has it passes it on.
        let one = Cast.access(Cast.uwe, manager)
        #expect(one.mayGive(manager) && one.mayGive(manager, toOneself: true) && one.maySetPassword(of: Cast.access(Cast.una, manager)))
        let adam = Cast.access(Cast.adam, Cast.admin)
        #expect(adam.mayGive(manager, toOneself: true) && adam.maySetPassword(of: one))
    }

    @Test func `all the grants of the manager role are not the manager role`() {
        let almost = Cast.access(Cast.una, Cast.role(20, "Almost", Cast.admin.grants), places: .all, keys: .all)
        #expect(almost.holds(Cast.admin.grants))
        #expect(!almost.mayGive(Cast.admin))
        #expect(!almost.mayGive(Cast.admin, toOneself: true))
        #expect(!almost.mayEdit(holderOf: [Cast.admin]))
        #expect(!almost.maySetPassword(of: Cast.access(Cast.adam, Cast.admin)))
        #expect(adam.maySetPassword(of: almost))
    }

    @Test func `whoever may give all roles of a person may edit them, one missing is enough to refuse`() {
        let una = Cast.access(Cast.una, Cast.user)
        #expect(una.mayEdit(holderOf: [Cast.user]))
        #expect(una.mayEdit(holderOf: []))
        #expect(!una.mayEdit(holderOf: [Cast.user, Cast.reader]))
    }

    @Test func `a password is set only for those who hold no more: roles, keys and places`() {
        let una = Cast.access(Cast.una, Cast.user, places: .only([Cast.floor]))
        #expect(una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user)))
        #expect(una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user, places: .only([Cast.floor]), keys: .nothing)))
        #expect(!una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user, keys: .only([Cast.shared, Cast.other]))))
        #expect(!una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user, keys: .all)))
        #expect(!una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user, places: .only([Cast.room]))))
        #expect(!una.maySetPassword(of: Cast.access(Cast.uwe, Cast.user, Cast.reader)))
    }

    @Test func `even the manager role does not set the password of a person who holds what it lacks`() {
        #expect(!adam.maySetPassword(of: Cast.access(Cast.uwe, payer())))
        #expect(adam.mayEdit(holderOf: [payer()]))
    }

    @Test func `keys and places are given only by those who hold them`() {
        let sue = Cast.access(Cast.sue, Cast.supervisor, places: .only([Cast.floor]))
        #expect(sue.mayGive(.only([Cast.shared])) && sue.mayGive(Scope<APIKeyID>.nothing) && sue.mayGive(.only([Cast.floor])))
        #expect(!sue.mayGive(.only([Cast.other])) && !sue.mayGive(Scope<APIKeyID>.all) && !sue.mayGive(.only([Cast.room])))
        #expect(!sue.mayGive(Scope<PlaceID>.all))
    }

    @Test func `a secret reads everybody's sessions, so handing one out needs sessions at full with reach all`() {
        #expect(adam.mayHandOutSecrets)
        #expect(Cast.access(Cast.sue, Cast.supervisor).mayHandOutSecrets)
        #expect(!Cast.access(Cast.una, Cast.user).mayHandOutSecrets)
        #expect(!Cast.access(Cast.rita, Cast.reader).mayHandOutSecrets)
        #expect(!Cast.access(Cast.una, Cast.user, Cast.reader).mayHandOutSecrets)
    }
}

@Suite struct `Functions that exclude each other` {
    private let create = Function(rawValue: "payouts.create")
    private let authorize = Function(rawValue: "payouts.authorize")
    private let view = Function(rawValue: "payouts.view")

    @Test func `on the record, one person may hold both and the maker may use neither on it`() {
        let exclusions = [Exclusion(create, authorize, on: .record)]
        let both = Cast.role(8, "Both", Grants(functions: [create: .full, authorize: .full, view: .full]))
        let una = Cast.access(Cast.una, both)
        for function in [create, authorize] {
            #expect(una.decide(Question(.function(function), .full, maker: Cast.una), exclusions: exclusions).reason == .maker)
            #expect(una.decide(Question(.function(function), .full, maker: Cast.uwe), exclusions: exclusions).reason == .granted)
            #expect(una.decide(Question(.function(function), .full), exclusions: exclusions).reason == .granted)
            #expect(una.decide(Question(.function(function), .read, maker: Cast.una), exclusions: exclusions).reason == .granted, "only writing")
        }
        #expect(una.decide(Question(.function(view), .full, maker: Cast.una), exclusions: exclusions).reason == .granted)
    }

    @Test func `who lacks the function hears that, not that they are the maker`() {
        let exclusions = [Exclusion(create, authorize, on: .record)]
        let una = Cast.access(Cast.una, Cast.role(8, "Reads", Grants(functions: [create: .read])))
        #expect(una.decide(Question(.function(create), .full, maker: Cast.una), exclusions: exclusions).reason == .levelTooLow)
        #expect(una.decide(Question(.function(authorize), .full, maker: Cast.una), exclusions: exclusions).reason == .notGranted)
    }

    @Test func `who is no user is nobody's maker`() {
        let access = Access.ofIntegration(name: "ERP", functions: [create: .full])
        let question = Question(.function(create), .full, maker: Cast.una)
        #expect(access.decide(question, exclusions: [Exclusion(create, authorize, on: .record)]).isAllowed)
    }

    @Test func `on the person, holding both is a conflict, whichever roles they come from and at whatever level`() {
        let catalogue = Catalogue(
            id: "payments", exclusions: [Exclusion(create, authorize, on: .person), Exclusion(create, view, on: .record)], roles: [],
            defaults: .init(concurrentLogins: .allow, maxLogins: 10, userDeletion: true), hasFieldWork: false)
        let maker = Grants(functions: [create: .full, view: .full])
        let checker = Grants(functions: [authorize: .read])
        #expect(catalogue.conflicts([maker, checker]) == [catalogue.exclusions[0]])
        #expect(catalogue.conflicts([checker, maker]) == [catalogue.exclusions[0]])
        #expect(catalogue.conflicts([Grants(functions: [create: .read, authorize: .read])]) == [catalogue.exclusions[0]])
        #expect(catalogue.conflicts([maker, maker]).isEmpty)
        #expect(catalogue.conflicts([]).isEmpty)
        #expect(catalogue.conflicts([maker, Grants(functions: [authorize: .none])]).isEmpty)
        // An exclusion on the person is no matter of makers.
        let both = Cast.access(Cast.una, Cast.role(8, "Both", Grants(functions: [create: .full])))
        #expect(both.decide(Question(.function(create), .full, maker: Cast.una), exclusions: [catalogue.exclusions[0]]).isAllowed)
    }

    @Test func `the manager role's everything leaves out what excludes itself on the person, and only that`() {
        let functions = [create, authorize, view].map { Catalogue.FunctionEntry($0, $0.rawValue) }
        let pulse = Screen(rawValue: "pulse")
        func grants(_ on: Exclusion.On, listed: Grants = Grants()) -> Grants {
            Catalogue.managerGrants(
                screens: [.init(pulse, "Pulse")], functions: functions, exclusions: [Exclusion(create, authorize, on: on)], listed: listed)
        }
        #expect(grants(.person).functions == [view: .full])
        #expect(grants(.record).functions == [create: .full, authorize: .full, view: .full])
        #expect(grants(.person).screens[pulse]?.level == .full)
        for screen in Screen.ownScreens { #expect(grants(.person).screens[screen] == ScreenGrant(.full, reach: .all)) }
        // Where the catalogue lists something, that and no more; of Latchkey's own screens always everything.
        let listed = grants(.person, listed: Grants(screens: [pulse: ScreenGrant(.read), .users: ScreenGrant(.read)], functions: [create: .full]))
        #expect(listed.functions == [create: .full])
        #expect(listed.screens[pulse]?.level == .read)
        #expect(listed.screens[.users]?.level == .full)
    }

    @Test func `a catalogue that names a function twice does not stop the server`() {
        let twice = [Catalogue.FunctionEntry(view, "View"), Catalogue.FunctionEntry(view, "View")]
        #expect(Catalogue.managerGrants(screens: [], functions: twice, exclusions: []).functions == [view: .full])
    }
}

@Suite struct `Machines` {
    private let key = Access.ofAPIKey(Cast.shared, name: "Live")

    @Test func `an API key holds sessions at full, of everybody, under itself alone`() {
        for owner in [Cast.una, Cast.uwe, nil] {
            for level in [Level.read, .full] {
                #expect(key.decide(Question(session(Cast.shared, owner), level)).isAllowed)
                #expect(key.decide(Question(session(Cast.other, owner), level)).reason == .keyNotHeld)
            }
        }
        #expect(key.visibility(at: .full) == .all(keys: .only([Cast.shared])))
    }

    @Test func `an API key holds nothing else`() {
        for screen in Screen.ownScreens where screen != .sessions { #expect(key.level(of: screen) == .none, "\(screen.rawValue)") }
        #expect(key.functions.isEmpty && key.places == .nothing && key.user == nil && !key.isManager)
        for role in [Cast.admin, Cast.user, Cast.reader] { #expect(!key.mayGive(role), "\(role.name)") }
        #expect(!key.mayGive(.only([Cast.other])))
    }

    @Test func `an integration holds its functions, reach all, all keys, all places`() {
        let hvac = Function(rawValue: "hvac")
        let access = Access.ofIntegration(
            name: "Devices", functions: [hvac: .full, Function(rawValue: "sessions"): .read, Function(rawValue: "users"): .full])
        #expect(access.level(of: hvac) == .full)
        #expect(access.level(of: .users) == .full)
        #expect(access.visibility(at: .read) == .all(keys: .all))
        #expect(access.visibility(at: .full) == .nothing)
        #expect(access.decide(Question(session(Cast.other, Cast.una), .full)).reason == .levelTooLow)
        #expect(access.decide(Question(.function(hvac), .full, path: [Cast.room])).isAllowed)
        #expect(access.places == .all && access.keys == .all && access.user == nil && !access.isManager)
        for screen in Screen.ownScreens where ![.sessions, .users].contains(screen) { #expect(access.level(of: screen) == .none) }
    }

    @Test func `a function of a catalogue opens no screen, even of the same name as one of the catalogue's`() {
        let access = Access.ofIntegration(name: "Devices", functions: [Function(rawValue: "pulse"): .full])
        #expect(access.level(of: Screen(rawValue: "pulse")) == .none)
        #expect(access.screens.isEmpty)
    }

    @Test func `an integration gives nothing that it does not hold`() {
        let access = Access.ofIntegration(name: "Provisioning", functions: [Function(rawValue: "users"): .full])
        #expect(access.mayGive(Cast.role(8, "Users", Grants(screens: [.users: ScreenGrant(.full)]))))
        for role in [Cast.admin, Cast.user, Cast.supervisor, Cast.reader] { #expect(!access.mayGive(role), "\(role.name)") }
        #expect(!access.maySetPassword(of: Cast.access(Cast.adam, Cast.admin)))
        #expect(!access.mayHandOutSecrets)
    }

    @Test func `a token never gives more than it was asked for, nor more than the integration has`() {
        let (users, roles, hvac) = (Function(rawValue: "users"), Function(rawValue: "roles"), Function(rawValue: "hvac"))
        let held: [Function: Level] = [users: .read, roles: .full, hvac: .full]
        let access = Access.ofIntegration(name: "Devices", functions: held, within: [users: .full, hvac: .read, .decisions: .full])
        #expect(access.level(of: .users) == .read && access.level(of: hvac) == .read)
        #expect(access.level(of: .roles) == .none && access.level(of: roles) == .none && access.level(of: .decisions) == .none)
        #expect(Access.ofIntegration(name: "Devices", functions: held, within: [:]).screens.isEmpty)
        #expect(Access.ofIntegration(name: "Devices", functions: held).level(of: .roles) == .full)
    }

    @Test func `a function that is granted at none opens nothing`() {
        let access = Access.ofIntegration(name: "Nothing", functions: [Function(rawValue: "users"): .none])
        #expect(access.screens.isEmpty && access.functions.isEmpty)
    }
}
