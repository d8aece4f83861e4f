import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Those who are signed in to an account, as those see them who look after its logins.
@Suite struct `Active logins` {
    private static let path = "/api/v1/logins"

    private static func ids(_ client: LocalClient, _ query: String = "?limit=200") async -> Set<String> {
        Set(await client.get(path + query).items.compactMap { $0["id"]?.text })
    }

    /// Somebody of North who sees the logins and closes none.
    private static func watcher(_ scene: Scene) async throws -> LocalClient {
        let role = try await Cast.make(
            scene.north.inside, "roles", ["name": "Night watch", "description": "Watches.", "screens": ["logins": ["level": "read"]]])
        let body = scene.newUser(scene.north, role: role)
        _ = try await Cast.make(scene.north.inside, "users", body)
        return try await scene.house.signIn(body["username"]?.text ?? "")
    }

    @Test func `are those of the account's users and of administrators switched into it, and nobody else's`() async throws {
        let scene = try await Scene.assemble()
        let watcher = try await Self.watcher(scene)
        let reply = await watcher.get(Self.path + "?limit=200&total=true")
        expect(reply, 200)
        for (client, kind, name) in [
            (scene.cast.una.client, "user", "Una Example"), (scene.cast.adam.client, "user", "Adam Example"),
            (scene.cast.inNorth, "administrator", "Olive Strand"),
        ] {
            let own = await client.get("/api/v1/logins/current")
            let item = try #require(reply.items.first { $0["id"] == own["id"] }, "\(name) is not there")
            #expect(item["kind"]?.text == kind && item["principal"]?["name"]?.text == name && item["current"] == false)
            #expect(item["address"]?.text == "127.0.0.1" && item["expires_at"] == own["expires_at"])
        }
        #expect(reply.items.filter { $0["current"] == true }.count == 1)
        #expect(reply["total"] == .int(Int64(reply.items.count)))
        let ids = Set(reply.items.compactMap { $0["id"]?.text })
        for client in [scene.cast.mallory.client, scene.cast.inSouth, scene.cast.olive, scene.lena.client] {
            #expect(!ids.contains(await scene.loginID(of: client)))
        }
        #expect(!ids.isEmpty && reply.items.map { $0["id"]?.text ?? "" } == ids.sorted(by: >), "newest first")
        let una = await scene.loginID(of: scene.cast.una.client)
        expect(await watcher.delete(Self.path + "/" + una), 403, "level_too_low")
        expect(await watcher.post("/api/v1/users/\(scene.cast.una.id)/logins/close"), 403, "level_too_low")
        expect(await scene.cast.una.client.get(Self.path), 403, "screen_not_granted")
        expect(await scene.cast.una.client.get("/api/v1/me"), 200)
    }

