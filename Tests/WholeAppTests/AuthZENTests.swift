import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The AuthZEN certification profile, case by case, with Latchkey's own subjects and resources for its fixture: Una for `alice`, who writes; Rita for
/// `bob`, who reads; the screen `sessions` for `record-1`, `users` for `record-2`.
@Suite struct `AuthZEN's certification profile` {
    private struct Case {
        let name: String
        let path: String
        let body: JSON
        var status = 200
        /// `decision`, or of each evaluation.
        var decisions: [Bool]?
        /// Ids or names that must be among the results.
        var results: [String]?
        var isEmpty = false
    }

    private let context: JSON = ["time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"]

    private func cases(_ scene: Scene) -> [Case] {
        let una: JSON = ["type": "user", "id": .string(scene.cast.una.id)], rita: JSON = ["type": "user", "id": .string(scene.cast.rita.id)]
        let read: JSON = ["name": "read"], write: JSON = ["name": "write"]
        let one: JSON = ["type": "screen", "id": "sessions"], two: JSON = ["type": "screen", "id": "users"]
        let shut: JSON = ["type": "screen", "id": "sessions", "properties": ["place": "plc_00000000000000000000000000", "status": "archived"]]
        let open: JSON = ["type": "screen", "id": "sessions", "properties": ["status": "active"]]
        func ask(_ subject: JSON?, _ action: JSON?, _ resource: JSON?, _ more: [(String, JSON)] = []) -> JSON {
            let members: [(String, JSON?)] = [("subject", subject), ("action", action), ("resource", resource)]
            return JSON(members: members.compactMap { name, value in value.map { (name, $0) } } + more)
        }
        let evaluation = "/access/v1/evaluation", evaluations = "/access/v1/evaluations"
        let search = "/access/v1/search/"
        let both = [scene.cast.una.id, scene.cast.rita.id]
        var cases: [Case] = [
            Case(name: "2.2.1 permit", path: evaluation, body: ask(una, read, one), decisions: [true]),
            Case(name: "1.4 rule 2", path: evaluation, body: ask(una, write, one), decisions: [true]),
            Case(name: "1.4 rule 3", path: evaluation, body: ask(rita, read, one), decisions: [true]),
            Case(name: "2.2.2 deny", path: evaluation, body: ask(rita, write, one), decisions: [false]),
            Case(name: "2.2.3 with a context", path: evaluation, body: ask(una, read, one, [("context", context)]), decisions: [true]),
            Case(name: "2.2.4 deny by properties", path: evaluation, body: ask(una, write, shut), decisions: [false]),
            Case(
                name: "2.2.8 more properties", path: evaluation,
                body: ask(
                    una.adding("properties", ["department": "Sales"]), read.adding("properties", ["method": "GET"]),
                    one.adding("properties", ["status": "active", "owner": "bob"])), decisions: [true]),
            Case(
                name: "2.2.9 unknown fields", path: evaluation,
                body: ask(una, read, one, [("foo", "bar"), ("futureField", ["nested": true])]), decisions: [true]),
            Case(name: "2.4.1 no subject", path: evaluation, body: ask(nil, read, one), status: 400),
            Case(name: "2.4.1 no action", path: evaluation, body: ask(una, nil, one), status: 400),
            Case(name: "2.4.1 no resource", path: evaluation, body: ask(una, read, nil), status: 400),
            Case(name: "2.4.2 subject without type", path: evaluation, body: ask(["id": "x"], read, one), status: 400),
            Case(name: "2.4.2 subject without id", path: evaluation, body: ask(["type": "user"], read, one), status: 400),
            Case(name: "2.4.2 action without name", path: evaluation, body: ask(una, [:], one), status: 400),
            Case(name: "2.4.2 resource without type", path: evaluation, body: ask(una, read, ["id": "sessions"]), status: 400),
            Case(name: "2.4.2 resource without id", path: evaluation, body: ask(una, read, ["type": "screen"]), status: 400),
            Case(name: "2.4.6 subject a text", path: evaluation, body: ask("alice", read, one), status: 400),
            Case(name: "2.4.6 action's name a number", path: evaluation, body: ask(una, ["name": 123], one), status: 400),
            Case(name: "properties a text", path: evaluation, body: ask(una, read, one.adding("properties", "x")), status: 400),
            Case(name: "ruling 25: a type that nobody knows", path: evaluation, body: ask(una, read, ["type": "record", "id": "1"]), status: 400),
            Case(name: "an action that nobody knows", path: evaluation, body: ask(una, ["name": "delete"], one), status: 400),

            Case(
                name: "3.2.1 a batch", path: evaluations, body: ask(una, read, nil, [("evaluations", [["resource": one], ["resource": two]])]),
                decisions: [true, false]),
            Case(
                name: "3.2.2 in order", path: evaluations, body: ask(rita, nil, one, [("evaluations", [["action": read], ["action": write]])]),
                decisions: [true, false]),
            Case(
                name: "3.2.3 with properties", path: evaluations,
                body: ask(una, write, nil, [("evaluations", [["resource": open], ["resource": shut]])]), decisions: [true, false]),
            Case(
                name: "3.2.4 with subjects", path: evaluations,
                body: ask(nil, write, one, [("evaluations", [["subject": rita], ["subject": una]])]), decisions: [false, true]),
            Case(
                name: "3.2.5 without defaults", path: evaluations,
                body: ["evaluations": [ask(una, read, one), ask(rita, write, one)]], decisions: [true, false]),
            Case(
                name: "3.2.6 a context for all", path: evaluations,
                body: ask(una, read, nil, [("context", context), ("evaluations", [["resource": one], ["resource": two, "context": context]])]),
                decisions: [true, false]),
            Case(
                name: "3.2.7 defaults are taken whole", path: evaluations,
                body: ask(una, write, open, [("evaluations", [[:], ["resource": shut]])]), decisions: [true, false]),
            Case(
                name: "3.4.1 one that fails", path: evaluations,
                body: ask(
                    una, read, nil, [("evaluations", [["resource": one], [:]]), ("options", ["evaluations_semantic": "execute_all"])]),
                decisions: [true, false]),
            Case(
                name: "3.4.1 one that is no object", path: evaluations, body: ask(una, read, one, [("evaluations", [[:], 7])]),
                decisions: [true, false]),
            Case(name: "3.4.2 no list", path: evaluations, body: ask(una, read, one), decisions: [true]),
            Case(name: "3.4.3 an empty list", path: evaluations, body: ask(una, read, one, [("evaluations", [])]), decisions: [true]),
            Case(name: "no list and no question", path: evaluations, body: ask(una, read, nil), status: 400),
            Case(name: "a list that is none", path: evaluations, body: ask(una, read, one, [("evaluations", "x")]), status: 400),

            Case(name: "4.2.1 subjects", path: search + "subject", body: ask(["type": "user"], read, one), results: both),
            Case(
                name: "4.2.2 with a context", path: search + "subject", body: ask(["type": "user"], read, one, [("context", context)]),
                results: both),
            Case(name: "4.2.3 an id is let be", path: search + "subject", body: ask(una, read, one), results: both),
            Case(name: "4.2.4 with properties", path: search + "subject", body: ask(["type": "user"], write, open), results: [scene.cast.una.id]),
            Case(name: "4.3.1 resources", path: search + "resource", body: ask(una, read, ["type": "screen"]), results: ["sessions"]),
            Case(
                name: "4.3.2 with a context", path: search + "resource", body: ask(una, read, ["type": "screen"], [("context", context)]),
                results: ["sessions"]),
            Case(
                name: "4.3.3 an id is let be", path: search + "resource", body: ask(una, read, ["type": "screen", "id": "users"]),
                results: ["sessions"]),
            Case(
                name: "4.3.4 with the subject's properties", path: search + "resource",
                body: ask(una.adding("properties", ["role": "admin"]), write, ["type": "screen"]), results: ["sessions"]),
            Case(name: "4.4.1 actions", path: search + "action", body: ask(una, nil, one), results: ["read", "write"]),
            Case(
                name: "4.4.2 with a context", path: search + "action", body: ask(una, nil, one, [("context", context)]),
                results: ["read", "write"]),
            Case(name: "4.4.3 with properties", path: search + "action", body: ask(una, nil, open), results: ["write"]),
            Case(name: "4.5.1 a limit", path: search + "subject", body: ask(["type": "user"], read, one, [("page", ["limit": 1])]), results: []),
            Case(
                name: "4.6.1 an id that nobody has", path: search + "action", body: ask(["type": "user", "id": "nonexistent-user"], nil, one),
                isEmpty: true),
            Case(name: "4.7.1 subjects without action", path: search + "subject", body: ask(["type": "user"], nil, one), status: 400),
            Case(name: "4.7.1 resources without subject", path: search + "resource", body: ask(nil, read, ["type": "screen"]), status: 400),
            Case(name: "4.7.1 actions without resource", path: search + "action", body: ask(una, nil, nil), status: 400),
            Case(
                name: "4.7.2 subjects on a resource without id", path: search + "subject", body: ask(["type": "user"], read, ["type": "screen"]),
                status: 400),
            Case(
                name: "4.7.2 resources of a subject without id", path: search + "resource",
                body: ask(["type": "user"], read, ["type": "screen"]), status: 400),
            Case(name: "4.7.2 actions of a subject without id", path: search + "action", body: ask(["type": "user"], nil, one), status: 400),
        ]
        for page: JSON in ["x", ["limit": -1], ["limit": "x"], ["token": "x"], ["token": 7]] {
            cases.append(Case(name: "page \(page)", path: search + "subject", body: ask(["type": "user"], read, one, [("page", page)]), status: 400))
        }
        // 4.6.2: a type that nobody knows finds nothing, wherever it stands.
        let ship: JSON = ["type": "spaceship", "id": "1"]
        cases += [
            Case(name: "4.6.2 subjects", path: search + "subject", body: ask(["type": "spaceship"], read, one), isEmpty: true),
            Case(name: "4.6.2 subjects on it", path: search + "subject", body: ask(["type": "user"], read, ship), isEmpty: true),
            Case(name: "4.6.2 resources", path: search + "resource", body: ask(una, read, ["type": "spaceship"]), isEmpty: true),
            Case(name: "4.6.2 actions", path: search + "action", body: ask(ship, nil, one), isEmpty: true),
        ]
        return cases
    }

