import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

/// The table "What ends when" of screens-and-roles.md, for the credentials that exist so far: on this node, from the very next request.
struct Event: Sendable, CustomTestStringConvertible {
    typealias Act = @Sendable (Stage) async throws -> Void

    let name: String
    let ends: Set<Stage.Credential>
    let happens: Act
    /// What takes it back, and what works again by that.
    var again: (revives: Set<Stage.Credential>, happens: Act)?

    var testDescription: String { name }

    static let ofVera: Set<Stage.Credential> = [.vera, .veraElsewhere, .reset]
    static let inNorth: Set<Stage.Credential> = ofVera.union([
        .carl, .gusInNorth, .gusElsewhereInNorth, .key, .otherKey, .machine, .activation, .sharableLink, .capture,
    ])
    static let loginsOfGus: Set<Stage.Credential> = [.gus, .gusElsewhere, .gusInNorth, .gusInEast, .gusElsewhereInNorth]

    private static func post(_ client: LocalClient, _ path: String, _ body: JSON? = nil, status: Int = 200) async {
        expect(await client.post("/api/v1/" + path, body), status, nil, path)
    }

    private static func patch(_ client: LocalClient, _ path: String, _ body: JSON) async {
        expect(await client.patch("/api/v1/" + path, body), 200, nil, path)
    }

    private static let password = Examples.newPassword

    static let all: [Event] = users + mails + logins + keys + integrations + links + accounts + administrators

    private static let users: [Event] = [
        Event(name: "nothing", ends: [], happens: { _ in }),
        Event(
            name: "user disabled", ends: ofVera.union([.sharableLink]), happens: { await post($0.inNorth, "users/\($0.vera)/disable") },
            again: ([.sharableLink], { await post($0.inNorth, "users/\($0.vera)/enable") })),
        Event(
            name: "user deleted", ends: ofVera.union([.sharableLink]),
            happens: { stage in
                await patch(stage.inNorth, "settings/security", ["user_deletion": true])
                expect(await stage.inNorth.delete("/api/v1/users/\(stage.vera)"), 204)
            }),
        Event(
            name: "place taken away", ends: [],
            happens: { stage in
                let place = try await Cast.make(stage.inNorth, "places", ["name": "Tower", "kind": "building"])
                await patch(stage.inNorth, "users/\(stage.vera)", ["places": [.string(place)]])
                #expect(await stage.client(.vera).get("/api/v1/me").json["access"]?["places"] == [.string(place)])
                await patch(stage.inNorth, "users/\(stage.vera)", ["places": []])
                #expect(await stage.client(.vera).get("/api/v1/me").json["access"]?["places"] == [])
            }),
        Event(
            name: "user past their end", ends: ofVera.union([.sharableLink]),
            happens: { stage in
                await patch(stage.inNorth, "users/\(stage.vera)", ["ends_at": .string(stage.house.house.gate.now.adding(seconds: 60).description)])
                stage.house.time.advance(minutes: 2)
            }, again: ([.sharableLink], { await patch($0.inNorth, "users/\($0.vera)", ["ends_at": .null]) })),
        Event(
            name: "user's password changed by another", ends: ofVera,
            happens: { expect(await $0.inNorth.put("/api/v1/users/\($0.vera)/password", ["password": .string(password)]), 204) }),
        Event(
            name: "own password changed", ends: [.veraElsewhere, .reset],
            happens: { stage in
                let reply = await stage.client(.vera).put("/api/v1/me/password", ["current": .string(TestHouse.password), "new": .string(password)])
                expect(reply, 204)
            }),
        Event(
            name: "second factor removed", ends: [.veraElsewhere, .reset],
            happens: { stage in
                let factor = try await stage.house.giveApp(to: stage.client(.vera)).factor
                expect(await stage.client(.vera).delete("/api/v1/me/factors/\(factor)"), 204)
            }),
        Event(
            name: "second factor reset by another", ends: ofVera,
            happens: { stage in
                try await stage.house.giveApp(to: stage.client(.vera))
                await post(stage.inNorth, "users/\(stage.vera)/factors/reset")
            }),
        Event(name: "second factor added", ends: [], happens: { try await $0.house.giveApp(to: $0.client(.vera)) }),
        Event(name: "key taken away", ends: [], happens: { await patch($0.inNorth, "users/\($0.vera)", ["api_keys": []]) }),
        Event(
            name: "role taken away", ends: [],
            happens: { stage in
                let role = try await Cast.make(
                    stage.inNorth, "roles", ["name": "Less", "description": "Less.", "screens": ["overview": ["level": "read"]]])
                await patch(stage.inNorth, "users/\(stage.vera)", ["roles": [.string(role)]])
                expect(await stage.client(.vera).get("/api/v1/sessions"), 403, "screen_not_granted")
            }),
    ]

