import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature
import Testing

@testable import latchkey

/// Editing a role that people hold, and deleting it: who gains and loses what, and nobody more than the editor has.
@Suite struct `A role that people hold` {
    /// Its holders get their other roles beside it, as many of each as the list says.
    private func role(_ scene: Scene, _ screens: JSON, heldWith others: [(roles: [String], people: Int)] = [([], 1)]) async throws -> String {
        let body: JSON = ["name": .string(scene.unique("Desk ")), "description": "A desk.", "screens": screens]
        let id = try await Cast.make(scene.north.inside, "roles", body)
        for (roles, people) in others {
            for _ in 0..<people { _ = try await person(scene, roles: [id] + roles) }
        }
        return id
    }

    /// Somebody who is mailed a link: no password to hash.
    private func person(_ scene: Scene, roles: [String]) async throws -> String {
        let name = scene.unique("dora")
        let body: JSON = [
            "username": .string(name), "email": .string(name + "@example.com"), "first_name": "Dora", "last_name": .string(name),
            "roles": JSON(roles),
        ]
        return try await Cast.make(scene.north.inside, "users", body)
    }

    private func keeper(_ scene: Scene, _ screens: JSON) async throws -> (id: String, role: String, client: LocalClient) {
        let role = try await role(scene, screens, heldWith: [])
        let body = scene.newUser(scene.north, role: role)
        let id = try await Cast.make(scene.north.inside, "users", body)
        return (id, role, try await scene.house.signIn(body["username"]?.text ?? ""))
    }

    // MARK: Preview

    @Test func `is previewed for all of them, counted by what changes, and told page by page`() async throws {
        let scene = try await Scene.assemble()
        let reader = try await role(scene, ["users": ["level": "read"]], heldWith: [])
        let desk = try await role(
            scene, ["users": ["level": "full"], "history": ["level": "read"]],
            heldWith: [([], 5), ([reader], 3), ([scene.cast.roles["ADMIN"] ?? ""], 2)])
        let adam = scene.cast.adam.client
        let before = try await Snapshot.all(scene.database)
        let edit: JSON = ["screens": ["roles": ["level": "read"], "history": ["level": "read"]]]
        let all = await adam.post("/api/v1/roles/\(desk)/preview", edit)
        expect(all, 200)
        #expect(all["counts"] == ["holders": 10, "gain": 8, "lose": 8])
        #expect(all["gains"].elements.count == 8 && all["loses"].elements.count == 8 && all["next"] == .null)
        let gains: JSON = ["screens": ["roles"], "functions": []], loses: JSON = ["screens": ["users"], "functions": []]
        // Three of them read users by another role: they lose it too, but not all of it.
        #expect(all["effects"] == [["people": 5, "gains": gains, "loses": loses], ["people": 3, "gains": gains, "loses": loses]])
        var (walked, next): ([String], String?) = ([], "")
        while let after = next, walked.count < 20 {
            let page = await adam.post("/api/v1/roles/\(desk)/preview?limit=3" + (after.isEmpty ? "" : "&after=\(after)"), edit)
            #expect(page["counts"] == all["counts"])
            walked += page["gains"].elements.map { $0["user"]?["id"]?.text ?? "" }
            next = page["next"].text
        }
        #expect(walked == all["gains"].elements.map { $0["user"]?["id"]?.text ?? "" } && walked == walked.sorted())
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
    }

