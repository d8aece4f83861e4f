import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The account's grounds, and who is granted what of them.
@Suite struct `The places of an account` {
    /// A house of three storeys, with North's Adam who may do everything in it.
    private struct Grounds {
        let scene: Scene
        let building: String
        let first: String
        let second: String
        let room: String

        var adam: LocalClient { scene.cast.adam.client }

        init() async throws {
            scene = try await Scene.assemble()
            let adam = scene.cast.adam.client
            building = try await Cast.make(adam, "places", ["name": "Tower", "kind": "building"])
            first = try await Cast.make(adam, "places", ["name": "Floor 1", "kind": "floor", "parent": .string(building)])
            second = try await Cast.make(adam, "places", ["name": "Floor 2", "kind": "floor", "parent": .string(building)])
            room = try await Cast.make(adam, "places", ["name": "101", "kind": "room", "parent": .string(first)])
        }

        /// Somebody with these places who keeps users and places.
        func keeper(_ places: JSON) async throws -> (id: String, client: LocalClient) {
            let role = try await Cast.make(
                adam, "roles",
                [
                    "name": .string(scene.unique("Warden ")), "description": "Keeps people and places.",
                    "screens": [
                        "users": ["level": "full"], "places": ["level": "full"], "overview": ["level": "read"],
                        "sessions": ["level": "full", "reach": "own"],
                    ],
                ])
            let name = scene.unique("wanda")
            let id = try await Cast.make(
                adam, "users",
                [
                    "username": .string(name), "email": .string(name + "@example.com"), "first_name": "Wanda", "last_name": "Holt",
                    "roles": [.string(role)], "places": places, "password": .string(TestHouse.password),
                ])
            return (id, try await scene.house.signIn(name))
        }

        func places(of client: LocalClient) async -> JSON { await client.get("/api/v1/me").json["access"]?["places"] ?? .null }

        func newUser(_ places: JSON) -> JSON {
            JSON(members: scene.newUser(scene.north).members.filter { $0.0 != "api_keys" } + [("places", places)])
        }
    }

    @Test func `are named once among those beside them, and lie in one another without a circle`() async throws {
        let grounds = try await Grounds()
        let adam = grounds.adam
        expect(await adam.post("/api/v1/places", ["name": "FLOOR 1", "kind": "floor", "parent": .string(grounds.building)]), 409, "place_name_taken")
        expect(await adam.post("/api/v1/places", ["name": "tower", "kind": "building"]), 409, "place_name_taken")
        expect(await adam.post("/api/v1/places", ["name": "101", "kind": "room", "parent": .string(grounds.second)]), 201)
        expect(await adam.patch("/api/v1/places/\(grounds.second)", ["name": "floor 1"]), 409, "place_name_taken")
        let circle = await adam.patch("/api/v1/places/\(grounds.building)", ["parent": .string(grounds.room)])
        expect(circle, 422, "cycle")
        #expect(circle.fieldCodes == ["parent: cycle"])
        expect(await adam.patch("/api/v1/places/\(grounds.building)", ["parent": .string(grounds.building)]), 422, "cycle")
        expect(await adam.post("/api/v1/places", ["name": "X", "kind": "wing"]), 422, "invalid_choice")
        expect(
            await adam.post("/api/v1/places", ["name": "X", "kind": "room", "parent": .string(grounds.scene.south.place)]), 422, "unknown_reference")

        var lowest = grounds.room
        for level in 4...16 {
            lowest = try await Cast.make(adam, "places", ["name": .string("Box \(level)"), "kind": "area", "parent": .string(lowest)])
        }
        expect(await adam.post("/api/v1/places", ["name": "Too deep", "kind": "area", "parent": .string(lowest)]), 422, "too_deep")
        expect(await adam.patch("/api/v1/places/\(grounds.first)", ["parent": .string(grounds.second)]), 422, "too_deep")
    }