    private static let logins: [Event] = [
        Event(name: "signed out", ends: [.vera], happens: { expect(await $0.client(.vera).delete("/api/v1/logins/current"), 204) }),
        Event(
            name: "own login closed", ends: [.veraElsewhere],
            happens: { expect(await $0.client(.vera).delete("/api/v1/me/logins/\($0.otherLogin)"), 204) }),
        Event(
            name: "login closed by another", ends: [.veraElsewhere],
            happens: { expect(await $0.client(.carl).delete("/api/v1/logins/\($0.otherLogin)"), 204) }),
        Event(
            name: "all logins of a user closed by another", ends: [.vera, .veraElsewhere],
            happens: { await post($0.client(.carl), "users/\($0.vera)/logins/close") }),
        Event(
            name: "switched login closed by somebody of the account", ends: [.gusInNorth],
            happens: { stage in
                let id = await stage.client(.gusInNorth).get("/api/v1/logins/current").id
                expect(await stage.client(.carl).delete("/api/v1/logins/\(id)"), 204)
            }),
        Event(
            name: "token closed by another", ends: [.machine],
            happens: { stage in
                let id = await stage.client(.carl).get("/api/v1/logins?kind=integration").items.first?["id"]?.text ?? ""
                expect(await stage.client(.carl).delete("/api/v1/logins/\(id)"), 204)
            }),
        Event(
            name: "a take-over disowned", ends: ofVera,
            happens: { stage in
                await patch(stage.inNorth, "settings/security", ["concurrent_logins": "take_over"])
                let body: JSON = ["username": "vera", "password": .string(TestHouse.password), "take_over": true]
                let stranger = await stage.house.anyone.post("/api/v1/logins", body)
                expect(stranger, 201)
                let notice = await Browser(stage.client(.vera)).get("/sign-in").text
                let form = PageForm.posting(to: "/sign-in/disown", in: notice).first?.submitted ?? []
                expect(await Browser(stage.house.anyone).post("/sign-in/disown", form), 303)
                expect(await LocalClient(stage.house.lineUp, token: stranger.text("token")).get("/api/v1/me"), 401)
            }),
        Event(
            name: "administrator signed out", ends: [.gus, .gusInNorth, .gusInEast],
            happens: { expect(await $0.client(.gus).delete("/api/v1/logins/current"), 204) }),
        Event(
            name: "switched login signed out", ends: [.gusInNorth],
            happens: { expect(await $0.client(.gusInNorth).delete("/api/v1/logins/current"), 204) }),
        Event(
            name: "the login that acts as another signed out", ends: [.oliveAsGus],
            happens: { expect(await $0.client(.oliveAsGus).delete("/api/v1/logins/current"), 204) }),
        Event(name: "newer link sent", ends: [.link], happens: { _ = try await PasswordLink.mint(email: Stage.gusEmail, $0.house.house) }),
        Event(
            name: "link out of date", ends: [.link, .reset],
            happens: { stage in
                stage.house.time.advance(minutes: 15)
                #expect(await stage.live().count == Stage.Credential.allCases.count)
                stage.house.time.advance(minutes: 16)
            }),
        Event(name: "signed in while a link was out", ends: [.link], happens: { _ = try await $0.house.signIn(Stage.gusEmail) }),
        Event(
            name: "link used", ends: loginsOfGus.union([.link]),
            happens: { stage in
                let origin = Origin(address: "127.0.0.1", userAgent: "", requestID: .new(at: stage.house.house.gate.now))
                try await PasswordLink.use(Fields(["new": .string(password)]), token: stage.link, origin, stage.house.house)
            }),
    ]