    @Test func `is previewed as it then comes to pass, whatever else they hold`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        var random = SystemRandomNumberGenerator()
        let screens = ["users", "roles", "history", "sessions", "session-files"]
        func grants() -> JSON {
            var members = screens.compactMap { screen -> (String, JSON)? in
                let level = ["none", "read", "full"].randomElement(using: &random) ?? "read"
                let reach: JSON =
                    screen.hasPrefix("session") ? ["level": .string(level), "reach": Bool.random() ? "own" : "all"] : ["level": .string(level)]
                return (screen, reach)
            }
            members.append(("overview", ["level": "read"]))
            return JSON(members: members)
        }
        var others: [String] = []
        for _ in 0..<4 { others.append(try await role(scene, grants(), heldWith: [])) }
        let desk = try await role(scene, grants(), heldWith: [])
        var people: [String] = []
        for _ in 0..<12 { people.append(try await person(scene, roles: [desk] + others.filter { _ in Bool.random() })) }
        func access() async -> [String: JSON] {
            var all: [String: JSON] = [:]
            for person in people { all[person] = await adam.get("/api/v1/users/\(person)/access")["screens"] }
            return all
        }
        for _ in 0..<8 {
            let edit: JSON = ["screens": grants()]
            let told = await adam.post("/api/v1/roles/\(desk)/preview?limit=200", edit)
            let before = await access()
            expect(await adam.patch("/api/v1/roles/\(desk)", edit), 200)
            let after = await access()
            for (list, less, more) in [("gains", before, after), ("loses", after, before)] {
                let named = Dictionary(uniqueKeysWithValues: told[list].elements.map { ($0["user"]?["id"]?.text ?? "", $0["screens"] ?? .null) })
                for person in people {
                    let wanted = screens.filter { Self.isMore(more[person]?[$0], than: less[person]?[$0]) }.sorted()
                    #expect((named[person]?.elements ?? []).compactMap(\.text) == wanted, "\(list) \(person)")
                }
            }
        }
    }

    /// Whether a level on own or on all records rises.
    private static func isMore(_ more: JSON?, than less: JSON?) -> Bool {
        func levels(_ grant: JSON?) -> (own: Int, all: Int) {
            let levels = ["read": 1, "full": 2]
            let level = levels[grant?["level"]?.text ?? ""] ?? 0
            let all = grant?["reach"]?.text != "own" ? level : grant?["read_reach"]?.text == "all" ? 1 : 0
            return (level, all)
        }
        return levels(more).own > levels(less).own || levels(more).all > levels(less).all
    }

    @Test func `is previewed with as many statements for thousands of holders as for a few`() async throws {
        let scene = try await Scene.assemble()
        let other = try await role(scene, ["users": ["level": "full"]], heldWith: [])
        let desk = try await role(scene, ["history": ["level": "read"]], heldWith: [([], 2), ([other], 1)])
        let edit: JSON = ["screens": ["history": ["level": "read"], "roles": ["level": "read"]]]
        let few = try await cost(of: edit, on: desk, scene)
        try await crowd(desk, beside: other, people: 3000, scene)
        let many = try await cost(of: edit, on: desk, scene)
        #expect(few.preview == ["holders": 3, "gain": 3, "lose": 0] && many.preview == ["holders": 3003, "gain": 3003, "lose": 0])
        #expect(many.statements == few.statements, "\(many.statements) statements, where a few holders took \(few.statements)")
        #expect(many.rows <= few.rows + 2 * 51, "\(many.rows) rows were read for a page of 50, where a few holders took \(few.rows)")
    }

    /// So many who hold a role, every third another one too.
    private func crowd(_ role: String, beside other: String, people: Int, _ scene: Scene) async throws {
        let (account, like) = (scene.north.account, try await person(scene, roles: [other]))
        let ids = (0..<people).map { _ in UserID.new(at: scene.house.house.gate.now).description }
        try await scene.database.write(seeing: .everything) { tx in
            for (index, id) in ids.enumerated() {
                try tx.execute(
                    """
                    INSERT INTO users (account, id, username, email, email_key, first_name, last_name, search, all_keys, all_places,
                        must_change_password, created_at)
                    SELECT account, \(id), \(id), \(id), \(id), first_name, last_name, search, all_keys, all_places, must_change_password, created_at
                    FROM users WHERE id = \(like)
                    """)
                try tx.execute("INSERT INTO user_roles (account, user_id, role) VALUES (\(account), \(id), \(role))")
                if index % 3 == 0 { try tx.execute("INSERT INTO user_roles (account, user_id, role) VALUES (\(account), \(id), \(other))") }
            }
        }
    }

    private func cost(of edit: JSON, on role: String, _ scene: Scene) async throws -> (preview: JSON, statements: Int, rows: Int) {
        let secret = try #require(Secret(scene.cast.adam.client.token ?? ""))
        let gate = scene.house.house.gate
        let caller = try await gate.admit(Credential(secret), origin: .ofThisMachine(at: gate.now), isActivity: false)
        let id = try #require(RoleID(role))
        return try await gate.read(.screen(.roles, .full), caller) { permit, tx in
            let counted = CountedReads(tx)
            let preview = try Roles.preview(id, { try Fields(edit) }, PageRequest(), permit, counted).1
            return (preview.json["counts"] ?? .null, counted.statements, counted.rows)
        }
    }

    @Test func `is told to who may not see users by number alone`() async throws {
        let scene = try await Scene.assemble()
        let desk = try await role(scene, ["roles": ["level": "read"]], heldWith: [([], 2)])
        let pat = try await keeper(scene, ["roles": ["level": "full"]])
        let told = await pat.client.post("/api/v1/roles/\(desk)/preview", ["screens": ["roles": ["level": "full"]]])
        expect(told, 200)
        #expect(told["counts"] == ["holders": 2, "gain": 0, "lose": 0] && told["effects"] == [] && told["gains"] == [])
        let kept = await pat.client.delete("/api/v1/roles/\(desk)")
        expect(kept, 409, "role_in_use")
        #expect(kept["holders"] == [] && kept.text("detail") == "This role is held by 2 people.")
        let other = try await role(scene, ["roles": ["level": "read"]], heldWith: [])
        expect(await pat.client.delete("/api/v1/roles/\(desk)?move_to=\(other)"), 403, "screen_not_granted")
    }

    // MARK: The next request

    @Test func `takes effect with the very next request when it is changed`() async throws {
        let scene = try await Scene.assemble()
        let pat = try await keeper(scene, ["users": ["level": "read"]])
        let adam = scene.cast.adam.client
        for _ in 0..<3 {
            expect(await pat.client.get("/api/v1/users"), 200)
            expect(await scene.browserOf(pat.client).get("/settings/users"), 200)
            expect(await adam.patch("/api/v1/roles/\(pat.role)", ["screens": ["roles": ["level": "read"]]]), 200)
            expect(await pat.client.get("/api/v1/users"), 403, "screen_not_granted")
            expect(await scene.browserOf(pat.client).get("/settings/users"), 403)
            expect(await adam.patch("/api/v1/roles/\(pat.role)", ["screens": ["users": ["level": "read"]]]), 200)
        }
    }

    // MARK: Raising oneself

    @Test func `raises nobody who edits it, by whatever way`() async throws {
        let scene = try await Scene.assemble()
        let held: JSON = ["roles": ["level": "full"], "users": ["level": "full"], "sessions": ["level": "full", "reach": "own"]]
        let pat = try await keeper(scene, held)
        let admin = scene.cast.roles["ADMIN"] ?? ""
        let browser = scene.browserOf(pat.client)
        let raised: [JSON] = [
            ["screens": ["roles": ["level": "full"], "account": ["level": "read"]]],
            ["screens": ["roles": ["level": "full"], "sessions": ["level": "full", "reach": "all"]]],
            ["screens": ["roles": ["level": "full"], "sessions": ["level": "read", "reach": "all"]]],
        ]
        let strong = try await role(scene, ["account": ["level": "full"]], heldWith: [])
        let before = try await Snapshot.all(scene.database)
        for body in raised {
            expect(await pat.client.patch("/api/v1/roles/\(pat.role)", body), 403, "grants_more_than_held")
            expect(await pat.client.post("/api/v1/roles/\(pat.role)/preview", body), 403, "grants_more_than_held")
            let made = body.adding("name", .string(scene.unique("Raise "))).adding("description", "Up.")
            expect(await pat.client.post("/api/v1/roles", made), 403, "grants_more_than_held")
        }
        expect(await pat.client.post("/api/v1/roles/\(admin)/duplicate", ["name": "Mine"]), 403, "grants_more_than_held")
        expect(
            await pat.client.patch("/api/v1/roles/\(strong)", ["screens": ["users": ["level": "read"]]]), 403, "grants_more_than_held", "one lowered")
        expect(await pat.client.delete("/api/v1/roles/\(strong)"), 403, "grants_more_than_held")
        expect(await pat.client.delete("/api/v1/roles/\(pat.role)?move_to=\(admin)"), 403, "grants_more_than_held", "moved up oneself")
        expect(await pat.client.delete("/api/v1/roles/\(pat.role)?move_to=\(strong)"), 403, "grants_more_than_held")
        let form: Browser.Fields = [
            ("name", "Pat's"), ("description", "Up."), ("screens.roles.level", "full"), ("screens.users.level", "full"),
            ("screens.account.level", "full"), ("screens.sessions.level", "full"), ("screens.sessions.reach", "all"), ("confirmed", "yes"),
        ]
        for path in ["/settings/roles/\(pat.role)", "/settings/roles"] {
            let refused = await browser.post(path, form)
            expect(refused, 403, nil, path)
            #expect(refused.text.contains("value=\"Pat&#39;s\"") && !refused.isRefusalPage, "what was typed is gone")
        }
        expect(await browser.post("/settings/roles/\(pat.role)/delete", [("move_to", admin), ("confirmed", "yes")]), 403)
        expect(await browser.post("/settings/roles/\(strong)/delete"), 403)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        // Less is theirs to choose, and gone for them too.
        expect(await pat.client.patch("/api/v1/roles/\(pat.role)", ["screens": ["roles": ["level": "full"]]]), 200)
        expect(await pat.client.patch("/api/v1/roles/\(pat.role)", ["screens": held]), 403, "grants_more_than_held")
    }

    // MARK: Moving its holders

    @Test func `is deleted with its holders moved to another, each with an entry`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let to = try await role(scene, ["users": ["level": "read"]], heldWith: [])
        let desk = try await role(scene, ["history": ["level": "read"]], heldWith: [([], 2), ([to], 1), ([scene.north.userRole], 1)])
        let pat = try await keeper(scene, ["history": ["level": "read"]])
        expect(await adam.patch("/api/v1/users/\(pat.id)", ["roles": [.string(desk)]]), 200)
        let kept = await adam.delete("/api/v1/roles/\(desk)")
        expect(kept, 409, "role_in_use")
        #expect(kept["holders"].elements.count == 5)
        let people = kept["holders"].elements.compactMap { $0["id"]?.text }
        let before = try await Snapshot.heads(scene.database)
        expect(await pat.client.get("/api/v1/history"), 200)
        expect(await adam.delete("/api/v1/roles/\(desk)?move_to=\(to)"), 204)
        #expect(Snapshot.growth(before, try await Snapshot.heads(scene.database)) == [scene.north.account: 6])
        expect(await pat.client.get("/api/v1/history"), 403, "screen_not_granted")
        expect(await pat.client.get("/api/v1/users"), 200)
        expect(await adam.get("/api/v1/roles/\(desk)"), 404)
        for person in people {
            let roles = await adam.get("/api/v1/users/\(person)")["roles"].elements.compactMap(\.text)
            #expect(roles.contains(to) && !roles.contains(desk))
            let entry = await adam.get("/api/v1/users/\(person)/history?limit=1").items.first
            #expect(entry?["action"] == "user.changed" && entry?["changes"]?.elements.first?["to"] == JSON(roles.sorted()))
            #expect(entry?["subject"]?["name"]?.text?.isEmpty == false)
        }
    }

    @Test func `moves nobody where that may not be`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let desk = try await role(scene, ["users": ["level": "read"]], heldWith: [([], 1), ([scene.cast.roles["ADMIN"] ?? ""], 1)])
        let other = try await role(scene, ["users": ["level": "read"]], heldWith: [])
        let before = try await Snapshot.all(scene.database)
        let never = await adam.delete("/api/v1/roles/\(desk)?move_to=\(Kind.role.neverIssued)")
        expect(never, 422, "unknown_reference")
        for target in ["rol_x", scene.south.userRole, scene.cast.una.id] {
            #expect(await adam.delete("/api/v1/roles/\(desk)?move_to=\(target)").face == never.face, "\(target)")
        }
        expect(await adam.delete("/api/v1/roles/\(desk)?move_to=\(desk)"), 422, "same_role")
        expect(await adam.delete("/api/v1/roles/\(scene.north.userRole)?move_to=\(other)"), 409, "built_in_role")
        // Kim may define the role and give the other, but one of its holders has more than she could give.
        expect(await scene.kim.client.delete("/api/v1/roles/\(desk)?move_to=\(other)"), 403, "grants_more_than_held")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await adam.delete("/api/v1/roles/\(desk)?move_to=\(other)"), 204)
    }
}

extension Scene {
    /// The browser of somebody who is not of the cast.
    func browserOf(_ client: LocalClient) -> Browser { Browser(client) }
}

/// Counts what is asked of a transaction.
final class CountedReads: Transaction {
    private let inner: any Transaction
    private(set) var statements = 0
    private(set) var rows = 0

    init(_ inner: any Transaction) { self.inner = inner }

    var dialect: Dialect { inner.dialect }
    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws {
        statements += 1
        try inner.forEachRow(sql) { row in
            rows += 1
            return try body(row)
        }
    }
    func execute(_ sql: SQL) throws -> Int { try inner.execute(sql) }
    func afterCommit(_ action: @escaping @Sendable () -> Void) { inner.afterCommit(action) }
    func announce(_ message: String) throws { try inner.announce(message) }
    func narrow(to account: String) throws { try inner.narrow(to: account) }
    func lock(_ name: String) throws { try inner.lock(name) }
}
