import HTTPTypes
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import LoginsFeature
import Testing

@testable import latchkey

/// From where API keys and integrations may call.
@Suite struct `Allowed addresses` {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/24", "192.0.2.0/24"), ("10.1.2.3/0", "0.0.0.0/0"), ("192.0.2.7/32", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::FFFF:C000:207", "192.0.2.7"), ("::ffff:10.9.9.9/104", "10.0.0.0/8"),
        ("::ffff:1.2.3.4/96", "0.0.0.0/0"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:1::/48", "2001:db8:1::/48"),
        ("2001:db8:1:2:3:4:5:6/48", "2001:db8:1::/48"), ("::", "::"), ("::/0", "::/0"), ("::1", "::1"), ("1::", "1::"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("fe80::0001/10", "fe80::/10"),
    ]) func `are written in one way`(_ typed: String, _ written: String) {
        #expect(AddressRange(typed)?.description == written)
        #expect(AddressRange(typed) == AddressRange(written) && AddressRange(written)?.description == written)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "1.2.3.4/8/8", "1.2.3.4/0x8", "1.2.3.4 ", " ::1",
        "::/129", ":::", "fe80::1%eth0", "::ffff:1.2.3.4/24", "::ffff:1.2.3.4/95", "::ffff:1.2.3.4/129", "example.com", "*", "1.2.3.4/١",
        "1.2.3.4/999999999999",
    ]) func `that are none are none`(_ typed: String) { #expect(AddressRange(typed) == nil) }

    @Test func `hold what lies in them, and nothing that cannot be read`() throws {
        let (four, six) = (try #require(AddressRange("192.0.2.0/25")), try #require(AddressRange("2001:db8::/33")))
        for inside in ["192.0.2.0", "192.0.2.127", "::ffff:192.0.2.1", "::FFFF:C000:0201"] { #expect(four.contains(inside), "\(inside)") }
        for outside in [
            "192.0.2.128", "192.0.3.1", "::192.0.2.1", "2001:db8::1", "", "garbage", "192.0.2.1, 192.0.2.2", "192.0.2.1:80", "64:ff9b::c000:201",
        ] {
            #expect(!four.contains(outside), "\(outside)")
        }
        #expect(six.contains("2001:db8:7fff::") && !six.contains("2001:db8:8000::") && !six.contains("32.1.13.184"))
        let all = try #require(AddressRange("0.0.0.0/0"))
        #expect(all.contains("8.8.8.8") && !all.contains("::1") && !all.contains("unknown"))
    }

    @Test func `are seen behind trusted proxies alone, and garbage never passes for one`() throws {
        let trusted = [try #require(AddressRange("10.0.0.0/8"))]
        func find(_ socket: String, _ hops: String...) -> (String, Bool) {
            let found = ClientAddress.find(socket: socket, forwardedFor: hops, trusted: trusted)
            return (found.address, found.isKnown)
        }
        #expect(find("203.0.113.9", "192.0.2.1") == ("203.0.113.9", true), "no proxy of ours: what it says is nothing")
        #expect(find("10.0.0.1", "192.0.2.1") == ("192.0.2.1", true))
        #expect(find("10.0.0.1", "6.6.6.6, 192.0.2.1, 10.9.9.9") == ("192.0.2.1", true))
        #expect(find("10.0.0.1", "6.6.6.6", "192.0.2.1") == ("192.0.2.1", true))
        #expect(find("10.0.0.1") == ("10.0.0.1", true))
        for garbage in ["unknown", "192.0.2.1:1234", "", "192.0.2.1, ", "[2001:db8::1]", "10.0.0.0/8", "192.0.2.1, _hidden", "0x7f.1"] {
            #expect(find("10.0.0.1", garbage) == ("10.0.0.1", false), "\(garbage)")
        }
        #expect(ClientAddress.find(socket: "10.0.0.1", forwardedFor: ["garbage"], trusted: []).isKnown, "nobody is trusted: nothing is read")
    }

    private func key(_ scene: Scene, from address: String) -> LocalClient {
        var client = scene.client(.key)
        client.address = address
        return client
    }

    @Test func `hold for keys and integrations from the next call on, and for nobody who signs in`() async throws {
        let scene = try await Scene.assemble()
        let (adam, robot) = (scene.cast.adam.client, scene.machines.client)
        let machine = try await Machine.make(scene.north.inside, "prober", ["users": "read"])
        func asks() async -> [Int] {
            let token = await machine.ask("/oauth/token", [("grant_type", "client_credentials")], scene.house)
            let introspection = await machine.ask("/oauth/introspect", [("token", robot.token ?? "")], scene.house)
            return [
                await key(scene, from: "127.0.0.1").get("/api/v1/sessions").status, await robot.get("/api/v1/users").status, token.status,
                introspection.status, await adam.get("/api/v1/users").status,
            ]
        }
        #expect(await asks() == [200, 200, 200, 200, 200])
        let changes = await adam.get("/api/v1/history?action=settings.changed").items.count
        let added = await adam.post("/api/v1/settings/addresses", ["address": "192.0.2.77/24"])
        expect(added, 200)
        #expect(added["items"].elements.first?["address"] == "192.0.2.0/24" && added["items"].elements.first?["holds_yours"] == false)
        #expect(added.text("your_address") == "127.0.0.1")
        #expect(await asks() == [403, 403, 401, 401, 200])
        expect(await key(scene, from: "127.0.0.1").get("/api/v1/sessions"), 403, "address_not_allowed")
        expect(await key(scene, from: "127.0.0.1").post("/api/v1/sessions", [:]), 403, "address_not_allowed")
        #expect(await key(scene, from: "192.0.2.200").get("/api/v1/sessions").status == 200)
        #expect(await key(scene, from: "::ffff:192.0.2.200").get("/api/v1/sessions").status == 200)
        #expect(await key(scene, from: "192.0.3.1").get("/api/v1/sessions").status == 403)
        _ = try await scene.house.signIn("una@example.com")
        // The other account is not meant.
        #expect(await LocalClient(scene.house.lineUp, token: scene.cast.souths.secret).get("/api/v1/sessions").status == 200)
        // From where they were refused is told.
        try await RefusedCalls.write(scene.house.house)
        let refused = await adam.get("/api/v1/settings/addresses")["refused"].elements
        let names = Set(refused.compactMap { $0["principal"]?["name"]?.text })
        #expect(names == ["Road checks", "north-robot", "prober"], "\(names)")
        let ofKey = refused.first { $0["principal"]?["kind"] == "api_key" && $0["address"] == "127.0.0.1" }
        #expect(ofKey?["calls"] == 3, "\(refused)")
        // Taken away again, and back.
        expect(await adam.post("/api/v1/settings/addresses", ["address": "127.0.0.1"]), 200)
        #expect(await asks() == [200, 200, 200, 200, 200])
        expect(await adam.post("/api/v1/settings/addresses/remove", ["address": "::ffff:127.0.0.1/128"]), 200)
        #expect(await asks() == [403, 403, 401, 401, 200])
        expect(await adam.post("/api/v1/settings/addresses/remove", ["address": "127.0.0.1"]), 422, "unknown_reference")
        expect(await adam.post("/api/v1/settings/addresses/remove", ["address": "192.0.2.0/24"]), 200)
        #expect(await asks() == [200, 200, 200, 200, 200])
        let actions = await adam.get("/api/v1/history?action=settings.changed&limit=10").items
        #expect(actions.count == changes + 4, "one for each change")
    }

    @Test func `behind a proxy that passes on garbage let nobody in, though they hold the proxy's own`() async throws {
        let scene = try await Scene.assemble()
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["allowed_addresses": ["10.0.0.0/8"]]), 200)
        var house = scene.house.house
        house = House(
            gate: house.gate, hasher: house.hasher, masterKey: house.masterKey,
            settings: ServerSettings(
                publicURL: house.settings.publicURL, trustedProxies: [try #require(AddressRange("10.0.0.0/8"))], version: "test"),
            mail: house.mail, metrics: house.metrics, logger: house.logger, blobs: house.blobs)
        var behind = LocalClient(LineUp(house: house, routes: Composition.routes(Operations())), token: scene.cast.shared.secret)
        behind.address = "10.0.0.1"
        func status(_ hops: String?) async -> Int {
            await behind.send(.get, "/api/v1/sessions", headers: hops.map { [.forwardedFor: $0] } ?? [:]).status
        }
        for hops in ["garbage", "6.6.6.6", "10.1.1.1, 6.6.6.6", "10.1.1.1:80", "unknown", ""] { #expect(await status(hops) == 403, "\(hops)") }
        #expect(await status("6.6.6.6, 10.1.1.1") == 403, "the right-most that is no proxy")
        #expect(await status(nil) == 200, "the proxy itself")
    }

    @Test func `are told to whoever may look, and set by whoever may set them`() async throws {
        let scene = try await Scene.assemble()
        expect(await scene.cast.una.client.get("/api/v1/settings/addresses"), 403, "screen_not_granted")
        expect(await scene.kim.client.post("/api/v1/settings/addresses", ["address": "192.0.2.0/24"]), 200)
        _ = await key(scene, from: "127.0.0.1").get("/api/v1/sessions")
        _ = await LocalClient(scene.house.lineUp, token: scene.cast.uwes.secret).get("/api/v1/sessions")
        try await RefusedCalls.write(scene.house.house)
        let kims = await scene.kim.client.get("/api/v1/settings/addresses")["refused"].elements
        #expect(kims.count == 2)
        #expect(Set(kims.map { $0["principal"]?["name"]?.text ?? "hidden" }) == ["Road checks", "hidden"], "a key that she does not hold")
        let page = await Browser(scene.kim.client).get("/settings/addresses").text
        #expect(page.contains("Road checks") && !page.contains("Fleet returns") && page.contains("127.0.0.1"))
        // Only so many are kept.
        for number in 0..<30 {
            _ = await key(scene, from: "198.51.100.\(number)").get("/api/v1/sessions")
            scene.house.time.advance(seconds: 1)
        }
        try await RefusedCalls.write(scene.house.house)
        let last = await scene.cast.adam.client.get("/api/v1/settings/addresses")["refused"].elements
        #expect(last.count == 20 && last.first?["address"] == "198.51.100.29")
        for body in [["address": "nonsense"], ["address": "::/129"], [:]] as [JSON] {
            expect(await scene.cast.adam.client.post("/api/v1/settings/addresses", body), 422)
        }
        expect(await scene.cast.adam.client.post("/api/v1/settings/addresses", ["address": 7]), 400)
        let many = (0..<200).map { "10.0.\($0).0/24" }
        expect(await scene.north.inside.patch("/api/v1/settings/security", ["allowed_addresses": JSON(many)]), 200)
        expect(await scene.cast.adam.client.post("/api/v1/settings/addresses", ["address": "192.0.2.0/24"]), 422, "out_of_range")
    }

    @Test func `are a page with a question before one is removed`() async throws {
        let scene = try await Scene.assemble()
        let adam = Browser(scene.cast.adam.client)
        #expect(await adam.get("/settings/addresses").text.contains("From everywhere"))
        #expect(await adam.post("/settings/addresses", [("address", "127.0.0.0/8")]).status == 303)
        let page = await adam.get("/settings/addresses").text
        #expect(
            page.contains("You come from") && page.contains("A program there may call.")
                && page.contains("href=\"/settings/addresses/remove?address=127.0.0.0%2F8\""))
        let asked = await adam.get("/settings/addresses/remove?address=127.0.0.0%2F8").text
        #expect(asked.contains("Remove 127.0.0.0/8?") && asked.contains("from everywhere"))
        #expect(await adam.post("/settings/addresses/remove", [("address", "127.0.0.0/8")]).status == 303)
        let client = try await Cast.make(scene.cast.olive, "accounts", ["name": "Client", "catalogue": "payments"])
        let payments = Browser(try await scene.cast.olive.switched(into: client))
        #expect(await payments.get("/settings/addresses").text.contains("<h1>IP whitelist</h1>"))
        #expect(await payments.get("/settings/security").text.contains("IP whitelist"))
    }
}