    private static let mails: [Event] = [
        Event(name: "newer mail of a forgotten password", ends: [.reset], happens: { _ = try await $0.house.resetToken(of: "vera@example.com") }),
        Event(name: "activation sent again", ends: [.activation], happens: { await post($0.inNorth, "users/\($0.pia)/activation") }),
        Event(
            name: "pending user disabled", ends: [.activation], happens: { await post($0.inNorth, "users/\($0.pia)/disable") },
            again: ([], { await post($0.inNorth, "users/\($0.pia)/enable") })),
        Event(
            name: "pending user given a password", ends: [.activation],
            happens: { expect(await $0.inNorth.put("/api/v1/users/\($0.pia)/password", ["password": .string(password)]), 204) }),
        Event(
            name: "activation out of date", ends: Set(Stage.Credential.allCases).subtracting([.key, .otherKey, .sharableLink, .capture]),
            happens: { stage in
                stage.house.time.advance(hours: 71)
                #expect(await stage.live() == [.activation, .administratorsActivation, .key, .otherKey, .sharableLink, .capture])
                stage.house.time.advance(hours: 2)
            }),
        Event(
            name: "administrator's activation sent again", ends: [.administratorsActivation],
            happens: { await post($0.olive, "administrators/\($0.ida)/activation") }),
        Event(
            name: "pending administrator disabled", ends: [.administratorsActivation],
            happens: { await post($0.olive, "administrators/\($0.ida)/disable") },
            again: ([], { await post($0.olive, "administrators/\($0.ida)/enable") })),
        Event(
            name: "pending administrator given a password", ends: [.administratorsActivation],
            happens: { expect(await $0.olive.put("/api/v1/administrators/\($0.ida)/password", ["password": .string(password)]), 204) }),
        Event(
            name: "pending user asks for a forgotten password", ends: [.activation],
            happens: { _ = try await $0.house.askForgotten("pia@example.com") }),
        Event(name: "user signed in while a link was out", ends: [.reset], happens: { _ = try await $0.house.signIn("vera") }),
        Event(
            name: "mailed link used", ends: ofVera,
            happens: { expect(await $0.house.anyone.post("/api/v1/password/reset", ["token": .string($0.reset), "new": .string(password)]), 204) }),
        Event(
            name: "activation used", ends: [.activation],
            happens: {
                expect(await $0.house.anyone.post("/api/v1/password/reset", ["token": .string($0.activation), "new": .string(password)]), 204)
            }),
        Event(
            name: "e-mail changed", ends: [.reset],
            happens: { stage in
                expect(await stage.inNorth.put("/api/v1/users/\(stage.vera)/email", ["email": "vera.moss@example.com"]), 202)
                #expect(await stage.live() == Set(Stage.Credential.allCases))
                let token = try await stage.house.token("/email/", to: "vera.moss@example.com")
                expect(await stage.house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 204)
            }),
    ]

    private static let keys: [Event] = [
        Event(
            name: "API key disabled", ends: [.key, .sharableLink], happens: { await post($0.inNorth, "api-keys/\($0.key)/disable") },
            again: ([.key, .sharableLink], { await post($0.inNorth, "api-keys/\($0.key)/enable") })),
        Event(name: "API key rotated", ends: [.key], happens: { await post($0.inNorth, "api-keys/\($0.key)/rotate") }),
        Event(
            name: "API key rotated with an overlap", ends: [], happens: { await post($0.inNorth, "api-keys/\($0.key)/rotate", ["overlap_hours": 1]) }),
        Event(name: "API key deleted", ends: [.otherKey], happens: { expect(await $0.inNorth.delete("/api/v1/api-keys/\($0.otherKey)"), 204) }),
    ]

