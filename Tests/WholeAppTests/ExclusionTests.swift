import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What excludes each other in one person comes to nobody, whoever does what in whatever order.
@Suite struct `Functions that exclude each other in one person` {
    private static let functions = ["make", "check", "pay", "audit", "look"]
    private static let pairs = [("make", "check"), ("pay", "audit")]

    private static func catalogue(_ builtIn: [(String, JSON)], excluding on: (String, String) = ("person", "person")) -> JSON {
        let excludes = ["make": [("check", on.0)], "pay": [("audit", on.1)]]
        let entries = functions.map { id -> JSON in
            let others = (excludes[id] ?? []).filter { !$0.1.isEmpty }
            return [
                "id": .string(id), "label": .string(id.uppercased()),
                "excludes": .array(others.map { ["id": .string($0.0), "on": .string($0.1)] }),
            ]
        }
        let boss: JSON = ["name": "ADMIN", "description": "Manages.", "manager": true, "functions": ["make": "full", "pay": "full", "look": "full"]]
        let rest = builtIn.map { name, functions -> JSON in
            ["name": .string(name), "description": "Works.", "screens": ["overview": ["level": "read"]], "functions": functions]
        }
        return ["screens": [], "functions": .array(entries), "roles": .array([boss] + rest)]
    }

    private static let builtIn: [(String, JSON)] = [
        ("Checker", ["check": "full"]), ("Auditor", ["audit": "read"]), ("Looker", ["look": "read"]),
    ]

    /// Somebody who holds both, by the tables alone.
    private static func broken(_ house: TestHouse, _ account: String, _ pairs: [(String, String)]) async throws -> [String] {
        let rows = try await house.installation.database.read(seeing: .everything) { tx in
            try tx.rows(
                """
                SELECT u.username, r.functions FROM users u JOIN user_roles h ON h.account = u.account AND h.user_id = u.id
                JOIN roles r ON r.account = h.account AND r.id = h.role WHERE u.account = \(account)
                """
            ) { (name: try $0[0] as String, functions: try $0[1] as JSON) }
        }
        var broken: [String] = []
        for (name, all) in Dictionary(grouping: rows, by: \.name) {
            let held = Set(all.flatMap { $0.functions.members.map(\.0) })
            for pair in pairs where held.contains(pair.0) && held.contains(pair.1) { broken.append("\(name): \(pair)") }
        }
        return broken
    }

    private struct Ground {
        let house: TestHouse, inside: LocalClient, account: String
    }

    private func ground() async throws -> Ground {
        let (house, _, inside, account) = try await `A catalogue of one's own`.ground()
        expect(await inside.put("/api/v1/catalogue", Self.catalogue(Self.builtIn)), 200)
        return Ground(house: house, inside: inside, account: account)
    }

