import LatchkeyAccess
import Testing

@Suite struct `What the gate asks first` {
    private let everyNeed: [Need] = [
        .anyone, .firstSteps, .secondStep, .login, .member, .screen(.users, .read), .screen(.sessions, .full), .enterprise(nil),
        .enterprise(.manageUsers),
    ]

    @Test func `who must choose a new password can do that, ask who they are, and nothing else`() {
        let una = Cast.member(Cast.una, Cast.access(Cast.una, Cast.admin), mustChangePassword: true)
        let olive = Cast.administrator(mustChangePassword: true)
        for need in everyNeed {
            let first = need == .anyone || need == .firstSteps
            #expect(refusal(of: need, una) == (first ? nil : .passwordChangeRequired), "\(need)")
            #expect(refusal(of: need, olive) == (first ? nil : .passwordChangeRequired), "\(need)")
        }
    }

    @Test func `who must add a second factor can do that, once the password is theirs, and nothing else`() {
        var una = Cast.member(Cast.una, Cast.access(Cast.una, Cast.admin))
        una.mustAddFactor = true
        var olive = Cast.administrator()
        olive.mustAddFactor = true
        for need in everyNeed {
            let first = [.anyone, .firstSteps, .secondStep].contains(need)
            #expect(refusal(of: need, una) == (first ? nil : .secondStepEnrolmentRequired), "\(need)")
            #expect(refusal(of: need, olive) == (first ? nil : .secondStepEnrolmentRequired), "\(need)")
        }
        una.mustChangePassword = true
        #expect(refusal(of: .secondStep, una) == .passwordChangeRequired)
        #expect(refusal(of: .screen(.users, .read), una) == .passwordChangeRequired)
    }

    @Test func `a password that must be changed comes before every other refusal`() {
        let una = Cast.member(Cast.una, Cast.access(Cast.una), hasFieldWork: false, mustChangePassword: true)
        #expect(refusal(of: .screen(.sessions, .read), una) == .passwordChangeRequired)
        #expect(refusal(of: .enterprise(nil), una) == .passwordChangeRequired)
        #expect(refusal(of: .screen(.users, .read), Cast.administrator(mustChangePassword: true)) == .passwordChangeRequired)
    }

    @Test func `no account comes before no field work, that before the screen, that before its level`() {
        let need = Need.screen(.sessions, .full)
        #expect(refusal(of: need, Cast.administrator()) == .noAccount)
        #expect(refusal(of: need, Cast.member(Cast.una, Cast.access(Cast.una), hasFieldWork: false)) == .noFieldWork)
        #expect(refusal(of: need, Cast.member(Cast.una, Cast.access(Cast.una))) == .notGranted(.sessions))
        #expect(refusal(of: need, Cast.member(Cast.rita, Cast.access(Cast.rita, Cast.reader))) == .levelTooLow(.sessions, .full))
        #expect(refusal(of: need, Cast.member(Cast.una, Cast.access(Cast.una, Cast.user))) == nil)
    }

    @Test func `an address that is not allowed comes after no field work and before the screen`() {
        func outside(_ access: Access, hasFieldWork: Bool = true) -> Principal {
            var principal = Principal(actor: .system, place: .account(Cast.account, hasFieldWork: hasFieldWork, access))
            principal.isOutsideAllowedAddresses = true
            return principal
        }
        let key = Access.ofAPIKey(Cast.shared, name: "Live")
        #expect(refusal(of: .screen(.sessions, .read), outside(key)) == .addressNotAllowed)
        #expect(refusal(of: .screen(.users, .read), outside(key)) == .addressNotAllowed)
        #expect(refusal(of: .screen(.sessions, .read), outside(key, hasFieldWork: false)) == .noFieldWork)
        for need in [Need.anyone, .member, .login, .screen(.account, .read)] {
            #expect(refusal(of: need, outside(key)) == .addressNotAllowed, "\(need)")
        }
    }

    @Test func `sessions, session-files, api-keys and links are field work, even for the manager role, and nothing else is`() {
        let adam = Cast.member(Cast.adam, Cast.access(Cast.adam, Cast.admin), hasFieldWork: false)
        for screen in Screen.ownScreens {
            let isFieldWork = ["sessions", "session-files", "api-keys", "links"].contains(screen.rawValue)
            #expect(refusal(of: .screen(screen, .read), adam) == (isFieldWork ? .noFieldWork : nil), "\(screen.rawValue)")
        }
    }

