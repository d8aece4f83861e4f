import LatchkeyAccess
import Testing

/// The ready catalogues of a hotel and of a payments company, as `screens-and-roles.md` lists them.
@Suite struct `Ready catalogues` {
    @Test(arguments: Catalogue.allReady) func `each has exactly one manager role, and names no thing twice or after Latchkey's own`(
        _ catalogue: Catalogue
    ) {
        #expect(catalogue.roles.count { $0.isManager } == 1)
        let screens = catalogue.screens.map(\.id), functions = catalogue.functions.map(\.id)
        #expect(Set(screens).count == screens.count && Set(functions).count == functions.count)
        #expect(screens.allSatisfy { !Screen.reservedNames.contains($0.rawValue) })
        #expect(functions.allSatisfy { !Screen.reservedNames.contains($0.rawValue) })
        for role in catalogue.roles {
            #expect(role.grants.screens.keys.allSatisfy(catalogue.contains))
            #expect(role.grants.functions.keys.allSatisfy(catalogue.contains))
            #expect(role.gives.allSatisfy { name in catalogue.roles.contains { $0.name == name } })
        }
        for item in catalogue.navigation.flatMap(\.items) { #expect(catalogue.contains(item.screen)) }
        for function in catalogue.functions { #expect(function.screen.map(catalogue.contains) ?? true) }
        #expect(catalogue.exclusions.allSatisfy { catalogue.contains($0.a) && catalogue.contains($0.b) })
    }

    @Test func `the manager role holds all of Latchkey's own screens in each of them`() throws {
        for catalogue in Catalogue.allReady {
            let manager = try #require(catalogue.roles.first { $0.isManager })
            for screen in Screen.ownScreens { #expect(manager.grants.screens[screen] == ScreenGrant(.full, reach: .all)) }
        }
    }

    private func levels(_ name: String, in catalogue: Catalogue) throws -> [String: Level] {
        let role = try #require(catalogue.roles.first { $0.name == name })
        let screens = role.listed.screens.map { ($0.key.rawValue, $0.value.level) }
        return Dictionary(uniqueKeysWithValues: screens + role.listed.functions.map { ($0.key.rawValue, $0.value) })
    }

    @Test func `a hotel's profiles`() throws {
        let hotel = Catalogue.hotel
        #expect(hotel.screens.map(\.id.rawValue) == ["pulse", "control-center", "reporting", "configuration", "dashboard-settings"])
        #expect(
            hotel.functions.map(\.id.rawValue) == [
                "room-status", "room-alerts", "system-alerts", "lighting", "hvac", "curtains", "occupancy", "check-in", "energy",
            ])
        #expect(hotel.roles.map(\.name) == ["Project Admin", "Front office", "Engineering", "Housekeeping", "Reporting only"])
        #expect(try levels("Front office", in: hotel) == ["pulse": .read, "control-center": .full])
        #expect(try levels("Engineering", in: hotel) == ["control-center": .full, "configuration": .full, "reporting": .read])
        #expect(try levels("Housekeeping", in: hotel) == ["control-center": .read])
        #expect(try levels("Reporting only", in: hotel) == ["reporting": .read])
        let manager = try #require(hotel.roles.first { $0.isManager })
        #expect(hotel.screens.allSatisfy { manager.grants.screens[$0.id]?.level == .full })
        #expect(hotel.functions.allSatisfy { manager.grants.functions[$0.id] == .full })
        #expect(hotel.defaults == .init(concurrentLogins: .takeOver, maxLogins: 10, userDeletion: true))
        #expect(!hotel.hasFieldWork)
    }

    @Test func `a payments client's roles: who creates does not authorize`() throws {
        let payments = Catalogue.payments
        let reads: [String: Level] = ["balances": .read, "dashboard": .read, "reports": .read]
        let authorizes: [String: Level] = [
            "payouts.authorize": .full, "refunds.authorize": .full, "wires.authorize": .full, "exchange.create": .full, "transfers.create": .full,
        ]
        #expect(
            try levels("ACCOUNT MANAGER", in: payments)
                == reads.merging(["configurations": .full, "users": .full, "roles": .full]) { first, _ in first })
        #expect(try levels("AUTHORIZER LEVEL 1", in: payments) == reads.merging(authorizes) { first, _ in first })
        #expect(
            try levels("AUTHORIZER LEVEL 2", in: payments)
                == reads.merging(authorizes) { first, _ in first }.merging(["wires.authorize-large": .full, "exchange.create-large": .full]) {
                    first, _ in first
                })
        #expect(
            try levels("OPERATOR", in: payments) == [
                "balances": .read, "reports": .read, "payouts.create": .full, "refunds.create": .full, "wires.create": .full,
            ])
        #expect(try levels("REPORTS", in: payments) == reads)
        let admin = try levels("ADMIN", in: payments)
        #expect(payments.functions.allSatisfy { admin[$0.id.rawValue] == .full })
        for screen in ["client-information", "account-settings", "merchants", "agreements", "masters"] { #expect(admin[screen] == .read) }
        for screen in ["configurations", "banking", "contacts", "ip-whitelist", "notifications", "bins", "api", "payin", "payout"] {
            #expect(admin[screen] == .full)
        }
        let gives = try #require(payments.roles.first { $0.name == "ACCOUNT MANAGER" }).gives
        #expect(gives == Set(payments.roles.map(\.name)).subtracting(["ADMIN"]))
        #expect(payments.exclusions.allSatisfy { $0.on == .record })
        #expect(payments.defaults == .init(concurrentLogins: .allow, maxLogins: 10, userDeletion: false))
        #expect(!payments.hasFieldWork)
    }

    @Test func `a manager role that lists some of the catalogue holds that, and one that lists nothing holds all of it`() {
        let screen = Catalogue.ScreenEntry(Screen(rawValue: "one"), "One"), other = Catalogue.ScreenEntry(Screen(rawValue: "two"), "Two")
        func grants(_ listed: Grants) -> Grants {
            Catalogue(
                id: "own", screens: [screen, other], roles: [.init("Boss", "Does it.", listed, isManager: true)], defaults: Catalogue.own.defaults,
                hasFieldWork: false
            ).roles[0].grants
        }
        #expect(grants(Grants(screens: [screen.id: ScreenGrant(.read)])).screens[other.id] == nil)
        #expect(grants(Grants(screens: [screen.id: ScreenGrant(.read)])).screens[screen.id]?.level == .read)
        #expect(grants(Grants()).screens[other.id]?.level == .full)
        // Of Latchkey's own it holds all, whatever is listed; listing those alone is listing nothing.
        #expect(grants(Grants(screens: [.users: ScreenGrant(.read)])).screens[.users]?.level == .full)
        #expect(grants(Grants(screens: [.users: ScreenGrant(.read)])).screens[other.id]?.level == .full)
    }
}
