import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// ETags, lost updates and creates that are sent twice: generated for every route that has them.
@Suite struct `Versions and repeats` {
    private func matching(_ tag: String) -> HTTPFields {
        var headers = HTTPFields()
        headers[.ifMatch] = tag
        return headers
    }

    private func once(_ key: String) -> HTTPFields {
        var headers = HTTPFields()
        if let name = HTTPField.Name("Idempotency-Key") { headers[name] = key }
        return headers
    }

    @Test func `every object that can be edited has a tag, the same from every route that answers it`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.api where route.method == .patch {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let read = await shot.client.get(shot.target)
            let tag = read.header("ETag") ?? ""
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""), "\(route.name): \(tag)")
            expect(await shot.fire(headers: matching("\"other\"")), 412, "changed_meanwhile", route.name)
            let patched = await shot.fire(headers: matching("\"other\", " + tag))
            expect(patched, 200, nil, route.name)
            #expect(patched.header("ETag") != tag, "\(route.name)")
            #expect(await shot.client.get(shot.target).header("ETag") == patched.header("ETag"), "\(route.name)")
            expect(await shot.fire(headers: matching(tag)), 412, "changed_meanwhile", route.name)
            expect(await shot.fire(headers: matching("*")), 200, nil, route.name)
        }
    }

    @Test func `of 64 who edit what they read, one wins`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let targets: [(String, LocalClient, String)] = [
            ("/api/v1/users/\(try await scene.fresh(.user, for: .adam))", adam, "first_name"),
            ("/api/v1/roles/\(try await scene.fresh(.role, for: .adam))", adam, "description"),
            ("/api/v1/places/\(try await scene.fresh(.place, for: .adam))", adam, "name"),
            ("/api/v1/api-keys/\(try await scene.fresh(.apiKey, for: .adam))", adam, "name"),
            ("/api/v1/sessions/\(scene.sessions.una)", scene.cast.una.client, "reference"),
            ("/api/v1/accounts/\(scene.branch.account)", scene.cast.olive, "region"),
            ("/api/v1/administrators/\(scene.edda)", scene.cast.olive, "name"), ("/api/v1/groups/\(scene.east)", scene.cast.olive, "name"),
        ]
        for (target, client, field) in targets {
            let tag = await client.get(target).header("ETag") ?? ""
            let headers = matching(tag)
            let replies = try await atOnce(64) { await client.send(.patch, target, [field: .string("Written by \($0)")], headers: headers) }
            let statuses = Dictionary(grouping: replies, by: \.status).mapValues(\.count)
            #expect(statuses == [200: 1, 412: 63], "\(target): \(statuses)")
            let winner = replies.first { $0.status == 200 }?[field]
            #expect(await client.get(target)[field] == winner, "\(target)")
        }
    }

    /// Creates of the contract: POSTs with a body that answer 201, and switches and rotations, which hand out a secret.
    private func creates() throws -> [Route] {
        let contract = try Contract.load()
        return Routes.api.filter { route in contract.parameters(of: route).contains { $0.name == "Idempotency-Key" } }
    }

    /// What one proof makes is made once: an offer or a challenge is used up by it, and new recovery codes end the old.
    private static let byOneProof: Set<String> = [
        "POST /api/v1/me/factors/totp/confirm", "POST /api/v1/me/factors/recovery-codes", "POST /api/v1/me/factors/passkeys",
    ]

    @Test func `every POST that creates takes an Idempotency-Key`() throws {
        let keyed = Set(try creates().map(\.name))
        let contract = try Contract.load()
        for route in Routes.guarded where route.method == .post && contract.operation(route)["responses"]?["201"] != nil {
            if Self.byOneProof.contains(route.name) { continue }
            #expect(keyed.contains(route.name), "\(route.name)")
        }
    }

    @Test func `a create that is sent twice happens once, and a replay shows no secret`() async throws {
        let scene = try await Scene.assemble()
        for route in try creates() {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let key = scene.unique("key-")
            let first = await shot.fire(headers: once(key))
            #expect((200..<300).contains(first.status), "\(route.name): \(first.text)")
            let before = try await Snapshot.all(scene.database)
            let second = await shot.fire(headers: once(key))
            #expect(second.status == first.status, "\(route.name): \(second.text)")
            #expect(second.header("Idempotency-Replayed") == "true" && first.header("Idempotency-Replayed") == nil, "\(route.name)")
            // A file is made meanwhile: it is the same export, further on.
            let goesOn = route.path.hasSuffix("/exports")
            if first.header("ETag") != nil, !goesOn { #expect(second.header("ETag") == first.header("ETag"), "\(route.name)") }
            let secrets = ["secret", "client_secret", "token", "generated_password", "url", "capture_url"]
            if goesOn {
                #expect(second["id"] == first["id"] && second["created_at"] == first["created_at"], "\(route.name)")
                continue
            }
            #expect(second.json == JSON(members: first.json.members.filter { !secrets.contains($0.0) }), "\(route.name)")
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
            var other = shot
            other.body = shot.body.map { changed($0) }
            expect(await other.fire(headers: once(key)), 422, "idempotency_key_reused", route.name)
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
            for bad in ["", "a b", String(repeating: "k", count: 256), "ключ"] {
                expect(await shot.fire(headers: once(bad)), 400, "invalid_idempotency_key", "\(route.name) with '\(bad.prefix(9))'")
            }
        }
    }

    /// The same body, still right, with another text in it.
    private func changed(_ body: JSON) -> JSON {
        let field = ["reference", "name", "reason", "text", "first_name", "email", "csv"].first { body[$0]?.text != nil }
        let other: (String) -> String = { field == "email" ? "other-" + $0 : $0 + " other" }
        return JSON(members: body.members.map { ($0.0, $0.0 == field ? .string(other($0.1.text ?? "")) : $0.0 == "overlap_hours" ? 2 : $0.1) })
    }

    @Test func `a replay is another's only by chance: the scope is the principal and the path`() async throws {
        let scene = try await Scene.assemble()
        let body: JSON = ["api_key": .string(scene.north.key)]
        let first = await scene.cast.una.client.send(.post, "/api/v1/sessions", body, headers: once("same"))
        let other = await scene.cast.uwe.client.send(.post, "/api/v1/sessions", body, headers: once("same"))
        #expect(first.status == 201 && other.status == 201 && first.id != other.id)
        #expect(other.header("Idempotency-Replayed") == nil)
        scene.house.time.advance(hours: 24)
        let una = try await scene.house.signIn("una@example.com")
        let tomorrow = await una.send(.post, "/api/v1/sessions", body, headers: once("same"))
        #expect(tomorrow.status == 201 && tomorrow.id != first.id)
    }

    @Test func `of 64 duplicates at once one creates`() async throws {
        let scene = try await Scene.assemble()
        for route in try creates() where !route.baseName.contains("administrators") {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let headers = once(scene.unique("key-"))
            let before = try await Snapshot.heads(scene.database).values.reduce(0, +)
            let count = route.baseName.contains("/users") ? 16 : 64
            let replies = try await atOnce(count) { _ in await shot.fire(headers: headers) }
            #expect(Set(replies.map(\.status)).count == 1 && (200..<300).contains(replies.first?.status ?? 0), "\(route.name)")
            #expect(replies.filter { $0.header("Idempotency-Replayed") == nil }.count == 1, "\(route.name)")
            #expect(Set(replies.map { $0.text("id") + $0.text("login") }).count == 1, "\(route.name)")
            let grown = try await Snapshot.heads(scene.database).values.reduce(0, +) - before
            // A switch stands in two chains. An export is asked for, and made as soon as may be.
            let expected: ClosedRange<Int64> = route.path.hasSuffix("/switch") ? 2...2 : route.path.hasSuffix("/exports") ? 1...2 : 1...1
            #expect(expected.contains(grown), "\(route.name): \(grown) entries")
        }
    }
}