    @Test func `one's own page needs a login and no screen`() {
        #expect(refusal(of: .login, Cast.member(Cast.una, Cast.access(Cast.una))) == nil)
        #expect(refusal(of: .login, Cast.administrator([])) == nil)
        let machine = Principal(
            actor: .system, place: .account(Cast.account, hasFieldWork: true, .ofAPIKey(Cast.shared, name: "Live")))
        #expect(refusal(of: .login, machine) == .needsLogin)
        #expect(refusal(of: .firstSteps, machine) == .needsLogin)
        #expect(refusal(of: .secondStep, machine) == .needsLogin)
        #expect(refusal(of: .member, machine) == nil)
        #expect(refusal(of: .anyone, machine) == nil)
    }

    @Test func `an account is not the enterprise, and the manager of an account no administrator`() {
        let adam = Cast.member(Cast.adam, Cast.access(Cast.adam, Cast.admin))
        #expect(refusal(of: .enterprise(nil), adam) == .notEnterprise)
        #expect(refusal(of: .enterprise(.manageAccounts), adam) == .notEnterprise)
        #expect(refusal(of: .member, Cast.administrator()) == .noAccount)
    }

    @Test func `the enterprise level asks for its permission, each by itself`() {
        for held in Permission.allCases {
            let olive = Cast.administrator([held])
            #expect(refusal(of: .enterprise(nil), olive) == nil)
            for asked in Permission.allCases {
                #expect(refusal(of: .enterprise(asked), olive) == (asked == held ? nil : .permissionMissing(asked)))
            }
        }
        #expect(refusal(of: .enterprise(nil), Cast.administrator([])) == nil)
    }

    @Test func `while switched into an account the enterprise is closed`() {
        let olive = Cast.switched()
        for need in [Need.enterprise(nil)] + Permission.allCases.map({ Need.enterprise($0) }) {
            #expect(refusal(of: need, olive) == .notEnterprise)
        }
        #expect(refusal(of: .screen(.users, .full), olive) == nil)
        #expect(refusal(of: .member, olive) == nil)
    }

    @Test func `every refusal has a sentence for a person, and no two the same`() {
        let all: [Refusal] = [
            .signIn, .passwordChangeRequired, .noAccount, .notEnterprise, .noFieldWork, .addressNotAllowed, .needsLogin, .notGranted(.users),
            .levelTooLow(.users, .full), .permissionMissing(.export),
        ]
        #expect(Set(all.map(\.reason)).count == all.count)
        #expect(all.allSatisfy { $0.reason.hasSuffix(".") })
    }
}

@Suite struct `Permits` {
    @Test func `a permit carries the account, the person and what they hold, and nothing from elsewhere`() throws {
        let una = Cast.member(Cast.una, Cast.access(Cast.una, Cast.user, Cast.reader))
        let permit = try Policy.permit(.screen(.sessions, .full), una)
        #expect(permit.account == Cast.account)
        #expect(permit.user == Cast.una)
        #expect(permit.login == Cast.login)
        #expect(permit.administrator == nil)
        #expect(permit.keys == .only([Cast.shared]))
        #expect(permit.visibleSessions == .all(keys: .only([Cast.shared])))
        #expect(permit.writableSessions == .own(Cast.una, keys: .only([Cast.shared])))
    }

    /// The refusal of the permit, nil if one was made.
    private func refused(_ need: Need, _ principal: Principal) -> Refusal? {
        do throws(Refusal) {
            _ = try Policy.permit(need, principal)
            return nil
        } catch { return error }
    }

    @Test func `no permit without the screen, for another place, or before the password is changed`() {
        let una = Cast.member(Cast.una, Cast.access(Cast.una, Cast.user))
        #expect(refused(.screen(.users, .read), una) == .notGranted(.users))
        #expect(refused(.screen(.overview, .full), una) == .levelTooLow(.overview, .full))
        #expect(refused(.member, Cast.administrator()) == .noAccount)
        #expect(refused(.enterprise(nil), Cast.administrator()) == .noAccount, "an enterprise need opens no account")
        #expect(refused(.login, Cast.administrator()) == .noAccount)
        #expect(refused(.member, Cast.member(Cast.una, Cast.access(Cast.una), mustChangePassword: true)) == .passwordChangeRequired)
    }

