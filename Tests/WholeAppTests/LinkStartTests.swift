import HTTPTypes
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import Testing

@testable import latchkey

/// What a customer does with the URL of a link (rules 2, 9, 10, 11 of unique-user-sessions.md).
@Suite struct `Starting from a link` {
    private func sessions(_ face: PublicFace) async throws -> Int {
        try await face.scene.database.read(seeing: .everything) { try $0.row("SELECT count(*) FROM sessions") { try $0[0] as Int } } ?? 0
    }

    @Test func `makes a session of the assigned user, seen in their dashboard and in nobody else's`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let (_, path) = try await face.link([("name", "Front door"), ("user", .string(scene.cast.una.id))])
        let reply = await face.start(path)
        expect(reply, 201)
        let id = reply["session"]["id"]?.text ?? ""
        #expect(reply["session"]["status"] == "STARTED" && (reply["session"]["code"]?.text ?? "").hasPrefix("NB-"))
        #expect(reply.text("capture_url").hasPrefix("http://localhost:8080/c/lk_capture_"))
        let session = await face.una.get("/api/v1/sessions/\(id)")
        #expect(session["owner"]["id"]?.text == scene.cast.una.id)
        #expect(session["source"] == ["type": "shareable_link", "api_key_name": "Road checks", "link_name": "Front door"])
        #expect(session["contact"]["phone"] == "+4915112345678" && session["contact"]["first_name"] == "Carla")
        #expect(session["started_at"] != .null && session["status"] == "STARTED" && session["mode"] == "live")
        for (who, status) in [(Who.uwe, 404), (.mallory, 404), (.adam, 200), (.rita, 200)] {
            #expect(await scene.client(who).get("/api/v1/sessions/\(id)").status == status, "\(who)")
        }
        #expect(await face.una.get("/api/v1/sessions?source=shareable_link").items.count == 1)
        let events = await face.una.get("/api/v1/sessions/\(id)/events").items
        #expect(events.map { $0["type"]?.text } == ["session.started", "session.created"])
        #expect(events.allSatisfy { $0["actor"]?["kind"] == "link" && $0["actor"]?["name"] == "Front door" })
        let history = await face.adam.get("/api/v1/history?subject=\(id)").items
        #expect(history.count == 1 && history[0]["action"] == "session.created" && history[0]["actor"]?["kind"] == "link")
    }

    @Test func `starts nothing by looking, however often and by whatever previews it`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link([("max_starts", 1)])
        let before = try await Snapshot.all(face.scene.database)
        for _ in 0..<3 {
            expect(await face.phone.get(path), 200)
            let head = await face.phone.send(.head, path)
            #expect(head.status == 200 && head.body.isEmpty)
            expect(await face.look(path), 200)
            expect(await face.anyone.get(path + "/app.webmanifest"), 200)
        }
        for method in [HTTPRequest.Method.put, .patch, .delete, .options] { expect(await face.anyone.send(method, path), 405) }
        #expect(Snapshot.differences(before, try await Snapshot.all(face.scene.database)) == [])
        #expect(await face.adam.get("/api/v1/links/\(id)")["starts"] == 0)
    }

    @Test func `leads a phone from a form to its capture page, and tells no secret to other sites`() async throws {
        let face = try await PublicFace()
        let (_, path) = try await face.link()
        let page = await face.phone.get(path)
        #expect(page.text.contains("North branch") && page.text.contains("Get started"))
        #expect(page.header("Referrer-Policy") == "no-referrer" && page.header("Cache-Control") == "no-store")
        #expect(page.text.contains("rel=\"manifest\" href=\"\(path)/app.webmanifest\""))
        let manifest = await face.anyone.get(path + "/app.webmanifest")
        #expect(manifest.header("Content-Type") == "application/manifest+json")
        #expect(manifest["name"] == "North branch" && manifest["start_url"].text == path && manifest["display"] == "standalone")
        expect(await face.phone.post(path, PublicFace.form, from: .site(fetch: "cross-site")), 403)
        expect(await face.phone.post(path, PublicFace.form, from: .site(origin: "https://evil.example")), 403)
        // Phones that know no Sec-Fetch-Site say `null`, because the page says `no-referrer`.
        expect(await face.phone.post(path, PublicFace.form, from: .site(origin: "null")), 303)
        let done = await face.phone.post(path, PublicFace.form)
        #expect(done.status == 303 && done.location.hasPrefix("/c/lk_capture_") && done.text.isEmpty)
        let capture = await face.phone.get(done.location)
        #expect(capture.status == 200 && capture.header("Referrer-Policy") == "no-referrer" && capture.header("Cache-Control") == "no-store")
    }

    @Test func `asks for names and phone, and keeps what was typed`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link()
        for field in ["first_name", "last_name", "phone"] {
            let rest = JSON(members: PublicFace.customer.members.filter { $0.0 != field })
            let reply = await face.start(path, rest)
            expect(reply, 422, "required", field)
            #expect(reply.fieldCodes == ["\(field): required"])
            expect(await face.start(path, PublicFace.customer.adding("owner", "x")), 400, "unknown_field")
            let form = PublicFace.form.filter { $0.name != field }
            let page = await face.phone.post(path, form)
            #expect(page.status == 422 && page.text.contains("id=\"\(PageForm.id(field))-error\""), "\(field)")
            for (name, value) in form { #expect(PageForm.posting(to: path, in: page.text).first?.values(name) == [value], "\(field), \(name)") }
        }
        expect(await face.start(path, ["first_name": "A", "last_name": "B", "phone": "12"]), 422, "invalid_phone")
        #expect(await face.adam.get("/api/v1/links/\(id)")["starts"] == 0)
        expect(await face.start("/l/lk_link_x"), 404)
        expect(await face.start(path + "x"), 404)
        expect(await face.phone.get("/l/" + String(repeating: "é", count: 40)), 404)
    }

    /// What closes a link, and the reason that a stranger is told.
    static let closings: [(String, String, @Sendable (PublicFace, String) async -> LocalClient.Reply)] = [
        ("off", "off", { await $0.adam.patch("/api/v1/links/\($1)", ["active": false]) }),
        ("disabled", "its key", { face, _ in await face.adam.post("/api/v1/api-keys/\(face.scene.north.key)/disable") }),
        ("disabled", "its user", { face, _ in await face.adam.post("/api/v1/users/\(face.scene.cast.una.id)/disable") }),
        ("disabled", "its account", { face, _ in await face.scene.cast.olive.post("/api/v1/accounts/\(face.scene.north.account)/disable") }),
        ("limit_reached", "limit", { await $0.adam.patch("/api/v1/links/\($1)", ["max_starts": 1]) }),
    ]

    @Test(arguments: closings.indices) func `is refused plainly where it is closed, and capture goes on`(_ index: Int) async throws {
        let (reason, what, close) = Self.closings[index]
        let face = try await PublicFace()
        let (id, path) = try await face.link([("user", .string(face.scene.cast.una.id))])
        let begun = await face.start(path)
        let capture = PublicFace.path(begun.text("capture_url"))
        expect(await close(face, id), 200, nil, what)
        let count = try await sessions(face)
        let got = await face.look(path)
        expect(got, 410, "link_closed", what)
        #expect(got.text("reason") == reason, "\(what)")
        let page = await face.phone.get(path)
        #expect(page.status == 410 && page.text.contains("This link no longer works") && !page.text.contains("<form"), "\(what)")
        expect(await face.start(path), 410, "link_closed", what)
        expect(await face.start(path, ["zzz": 1]), 410, "link_closed", what)
        expect(await face.phone.post(path, PublicFace.form), 410, nil, what)
        #expect(try await sessions(face) == count, "\(what)")
        // The table of what ends when: only the account ends a capture that is under way.
        let goesOn = what != "its account"
        expect(await face.look(capture), goesOn ? 200 : 410, goesOn ? nil : "capture_closed", what)
        expect(await face.phone.get(capture), goesOn ? 200 : 410, nil, what)
        let answer = await face.send(capture + "/answers", ["step": "vin", "text": .string(PublicFace.vin)])
        expect(answer, goesOn ? 200 : 410, goesOn ? nil : "capture_closed", what)
    }

    @Test func `works again when what closed it is taken back`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link([("user", .string(face.scene.cast.una.id))])
        let capture = try await face.started().path
        let olive = face.scene.cast.olive
        let (key, una, north) = (face.scene.north.key, face.scene.cast.una.id, face.scene.north.account)
        let switches: [(LocalClient, String)] = [(face.adam, "api-keys/\(key)"), (face.adam, "users/\(una)"), (olive, "accounts/\(north)")]
        for (client, thing) in switches {
            expect(await client.post("/api/v1/\(thing)/disable"), 200)
            expect(await face.start(path), 410, "link_closed", thing)
            expect(await client.post("/api/v1/\(thing)/enable"), 200)
            expect(await face.start(path), 201, nil, thing)
            expect(await face.look(capture), 200, nil, thing)
        }
        let adam = try await face.scene.house.signIn("adam@example.com")
        expect(await adam.patch("/api/v1/links/\(id)", ["active": false]), 200)
        expect(await face.start(path), 410, "link_closed")
        expect(await adam.patch("/api/v1/links/\(id)", ["active": true]), 200)
        expect(await face.start(path), 201)
    }

    /// Starts by JSON from an address: each status, how often, and the last `Retry-After`.
    private func starts(_ face: PublicFace, _ path: String, _ count: Int, from address: String) async throws -> [Int: Int] {
        var phone = face.anyone
        phone.address = address
        let client = phone
        let replies = try await atOnce(count) { _ in await client.send(.post, path, PublicFace.customer, headers: PublicFace.asJSON) }
        for reply in replies where reply.status == 429 {
            #expect(reply.code == "too_many_starts" && (1...3600).contains(Int(reply.header("Retry-After") ?? "") ?? 0))
        }
        return replies.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
    }

    @Test func `is bounded for an address, of 64 at once too, and for each link by itself`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link()
        let before = try await sessions(face)
        #expect(try await starts(face, path, 64, from: "2001:db8::1") == [201: LinkQuota.startsFromAddress, 429: 64 - LinkQuota.startsFromAddress])
        #expect(try await sessions(face) == before + 60)
        #expect(await face.adam.get("/api/v1/links/\(id)")["starts"] == 60, "a refused start is none")
        #expect(try await starts(face, path, 1, from: "2001:db8::2:0:0:1") == [429: 1], "its neighbour in one network")
        #expect(try await starts(face, path, 1, from: "2001:db8:0:1::1") == [201: 1])
        #expect(try await starts(face, try await face.link().path, 1, from: "2001:db8::1") == [201: 1])
        var phone = face.phone
        phone.address = "2001:db8::1"
        let page = await phone.post(path, PublicFace.form)
        #expect(page.status == 429 && page.header("Retry-After") != nil && page.text.contains("very often") && page.text.contains("Carla"))
        face.scene.house.time.advance(minutes: 61)
        #expect(try await starts(face, path, 1, from: "2001:db8::1") == [201: 1])
    }

    @Test func `is bounded for all addresses together, of 64 at once too`() async throws {
        let face = try await PublicFace()
        let (_, path) = try await face.link()
        for number in 1...10 {
            let count = number < 10 ? 60 : 59
            #expect(try await starts(face, path, count, from: "192.0.2.\(number)") == [201: count])
        }
        #expect(try await starts(face, path, 64, from: "198.51.100.7") == [201: 1, 429: 63])
    }

    @Test func `ends at its end, to the moment`() async throws {
        let face = try await PublicFace()
        let end = face.scene.house.house.gate.now.adding(seconds: 600)
        let (_, path) = try await face.link([("ends_at", .string(end.description))])
        face.scene.house.time.advance(minutes: 9)
        expect(await face.start(path), 201)
        face.scene.house.time.advance(minutes: 1)
        let reply = await face.look(path)
        expect(reply, 410, "link_closed")
        #expect(reply.text("reason") == "ended")
        expect(await face.start(path), 410, "link_closed")
    }

    @Test func `stamps key, owner and names, which no later edit changes`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let (id, path) = try await face.link([("name", "First name"), ("user", .string(scene.cast.una.id))])
        let before = await face.start(path)["session"]["id"]?.text ?? ""
        let edit: JSON = ["name": "Second name", "user": .string(scene.cast.uwe.id), "api_key": .string(scene.cast.uwes.id)]
        expect(await face.adam.patch("/api/v1/links/\(id)", edit), 200)
        expect(await face.adam.patch("/api/v1/api-keys/\(scene.north.key)", ["name": "Renamed key"]), 200)
        let after = await face.start(path)["session"]["id"]?.text ?? ""
        let (first, second) = (await face.adam.get("/api/v1/sessions/\(before)"), await face.adam.get("/api/v1/sessions/\(after)"))
        #expect(first["owner"]["id"]?.text == scene.cast.una.id && second["owner"]["id"]?.text == scene.cast.uwe.id)
        #expect(first["source"]["link_name"] == "First name" && first["source"]["api_key_name"] == "Road checks")
        #expect(first["api_key"].text == scene.north.key && second["api_key"].text == scene.cast.uwes.id)
        #expect(second["source"]["link_name"] == "Second name" && second["source"]["api_key_name"] == "Fleet returns")
        expect(await face.una.get("/api/v1/sessions/\(before)"), 200)
        expect(await face.una.get("/api/v1/sessions/\(after)"), 404)
        // Nobody assigned: for those who see everybody's.
        expect(await face.adam.patch("/api/v1/links/\(id)", ["user": .null]), 200)
        let nobodys = await face.start(path)["session"]["id"]?.text ?? ""
        #expect(await face.adam.get("/api/v1/sessions/\(nobodys)")["owner"] == .null)
        expect(await scene.cast.uwe.client.get("/api/v1/sessions/\(nobodys)"), 404)
    }

    @Test func `goes on for a user who lacks the key, and hides the session until they have it`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let (_, path) = try await face.link([("api_key", .string(scene.cast.uwes.id)), ("user", .string(scene.cast.una.id))])
        let id = await face.start(path)["session"]["id"]?.text ?? ""
        expect(await face.una.get("/api/v1/sessions/\(id)"), 404)
        let keys: JSON = [.string(scene.cast.shared.id), .string(scene.cast.uwes.id)]
        expect(await face.adam.patch("/api/v1/users/\(scene.cast.una.id)", ["api_keys": keys]), 200)
        expect(await face.una.get("/api/v1/sessions/\(id)"), 200)
    }

    @Test func `of a test key makes a test session, and a deadline is stamped`() async throws {
        let face = try await PublicFace()
        let key = await face.adam.post("/api/v1/api-keys", ["name": "Training", "mode": "test", "session_expiry": "1h"])
        let session = try await face.started([("api_key", .string(key.id))]).id
        let shown = await face.adam.get("/api/v1/sessions/\(session)")
        #expect(shown["mode"] == "test" && shown["expires_at"] != .null)
        expect(await face.adam.patch("/api/v1/api-keys/\(key.id)", ["session_expiry": "never"]), 200)
        #expect(await face.adam.get("/api/v1/sessions/\(session)")["expires_at"] == shown["expires_at"])
    }

    @Test func `of many at once no more than the limit get through`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link([("max_starts", 7)])
        let before = try await sessions(face)
        let replies = try await atOnce(64) { index in
            index.isMultiple(of: 2) ? await face.start(path) : await face.phone.post(path, PublicFace.form)
        }
        #expect(replies.filter { $0.status == 201 || $0.status == 303 }.count == 7)
        #expect(replies.allSatisfy { [201, 303, 410].contains($0.status) }, "\(Set(replies.map(\.status)))")
        #expect(try await sessions(face) == before + 7)
        let link = await face.adam.get("/api/v1/links/\(id)")
        #expect(link["starts"] == 7)
        let codes = await face.adam.get("/api/v1/sessions?source=shareable_link&limit=200").items.compactMap { $0["code"]?.text }
        #expect(Set(codes).count == 7)
    }
}
