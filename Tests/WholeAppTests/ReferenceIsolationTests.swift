import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Ids where paths do not name them: in query filters and in bodies. Found in the contract and in the examples, so that tomorrow's are tried too.
@Suite struct `Ids in queries and bodies` {
    @Test func `a filter by an id that one may not see gives the empty list of one that was never issued`() async throws {
        let scene = try await Scene.assemble()
        let contract = try Contract.load()
        var tried = 0
        for route in Routes.guarded where route.method == .get {
            let parameters = contract.parameters(of: route).filter { $0.place == "query" }.map(\.name)
            for name in parameters {
                guard let kinds = Self.filters[name] else { continue }
                for who in Who.allCases where who.refusal(on: route) == nil {
                    let values = route.parameterKinds.map { $0.kind == .account ? scene.ground(who).account : scene.cast.una.id }
                    let total = parameters.contains("total") ? "&total=true" : ""
                    func ask(_ id: String) async -> LocalClient.Reply {
                        await scene.client(who).get(route.path(with: values) + "?\(name)=\(id)" + total)
                    }
                    for kind in kinds {
                        let never = await ask(kind.neverIssued)
                        // Something of another account is named in the path of a user's own history: that is tried elsewhere.
                        if never.status == 404 { continue }
                        expect(never, 200, nil, "\(route.name)?\(name) by \(who)")
                        #expect(never.items.isEmpty && (never["count"] == .null || never["count"] == 0), "\(route.name)?\(name) by \(who)")
                        var hidden = await scene.hidden(kind, from: who).map(\.id)
                        if name == "owner", who == .una { hidden.append(scene.cast.uwe.id) }
                        for id in hidden + ["x", "usr_0"] {
                            tried += 1
                            let reply = await ask(id)
                            #expect(reply.face == never.face, "\(route.name)?\(name)=\(id) by \(who): \(reply.text.prefix(300))")
                        }
                    }
                }
            }
        }
        #expect(tried > 60, "only \(tried) filters were tried")
    }

    /// The query parameters that filter by an id, and what they may name.
    private static let filters: [String: [Kind]] = [
        "role": [.role], "place": [.place], "hand_over_to": [.user], "api_key": [.apiKey], "owner": [.user], "user": [.user],
        "subject": [.user, .role, .apiKey, .session, .link, .place],
        "actor": [.user], "group": [.group],
        // No filter: RoleTests.
        "move_to": [.role],
    ]

    @Test func `every query parameter that takes an id is known to these tests`() throws {
        let contract = try Contract.load()
        let other: Set<String> = [
            "search", "status", "mode", "source", "from", "to", "limit", "after", "total", "action", "size", "dry_run", "screen", "level", "kind",
            "at", "format", "send_activation", "standing", "days", "last_sign_in", "last_sign_in_before",
            // Proofs, of what may be seen: CheckpointTests.
            "entry", "seq",
        ]
        for route in Routes.api {
            for parameter in contract.parameters(of: route) where parameter.place == "query" && !other.contains(parameter.name) {
                #expect(Self.filters[parameter.name] != nil, "\(route.name): say in ReferenceIsolationTests what ?\(parameter.name)= names")
            }
        }
    }

    @Test func `an id in a body that one may not use is the same unknown reference as one never issued`() async throws {
        let scene = try await Scene.assemble()
        var tried = 0
        for route in Routes.guarded where route.takesBody {
            for who in Who.allCases where who.refusal(on: route) == nil {
                let shot = try await Examples.shot(route, by: who, scene)
                guard let body = shot.body else { continue }
                for (field, kind) in references(in: body) {
                    func send(_ id: String) async -> LocalClient.Reply {
                        var tried = shot
                        tried.body = replaced(field, in: body, by: id)
                        return await tried.fire()
                    }
                    let never = await send(kind.neverIssued)
                    expect(never, 422, "unknown_reference", "\(route.name) by \(who), \(field[0])")
                    #expect(never.fieldCodes == ["\(field[0]): unknown_reference"], "\(route.name) by \(who): \(never.text)")
                    var hidden = await scene.hidden(kind, from: who)
                    // Ruling 2: who edits users may name keys of the account that they do not hold; giving them is another matter.
                    if kind == .apiKey, route.baseName.contains("/users") { hidden = hidden.filter { $0.id != scene.cast.uwes.id } }
                    for (why, id) in hidden.map({ ($0.why, $0.id) }) + [("malformed", "x"), ("of another kind", Kind.login.neverIssued)] {
                        tried += 1
                        let reply = await send(id)
                        #expect(reply.face == never.face, "\(route.name) by \(who), \(field[0]) \(why): \(reply.status) \(reply.text)")
                    }
                }
            }
        }
        #expect(tried > 60, "only \(tried) references were tried")
    }

    @Test func `a key of the account that one does not hold may be named to users and not given`() async throws {
        let scene = try await Scene.assemble()
        let body = JSON(
            members: scene.newUser(scene.north).members.map { $0.0 == "api_keys" ? ("api_keys", [.string(scene.cast.uwes.id)]) : $0 })
        expect(await scene.kim.client.post("/api/v1/users", body), 403, "grants_more_than_held")
        expect(await scene.cast.adam.client.post("/api/v1/users", body), 201)
    }

    @Test func `no header, query or field chooses another account`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una.client
        var headers = HTTPFields()
        for name in ["X-Account", "Account", "X-Tenant-Id", "Latchkey-Account", "X-HTTP-Method-Override"] {
            if let name = HTTPField.Name(name) { headers[name] = name.rawName.hasPrefix("X-HTTP") ? "DELETE" : scene.south.account }
        }
        let plain = await una.get("/api/v1/sessions")
        let dressed = await una.send(.get, "/api/v1/sessions", headers: headers)
        #expect(plain.face == dressed.face)
        for field in ["account", "tenant_id", "account_id", "org"] {
            expect(await una.get("/api/v1/sessions?\(field)=\(scene.south.account)"), 400, "unknown_parameter")
            expect(
                await una.post("/api/v1/sessions", ["api_key": .string(scene.north.key), field: .string(scene.south.account)]), 400, "unknown_field")
        }
    }

    // MARK: Ids in bodies

    /// The places of ids in a body: a field, or an element of a list.
    private func references(in body: JSON) -> [(path: [String], kind: Kind)] {
        body.members.compactMap { field, value in
            let id = value.text ?? value.elements.first?.text
            return id.flatMap { Kind(id: $0) }.map { ([field], $0) }
        }
    }

    private func replaced(_ path: [String], in body: JSON, by id: String) -> JSON {
        JSON(
            members: body.members.map { field, value in
                if field != path[0] { return (field, value) }
                return (field, value.items == nil ? .string(id) : [.string(id)])
            })
    }
}