    private func roles(_ ground: Ground) async -> [String: String] {
        let items = await ground.inside.get("/api/v1/roles?limit=200").items
        return Dictionary(items.map { ($0["name"]?.text ?? "", $0["id"]?.text ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    private static func person(_ name: String, _ roles: [String]) -> JSON {
        [
            "email": .string(name + "@example.com"), "first_name": .string(name), "last_name": "Moss", "roles": JSON(roles),
            "password": .string(TestHouse.password),
        ]
    }

    @Test(arguments: [1, 2, 3]) func `come to nobody by any row of edits`(_ seed: UInt64) async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let (inside, browser) = (ground.inside, Browser(ground.inside))
        var dice = SplitMix(seed: seed)
        var statuses: [Int: Int] = [:]
        var refused = 0
        var builtIn = Self.builtIn
        for step in 1...120 {
            let all = await roles(ground)
            let users = await inside.get("/api/v1/users?limit=200").items.compactMap { $0["id"]?.text }
            func some(_ most: Int) -> [String] { Array(all.values.sorted().shuffled(using: &dice).prefix(Int.random(in: 1...most, using: &dice))) }
            func granted() -> JSON {
                let chosen = ["make", "pay", "look"].filter { _ in Bool.random(using: &dice) }
                return JSON(members: chosen.map { ($0, "full") } + [])
            }
            let custom = await inside.get("/api/v1/roles?limit=200").items.filter { $0["built_in"] == false }.compactMap { $0["id"]?.text }
            let role = custom.randomElement(using: &dice) ?? "", user = users.randomElement(using: &dice) ?? ""
            let reply: LocalClient.Reply
            switch Int.random(in: 0..<10, using: &dice) {
            case 0, 1: reply = await inside.post("/api/v1/users", Self.person("p\(step)", some(3)))
            case 2: reply = await inside.patch("/api/v1/users/\(user)", ["roles": JSON(some(3))])
            case 3:
                reply = await browser.post(
                    "/settings/users/\(user)",
                    [("first_name", "P"), ("last_name", "Moss"), ("username", "p\(step)")] + some(3).map { ("roles", $0) })
            case 4:
                reply = await inside.post(
                    "/api/v1/roles",
                    ["name": .string("Own \(step)"), "description": "Own.", "screens": ["overview": ["level": "read"]], "functions": granted()])
            case 5: reply = await inside.patch("/api/v1/roles/\(role)", ["functions": granted()])
            case 6: reply = await inside.post("/api/v1/roles/\(some(1)[0])/duplicate", ["name": .string("Copy \(step)")])
            case 7: reply = await inside.delete("/api/v1/roles/\(role)?move_to=\(some(1)[0])")
            case 8:
                // What the built-in roles grant changes; both at once too.
                let next = Self.builtIn.map { name, _ in
                    (name, JSON(members: Self.functions.filter { _ in Int.random(in: 0..<3, using: &dice) == 0 }.map { ($0, "full") }))
                }
                reply = await inside.put("/api/v1/catalogue", Self.catalogue(next))
                if reply.status == 200 { builtIn = next }
            default:
                // On the record for a while, and on the person again: only the operator's command takes it off, and it finds who holds both.
                _ = await inside.put("/api/v1/catalogue", Self.catalogue(builtIn, excluding: ("record", "person")))
                reply = await inside.put("/api/v1/catalogue", Self.catalogue(builtIn))
            }
            statuses[reply.status, default: 0] += 1
            if reply.status == 409, reply.code == "excluded_together" || reply.json == .null { refused += 1 }
            #expect([200, 201, 204, 303, 403, 404, 409, 422].contains(reply.status), "step \(step): \(reply.text.prefix(300))")
            let broken = try await Self.broken(ground.house, ground.account, Self.pairs)
            if !broken.isEmpty {
                Issue.record("step \(step) of seed \(seed): \(broken)")
                return
            }
        }
        #expect(refused > 3 && (statuses[200] ?? 0) + (statuses[201] ?? 0) > 15, "\(statuses), \(refused) refused: too little to say anything")
    }

    @Test func `come to nobody by two edits at once, of the person and of a role`() async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let all = await roles(ground)
        let own = try await Cast.make(
            ground.inside, "roles",
            ["name": "Own", "description": "Own.", "screens": ["overview": ["level": "read"]], "functions": ["look": "full"]])
        let user = try await Cast.make(ground.inside, "users", Self.person("pam", [own]))
        for round in 0..<8 {
            let replies = try await atOnce(2) { [inside = ground.inside] index in
                index == 0
                    ? await inside.patch("/api/v1/users/\(user)", ["roles": [.string(own), .string(all["Checker"] ?? "")]])
                    : await inside.patch("/api/v1/roles/\(own)", ["functions": ["make": "full"]])
            }
            #expect(replies.map(\.status).sorted() == [200, 409], "round \(round): \(replies.map(\.text))")
            #expect(try await Self.broken(ground.house, ground.account, Self.pairs) == [])
            expect(await ground.inside.patch("/api/v1/users/\(user)", ["roles": [.string(own)]]), 200)
            expect(await ground.inside.patch("/api/v1/roles/\(own)", ["functions": ["look": "full"]]), 200)
        }
    }

    @Test func `come to nobody by a table of users, dry or not`() async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let inside = ground.inside
        let before = await inside.get("/api/v1/users?limit=200").items.count
        let lines = ["ida@example.com,Ida,Moss,Looker", "pam@example.com,Pam,Moss,\"Checker; ADMIN\"", "bo@example.com,Bo,Moss,ADMIN; Auditor"]
        let body: JSON = ["csv": .string((["email,first_name,last_name,roles"] + lines).joined(separator: "\n"))]
        func errors(_ list: JSON?) -> [String] {
            (list?.elements ?? []).map { "\($0["field"]?.text ?? "") \($0["code"]?.text ?? "")" }.sorted()
        }
        let wanted = ["lines.3.roles excluded_together", "lines.4.roles excluded_together"]
        let dry = await inside.post("/api/v1/imports?dry_run=true", body)
        #expect(dry.status == 422 && errors(dry.json["errors"]) == wanted, "\(dry.text)")
        let reply = await inside.post("/api/v1/imports", body)
        #expect(reply.status == 422 && errors(reply.json["errors"]) == wanted, "\(reply.text)")
        #expect(await inside.get("/api/v1/users?limit=200").items.count == before)
        #expect(try await Self.broken(ground.house, ground.account, Self.pairs) == [])
        // In the rows that do not, nothing stands against it.
        expect(await inside.post("/api/v1/imports", ["csv": .string("email,first_name,last_name,roles\n" + lines[0])]), 200)
    }

    @Test func `come to nobody by what is restored, of a person or of a role`() async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let (inside, checker) = (ground.inside, await roles(ground)["Checker"] ?? "")
        let own = try await Cast.make(
            inside, "roles", ["name": "Own", "description": "Own.", "screens": ["overview": ["level": "read"]], "functions": ["look": "full"]])
        let (role, user) = ("/api/v1/roles/\(own)", "/api/v1/users/\(try await Cast.make(inside, "users", Self.person("pam", [own, checker])))")
        func last(_ path: String) async -> JSON { await inside.get(path + "/history?limit=1").items.first?["id"] ?? .null }
        // She checked, and her role made, one after the other.
        expect(await inside.patch(user, ["roles": [.string(own)]]), 200)
        let checked = await last(user)
        expect(await inside.patch(role, ["functions": ["make": "full"]]), 200)
        expect(await inside.post(user + "/restore", ["entry": checked, "field": "roles"]), 409, "excluded_together")
        expect(await inside.patch(role, ["functions": ["look": "full"]]), 200)
        let made = await last(role)
        // Now that it does not make, she checks again.
        expect(await inside.post(user + "/restore", ["entry": checked, "field": "roles"]), 200)
        expect(await inside.post(role + "/restore", ["entry": made]), 409, "excluded_together")
        #expect(try await Self.broken(ground.house, ground.account, Self.pairs) == [])
        // Once she does not, it may make again.
        expect(await inside.patch(user, ["roles": [.string(own)]]), 200)
        expect(await inside.post(role + "/restore", ["entry": made]), 200)
    }

