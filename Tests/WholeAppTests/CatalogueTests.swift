import Foundation
import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import CatalogueFeature
@testable import latchkey

/// A company brings a catalogue of its own.
@Suite struct `A catalogue of one's own` {
    /// An account of this catalogue, with somebody switched into it. Its database goes with the house: keep it.
    static func ground(_ catalogue: String = "own") async throws -> (house: TestHouse, olive: LocalClient, inside: LocalClient, account: String) {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let account = try await Cast.make(olive, "accounts", ["name": "Grand", "catalogue": .string(catalogue)])
        return (house, olive, try await olive.switched(into: account), account)
    }

    static let lamps: JSON = [
        "screens": [["id": "lamps", "label": "Lamps"], ["id": "doors", "label": "Doors", "url": "/dashboard/doors"]],
        "functions": [["id": "lamps.switch", "label": "Switch lamps", "screen": "lamps", "step_up": true]],
    ]

    static func role(_ inside: LocalClient, _ name: String) async -> JSON {
        await inside.get("/api/v1/roles?limit=200").items.first { $0["name"]?.text == name } ?? .null
    }

    @Test func `is put in place of what was, and the manager role holds it at once`() async throws {
        let (house, olive, inside, account) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        let before = await inside.get("/api/v1/catalogue")
        let put = await inside.put("/api/v1/catalogue", Self.lamps)
        expect(put, 200)
        #expect(put["screens"].elements.map { $0["id"]?.text } == ["lamps", "doors"])
        #expect(put["functions"].elements.first?["step_up"] == true)
        #expect(put["roles"] == before["roles"] && put["terms"] == before["terms"] && put["defaults"] == before["defaults"])
        #expect(await inside.get("/api/v1/catalogue").json == put.json)
        #expect(await Self.role(inside, "ADMIN")["screens"]?["doors"]?["level"] == "full")
        #expect(await inside.get("/api/v1/me")["access"]["functions"]?["lamps.switch"] == "full")
        #expect(await olive.get("/api/v1/accounts/\(account)").text("catalogue") == "own")
        // What is read can be put again, and changes nothing.
        let entries = await inside.get("/api/v1/history?total=true")["total"]
        expect(await inside.put("/api/v1/catalogue", put.json), 200)
        #expect(await inside.get("/api/v1/history?total=true")["total"] == entries)
        #expect(await inside.get("/api/v1/history").items.contains { $0["action"] == "catalogue.changed" })
    }

    @Test func `is not put over somebody else's change`() async throws {
        let (house, _, inside, _) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        let tag = await inside.get("/api/v1/catalogue").header("ETag") ?? ""
        expect(await inside.send(.put, "/api/v1/catalogue", Self.lamps, headers: [.ifMatch: tag]), 200)
        expect(await inside.send(.put, "/api/v1/catalogue", ["screens": [], "functions": []], headers: [.ifMatch: tag]), 412, "changed_meanwhile")
    }

    @Test func `takes the name of a ready one that it is equal to`() async throws {
        let (house, olive, inside, account) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        expect(await inside.put("/api/v1/catalogue", Catalogue.hotel.json), 200)
        #expect(await olive.get("/api/v1/accounts/\(account)").text("catalogue") == "hotel")
        #expect(await inside.get("/api/v1/roles").items.compactMap { $0["name"]?.text }.sorted() == Catalogue.hotel.roles.map(\.name).sorted())
        #expect(await inside.get("/api/v1/settings/security").text("concurrent_logins") == "take_over", "a default that nobody had chosen")
    }

