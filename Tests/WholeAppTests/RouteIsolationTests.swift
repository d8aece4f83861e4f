import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// Isolation, generated from the route table: every route of the API is tried by everybody, with ids of everybody's.
@Suite struct `Every route of the API` {
    @Test func `names only kinds of records that these tests know`() {
        for route in Routes.api {
            for parameter in route.parameterKinds {
                #expect(parameter.kind != nil, "\(route.name): teach Kind(segment:) in Support/Who.swift what {\(parameter.name)} is")
            }
        }
        #expect(Routes.guarded.count > 50)
    }

    @Test func `answers 401 to nobody and to a dead credential, whatever the record is`() async throws {
        let scene = try await Scene.assemble()
        let ended = try await scene.house.signIn("una@example.com")
        expect(await ended.delete("/api/v1/logins/current"), 204)
        let dead: [(String, String?)] = [
            ("nobody", nil), ("a login never issued", Secret.mint(.login).text), ("an ended login", ended.token),
            ("an API key never issued", Secret.mint(.live).text), ("a typo", "lk_login_x"), ("another kind", Secret.mint(.setup).text),
            ("nothing", ""),
        ]
        for route in Routes.guarded {
            for (who, token) in dead {
                let client = LocalClient(scene.house.lineUp, token: token)
                let real = await client.send(route.method, route.path(with: standingIDs(route, scene)))
                expect(real, 401, "unauthenticated", "\(route.name) by \(who)")
                let challenge = real.header("WWW-Authenticate") ?? ""
                #expect(challenge.hasPrefix("Bearer"), "\(route.name) by \(who)")
                #expect(challenge.contains("invalid_token") == (token != nil), "\(route.name) by \(who): \(challenge)")
                let unknown = await client.send(route.method, route.path(with: route.parameterKinds.map { $0.kind?.neverIssued ?? "" }))
                #expect(unknown.face == real.face, "\(route.name) by \(who)")
            }
        }
    }

    @Test func `answers 2xx to everybody whom it does not refuse`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.api {
            for who in Who.allCases where route.isGuarded ? who.refusal(on: route) == nil : who == .una {
                do {
                    let reply = try await Examples.shot(route, by: who, scene).fire()
                    #expect((200..<300).contains(reply.status), "\(route.name) by \(who): \(reply.status) \(reply.text.prefix(300))")
                } catch { Issue.record("\(route.name) by \(who): \(error)") }
            }
        }
        #expect(!scene.house.log.all.contains("error "), "something was logged as an error")
    }

    @Test func `refuses with 403 whoever lacks the screen, alike for every record`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.guarded {
            for who in Who.allCases {
                guard let code = who.refusal(on: route) else { continue }
                var faces: Set<String> = []
                let unknown = route.parameterKinds.map { $0.kind?.neverIssued ?? "" }
                for values in [standingIDs(route, scene), unknown, unknown.map { _ in "x" }] {
                    let client = scene.client(who)
                    for body in route.takesBody ? [nil, JSON.null, ["zzz": 1]] : [nil] {
                        let reply = await client.send(route.method, route.path(with: values) + (body == nil ? "?zzz=1" : ""), body)
                        expect(reply, 403, code, "\(route.name) by \(who)")
                        faces.insert(reply.face)
                    }
                }
                #expect(faces.count == 1, "\(route.name) by \(who): the 403 depends on the record or the body")
            }
        }
    }

    @Test func `hides what one may not see behind the answer for what was never issued`() async throws {
        let scene = try await Scene.assemble()
        var tried = 0
        for route in Routes.guarded where !route.parameterKinds.isEmpty {
            for who in Who.allCases where who.refusal(on: route) == nil {
                let body = try await Examples.body(route, who, scene)
                for (position, parameter) in route.parameterKinds.enumerated() {
                    guard let kind = parameter.kind else { continue }
                    var values = visibleIDs(route, who, scene)
                    func send(_ id: String, _ body: JSON?, _ query: String = "") async -> LocalClient.Reply {
                        values[position] = id
                        return await scene.client(who).send(route.method, route.path(with: values) + query, body)
                    }
                    let never = await send(kind.neverIssued, body)
                    expect(never, 404, "not_found", "\(route.name) by \(who), never issued")
                    let isFirst = who == Who.allCases.first { $0.refusal(on: route) == nil }
                    for id in isFirst ? kind.malformed : ["x"] {
                        let reply = await send(id, body)
                        #expect(reply.face == never.face, "\(route.name) by \(who), malformed \(id.prefix(40)): \(reply.status) \(reply.text)")
                    }
                    for (why, id) in await scene.hidden(kind, from: who, on: route) {
                        tried += 1
                        for (what, reply) in [
                            ("", await send(id, body)), (", a bad query", await send(id, body, "?zzz=1")), (", no body", await send(id, nil)),
                            (", a bad body", await send(id, route.takesBody ? ["zzz": 1] : nil)),
                        ] {
                            #expect(reply.face == never.face, "\(route.name) by \(who), \(kind) \(why)\(what): \(reply.status) \(reply.text)")
                        }
                    }
                }
            }
        }
        #expect(tried > 150, "only \(tried) hidden records were tried")
    }

    // MARK: Ids for paths

    /// Records that exist, the same for everybody.
    private func standingIDs(_ route: Route, _ scene: Scene) -> [String] { visibleIDs(route, .una, scene) }

    private func visibleIDs(_ route: Route, _ who: Who, _ scene: Scene) -> [String] {
        route.parameterKinds.map { parameter in
            switch parameter.kind {
            case .account: who == .lena ? scene.branch.account : scene.north.account
            case .group: scene.west
            case .administrator: scene.lena.id
            case .user: scene.cast.una.id
            case .role: scene.ground(who).userRole
            case .apiKey: scene.ground(who).key
            case .place: scene.ground(who).place
            case .session: scene.sessions.una
            case .photo: Kind.photo.neverIssued
            case .factor: Kind.factor.neverIssued
            case .review: Kind.review.neverIssued
            case .link: scene.standing(.link, inSouth: who == .mallory)
            case .integration: scene.standing(.integration, inSouth: who == .mallory)
            case .export: Kind.export.neverIssued
            case .login, nil: Kind.login.neverIssued
            }
        }
    }
}