    @Test func `come to nobody by a catalogue that gives a role more`() async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let all = await roles(ground)
        let more = Self.catalogue(Self.builtIn.map { $0.0 == "Looker" ? ($0.0, ["make": "full"]) : $0 })
        let pam = try await Cast.make(ground.inside, "users", Self.person("pam", [all["Looker"] ?? "", all["Checker"] ?? ""]))
        expect(await ground.inside.put("/api/v1/catalogue", more), 409, "excluded_together")
        #expect(try await Self.broken(ground.house, ground.account, Self.pairs) == [])
        expect(await ground.inside.patch("/api/v1/users/\(pam)", ["roles": [.string(all["Looker"] ?? "")]]), 200)
        expect(await ground.inside.put("/api/v1/catalogue", more), 200)
    }

    @Test func `come to no manager, to nobody at their beginning, and are told on the page in words`() async throws {
        let ground = try await ground()
        defer { withExtendedLifetime(ground.house) {} }
        let all = await roles(ground)
        let (admin, checker) = (all["ADMIN"] ?? "", all["Checker"] ?? "")
        expect(await ground.inside.post("/api/v1/users", Self.person("pam", [admin, checker])), 409, "excluded_together")
        let table: JSON = ["csv": "email,first_name,last_name,roles\npam@example.com,Pam,Moss,ADMIN; Checker\n"]
        let imported = await ground.inside.post("/api/v1/imports", table)
        expect(imported, 422, "excluded_together")
        #expect(imported.fieldCodes == ["lines.2.roles: excluded_together"])
        let pam = try await Cast.make(ground.inside, "users", Self.person("pam", [admin]))
        expect(await ground.inside.patch("/api/v1/users/\(pam)", ["roles": [.string(admin), .string(checker)]]), 409, "excluded_together")
        let form: Browser.Fields = [("first_name", "Pam"), ("last_name", "Moss"), ("username", "pam"), ("roles", admin), ("roles", checker)]
        let page = await Browser(ground.inside).post("/settings/users/\(pam)", form)
        expect(page, 409)
        #expect(page.text.contains("MAKE") && page.text.contains("CHECK") && page.text.contains("id=\"roles-error\""), "in the catalogue's words")
        // A manager whose role lists nothing holds neither.
        let (house, _, inside, _) = try await `A catalogue of one's own`.ground()
        defer { withExtendedLifetime(house) {} }
        let unlisted: JSON = [
            "screens": [],
            "functions": [
                ["id": "make", "label": "Make", "excludes": [["id": "check", "on": "person"]]], ["id": "check", "label": "Check"],
                ["id": "look", "label": "Look"],
            ],
        ]
        expect(await inside.put("/api/v1/catalogue", unlisted), 200)
        let held = await inside.get("/api/v1/me")["access"]["functions"]
        #expect(held == ["look": "full"])
    }
}