    @Test func `the enterprise's permit is for administrators at the enterprise level, by their permission`() throws {
        let permit = try Policy.enterprisePermit(.manageUsers, Cast.administrator([.manageUsers], groups: .only([Cast.north])))
        #expect(permit.administrator == Cast.olive)
        #expect(permit.access.groups == .only([Cast.north]))
        func refused(_ permission: Permission?, _ principal: Principal) -> Refusal? {
            do throws(Refusal) {
                _ = try Policy.enterprisePermit(permission, principal)
                return nil
            } catch { return error }
        }
        #expect(refused(.export, Cast.administrator([.manageUsers])) == .permissionMissing(.export))
        #expect(refused(nil, Cast.switched()) == .notEnterprise)
        #expect(refused(nil, Cast.member(Cast.adam, Cast.access(Cast.adam, Cast.admin))) == .notEnterprise)
        var nobody = Cast.administrator()
        nobody.administrator = nil
        #expect(refused(nil, nobody) == .notEnterprise)
    }

    @Test func `one's own permit is for oneself: a user, or an administrator, switched or not`() throws {
        func person(_ principal: Principal) throws -> OwnPermit.Person {
            let permit = try Policy.ownPermit(.login, principal)
            #expect(permit.login == Cast.login)
            return permit.person
        }
        #expect(try person(Cast.member(Cast.una, Cast.access(Cast.una))) == .user(Cast.una, in: Cast.account))
        #expect(try person(Cast.administrator()) == .administrator(Cast.olive))
        #expect(try person(Cast.switched()) == .administrator(Cast.olive))
        let machine = Principal(actor: .system, place: .account(Cast.account, hasFieldWork: true, .ofAPIKey(Cast.shared, name: "Live")))
        for need in [Need.anyone, .firstSteps, .login, .member] {
            #expect(throws: Refusal.needsLogin) { _ = try Policy.ownPermit(need, machine).login }
        }
    }

    @Test func `a guest holds sessions under its keys, and nothing else`() {
        let guest = Access.ofGuest(keys: .only([Cast.shared]))
        #expect(guest.visibility(at: .full) == .all(keys: .only([Cast.shared])))
        #expect(guest.user == nil && guest.places == .nothing && guest.functions.isEmpty && !guest.isManager)
        for screen in Screen.ownScreens where screen != .sessions { #expect(guest.level(of: screen) == .none, "\(screen)") }
    }

    @Test(arguments: Door.allCases) func `a door says which one it is, and nobody is known behind it`(_ door: Door) {
        let permit = Policy.open(door)
        #expect(permit.door == door)
        #expect(permit.actor == .system)
    }
}

@Suite struct `An administrator who names an account in the path` {
    private func enter(_ principal: Principal, group: GroupID?, hasFieldWork: Bool = true) throws(Refusal) -> Principal? {
        try Policy.enter(Cast.account, group: group, hasFieldWork: hasFieldWork, manager: Cast.admin, by: principal)
    }

    @Test func `acts in it with its manager role, as themselves`() throws {
        let inside = try #require(try enter(Cast.administrator([.manageUsers]), group: nil))
        #expect(inside.account == Cast.account)
        #expect(inside.access?.isManager == true)
        #expect(inside.access?.keys == .all)
        #expect(inside.user == nil, "records of their own they have none")
        #expect(inside.administrator == Cast.olive)
        #expect(inside.actor.kind == .administrator)
        #expect(refusal(of: .screen(.users, .full), inside) == nil)
        #expect(refusal(of: .enterprise(nil), inside) == .notEnterprise)
    }

    @Test func `finds only the accounts of their groups; the others are hidden, as is one without a group`() throws {
        let limited = Cast.administrator(groups: .only([Cast.north]))
        #expect(try enter(limited, group: Cast.north) != nil)
        #expect(try enter(limited, group: Cast.south) == nil)
        #expect(try enter(limited, group: nil) == nil)
        #expect(try enter(Cast.administrator(groups: .nothing), group: Cast.north) == nil)
        #expect(try enter(Cast.administrator(groups: .all), group: Cast.south) != nil)
        #expect(try enter(Cast.administrator(groups: .all), group: nil) != nil)
    }