    private static let integrations: [Event] = [
        Event(
            name: "integration disabled", ends: [.machine], happens: { await post($0.inNorth, "integrations/\($0.machine.id)/disable") },
            again: ([], { await post($0.inNorth, "integrations/\($0.machine.id)/enable") })),
        Event(
            name: "integration deleted", ends: [.machine],
            happens: { expect(await $0.inNorth.delete("/api/v1/integrations/\($0.machine.id)"), 204) }),
        Event(
            name: "integration's functions changed", ends: [],
            happens: { stage in
                expect(await stage.client(.machine).get("/api/v1/users"), 200)
                await patch(stage.inNorth, "integrations/\(stage.machine.id)", ["functions": ["roles": "read"]])
                expect(await stage.client(.machine).get("/api/v1/users"), 403, "screen_not_granted")
                expect(await stage.client(.machine).get("/api/v1/roles"), 200)
            }),
        Event(
            name: "token revoked", ends: [.machine],
            happens: { expect(await $0.machine.ask("/oauth/revoke", [("token", $0.client(.machine).token ?? "")], $0.house), 200) }),
    ]

    private static let links: [Event] = [
        Event(
            name: "link switched off", ends: [.sharableLink], happens: { await patch($0.inNorth, "links/\($0.sharable.id)", ["active": false]) },
            again: ([.sharableLink], { await patch($0.inNorth, "links/\($0.sharable.id)", ["active": true]) })),
        Event(
            name: "link past its end", ends: [.sharableLink],
            happens: { stage in
                let end = stage.house.house.gate.now.adding(seconds: 60)
                await patch(stage.inNorth, "links/\(stage.sharable.id)", ["ends_at": .string(end.description)])
                stage.house.time.advance(minutes: 2)
            }, again: ([.sharableLink], { await patch($0.inNorth, "links/\($0.sharable.id)", ["ends_at": .null]) })),
        Event(
            name: "link over its limit", ends: [.sharableLink],
            happens: { await patch($0.inNorth, "links/\($0.sharable.id)", ["max_starts": 1]) },
            again: ([.sharableLink], { await patch($0.inNorth, "links/\($0.sharable.id)", ["max_starts": 2]) })),
        Event(
            name: "link assigned to nobody and given another key", ends: [],
            happens: { await patch($0.inNorth, "links/\($0.sharable.id)", ["user": .null, "api_key": .string($0.otherKey)]) }),
    ]

    private static let accounts: [Event] = [
        Event(
            name: "account disabled", ends: inNorth, happens: { await post($0.olive, "accounts/\($0.north)/disable") },
            again: ([.key, .otherKey, .sharableLink, .capture], { await post($0.olive, "accounts/\($0.north)/enable") })),
        Event(
            name: "account moved to another group", ends: [.gusInNorth, .gusElsewhereInNorth],
            happens: { await patch($0.olive, "accounts/\($0.north)", ["group": .null]) },
            again: ([], { await patch($0.olive, "accounts/\($0.north)", ["group": .string($0.west)]) })),
    ]