    @Test func `is met in every case of basic, batch and search`() async throws {
        let scene = try await Scene.assemble()
        for one in cases(scene) {
            let reply = await scene.cast.adam.client.post(one.path, one.body)
            expect(reply, one.status, nil, one.name)
            if one.status == 200 { #expect(reply.header("Content-Type") == "application/json", "\(one.name)") }
            if let wanted = one.decisions {
                let answers = reply.json["evaluations"]?.items ?? [reply.json]
                #expect(answers.map { $0["decision"]?.answer } == wanted, "\(one.name): \(reply.text)")
                #expect(answers.allSatisfy { $0["context"]?.isObject == true }, "\(one.name)")
                #expect((reply.json["evaluations"] == nil) == (one.body["evaluations"]?.items?.isEmpty ?? true), "\(one.name)")
            }
            let found = (reply.json["results"]?.items ?? []).compactMap { $0["id"]?.text ?? $0["name"]?.text }
            if let wanted = one.results { #expect(Set(found).isSuperset(of: wanted), "\(one.name): \(reply.text)") }
            if one.results != nil || one.isEmpty { #expect(reply.json["page"]?["next_token"]?.text != nil, "\(one.name)") }
            if one.isEmpty { #expect(reply.json["results"] == [] && reply.json["page"]?["next_token"] == "", "\(one.name): \(reply.text)") }
        }
    }

    @Test func `is met by bodies that are none`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        for path in ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"].map({ "/access/v1/" + $0 }) {
            for body in ["", "{", "[]", "null", "\"x\""] { expect(await adam.raw(.post, path, Array(body.utf8)), 400, nil, "\(path): \(body)") }
            expect(await adam.raw(.post, path, Array(scene.question(.adam).encode()), type: "text/plain"), 400, "unsupported_media_type")
            expect(await scene.house.anyone.post(path, scene.question(.adam)), 401)
        }
    }

    @Test func `is met by the names of requests`() async throws {
        let scene = try await Scene.assemble()
        let name = try #require(HTTPField.Name("X-Request-ID"))
        func send(_ id: String?, _ body: JSON) async -> String? {
            var headers = HTTPFields()
            headers[name] = id
            return await scene.cast.adam.client.send(.post, "/access/v1/evaluation", body, headers: headers).header("X-Request-ID")
        }
        #expect(await send("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", scene.question(.adam)) == "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")
        #expect(await send("refused", [:]) == "refused")
        for id in [nil, "", String(repeating: "x", count: 201)] {
            #expect(await send(id, scene.question(.adam))?.hasPrefix("req_") == true, "\(id ?? "none")")
        }
    }

    @Test func `is met by the three semantics`() async throws {
        let scene = try await Scene.assemble()
        let items: [JSON] = ["sessions", "users", "overview", "roles"].map { ["resource": ["type": "screen", "id": .string($0)]] }
        for (semantic, wanted) in [
            ("execute_all", [true, false, true, false]), ("deny_on_first_deny", [true, false]), ("permit_on_first_permit", [true]),
        ] {
            var body = scene.question(.una).adding("evaluations", .array(items))
            body = body.adding("options", ["evaluations_semantic": .string(semantic), "another_option": "value"])
            let reply = await scene.cast.una.client.post("/access/v1/evaluations", body)
            #expect(reply.json["evaluations"]?.items?.compactMap { $0["decision"]?.answer } == wanted, "\(semantic): \(reply.text)")
        }
        for options: JSON in ["x", ["evaluations_semantic": "best_of_three"], ["evaluations_semantic": 1]] {
            let body = scene.question(.una).adding("evaluations", .array(items)).adding("options", options)
            expect(await scene.cast.una.client.post("/access/v1/evaluations", body), 400)
        }
        let many = scene.question(.una).adding("evaluations", .array(Array(repeating: [:], count: 1001)))
        expect(await scene.cast.una.client.post("/access/v1/evaluations", many), 400)
    }

    @Test func `is met by the metadata`() async throws {
        let house = try await TestHouse()
        let reply = await house.anyone.get("/.well-known/authzen-configuration")
        expect(reply, 200)
        #expect(reply.json["policy_decision_point"] == "http://localhost:8080")
        let endpoints = reply.json.members.filter { $0.0.hasSuffix("_endpoint") }
        #expect(endpoints.count == 5)
        for (name, url) in endpoints {
            let path = (url.text ?? "").replacing("http://localhost:8080", with: "")
            #expect(Routes.all.contains { $0.path == path && $0.method == .post }, "\(name)")
        }
    }
}