    @Test func `are found by person, kind and the beginning of words, page by page`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let (una, uwe) = (await scene.loginID(of: scene.cast.una.client), await scene.loginID(of: scene.cast.uwe.client))
        #expect(await Self.ids(adam, "?user=\(scene.cast.una.id)") == [una])
        for (search, found) in [("uNa", [una]), ("uwe@", [uwe]), ("127.0.", await Self.ids(adam)), ("27.0", [])] as [(String, Set<String>)] {
            #expect(await Self.ids(adam, "?limit=200&search=" + search) == found, "\(search)")
        }
        #expect(await Self.ids(adam, "?kind=administrator") == [await scene.loginID(of: scene.cast.inNorth)])
        #expect(await Self.ids(adam, "?kind=administrator&search=oliv").count == 1)
        #expect(await Self.ids(adam, "?kind=integration&user=\(scene.cast.una.id)").isEmpty)
        expect(await adam.get(Self.path + "?kind=session"), 422, "invalid_choice")
        expect(await adam.get(Self.path + "?status=live"), 400, "unknown_parameter")
        let all = await adam.get(Self.path + "?limit=200").items
        var paged: [JSON] = []
        var next: String? = ""
        while let cursor = next {
            let page = await adam.get(Self.path + "?limit=2" + (cursor.isEmpty ? "" : "&after=" + cursor))
            #expect(page.items.count <= 2)
            paged += page.items
            next = page["next"].text
        }
        #expect(paged.map { $0["id"] } == all.map { $0["id"] } && all.count > 4)
    }

    @Test func `are closed with screen logins alone, whoever's they are, and their next request is refused`() async throws {
        let scene = try await Scene.assemble()
        // Kim holds less than Adam, and keeps watch.
        let adam = await scene.loginID(of: scene.cast.adam.client)
        expect(await scene.kim.client.delete(Self.path + "/" + adam), 204)
        expect(await scene.cast.adam.client.get("/api/v1/me"), 401)
        expect(await scene.kim.client.delete(Self.path + "/" + adam), 404, "not_found", "it is over")
        let switched = await scene.loginID(of: scene.cast.inNorth)
        expect(await scene.kim.client.delete(Self.path + "/" + switched), 204)
        expect(await scene.cast.inNorth.get("/api/v1/me"), 401)
        expect(await scene.cast.olive.get("/api/v1/me"), 200, nil, "what it was switched from goes on")
        for other in [scene.cast.mallory.client, scene.cast.olive] {
            expect(await scene.kim.client.delete(Self.path + "/" + scene.loginID(of: other)), 404, "not_found")
            expect(await other.get("/api/v1/me"), 200)
        }
        let history = await scene.kim.client.get("/api/v1/history?action=login.closed").items
        let entry = try #require(history.first { $0["subject"]?["id"]?.text == scene.cast.adam.id })
        #expect(entry["actor"]?["id"]?.text == scene.kim.id && entry["subject"]?["kind"]?.text == "user")
        #expect(history.contains { $0["subject"]?["id"]?.text == scene.oliveID && $0["subject"]?["kind"]?.text == "administrator" })
        let own = await scene.loginID(of: scene.kim.client)
        expect(await scene.kim.client.delete(Self.path + "/" + own), 204)
        expect(await scene.kim.client.get("/api/v1/me"), 401)
    }

    @Test func `include the live tokens of integrations, which are closed alike`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let machine = try await Machine.make(scene.north.inside, "night-robot", ["users": "read"])
        let tokens = [try await machine.client(scene.house), try await machine.client(scene.house)]
        for client in tokens { expect(await client.get("/api/v1/users"), 200) }
        let found = await adam.get(Self.path + "?kind=integration&search=\(machine.clientID)&total=true")
        #expect(found.items.count == 2 && found["total"] == 2, "\(found.text)")
        let first = try #require(found.items.first)
        #expect(first["kind"] == "integration" && first["principal"]?["id"]?.text == machine.id && first["current"] == false)
        #expect(await Self.ids(adam).isSuperset(of: found.items.compactMap { $0["id"]?.text }))
        #expect(await Self.ids(adam, "?limit=1") == [first["id"]?.text ?? ""], "newest first, whatever it is")
        #expect(await scene.cast.mallory.client.get(Self.path + "?search=\(machine.clientID)").items.isEmpty)
        expect(await adam.delete(Self.path + "/" + (first["id"]?.text ?? "")), 204)
        var statuses: [Int] = []
        for client in tokens { statuses.append(await client.get("/api/v1/users").status) }
        #expect(statuses.sorted() == [200, 401])
        expect(await adam.delete(Self.path + "/" + (first["id"]?.text ?? "")), 404, "not_found")
    }

    @Test func `of one user are closed at once, and nobody else's`() async throws {
        let scene = try await Scene.assemble()
        let (una, adam) = (scene.cast.una, scene.cast.adam.client)
        let elsewhere = try await scene.house.signIn(una.username)
        expect(await adam.post("/api/v1/users/\(scene.cast.mallory.id)/logins/close"), 404, "not_found")
        let closed = await adam.post("/api/v1/users/\(una.id)/logins/close")
        #expect(closed.status == 200 && closed["closed"] == 2, "\(closed.text)")
        for client in [una.client, elsewhere] { expect(await client.get("/api/v1/me"), 401) }
        expect(await scene.cast.uwe.client.get("/api/v1/me"), 200)
        #expect(await adam.post("/api/v1/users/\(una.id)/logins/close")["closed"] == 0)
        #expect(await adam.get("/api/v1/history?action=login.closed&subject=\(una.id)").items.count == 2)
        _ = try await scene.house.signIn(una.username)
        #expect(await scene.cast.olive.post("/api/v1/accounts/\(scene.north.account)/users/\(una.id)/logins/close")["closed"] == 1)
        #expect(await adam.post("/api/v1/users/\(scene.cast.adam.id)/logins/close")["closed"] == 1)
        expect(await adam.get("/api/v1/me"), 401, nil, "his own is among them")
    }

    @Test func `leave out what is idle, ended or of somebody who may not sign in`() async throws {
        let scene = try await Scene.assemble()
        await scene.touch()
        let (una, uwe, rita) = (scene.cast.una, scene.cast.uwe, scene.cast.rita)
        let ids = [await scene.loginID(of: una.client), await scene.loginID(of: uwe.client), await scene.loginID(of: rita.client)]
        let adam = await scene.loginID(of: scene.cast.adam.client)
        let switched = await scene.loginID(of: scene.cast.inNorth)
        scene.house.time.advance(minutes: 20)
        for client in [una.client, scene.kim.client, scene.cast.olive] { expect(await client.get("/api/v1/me"), 200) }
        scene.house.time.advance(minutes: 15)
        let live = await Self.ids(scene.kim.client)
        #expect(live.contains(ids[0]) && !live.contains(ids[1]) && !live.contains(adam), "\(live)")
        #expect(live.contains(switched), "Olive was active where it was switched from")
        expect(await scene.kim.client.delete(Self.path + "/" + ids[1]), 404, "not_found", "idle")
        expect(
            await scene.kim.client.patch("/api/v1/users/\(una.id)", ["ends_at": .string(scene.house.house.gate.now.adding(seconds: 5).description)]),
            200)
        scene.house.time.advance(seconds: 6)
        #expect(!(await Self.ids(scene.kim.client).contains(ids[0])), "past their end")
        expect(await scene.kim.client.patch("/api/v1/settings/security", ["inactivity_minutes": .null]), 200)
        scene.house.time.advance(minutes: 61)
        let late = try await scene.house.signIn(uwe.username)
        #expect(await late.get("/api/v1/me").status == 200)
        expect(await scene.kim.client.get("/api/v1/me"), 401, nil, "Kim manages users")
        let body = scene.newUser(scene.north, role: scene.cast.roles["ADMIN"])
        let inside = try await scene.house.olive().switched(into: scene.north.account)
        _ = try await Cast.make(inside, "users", body)
        let eve = try await scene.house.signIn(body["username"]?.text ?? "")
        let kim = await Self.ids(eve)
        for client in [late, eve] { #expect(kim.contains(await scene.loginID(of: client))) }
        #expect(kim.isDisjoint(with: [ids[1], adam]), "who was idle by the old rule is not woken by the new one")
    }

    @Test func `tell how long they go on, and asking in the background prolongs nothing`() async throws {
        let scene = try await Scene.assemble()
        await scene.touch()
        let una = scene.cast.una.client
        var background = HTTPFields()
        background[.latchkeyBackground] = "1"
        func left(_ headers: HTTPFields = HTTPFields()) async -> (Int, String) {
            let reply = await una.send(.get, "/api/v1/logins/current", headers: headers)
            expect(reply, 200)
            return (reply["ends_in"].whole ?? -1, reply.text("ends_by"))
        }
        #expect((1700...1800).contains(await left().0))
        scene.house.time.advance(minutes: 29)
        let (seconds, why) = await left(background)
        #expect((1...60).contains(seconds) && why == "inactivity", "\(seconds)")
        let (again, _) = await left(background)
        #expect((1...seconds).contains(again))
        let (stayed, _) = await left()
        #expect(stayed > 1700)
        for _ in 0..<23 {
            scene.house.time.advance(minutes: 29)
            _ = await left()
        }
        scene.house.time.advance(minutes: 12)
        let (last, age) = await left()
        #expect(age == "age" && last < 800, "\(last) \(age)")
        scene.house.time.advance(seconds: Int64(last + 1))
        expect(await una.send(.get, "/api/v1/logins/current", headers: background), 401)
    }

    @Test func `are prolonged by no picture of a page`() async throws {
        let scene = try await Scene.assemble()
        await scene.touch()
        var browser = scene.browser(.una)
        browser.cookies = []
        func picture() async -> Int {
            var inbound = Inbound(.get, "/api/v1/me", address: "127.0.0.1")
            inbound.headers[.cookie] = Browser.cookie + "=" + (browser.token ?? "")
            inbound.headers[.secFetchDest] = "image"
            return await scene.house.lineUp.respond(to: inbound).status
        }
        scene.house.time.advance(minutes: 20)
        #expect(await picture() == 200)
        scene.house.time.advance(minutes: 11)
        #expect(await picture() == 401)
    }
}