    private static let administrators: [Event] = [
        Event(
            name: "administrator disabled", ends: loginsOfGus.union([.link, .oliveAsGus]),
            happens: { await post($0.olive, "administrators/\($0.gus)/disable") },
            again: ([], { await post($0.olive, "administrators/\($0.gus)/enable") })),
        Event(
            name: "administrator's password changed by another", ends: loginsOfGus.union([.link]),
            happens: { expect(await $0.olive.put("/api/v1/administrators/\($0.gus)/password", ["password": .string(password)]), 204) }),
        Event(
            name: "administrator's own password changed", ends: [.gusElsewhere, .gusElsewhereInNorth, .link],
            happens: { stage in
                let reply = await stage.client(.gus).put("/api/v1/me/password", ["current": .string(TestHouse.password), "new": .string(password)])
                expect(reply, 204)
            }),
        Event(
            name: "administrator's second factor removed", ends: [.gusElsewhere, .gusElsewhereInNorth, .link],
            happens: { stage in
                let factor = try await stage.house.giveApp(to: stage.client(.gus)).factor
                expect(await stage.client(.gus).delete("/api/v1/me/factors/\(factor)"), 204)
            }),
        Event(
            name: "administrator's second factor reset by another", ends: loginsOfGus.union([.link]),
            happens: { stage in
                try await stage.house.giveApp(to: stage.client(.gus))
                await post(stage.olive, "administrators/\(stage.gus)/factors/reset")
            }),
        Event(
            name: "administrator loses a group", ends: [.gusInNorth, .gusElsewhereInNorth],
            happens: { await patch($0.olive, "administrators/\($0.gus)", ["groups": [.string($0.east)]]) },
            again: ([], { await patch($0.olive, "administrators/\($0.gus)", ["groups": [.string($0.west), .string($0.east)]]) })),
        Event(
            name: "administrator may no longer switch", ends: [.gusInNorth, .gusInEast, .gusElsewhereInNorth],
            happens: { await patch($0.olive, "administrators/\($0.gus)", ["permissions": ["manage_users"]]) },
            again: ([], { await patch($0.olive, "administrators/\($0.gus)", ["permissions": ["manage_users", "switch"]]) })),
    ]
}

@Suite struct `What ends when` {
    @Test(arguments: Event.all) func `ends at the very next request, and nothing else does`(_ event: Event) async throws {
        let stage = try await Stage.set()
        #expect(await stage.live() == Set(Stage.Credential.allCases))
        try await event.happens(stage)
        let left = Set(Stage.Credential.allCases).subtracting(event.ends)
        let live = await stage.live()
        #expect(live.subtracting(left).map(\.rawValue).sorted() == [], "go on, and must not")
        #expect(left.subtracting(live).map(\.rawValue).sorted() == [], "ended, and must not")
        guard let again = event.again else { return }
        try await again.happens(stage)
        let back = await stage.live().subtracting(live)
        #expect(back.map(\.rawValue).sorted() == again.revives.map(\.rawValue).sorted(), "work again")
    }

    @Test func `an old secret ends when the overlap is over`() async throws {
        let stage = try await Stage.set()
        expect(await stage.inNorth.post("/api/v1/api-keys/\(stage.key)/rotate", ["overlap_hours": 1]), 200)
        stage.house.time.advance(minutes: 55)
        expect(await stage.client(.key).get("/api/v1/me"), 200)
        stage.house.time.advance(minutes: 6)
        expect(await stage.client(.key).get("/api/v1/me"), 401)
    }

    @Test func `whoever is disabled gets nothing new`() async throws {
        let stage = try await Stage.set()
        expect(await stage.inNorth.post("/api/v1/users/\(stage.vera)/disable"), 200)
        let body: JSON = ["username": "vera", "password": .string(TestHouse.password)]
        expect(await stage.house.anyone.post("/api/v1/logins", body), 401, "invalid_credentials")
        expect(await stage.inNorth.post("/api/v1/users/\(stage.vera)/enable"), 200)
        expect(await stage.house.anyone.post("/api/v1/logins", body), 201)
        expect(await stage.olive.post("/api/v1/administrators/\(stage.gus)/disable"), 200)
        await #expect(throws: PasswordLink.NoSuchAdministrator.self) { try await PasswordLink.mint(email: Stage.gusEmail, stage.house.house) }
        expect(await stage.olive.post("/api/v1/administrators/\(stage.gus)/switch"), 409, "administrator_disabled")
        expect(await stage.olive.post("/api/v1/accounts/\(stage.north)/disable"), 200)
        expect(await stage.olive.post("/api/v1/accounts/\(stage.north)/switch"), 409, "account_disabled")
        expect(await stage.house.anyone.post("/api/v1/logins", body), 401, "invalid_credentials")
    }
}