/// The payments client's table, cell by cell, as an account of it has it; and who made a record.
@Suite struct `A payments client` {
    private static let table = """
        role | api balances dashboard reports configurations | client-information account-settings banking contacts merchants agreements \
        ip-whitelist notifications bins masters | payin payout settlement-exchange | users roles | payouts.create payouts.authorize refunds.create \
        refunds.authorize wires.create wires.authorize wires.authorize-large exchange.create exchange.create-large transfers.create
        ADMIN | f r r r f | r r f f r r f f f r | f f f | f f | f f f f f f f f f f
        ACCOUNT MANAGER | - r r r f | - - - - - - - - - - | - - - | f f | - - - - - - - - - -
        AUTHORIZER LEVEL 1 | - r r r - | - - - - - - - - - - | - - - | - - | - f - f - f - f - f
        AUTHORIZER LEVEL 2 | - r r r - | - - - - - - - - - - | - - - | - - | - f - f - f f f f f
        OPERATOR | - r - r - | - - - - - - - - - - | - - - | - - | f - f - f - - - - -
        REPORTS | - r r r - | - - - - - - - - - - | - - - | - - | - - - - - - - - - -
        """

    @Test func `has the roles of its table, cell by cell, each asked as a decision`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let account = try await Cast.make(olive, "accounts", ["name": "Client", "catalogue": "payments"])
        let inside = try await olive.switched(into: account)
        let roles = await inside.get("/api/v1/roles?limit=200").items
        let lines = Self.table.split(separator: "\n").map { line in line.split(separator: "|").map { $0.split(separator: " ").map(String.init) } }
        let columns = lines[0].dropFirst().flatMap { $0 }
        let functions = Set(Catalogue.payments.functions.map(\.id.rawValue))
        #expect(Set(columns).isSuperset(of: Set(Catalogue.payments.screens.map(\.id.rawValue)).union(functions)), "every screen and function")
        #expect(roles.compactMap { $0["name"]?.text } == lines.dropFirst().map { $0[0].joined(separator: " ") })
        for line in lines.dropFirst() {
            let name = line[0].joined(separator: " "), cells = line.dropFirst().flatMap { $0 }
            #expect(cells.count == columns.count, "\(name)")
            let role = roles.first { $0["name"]?.text == name }?["id"]?.text ?? ""
            let email = name.lowercased().replacing(" ", with: "-") + "@example.com"
            let user = try await Cast.make(
                inside, "users",
                [
                    "email": .string(email), "first_name": "Pam", "last_name": "Moss", "roles": [.string(role)],
                    "password": .string(TestHouse.password),
                ])
            var asked: [JSON] = []
            for column in columns {
                for action in ["read", "write"] {
                    asked.append([
                        "resource": ["type": functions.contains(column) ? "function" : "screen", "id": .string(column)],
                        "action": ["name": .string(action)],
                    ])
                }
            }
            let reply = await inside.post(
                "/access/v1/evaluations", ["subject": ["type": "user", "id": .string(user)], "evaluations": .array(asked)])
            let decisions = (reply.json["evaluations"]?.elements ?? []).map { $0["decision"] == true }
            let found = stride(from: 0, to: decisions.count, by: 2).map { decisions[$0 + 1] ? "f" : decisions[$0] ? "r" : "-" }
            for (column, (was, wanted)) in zip(columns, zip(found, cells)) { #expect(was == wanted, "\(name), \(column)") }
        }
    }

