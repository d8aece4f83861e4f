import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import Testing

@testable import latchkey

/// Accounts of a hotel, of a payments company, and of a company with a catalogue of its own.
@Suite struct `An account's catalogue` {
    @Test(arguments: Catalogue.allReady) func `is one of the ready ones from the beginning`(_ catalogue: Catalogue) async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let made = await olive.post("/api/v1/accounts", ["name": "One", "catalogue": .string(catalogue.id)])
        expect(made, 201)
        #expect(made.text("catalogue") == catalogue.id)
        let inside = try await olive.switched(into: made.id)
        let shown = await inside.get("/api/v1/catalogue")
        #expect(shown.json == catalogue.json)
        let roles = await inside.get("/api/v1/roles").items
        #expect(roles.compactMap { $0["name"]?.text } == catalogue.roles.map(\.name), "in the order of the catalogue")
        #expect(roles.compactMap { $0["manager"]?.answer } == catalogue.roles.map(\.isManager))
        #expect(roles.map { $0["screens"] ?? .null } == catalogue.roles.map(\.grants.screensJSON))
        let security = await inside.get("/api/v1/settings/security")
        #expect(security.text("concurrent_logins") == catalogue.defaults.concurrentLogins.rawValue)
        #expect(security["user_deletion"].answer == catalogue.defaults.userDeletion)
        let me = await inside.get("/api/v1/me")
        #expect(me["access"]["screens"]?["sessions"] != nil || !catalogue.hasFieldWork)
        expect(await inside.get("/api/v1/sessions"), catalogue.hasFieldWork ? 200 : 403, catalogue.hasFieldWork ? nil : "no_field_work")
    }

    @Test func `that nobody has heard of is refused`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        expect(await olive.post("/api/v1/accounts", ["name": "One", "catalogue": "zoo"]), 422, "invalid_choice")
    }

    @Test func `gives its own words and its own menu to the same pages`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        for (catalogue, words, absent) in [
            ("inspection", ["Sharable links", "API keys", "Settings"], ["User management", "Configurations"]),
            ("hotel", ["User management"], ["Sharable links", "/developer/api-keys", "External users"]),
            ("payments", ["Configurations", "External users"], ["Sharable links", "/developer/api-keys", "User management"]),
        ] {
            let account = try await Cast.make(olive, "accounts", ["name": "One", "catalogue": .string(catalogue)])
            let page = await Browser(try await olive.switched(into: account)).get("/settings/users").text
            for word in words { #expect(page.contains(word), "\(catalogue): \(word)") }
            for word in absent { #expect(!page.contains(word), "\(catalogue): \(word)") }
        }
    }
}
