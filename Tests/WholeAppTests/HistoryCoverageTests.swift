import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Every unsafe route leaves its entries, one for each thing changed and none for none; generated from the route table.
@Suite struct `What history has of every unsafe route` {
    /// May only shrink.
    private static let leavesNothing: Set<String> = [
        "POST /api/v1/roles/{id}/preview", "POST /api/v1/accounts/{account}/roles/{id}/preview",
        // Questions.
        "POST /access/v1/evaluation", "POST /access/v1/evaluations", "POST /access/v1/search/subject", "POST /access/v1/search/resource",
        "POST /access/v1/search/action", "POST /api/v1/catalogue/preview",
        // A mail that goes by the sign-in it is for; a secret that is kept only once a code confirms it.
        "POST /api/v1/logins/second-step/mail", "POST /api/v1/me/factors/totp",
        // Challenges for passkeys, which are kept nowhere.
        "POST /api/v1/me/factors/passkeys/options", "POST /api/v1/logins/passkey/options", "POST /api/v1/logins/second-step/passkey",
        "POST /api/v1/logins/current/step-up/passkey",
        // Recorded after the answer, and of known people only: MailTests.
        "POST /api/v1/password/forgot",
    ]
    /// Entries of one allowed request, where it is not one.
    private static let more = [
        "POST /api/v1/accounts/{id}/switch": 2,
        // That it was asked for, and that it was made.
        "POST /api/v1/exports": 2, "POST /api/v1/accounts/{id}/exports": 2,
        // Who was disabled is deleted by it.
        "POST /api/v1/users/{id}/erase": 2, "POST /api/v1/accounts/{account}/users/{id}/erase": 2,
    ]

    @Test func `is declared, but for a list that may only shrink`() {
        let declared = Routes.unsafeOnes.filter { if case .nothing = $0.leaves { true } else { false } }.map(\.name)
        #expect(Set(declared).subtracting(Self.leavesNothing).sorted() == [])
    }

    @Test func `is one entry in the right chain`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafeOnes {
            for who in [Examples.usualCaller(route), .switched, .lena] where who.refusal(on: route) == nil {
                let shot = try await Examples.shot(route, by: who, scene)
                let before = try await Snapshot.heads(scene.database)
                let reply = await shot.fire()
                #expect((200..<300).contains(reply.status), "\(route.name) by \(who): \(reply.text)")
                let growth = Snapshot.growth(before, try await Snapshot.heads(scene.database))
                let wanted = Self.leavesNothing.contains(route.name) ? 0 : Self.more[route.name] ?? 1
                #expect(growth.values.reduce(0, +) == wanted, "\(route.name) by \(who): \(growth)")
                if wanted == 1 { #expect(growth.keys.first == chain(route, who, scene), "\(route.name) by \(who)") }
            }
        }
    }

    /// Where an entry belongs: an administrator's own things are the enterprise's, even while switched.
    private func chain(_ route: Route, _ who: Who, _ scene: Scene) -> String {
        let isOwn = [.need(.login), .need(.firstSteps), .need(.secondStep)].contains(route.needs)
        if route.accountParameter == nil, who.isEnterprise || (isOwn && who == .switched) {
            return route.isGuarded ? "enterprise" : scene.ground(who).account
        }
        return scene.ground(who).account
    }

    @Test func `is nothing when nothing changes`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafeOnes {
            let isAction = route.path.hasSuffix("/disable") || route.path.hasSuffix("/enable")
            guard isAction || route.method == .patch else { continue }
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let first = await shot.fire()
            let before = try await Snapshot.all(scene.database)
            let second = await shot.fire()
            expect(second, 200, nil, route.name)
            #expect(second.text == first.text, "\(route.name) twice")
            #expect(second.header("ETag") == first.header("ETag"), "\(route.name) twice")
            let changed = Snapshot.differences(before, try await Snapshot.all(scene.database))
            #expect(changed == [], "\(route.name) twice")
            if route.method == .patch {
                var empty = shot
                empty.body = [:]
                #expect(await empty.fire().text == first.text, "\(route.name) with an empty object")
                #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name) with an empty object")
            }
        }
    }

    @Test func `is nothing, and nothing is changed, when the request is refused`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafeOnes {
            let who = Examples.usualCaller(route)
            let shot = try await Examples.shot(route, by: who, scene)
            let before = try await Snapshot.all(scene.database)
            for (what, body) in badBodies(shot.body) where !(route.isAccess && what == "an unknown field") {
                var bad = shot
                bad.body = body
                let reply = await bad.fire()
                // Whatever is wrong with a passkey that signs in alone is told alike.
                let refusals = route.name == "POST /api/v1/logins/passkey" ? [400, 401, 422] : [400, 422]
                #expect(refusals.contains(reply.status), "\(route.name), \(what): \(reply.status) \(reply.text)")
            }
            let query = await shot.client.send(route.method, shot.target + "?zzz=1", shot.body)
            expect(query, 400, "unknown_parameter", route.name)
            for other in Who.allCases where other.refusal(on: route) != nil {
                expect(await scene.client(other).send(route.method, shot.target, shot.body), 403, nil, "\(route.name) by \(other)")
            }
            if route.isGuarded { expect(await scene.house.anyone.send(route.method, shot.target, shot.body), 401, nil, route.name) }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
        }
    }

    /// The same body with something wrong in it.
    private func badBodies(_ body: JSON?) -> [(String, JSON)] {
        guard let body else { return [("a field", ["zzz": 1]), ("a list", []), ("a text", "x")] }
        var bad: [(String, JSON)] = [("an unknown field", body.adding("zzz", 1)), ("a list", [body]), ("null", .null), ("a number", 7)]
        for (field, value) in body.members where value.text != nil {
            bad.append(("a number for \(field)", JSON(members: body.members.map { $0.0 == field ? (field, 7) : $0 })))
            bad.append(("an object for \(field)", JSON(members: body.members.map { $0.0 == field ? (field, ["a": 1]) : $0 })))
            // What is typed at the door is not judged there, but looked up.
            if ["username", "password", "current", "token", "step_token", "code", "recovery_code", "enrolment"].contains(field) { continue }
            bad.append(("a NUL in \(field)", JSON(members: body.members.map { $0.0 == field ? (field, "a\u{0}b") : $0 })))
        }
        return bad
    }

    @Test func `has sign-ins and their failures, of known people only, and no name that nobody has`() async throws {
        let scene = try await Scene.assemble()
        let anyone = LocalClient(scene.house.lineUp)
        let before = try await Snapshot.heads(scene.database)
        for (name, password) in [("una@example.com", "wrong"), ("hunter2-typed-as-a-name", "x")] {
            expect(await anyone.post("/api/v1/logins", ["username": .string(name), "password": .string(password)]), 401, "invalid_credentials")
        }
        var growth: [String: Int64] = [:]
        for _ in 0..<200 where growth.isEmpty {
            try await Task.sleep(for: .milliseconds(10))
            growth = Snapshot.growth(before, try await Snapshot.heads(scene.database))
        }
        #expect(growth == [scene.north.account: 1])
        let entries = await scene.cast.adam.client.get("/api/v1/history?subject=\(scene.cast.una.id)&limit=1")
        #expect(entries.items.first?["action"] == "login.failed")
        #expect(!scene.house.log.all.contains("hunter2"))
    }
}
