import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import UsersFeature
@testable import latchkey

/// The list of users, narrowed to who has what.
@Suite struct `The list of users` {
    /// Twenty people with roles, places and standings at random, and what a slow look at each of them says.
    private struct Crowd {
        let scene: Scene
        let roles: [(id: String, level: Level)]
        let places: [String]
        let tree: [String: String]

        var adam: LocalClient { scene.cast.adam.client }

        init() async throws {
            scene = try await Scene.assemble()
            let adam = scene.cast.adam.client
            var roles: [(String, Level)] = []
            for (name, level) in [("Sees", Level.read), ("Does", .full), ("Sees too", .read), ("Neither", .none)] {
                let screens: JSON = level == .none ? ["overview": ["level": "read"]] : ["history": ["level": .string(level.name)]]
                let role: JSON = ["name": .string(name), "description": "Of the crowd.", "screens": screens]
                roles.append((try await Cast.make(adam, "roles", role), level))
            }
            let building = try await Cast.make(adam, "places", ["name": "Tower", "kind": "building"])
            let floor = try await Cast.make(adam, "places", ["name": "Floor 1", "kind": "floor", "parent": .string(building)])
            let other = try await Cast.make(adam, "places", ["name": "Annex", "kind": "building"])
            self.roles = roles
            places = [building, floor, other]
            tree = [floor: building]
            var random = SystemRandomNumberGenerator()
            for index in 0..<20 {
                let held = roles.filter { _ in Bool.random(using: &random) }
                let given = (held.isEmpty ? [roles[3]] : held).map { JSON.string($0.0) }
                let ticked: JSON = index % 7 == 0 ? "all" : .array(places.filter { _ in Bool.random(using: &random) }.map { .string($0) })
                var body = scene.newUser(scene.north).members.filter { !["roles", "api_keys", "password"].contains($0.0) }
                body += [("roles", .array(given)), ("places", ticked)]
                if index % 3 > 0 { body.append(("password", .string(TestHouse.password))) }
                let id = try await Cast.make(adam, "users", JSON(members: body))
                if index % 4 == 1 { expect(await adam.post("/api/v1/users/\(id)/disable"), 200) }
            }
        }

        func walk(_ query: String, limit: Int) async -> [String] {
            var ids: [String] = []
            var next: String? = ""
            while let after = next, ids.count < 500 {
                let page = await adam.get("/api/v1/users?limit=\(limit)&\(query)" + (after.isEmpty ? "" : "&after=\(after)"))
                expect(page, 200, nil, query)
                ids += page.items.map { $0["id"]?.text ?? "" }
                next = page["next"].text
            }
            return ids
        }

        func expected(_ all: [JSON], screen: Level?, any: Bool, place: String?, status: String?) async -> [String] {
            var found: [String] = []
            for user in all {
                let access = await adam.get("/api/v1/users/\(user["id"]?.text ?? "")/access")
                let level = Level(name: access["screens"]["history"]?["level"]?.text ?? "none") ?? .none
                if any, level == .none { continue }
                if let screen, level != screen { continue }
                if let place {
                    let held = access["places"]
                    let path = [place] + (tree[place].map { [$0] } ?? [])
                    if held != "all", !path.contains(where: { id in held.elements.contains(.string(id)) }) { continue }
                }
                if let status, user["status"]?.text != status { continue }
                found.append(user["id"]?.text ?? "")
            }
            return found
        }
    }

    @Test func `is narrowed to exactly those who fit, on pages of any size`() async throws {
        let crowd = try await Crowd()
        let all = await crowd.adam.get("/api/v1/users?limit=200").items
        let levels: [(String, Level?, Bool)] = [
            ("", nil, false), ("screen=history", nil, true), ("screen=history&level=read", .read, false),
            ("screen=history&level=full", .full, false), ("screen=history&level=none", Level.none, false),
        ]
        for (query, level, any) in levels {
            for place in [nil] + crowd.places.map(Optional.some) {
                for status in [nil, "pending", "enabled", "disabled"] {
                    let asked = [query, place.map { "place=\($0)" } ?? "", status.map { "status=\($0)" } ?? ""].filter { !$0.isEmpty }
                        .joined(separator: "&")
                    let expected = await crowd.expected(all, screen: level, any: any, place: place, status: status)
                    #expect(await crowd.walk(asked, limit: 3) == expected, "\(asked)")
                    let total = await crowd.adam.get("/api/v1/users?limit=1&total=true&" + asked)["total"]
                    #expect(total == .int(Int64(expected.count)), "\(asked)")
                }
            }
        }
    }

    @Test func `says what a filter needs, and is empty for screens that there are not`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        expect(await adam.get("/api/v1/users?level=read"), 422, "requires_screen")
        expect(await adam.get("/api/v1/users?screen=history&level=some"), 422, "invalid_choice")
        for query in ["screen=pulse", "screen=pulse&level=none", "place=\(scene.south.place)", "place=x"] {
            #expect(await adam.get("/api/v1/users?" + query).items.isEmpty, "\(query)")
        }
    }

    @Test func `is walked by indexes alone, so that a page costs the same among a hundred thousand`() async throws {
        let house = try await TestHouse()
        let account = AccountID(bits: 1), role = RoleID(bits: 2), place = PlaceID(bits: 3)
        let streams: [UserStream] = [.role(role), .place(place), .allPlaces, .disabled, .ending, .withoutPassword]
        try await house.installation.database.read(seeing: .everything) { tx in
            guard tx.dialect == .sqlite else { return }
            for stream in streams {
                let query = UserStreamStore.query(stream, in: account, after: "usr_7", limit: 51)
                let plan = try tx.rows("EXPLAIN QUERY PLAN \(fragment: query)") { try $0[3] as String }
                #expect(
                    plan.count == 1 && plan.allSatisfy { $0.hasPrefix("SEARCH") && $0.contains(" INDEX ") && $0.contains("<?)") },
                    "\(stream): \(plan)")
            }
        }
    }

    // MARK: The page

    @Test func `shows who has what, and why, as a table of users and screens`() async throws {
        let scene = try await Scene.assemble()
        let adam = Browser(scene.cast.adam.client)
        let page = await adam.get("/settings/users?view=access").text
        #expect(page.contains("aria-label=\"History: Read, from Reader\"") || page.contains("aria-label=\"History: Full, from ADMIN\""))
        #expect(page.contains("aria-label=\"Sessions: Full, from USER (own only)\""))
        #expect(page.contains("aria-label=\"API keys: None\"") && page.contains("/access\""))
        #expect(!(await adam.get("/settings/users").text).contains("data-matrix"), "an inspection company reads a list")
        let narrowed = await adam.get("/settings/users?view=access&screen=users&level=full&place=\(scene.north.place)").text
        #expect(narrowed.contains("Main building") && narrowed.contains("class=\"chip\"") && narrowed.contains("Users: Full"))
        #expect(!narrowed.contains("Una") && narrowed.contains("Kim"))
        #expect(narrowed.contains("/settings/users?screen=users&amp;level=full&amp;view=access"), "a chip takes its own filter away")
    }
}