    @Test func `needs the permission to manage users, and hears that before whether the account exists`() {
        let without = Cast.administrator(Set(Permission.allCases).subtracting([.manageUsers]), groups: .only([Cast.north]))
        for group in [Cast.north, Cast.south, nil] {
            #expect(throws: Refusal.permissionMissing(.manageUsers)) { try enter(without, group: group) }
        }
    }

    @Test func `does so at the enterprise level only, and after choosing a password`() {
        #expect(throws: Refusal.notEnterprise) { try enter(Cast.switched(), group: nil) }
        #expect(throws: Refusal.notEnterprise) { try enter(Cast.member(Cast.adam, Cast.access(Cast.adam, Cast.admin)), group: nil) }
        #expect(throws: Refusal.passwordChangeRequired) { try enter(Cast.administrator(mustChangePassword: true), group: nil) }
    }

    @Test func `finds no field work where the account has none`() throws {
        let inside = try #require(try enter(Cast.administrator(), group: nil, hasFieldWork: false))
        #expect(refusal(of: .screen(.sessions, .read), inside) == .noFieldWork)
    }
}

@Suite struct `Administrators` {
    private func access(_ permissions: Set<Permission>, _ groups: Scope<GroupID>) -> EnterpriseAccess {
        EnterpriseAccess(permissions: permissions, groups: groups)
    }

    @Test func `give only permissions and groups that they hold`() {
        let limited = access([.manageUsers, .export], .only([Cast.north]))
        #expect(limited.holds(access([.export], .only([Cast.north]))))
        #expect(limited.holds(access([], .nothing)))
        #expect(!limited.holds(access([.manageAccounts], .only([Cast.north]))))
        #expect(!limited.holds(access([.export], .only([Cast.south]))))
        #expect(!limited.holds(access([], .all)))
        #expect(!access([], .all).holds(limited))
        #expect(access(Set(Permission.allCases), .all).holds(limited))
    }

    @Test func `switched into each other hold what both hold`() {
        let a = access([.manageUsers, .export], .only([Cast.north, Cast.south]))
        let b = access([.manageUsers, .manageGroups], .only([Cast.south]))
        #expect(a.intersection(b) == access([.manageUsers], .only([Cast.south])))
        #expect(a.intersection(access([.export], .all)) == access([.export], .only([Cast.north, Cast.south])))
        #expect(access([.export], .all).intersection(access([.export], .all)) == access([.export], .all))
        #expect(access([.export], .only([Cast.north])).intersection(access([.export], .only([Cast.south]))).groups == .nothing)
    }
}

@Suite struct `The inspection catalogue` {
    @Test func `has exactly one manager role, which holds every screen of Latchkey's own at full`() throws {
        let managers = Catalogue.inspection.roles.filter(\.isManager)
        #expect(managers.map(\.name) == ["ADMIN"])
        let grants = try #require(managers.first).grants
        for screen in Screen.ownScreens { #expect(grants.screens[screen] == ScreenGrant(.full, reach: .all), "\(screen.rawValue)") }
        #expect(grants.screens.count == Screen.ownScreens.count)
    }

    @Test func `lets USER read the overview and write their own sessions, and no more`() throws {
        let user = try #require(Catalogue.inspection.roles.first { $0.name == "USER" })
        #expect(user.grants == Grants(screens: [.overview: ScreenGrant(.read), .sessions: ScreenGrant(.full, reach: .own)]))
        #expect(!user.isManager && user.gives.isEmpty)
    }

    @Test func `is found by its name and does field work`() {
        #expect(Catalogue.ready("inspection")?.hasFieldWork == true)
        #expect(Catalogue.ready("Inspection") == nil)
        #expect(Catalogue.inspection.grantableScreens == Screen.ownScreens)
        #expect(Catalogue.inspection.contains(.users))
        #expect(!Catalogue.inspection.contains(Screen(rawValue: "pulse")))
    }
}