    @Test func `leave one entry each in the history, named for what happened`() async throws {
        let grounds = try await Grounds()
        let adam = grounds.adam
        let target = "/api/v1/places/\(grounds.room)"
        expect(await adam.patch(target, ["name": "Room 101"]), 200)
        expect(await adam.patch(target, ["name": "Suite 101", "parent": .string(grounds.second)]), 200)
        expect(await adam.patch(target, ["kind": "area"]), 200)
        expect(await adam.patch(target, ["kind": "area"]), 200)
        expect(await adam.delete(target), 204)
        let entries = await adam.get("/api/v1/history?subject=\(grounds.room)").items
        #expect(
            entries.compactMap { $0["action"]?.text } == ["place.deleted", "place.changed", "place.moved", "place.renamed", "place.created"])
        #expect(entries.first?["subject"]?["name"] == "Suite 101")
    }

    @Test func `are not deleted while something lies in them or somebody is granted them, and say what`() async throws {
        let grounds = try await Grounds()
        let wanda = try await grounds.keeper([.string(grounds.room)])
        let full = await grounds.adam.delete("/api/v1/places/\(grounds.first)")
        expect(full, 409, "place_in_use")
        #expect(full["children"].elements.map { $0["id"]?.text } == [grounds.room] && full["holders"] == [])
        let held = await grounds.adam.delete("/api/v1/places/\(grounds.room)")
        expect(held, 409, "place_in_use")
        #expect(held["holders"].elements.map { $0["id"]?.text } == [wanda.id] && held["children"] == [])
        let page = await Browser(grounds.adam).get("/settings/places/\(grounds.room)/delete")
        #expect(page.status == 200 && page.text.contains("Wanda Holt") && !page.text.contains("<form method=\"post\" action=\"/settings/places/"))
        let posted = await Browser(grounds.adam).post("/settings/places/\(grounds.room)/delete")
        #expect(posted.status == 409 && posted.text.contains("Wanda Holt"))
        expect(await grounds.adam.patch("/api/v1/users/\(wanda.id)", ["places": []]), 200)
        expect(await grounds.adam.delete("/api/v1/places/\(grounds.room)"), 204)
        expect(await grounds.adam.get("/api/v1/places/\(grounds.room)"), 404)
    }

    @Test func `are told without names to those who may not see users`() async throws {
        let grounds = try await Grounds()
        _ = try await grounds.keeper([.string(grounds.room)])
        let role = try await Cast.make(
            grounds.adam, "roles", ["name": "Mapper", "description": "Places alone.", "screens": ["places": ["level": "full"]]])
        let body = JSON(members: grounds.newUser([]).members.map { $0.0 == "roles" ? ("roles", [.string(role)]) : $0 })
        _ = try await Cast.make(grounds.adam, "users", body)
        let mapper = try await grounds.scene.house.signIn(body["username"]?.text ?? "")
        let refused = await mapper.delete("/api/v1/places/\(grounds.room)")
        expect(refused, 409, "place_in_use")
        #expect(refused["holders"] == [] && !refused.text.contains("Wanda"))
        let page = await Browser(mapper).get("/settings/places/\(grounds.room)/delete")
        #expect(page.text.contains("1 person is granted it") && !page.text.contains("Wanda"))
    }

    @Test func `are given by who holds them, or what they lie in, and all of them by who has all`() async throws {
        let grounds = try await Grounds()
        let wanda = try await grounds.keeper([.string(grounds.first)])
        #expect(await grounds.places(of: wanda.client) == [.string(grounds.first)])
        func create(_ places: JSON) async -> LocalClient.Reply { await wanda.client.post("/api/v1/users", grounds.newUser(places)) }
        expect(await create([.string(grounds.room)]), 201)
        expect(await create([.string(grounds.first)]), 201)
        expect(await create([.string(grounds.building)]), 403, "grants_more_than_held")
        expect(await create([.string(grounds.room), .string(grounds.second)]), 403, "grants_more_than_held")
        expect(await create("all"), 403, "grants_more_than_held")
        expect(await create([.string(grounds.scene.south.place)]), 422, "unknown_reference")
        expect(await create([.string(Kind.place.neverIssued)]), 422, "unknown_reference")
        let hers = await create([.string(grounds.room)])
        expect(await wanda.client.patch("/api/v1/users/\(hers.id)", ["places": [.string(grounds.second)]]), 403, "grants_more_than_held")
        expect(await wanda.client.patch("/api/v1/users/\(wanda.id)", ["places": "all"]), 403, "grants_more_than_held")
        expect(await grounds.adam.patch("/api/v1/users/\(hers.id)", ["places": [.string(grounds.building)]]), 200)
        expect(await wanda.client.patch("/api/v1/users/\(hers.id)", ["first_name": "Vreni"]), 200, nil, "what is there already is not given")
        expect(await wanda.client.put("/api/v1/users/\(hers.id)/password", ["generate": true]), 403, "grants_more_than_held")
    }

    @Test func `are moved into others by who holds them alone, and who holds the others has them at once`() async throws {
        let grounds = try await Grounds()
        let wanda = try await grounds.keeper([.string(grounds.first)])
        let give = grounds.newUser([.string(grounds.second)])
        expect(await wanda.client.post("/api/v1/users", give), 403, "grants_more_than_held")
        let second = "/api/v1/places/\(grounds.second)"
        expect(await wanda.client.patch(second, ["parent": .string(grounds.first)]), 403, "grants_more_than_held", "she would take it")
        #expect(await grounds.adam.get(second)["parent"] == .string(grounds.building))
        expect(await grounds.adam.patch(second, ["parent": .string(grounds.first)]), 200)
        expect(await wanda.client.post("/api/v1/users", give), 201, nil, "what she holds is larger now")
        expect(await wanda.client.patch(second, ["parent": .null]), 200, nil, "at the top it is given to nobody")
        let again = grounds.newUser([.string(grounds.second)])
        expect(await wanda.client.post("/api/v1/users", again), 403, "grants_more_than_held", "and she has it no more")
        expect(await wanda.client.patch(second, ["parent": .string(grounds.first)]), 403, "grants_more_than_held")
    }

    // MARK: Import

    private func send(_ client: LocalClient, _ csv: String, dry: Bool) async -> LocalClient.Reply {
        await client.post("/api/v1/places/import" + (dry ? "?dry_run=true" : ""), ["csv": .string(csv)])
    }

    @Test func `are imported from a list after a dry run that changes nothing`() async throws {
        let grounds = try await Grounds()
        let csv =
            "kind,parent,name\r\nfloor,Tower,Floor 3\r\nroom,tower / FLOOR 3,\"3\"\"01\"\r\nfloor,Tower,Floor 1\r\nbuilding,,=A/B\r\nroom,=A\\/B,1\r\n"
        let before = try await Snapshot.all(grounds.scene.database)
        let dry = await send(grounds.adam, csv, dry: true)
        expect(dry, 200)
        #expect(dry["created"] == 4 && dry["existing"] == 1 && dry["dry_run"] == true)
        #expect(try await Snapshot.all(grounds.scene.database) == before)
        let real = await send(grounds.adam, csv, dry: false)
        expect(real, 200)
        #expect(real["rows"].elements.map { $0["outcome"]?.text } == ["new", "new", "exists", "new", "new"])
        let all = await grounds.adam.get("/api/v1/places?limit=200").items
        let room = all.first { $0["name"] == "3\"01" }
        let floor = all.first { $0["name"] == "Floor 3" }
        #expect(room?["parent"] == floor?["id"] && floor?["parent"] == .string(grounds.building) && all.contains { $0["name"] == "=A/B" })
        #expect(await send(grounds.adam, csv, dry: false)["created"] == 0)
        #expect(await grounds.adam.get("/api/v1/history?action=place.created&limit=200").items.count >= 8)
    }

    @Test func `are imported whole or not at all, and each wrong line says why`() async throws {
        let grounds = try await Grounds()
        let before = try await Snapshot.all(grounds.scene.database)
        let reply = await send(
            grounds.adam, "name,kind,parent\nRoof,area,Tower\n,room,Tower\nX,wing,Tower\nY,room,Tower/Floor 9\nFloor 1,room,Tower\nZ,room,Tower,z\n",
            dry: false)
        expect(reply, 422, "invalid_lines")
        #expect(
            reply.fieldCodes == [
                "lines.3.name: too_short", "lines.4.kind: invalid_choice", "lines.5.parent: unknown_reference", "lines.6.kind: place_name_taken",
                "lines.7.name: too_many_cells",
            ])
        #expect(try await Snapshot.all(grounds.scene.database) == before)
        expect(await send(grounds.adam, "name,kind\n\"X,room\n", dry: false), 422, "malformed_csv")
        expect(await send(grounds.adam, "title,kind\nX,room\n", dry: false), 422, "malformed_csv")
        expect(await send(grounds.adam, String(repeating: "x", count: 181 * 1024), dry: false), 422, "too_long")
        let lines = "name,kind\n" + (0...5000).map { "R\($0),room\n" }.joined()
        expect(await send(grounds.adam, lines, dry: true), 422, "malformed_csv")
    }

    @Test func `are imported from text as it is`() async throws {
        let grounds = try await Grounds()
        var inbound = Inbound(.post, "/api/v1/places/import", body: Array("\u{FEFF}name;kind\nAnnex;building\n".utf8))
        inbound.headers[.authorization] = "Bearer " + (grounds.adam.token ?? "")
        inbound.headers[.contentType] = "text/csv; charset=utf-8"
        let outbound = await grounds.adam.lineUp.respond(to: inbound)
        #expect(outbound.status == 200 && String(decoding: outbound.body, as: UTF8.self).contains("\"created\":1"))
    }

    @Test func `are imported on the page in two steps`() async throws {
        let grounds = try await Grounds()
        let browser = Browser(grounds.adam)
        let csv = "name,kind,parent\nFloor 3,floor,Tower\nFloor 1,floor,Tower"
        let checked = await browser.post("/settings/places/import", [("lines", csv), ("step", "check")])
        #expect(checked.status == 200 && checked.text.contains("Import 1 place") && checked.text.contains("1 is there already"))
        let wrong = await browser.post("/settings/places/import", [("lines", csv + "\nX,wing,"), ("step", "import")])
        #expect(wrong.status == 422 && wrong.text.contains("Line 4") && wrong.text.contains("Floor 3,floor,Tower"))
        let done = await browser.post("/settings/places/import", [("lines", csv), ("step", "import")])
        #expect(done.status == 303 && done.location == "/settings/places?done=completed")
        #expect(await browser.get("/settings/places").text.contains("Floor 3"))
    }

    // MARK: The page

    @Test func `are shown as a tree, in the order in which people count`() async throws {
        let grounds = try await Grounds()
        expect(await grounds.adam.post("/api/v1/places", ["name": "Floor 10", "kind": "floor", "parent": .string(grounds.building)]), 201)
        let page = await Browser(grounds.adam).get("/settings/places")
        let names = ["Tower", "Floor 1<", "101", "Floor 2", "Floor 10"].map { page.text.firstRange(of: $0)?.lowerBound }
        #expect(names.allSatisfy { $0 != nil } && names.compactMap { $0 } == names.compactMap { $0 }.sorted())
        let inside = await Browser(grounds.adam).get("/settings/places?in=\(grounds.first)")
        #expect(inside.text.contains("101") && !inside.text.contains("Floor 2<"))
    }
}