    @Test func `refuses who made a record, on either side, and nobody else`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        let account = try await Cast.make(olive, "accounts", ["name": "Client", "catalogue": "payments"])
        let inside = try await olive.switched(into: account)
        let roles = await inside.get("/api/v1/roles?limit=200").items
        func person(_ name: String, _ names: String...) async throws -> String {
            let ids = names.map { wanted in roles.first { $0["name"]?.text == wanted }?["id"] ?? .null }
            return try await Cast.make(
                inside, "users",
                [
                    "email": .string(name + "@example.com"), "first_name": .string(name), "last_name": "Moss", "roles": .array(ids),
                    "password": .string(TestHouse.password),
                ])
        }
        // On the record: one person may hold both.
        let both = try await person("both", "OPERATOR", "AUTHORIZER LEVEL 2"), other = try await person("other", "OPERATOR")
        for pair in Catalogue.payments.exclusions {
            for function in [pair.a, pair.b] {
                for (maker, reason) in [(both, "maker"), (other, "granted"), ("", "granted")] {
                    var resource: [(String, JSON)] = [("type", "function"), ("id", .string(function.rawValue))]
                    if !maker.isEmpty { resource.append(("properties", ["maker": .string(maker)])) }
                    let reply = await inside.post(
                        "/access/v1/evaluation",
                        ["subject": ["type": "user", "id": .string(both)], "action": ["name": "write"], "resource": JSON(members: resource)])
                    #expect(reply["context"]["reason"]?.text == reason, "\(function.rawValue) of \(maker)")
                    #expect(reply["decision"] == JSON(reason == "granted"))
                }
            }
        }
        // A program is a maker, too.
        let robot = try await Machine.make(inside, "payer", ["payouts.create": "full", "payouts.authorize": "full"]).id
        for (maker, reason) in [(robot, "maker"), (both, "granted")] {
            let question: JSON = [
                "subject": ["type": "integration", "id": .string(robot)], "action": ["name": "write"],
                "resource": ["type": "function", "id": "payouts.authorize", "properties": ["maker": .string(maker)]],
            ]
            #expect(await inside.post("/access/v1/evaluation", question)["context"]["reason"]?.text == reason)
        }
    }
}

/// Random numbers that come again.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
