import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Sharable links as those who keep them see them.
@Suite struct `A sharable link` {
    private func codes(_ reply: LocalClient.Reply) -> [String] { reply["warnings"].elements.compactMap { $0["code"]?.text } }

    @Test func `has a URL that is unguessable and can be shown again, and never tells its key`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link()
        #expect(path.hasPrefix("/l/lk_link_") && path.utf8.count == "/l/lk_link_".utf8.count + 42)
        let again = await face.adam.get("/api/v1/links/\(id)")
        #expect(PublicFace.path(again.text("url")) == path)
        let listed = await face.adam.get("/api/v1/links?limit=200").items.first { $0["id"]?.text == id }
        #expect(listed?["url"]?.text == again.text("url"))
        #expect(await face.scene.cast.rita.client.get("/api/v1/links/\(id)").text("url") == again.text("url"))
        let page = await face.phone.get(path)
        expect(page, 200)
        #expect(!page.text.contains(face.scene.north.key) && !page.text.contains("Road checks") && !page.text.contains("lk_live"))
    }

    @Test func `has a QR code of its URL as SVG and PNG`() async throws {
        let face = try await PublicFace()
        let (id, _) = try await face.link()
        let svg = await face.adam.get("/api/v1/links/\(id)/qr.svg")
        #expect(svg.status == 200 && svg.header("Content-Type") == "image/svg+xml" && svg.text.hasPrefix("<svg xmlns="))
        #expect(!svg.text.contains("<script") && svg.header("Cache-Control") == "no-store")
        let png = await face.adam.get("/api/v1/links/\(id)/qr.png")
        #expect(png.status == 200 && png.header("Content-Type") == "image/png" && Array(png.body.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
        let poster = await Browser(face.adam).get("/settings/links/\(id)/qr")
        #expect(poster.text.contains("class=\"qr\"") && poster.text.contains("North branch"))
    }

    @Test func `is made only with a key that one holds and a user who is enabled and of the account`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let pending = try await scene.fresh(.user, for: .adam)
        expect(await face.adam.post("/api/v1/users/\(pending)/disable"), 200)
        let bad: [(String, JSON)] = [
            ("user", .string(scene.cast.mallory.id)), ("user", .string(pending)), ("user", .string(Kind.user.neverIssued)), ("user", "x"),
            ("api_key", .string(scene.south.key)), ("api_key", .string(Kind.apiKey.neverIssued)),
        ]
        for (field, value) in bad {
            let body = JSON(members: scene.newLink(.adam).members.map { $0.0 == field ? (field, value) : $0 })
            let reply = await face.adam.post("/api/v1/links", body)
            expect(reply, 422, "unknown_reference", field)
            #expect(reply.fieldCodes == ["\(field): unknown_reference"])
        }
        let unheld = JSON(members: scene.newLink(.kim).members.map { $0.0 == "api_key" ? ("api_key", .string(scene.cast.uwes.id)) : $0 })
        expect(await scene.kim.client.post("/api/v1/links", unheld), 422, "unknown_reference")
        expect(await face.adam.post("/api/v1/links", unheld), 201)
        let limits: [(String, JSON, Int)] = [
            ("max_starts", 0, 422), ("max_starts", 1_000_001, 422), ("max_starts", "5", 400), ("ends_at", "2001-01-01T00:00:00Z", 422),
            ("ends_at", "soon", 422), ("active", "yes", 400), ("name", "", 422), ("url", "x", 400),
        ]
        for (field, value, status) in limits {
            let body = JSON(members: scene.newLink(.adam).members.filter { $0.0 != field } + [(field, value)])
            expect(await face.adam.post("/api/v1/links", body), status, nil, field)
        }
    }

    @Test func `has a name that is its own in the account, whatever its case`() async throws {
        let scene = try await Scene.assemble()
        func named(_ name: String, _ who: Who) -> JSON {
            JSON(members: scene.newLink(who).members.map { $0.0 == "name" ? ("name", .string(name)) : $0 })
        }
        expect(await scene.cast.adam.client.post("/api/v1/links", named("COUNTER desk", .adam)), 409, "link_name_taken")
        expect(await scene.cast.adam.client.patch("/api/v1/links/\(scene.links.fleet)", ["name": "counter DESK"]), 409, "link_name_taken")
        expect(await scene.cast.mallory.client.post("/api/v1/links", named("Counter desk", .mallory)), 201)
    }

    @Test func `warns where its user lacks its key, wherever it is shown, with a remedy in one click`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let una = scene.cast.una.id
        let (id, _) = try await face.link([("api_key", .string(scene.cast.uwes.id)), ("user", .string(una))])
        #expect(codes(await face.adam.get("/api/v1/links/\(id)")) == ["user_lacks_api_key"])
        let adam = Browser(face.adam)
        let places = ["/settings/links", "/settings/links/\(id)", "/settings/users/\(una)", "/settings/users/\(una)/edit"]
        let target = "/settings/users/\(una)/give-key"
        for place in places {
            let page = await adam.get(place)
            #expect(PageForm.posting(to: target, in: page.text).count == 1, "\(place) has no remedy")
        }
        // Rita may only read; Kim does not hold the key, so the link does not exist for her.
        for who in [Who.rita, .kim] {
            #expect(!(await scene.browser(who).get("/settings/users/\(una)").text.contains("give-key")), "\(who)")
        }
        let form = PageForm.posting(to: target, in: await adam.get("/settings/links").text).first?.submitted ?? []
        let done = await adam.post(target, form)
        #expect(done.location == "/settings/users/\(una)?done=saved", "\(done.status) \(done.text.prefix(300))")
        #expect(codes(await face.adam.get("/api/v1/links/\(id)")) == [])
        for place in places { #expect(!(await adam.get(place).text.contains("give-key")), "\(place)") }
        #expect(
            Set((await face.una.get("/api/v1/me")["access"]["api_keys"]?.elements ?? []).compactMap(\.text)) == [
                scene.cast.shared.id, scene.cast.uwes.id,
            ])
        expect(await adam.post(target, [("api_key", scene.cast.uwes.id)]), 303)
    }

    @Test func `is mended only by whoever may edit the user and give the key`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let body = JSON(members: scene.newUser(scene.north).members.map { $0.0 == "api_keys" ? ("api_keys", []) : $0 })
        let vera = try await Cast.make(scene.north.inside, "users", body)
        _ = try await face.link([("user", .string(vera))])
        for (who, mayMend) in [(Who.rita, false), (.kim, true), (.adam, true), (.switched, true)] {
            for place in ["/settings/links", "/settings/users/\(vera)"] {
                let page = await scene.browser(who).get(place)
                #expect(page.text.contains("the key: sees none") || page.text.contains("does not hold the API key"), "\(who) at \(place)")
                #expect(page.text.contains("give-key") == mayMend, "\(who) at \(place)")
            }
        }
        let target = "/settings/users/\(vera)/give-key"
        expect(await scene.browser(.rita).post(target, [("api_key", scene.north.key)]), 403)
        expect(await scene.browser(.mallory).post(target, [("api_key", scene.south.key)]), 404)
        // Ruling 2: a key that one does not hold may be named, and is not given.
        expect(await scene.browser(.kim).post(target, [("api_key", scene.cast.uwes.id)]), 403)
        #expect(await face.adam.get("/api/v1/users/\(vera)")["api_keys"] == [])
        expect(await scene.browser(.kim).post(target, [("api_key", scene.north.key)]), 303)
        #expect(await face.adam.get("/api/v1/users/\(vera)")["api_keys"] == [.string(scene.north.key)])
    }

    @Test func `warns where its key or user is disabled, or its end or limit is reached`() async throws {
        let face = try await PublicFace()
        let end = face.scene.house.house.gate.now.adding(seconds: 3600)
        let (id, path) = try await face.link([("user", .string(face.scene.cast.una.id)), ("max_starts", 1), ("ends_at", .string(end.description))])
        expect(await face.start(path), 201)
        #expect(codes(await face.adam.get("/api/v1/links/\(id)")) == ["limit_reached"])
        face.scene.house.time.advance(hours: 2)
        let fresh = try await face.scene.house.signIn("adam@example.com")
        #expect(codes(await fresh.get("/api/v1/links/\(id)")) == ["ended", "limit_reached"])
        expect(await fresh.post("/api/v1/users/\(face.scene.cast.una.id)/disable"), 200)
        expect(await fresh.post("/api/v1/api-keys/\(face.scene.north.key)/disable"), 200)
        #expect(codes(await fresh.get("/api/v1/links/\(id)")) == ["user_disabled", "api_key_disabled", "ended", "limit_reached"])
        // What stands there already is not judged again.
        expect(
            await fresh.patch("/api/v1/links/\(id)", ["name": "Kept", "user": .string(face.scene.cast.una.id), "ends_at": .string(end.description)]),
            200)
    }

    @Test func `under a key that one does not hold does not exist, in history too`() async throws {
        let scene = try await Scene.assemble()
        func seen(_ client: LocalClient) async -> Set<String> { Set(await client.get("/api/v1/links?limit=200").items.compactMap { $0["id"]?.text }) }
        #expect(await seen(scene.cast.adam.client) == [scene.links.desk, scene.links.fleet])
        #expect(await seen(scene.kim.client) == [scene.links.desk])
        #expect(await scene.kim.client.get("/api/v1/links?total=true")["total"] == 1)
        #expect(await scene.kim.client.get("/api/v1/links?search=garage&total=true")["total"] == 0)
        #expect(await scene.cast.adam.client.get("/api/v1/links?search=GARAGE%20fleet").items.map { $0["id"]?.text } == [scene.links.fleet])
        func history(_ client: LocalClient, _ id: String) async -> [String] {
            await client.get("/api/v1/history?subject=\(id)").items.compactMap { $0["action"]?.text }
        }
        for (client, who) in [(scene.cast.adam.client, "Adam"), (scene.kim.client, "Kim"), (scene.cast.rita.client, "Rita")] {
            #expect(await history(client, scene.links.desk) == ["link.created"], "\(who)")
            #expect(await history(client, scene.links.fleet) == (who == "Adam" ? ["link.created"] : []), "\(who)")
            let all = await client.get("/api/v1/history?limit=200&action=link.created&total=true")
            #expect(all["total"] == (who == "Adam" ? 2 : 1), "\(who)")
        }
        #expect(await history(scene.cast.mallory.client, scene.links.desk) == [])
    }

    @Test func `keeps its key from being deleted, and its starts out of the way of editors`() async throws {
        let face = try await PublicFace()
        let key = try await face.scene.fresh(.apiKey, for: .adam)
        let (id, path) = try await face.link([("api_key", .string(key))])
        expect(await face.adam.delete("/api/v1/api-keys/\(key)"), 409, "api_key_in_use")
        let tag = await face.adam.get("/api/v1/links/\(id)").header("ETag") ?? ""
        expect(await face.start(path), 201)
        var match = HTTPFields()
        match[.ifMatch] = tag
        let changed = await face.adam.send(.patch, "/api/v1/links/\(id)", ["name": "Renamed in time"], headers: match)
        expect(changed, 200)
        #expect(changed["starts"] == 1 && changed.header("ETag") != tag)
        expect(await face.adam.send(.patch, "/api/v1/links/\(id)", ["name": "Too late"], headers: match), 412)
    }

    @Test func `repeats its URL to nobody who repeats a request`() async throws {
        let scene = try await Scene.assemble()
        var headers = HTTPFields()
        headers[.idempotencyKey] = "once"
        let body = scene.newLink(.adam)
        let first = await scene.cast.adam.client.send(.post, "/api/v1/links", body, headers: headers)
        let second = await scene.cast.adam.client.send(.post, "/api/v1/links", body, headers: headers)
        expect(first, 201)
        expect(second, 201)
        #expect(second.header("Idempotency-Replayed") == "true" && second.json["url"] == nil && second.id == first.id)
        #expect(second.header("ETag") == first.header("ETag"))
        #expect(await scene.cast.adam.client.get("/api/v1/links/\(first.id)").text("url") == first.text("url"))
    }
}