    @Test(arguments: [
        (#"{"functions": []}"#, 422, "screens", "required"),
        (#"{"screens": [], "functions": [], "zzz": 1}"#, 400, "zzz", "unknown_field"),
        (#"{"screens": {}, "functions": []}"#, 400, "screens", "wrong_type"),
        (#"{"screens": [{"id": "a"}], "functions": []}"#, 422, "screens.0.label", "required"),
        (#"{"screens": [{"id": "a", "label": "A"}, {"id": "users", "label": "U"}], "functions": []}"#, 422, "screens.1.id", "reserved"),
        (#"{"screens": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}], "functions": []}"#, 422, "screens.1.id", "duplicate"),
        (#"{"screens": [{"id": "A,b=c", "label": "A"}], "functions": []}"#, 422, "screens.0.id", "invalid_id"),
        (#"{"screens": [{"id": "a", "label": "A", "url": "//evil.example"}], "functions": []}"#, 422, "screens.0.url", "invalid_url"),
        (#"{"screens": [{"id": "a", "label": "A", "url": "javascript:alert(1)"}], "functions": []}"#, 422, "screens.0.url", "invalid_url"),
        (#"{"screens": [], "functions": [{"id": "decisions", "label": "D"}]}"#, 422, "functions.0.id", "reserved"),
        (#"{"screens": [], "functions": [{"id": "f", "label": "F", "screen": "gone"}]}"#, 422, "functions.0.screen", "unknown_reference"),
        (
            #"{"screens": [], "functions": [{"id": "f", "label": "F", "excludes": [{"id": "g", "on": "record"}]}]}"#, 422,
            "functions.0.excludes.0.id", "unknown_reference"
        ),
        (
            #"{"screens": [], "functions": [{"id": "f", "label": "F", "excludes": [{"id": "f", "on": "record"}]}]}"#, 422,
            "functions.0.excludes.0.id", "excludes_itself"
        ),
        (
            #"{"screens": [], "functions": [{"id": "f", "label": "F", "excludes": [{"id": "g", "on": "record"}]}, {"id": "g", "label": "G", "excludes": [{"id": "f", "on": "person"}]}]}"#,
            422, "functions.1.excludes.0.on", "contradiction"
        ),
        (#"{"screens": [], "functions": [], "roles": []}"#, 422, "roles", "one_manager"),
        (
            #"{"screens": [], "functions": [], "roles": [{"name": "A", "description": "A", "manager": true}, {"name": "a", "description": "A", "screens": {"users": {"level": "read"}}}]}"#,
            422, "roles.1.name", "duplicate"
        ),
        (
            #"{"screens": [], "functions": [], "roles": [{"name": "A", "description": "A", "manager": true}, {"name": "B", "description": "A", "screens": {"gone": {"level": "read"}}}]}"#,
            422, "roles.1.screens.gone", "unknown_reference"
        ),
        (
            #"{"screens": [], "functions": [], "roles": [{"name": "A", "description": "A", "manager": true, "gives": ["C"]}]}"#, 422,
            "roles.0.gives", "unknown_reference"
        ),
        (#"{"screens": [], "functions": [], "terms": {"cat": "Dog"}}"#, 400, "terms.cat", "unknown_field"),
        (#"{"screens": [], "functions": [], "terms": {"role": ""}}"#, 422, "terms.role", "too_short"),
        (#"{"screens": [], "functions": [], "navigation": [{"items": ["gone"]}]}"#, 422, "navigation.0.items.0.id", "unknown_reference"),
        (#"{"screens": [], "functions": [], "navigation": [{"tabs": true, "items": ["users"]}]}"#, 422, "navigation.0.label", "required"),
        (#"{"screens": [], "functions": [], "navigation": [{"items": ["users", "users"]}]}"#, 422, "navigation.0.items.1.id", "duplicate"),
        (#"{"screens": [], "functions": [], "defaults": {"max_logins": 0}}"#, 422, "defaults.max_logins", "out_of_range"),
    ])
    func `is judged field by field`(_ body: String, _ status: Int, _ field: String, _ code: String) async throws {
        let (_, _, inside, _) = try await Self.shared()
        for (method, path) in [(HTTPRequest.Method.put, "/api/v1/catalogue"), (.post, "/api/v1/catalogue/preview")] {
            let reply = await inside.send(method, path, try JSON.parse(Array(body.utf8)))
            expect(reply, status)
            let errors = reply["errors"].elements.map { ($0["field"]?.text ?? "", $0["code"]?.text ?? "") }
            #expect(errors.contains { $0 == (field, code) }, "\(errors)")
        }
    }

    private static let memo = Task { try await ground() }
    private static func shared() async throws -> (house: TestHouse, olive: LocalClient, inside: LocalClient, account: String) { try await memo.value }

    @Test func `keeps what somebody holds`() async throws {
        let (house, _, inside, _) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        expect(await inside.put("/api/v1/catalogue", Self.lamps), 200)
        let night = try await Cast.make(
            inside, "roles",
            [
                "name": "Night", "description": "Keeps the lamps.", "screens": ["lamps": ["level": "read"]],
                "functions": ["lamps.switch": "full"],
            ])
        let empty: JSON = ["screens": [], "functions": []]
        let refused = await inside.put("/api/v1/catalogue", empty)
        expect(refused, 409, "catalogue_in_use")
        #expect(refused["in_use"].elements.map { $0["id"]?.text } == ["lamps", "lamps.switch"], "nobody holds the doors by a role of their own")
        #expect(refused["in_use"].elements.allSatisfy { $0["held_by"]?.elements.first?["id"]?.text == night })
        let preview = await inside.post("/api/v1/catalogue/preview", empty)
        expect(preview, 200)
        #expect(preview["obstacles"].elements.first?["code"] == "catalogue_in_use")
        #expect(await inside.get("/api/v1/catalogue")["screens"].elements.count == 2)
        expect(await inside.delete("/api/v1/roles/\(night)"), 204)
        expect(await inside.put("/api/v1/catalogue", empty), 200)
        #expect(await Self.role(inside, "ADMIN")["screens"]?["lamps"] == nil)
    }

    @Test func `changes what holders of its roles may do from their next request on`() async throws {
        let (house, _, inside, _) = try await Self.ground("hotel")
        defer { withExtendedLifetime(house) {} }
        let desk = await Self.role(inside, "Front office")
        _ = try await Cast.make(
            inside, "users",
            [
                "email": "dora@example.com", "first_name": "Dora", "last_name": "Desk", "roles": [desk["id"] ?? .null],
                "password": .string(TestHouse.password),
            ])
        let dora = try await house.signIn("dora@example.com")
        #expect(await dora.get("/api/v1/me")["access"]["screens"]?["pulse"]?["level"] == "read")
        var roles = Catalogue.hotel.json["roles"]?.elements ?? []
        roles[1] = [
            "name": "Front office", "description": "Sees users.", "screens": ["users": ["level": "read"], "pulse": ["level": "full"]],
            "functions": ["check-in": "full"],
        ]
        expect(await dora.get("/api/v1/users"), 403, "screen_not_granted")
        let body = JSON(members: Catalogue.hotel.json.members.filter { $0.0 != "roles" } + [("roles", .array(roles))])
        expect(await inside.put("/api/v1/catalogue", body), 200)
        let access = await dora.get("/api/v1/me")["access"]
        #expect(access["screens"]?["pulse"]?["level"] == "full" && access["screens"]?["control-center"] == nil)
        #expect(access["functions"]?["check-in"] == "full")
        expect(await dora.get("/api/v1/users"), 200)
        // A built-in role that somebody has cannot vanish; one that nobody has does.
        let without = JSON(members: body.members.filter { $0.0 != "roles" } + [("roles", .array(Array(roles.prefix(1))))])
        let refused = await inside.put("/api/v1/catalogue", without)
        expect(refused, 409, "role_in_use")
        #expect(refused["holders"].elements.first?["username"] == "dora@example.com")
        let fewer = JSON(members: body.members.filter { $0.0 != "roles" } + [("roles", .array(Array(roles.prefix(2))))])
        expect(await inside.put("/api/v1/catalogue", fewer), 200)
        #expect(await inside.get("/api/v1/roles").items.count == 2)
        #expect(await inside.get("/api/v1/history").items.contains { $0["action"] == "role.deleted" && $0["subject"]?["name"] == "Housekeeping" })
    }

    @Test func `lets the manager role have another name, and never leaves an account without one`() async throws {
        let (house, _, inside, _) = try await Self.ground("hotel")
        defer { withExtendedLifetime(house) {} }
        let before = await Self.role(inside, "Project Admin")
        _ = try await Cast.make(
            inside, "users",
            [
                "email": "mona@example.com", "first_name": "Mona", "last_name": "Boss", "roles": [before["id"] ?? .null],
                "password": .string(TestHouse.password),
            ])
        let mona = try await house.signIn("mona@example.com")
        func body(_ roles: JSON) -> JSON { JSON(members: Catalogue.hotel.json.members.filter { $0.0 != "roles" } + [("roles", roles)]) }
        let renamed = body([["name": "Boss", "description": "Is the boss.", "manager": true]])
        expect(await mona.put("/api/v1/catalogue", renamed), 200)
        #expect(await Self.role(inside, "Boss")["id"] == before["id"])
        expect(await mona.get("/api/v1/roles"), 200)
        let moved = body([
            ["name": "Boss", "description": "Was the boss.", "screens": ["users": ["level": "read"]]],
            ["name": "Chief", "description": "Is the boss.", "manager": true],
        ])
        expect(await inside.put("/api/v1/catalogue", moved), 409, "last_manager")
        expect(await mona.get("/api/v1/catalogue"), 200)
    }

    // MARK: Nobody gives more than they hold

    @Test func `gives nobody more than whoever puts it holds`() async throws {
        let (house, _, inside, account) = try await Self.ground("payments")
        defer { withExtendedLifetime(house) {} }
        let keeper = try await Cast.make(
            inside, "roles",
            ["name": "Keeper", "description": "Keeps it.", "screens": ["catalogue": ["level": "full"], "reports": ["level": "read"]]])
        func member(_ name: String, _ role: String) async throws -> LocalClient {
            _ = try await Cast.make(
                inside, "users",
                [
                    "email": .string(name + "@example.com"), "first_name": .string(name), "last_name": "Example", "roles": [.string(role)],
                    "password": .string(TestHouse.password),
                ])
            return try await house.signIn(name + "@example.com")
        }
        let carl = try await member("carl", keeper)
        let ada = try await member("ada", await Self.role(inside, "ADMIN")["id"]?.text ?? "")
        let payments = Catalogue.payments.json
        func with(_ part: String, _ change: ([JSON]) -> [JSON]) -> JSON {
            JSON(members: payments.members.map { $0.0 == part ? ($0.0, .array(change($0.1.elements))) : $0 })
        }
        func granting(_ role: Int, _ screens: JSON) -> JSON {
            with("roles") { roles in
                var roles = roles
                roles[role] = JSON(members: roles[role].members.map { $0.0 == "screens" ? ($0.0, screens) : $0 })
                return roles
            }
        }
        // By somebody else's role, by one's own, by a new one, by what the catalogue brings in.
        expect(await carl.put("/api/v1/catalogue", granting(5, ["reports": ["level": "full"]])), 403, "grants_more_than_held")
        let new: JSON = ["name": "New", "description": "New.", "screens": ["balances": ["level": "read"]]]
        expect(await carl.put("/api/v1/catalogue", with("roles") { $0 + [new] }), 403, "grants_more_than_held")
        let everything = with("roles") { [["name": "ADMIN", "description": "All.", "manager": true]] + $0.dropFirst() }
        expect(await carl.put("/api/v1/catalogue", everything), 403, "grants_more_than_held")
        expect(await ada.put("/api/v1/catalogue", everything), 403, "grants_more_than_held")
        expect(await inside.put("/api/v1/catalogue", everything), 403, "grants_more_than_held")
        // The maker goes on to be no checker.
        let free = with("functions") { $0.map { function in JSON(members: function.members.filter { $0.0 != "excludes" }) } }
        expect(await ada.put("/api/v1/catalogue", free), 403, "grants_more_than_held")
        #expect(await ada.get("/api/v1/catalogue").json == payments)
        // What is new the manager may give, and a keeper may bring in.
        let loyalty: JSON = ["id": "loyalty", "label": "Loyalty"]
        expect(await carl.put("/api/v1/catalogue", with("screens") { $0 + [loyalty] }), 200)
        #expect(await Self.role(inside, "ADMIN")["screens"]?["loyalty"] == nil, "it lists what it holds")
        expect(await ada.put("/api/v1/catalogue", with("screens") { $0 + [["id": "gifts", "label": "Gifts"]] }), 200)
        #expect(await inside.get("/api/v1/catalogue")["screens"].elements.contains { $0["id"] == "gifts" })
        // What was there before is not new a second time.
        let back = JSON(
            members: with("screens") { $0 + [loyalty] }.members.map { name, value in
                name == "roles"
                    ? (name, .array(value.elements + [["name": "L", "description": "L.", "screens": ["loyalty": ["level": "full"]]]])) : (name, value)
            })
        expect(await ada.put("/api/v1/catalogue", back), 403, "grants_more_than_held")
        // The operator's command may.
        let done = try await CatalogueControl.apply(
            ["account": .string(account), "text": .string(String(decoding: everything.encode(), as: UTF8.self))], house.house)
        #expect(done["is_possible"] == true)
        #expect(await ada.get("/api/v1/me")["access"]["screens"]?["masters"]?["level"] == "full")
    }

    @Test func `is changed by whoever has the screen at full, and read by whoever has it at read`() async throws {
        let scene = try await Scene.assemble()
        expect(await scene.kim.client.put("/api/v1/catalogue", Self.lamps), 403, "level_too_low")
        expect(await scene.kim.client.get("/api/v1/catalogue"), 200)
        expect(await scene.cast.una.client.get("/api/v1/catalogue"), 403, "screen_not_granted")
        expect(await scene.cast.adam.client.put("/api/v1/catalogue", Self.lamps), 200)
        #expect(await scene.cast.mallory.client.get("/api/v1/catalogue").json == Catalogue.inspection.json)
    }

    // MARK: The files, and the command

    @Test(arguments: ["inspection", "hotel", "payments"]) func `ships as a file that is equal to the ready one`(_ name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Examples/catalogues/\(name).yaml")
        let fields = try Fields(CatalogueYAML.parse(Array(Data(contentsOf: file))))
        let catalogue = fields.catalogue(over: .own)
        try fields.finish()
        #expect(catalogue.json == Catalogue.ready(name)?.json)
    }

    @Test func `is shown by the command as what the command takes`() async throws {
        let (house, _, inside, account) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        expect(await inside.put("/api/v1/catalogue", Self.lamps), 200)
        let shown = try await CatalogueControl.show(["account": .string(account)], house.house)["text"] ?? .null
        let same = try await CatalogueControl.apply(["account": .string(account), "text": shown], house.house)
        #expect(same["lines"] == ["Nothing changes."] && same["is_possible"] == true)
        let text: JSON = "screens: []\nfunctions: []\n"
        let dry = try await CatalogueControl.apply(["account": .string(account), "text": text, "dry_run": true], house.house)
        #expect(dry["lines"]?.elements.contains("screens.lamps.label: Lamps -> nothing") == true)
        #expect(await inside.get("/api/v1/catalogue")["screens"].elements.count == 2)
        _ = try await CatalogueControl.apply(["account": .string(account), "text": text], house.house)
        #expect(await inside.get("/api/v1/catalogue")["screens"] == [])
        let entry = await inside.get("/api/v1/history?action=catalogue.changed").items.first
        #expect(entry?["actor"]?["kind"] == "system" && entry?["address"] == "local")
        await #expect(throws: OperatorError.self) {
            try await CatalogueControl.apply(["account": "acc_01m7yqgh60fjpvq9zym4gwh9qq", "text": text], house.house)
        }
    }

    @Test func `comes as YAML too`() async throws {
        let (house, _, inside, _) = try await Self.ground()
        defer { withExtendedLifetime(house) {} }
        func put(_ text: String, _ type: String = "application/yaml; charset=utf-8") async -> LocalClient.Reply {
            var inbound = Inbound(.put, "/api/v1/catalogue", headers: [.contentType: type, .authorization: "Bearer " + (inside.token ?? "")])
            inbound.body = Array(text.utf8)
            let outbound = await inside.lineUp.respond(to: inbound)
            return .init(status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
        }
        let reply = await put("screens:\n- id: \"on\"\n  label: Yes & No # such\n- {id: b, label: 'R&D'}\nfunctions: []\nfield_work: true\n")
        expect(reply, 200)
        #expect(reply["screens"] == [["id": "on", "label": "Yes & No"], ["id": "b", "label": "R&D"]] && reply["field_work"] == true)
        expect(await put("screens: []\nscreens: []\nfunctions: []"), 400, "malformed_yaml")
        expect(await put("screens: [}"), 400, "malformed_yaml")
        expect(await put("- a"), 400, "wrong_type")
        expect(await put("screens: []", "text/plain"), 415, "unsupported_media_type")
        expect(await put("{\"screens\": [], \"functions\": []}"), 200)
    }
}

/// Reading YAML that somebody wrote who wishes us ill.
@Suite struct `YAML of a catalogue` {
    private func refused(_ text: String) -> String? {
        do {
            _ = try CatalogueYAML.parse(Array(text.utf8))
            return nil
        } catch { return error.problem.detail }
    }

    @Test func `takes no anchors and aliases, wherever they stand`() {
        for text in [
            "a: &x [1]\nb: *x", "? &x a\n: 1", "a: [&x 1, *x]", "{\"a\":*x}", "a:\n  - *x", "x: 1\n\"\n # \" : *a", "a: 1\n\u{85}*x : 2",
            "a: 1\u{2028}*x : 2", "\t*x",
        ] { #expect(refused(text)?.contains("liases are not taken") == true, "\(text)") }
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...60 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(refused(bomb + "? *a60\n: 1\n") != nil)
        #expect(refused("# see *this* and &that\na: R&D * 2") == nil)
        #expect(refused("a: \"\\x26amp \\x2a\"") == nil)
    }

    @Test func `takes no tags, no repeated keys, no depth, no other documents`() {
        #expect(refused("a: !!binary aGk=") == "Line 1: Tags are not taken.")
        #expect(refused("a: !own {b: 1}") == "Line 1: Tags are not taken.")
        #expect(refused("a: 1\n'a': 2")?.contains("there twice") == true)
        #expect(refused("a: 1\n\"\\u0061\": 2")?.contains("there twice") == true)
        #expect(refused("[a]: 1") == "Line 1: Keys must be texts.")
        #expect(refused(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))?.contains("too deeply") == true)
        #expect(refused(String(repeating: "[", count: 100_000)) != nil)
        #expect(refused(String(repeating: "- ", count: 100_000)) != nil)
        #expect(refused("a: 1\n---\nb: 2") != nil)
        #expect(refused("") != nil && refused("a: \u{7}") != nil)
        #expect((try? CatalogueYAML.parse([0xFF, 0xFE])) == nil)
    }

    @Test func `reads words as the core schema of YAML 1.2 does`() throws {
        let read = try CatalogueYAML.parse(Array("a: yes\nb: true\nc: 12\nd: '12'\ne: ~\nf:\ng: |\n  two\n  lines\nno: off".utf8))
        #expect(read == ["a": "yes", "b": true, "c": 12, "d": "12", "e": nil, "f": nil, "g": "two\nlines\n", "no": "off"])
    }
}
