import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Signing in: equal answers, throttling, several logins of one user.
@Suite struct `Signing in` {
    private func signIn(
        _ house: TestHouse, _ username: String, _ password: String = "wrong", from address: String = "127.0.0.1", takeOver: Bool? = nil,
        headers: HTTPFields = HTTPFields()
    ) async -> LocalClient.Reply {
        var client = house.anyone
        client.address = address
        let more: [(String, JSON)] = takeOver.map { [("take_over", .bool($0))] } ?? []
        return await client.send(
            .post, "/api/v1/logins", JSON(members: [("username", .string(username)), ("password", .string(password))] + more), headers: headers)
    }

    @Test func `answers alike whatever is wrong`() async throws {
        let scene = try await Scene.assemble()
        let (adam, olive) = (scene.cast.adam.client, scene.cast.olive)
        func user(_ ground: Scene.Ground) async throws -> (id: String, name: String) {
            let body = scene.newUser(ground)
            return (try await Cast.make(ground.inside, "users", body), body["username"]?.text ?? "")
        }
        let (disabled, ended, pending, apart) = (
            try await user(scene.north), try await user(scene.north), try await user(scene.north), try await user(scene.branch)
        )
        let administrator = scene.newAdministrator()
        let gus = try await Cast.make(olive, "administrators", administrator)
        expect(await olive.post("/api/v1/administrators/\(gus)/disable"), 200)
        expect(await adam.post("/api/v1/users/\(disabled.id)/disable"), 200)
        expect(await adam.patch("/api/v1/users/\(ended.id)", ["ends_at": .string(scene.house.house.gate.now.adding(seconds: 60).description)]), 200)
        scene.house.time.advance(seconds: 61)
        expect(await olive.post("/api/v1/accounts/\(scene.branch.account)/disable"), 200)
        let id = pending.id
        try await scene.database.write(seeing: .everything) { tx in try tx.execute("UPDATE users SET password_hash = NULL WHERE id = \(id)") }
        let right = TestHouse.password
        let cases: [(String, String, String)] = [
            ("unknown", "nobody-of-that-name", right), ("wrong", "una@example.com", "wrong"),
            ("wrong, of an administrator", TestHouse.olive, "wrong"),
            ("disabled", disabled.name, right), ("past the end", ended.name, right), ("pending", pending.name, right),
            ("pending, empty", pending.name, ""),
            ("account disabled", apart.name, right), ("administrator disabled", administrator["email"]?.text ?? "", right),
            ("no name", "", right), ("an e-mail that is nobody's username", disabled.name + "@example.com", right),
            ("an id", scene.cast.una.id, right),
            ("a NUL", "una\u{0}@example.com", right), ("a long name", String(repeating: "u", count: 1000), right),
        ]
        var faces: [String: [String]] = [:]
        for (index, (what, name, password)) in cases.enumerated() {
            let reply = await signIn(scene.house, name, password, from: "198.51.100.\(index)")
            expect(reply, 401, "invalid_credentials", what)
            faces[reply.face, default: []].append(what)
        }
        #expect(faces.count == 1, "\(faces)")
    }

    @Test func `takes a name in any case and form, and white space around it`() async throws {
        let scene = try await Scene.assemble()
        for (index, name) in ["una@example.com", "UNA@EXAMPLE.COM", " una@example.com\n", "ｕｎａ@example.com"].enumerated() {
            expect(await signIn(scene.house, name, TestHouse.password, from: "198.51.100.\(index)"), 201, nil, name)
        }
        expect(await signIn(scene.house, "una@example.com", " " + TestHouse.password), 401, "invalid_credentials")
        expect(await signIn(scene.house, "una@example.com", String(repeating: "p", count: 1025)), 422, "too_long")
    }

    @Test func `is throttled after five failures, alike for a name that nobody has, and longer each time`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        var told: [String: [String]] = [:]
        for (name, address) in [("una@example.com", "198.51.100.1"), ("nobody@example.com", "198.51.100.2")] {
            let variants = [name, name.uppercased(), " " + name, name + " ", name.replacing("a", with: "ａ")]
            for variant in variants { expect(await signIn(house, variant, from: address), 401, "invalid_credentials", variant) }
            var waits: [Int] = []
            for _ in 0..<4 {
                let refused = await signIn(house, name, TestHouse.password, from: address)
                expect(refused, 429, "too_many_attempts", name)
                let seconds = Int(refused.header("Retry-After") ?? "") ?? 0
                waits.append(seconds)
                told[name, default: []].append(refused.face)
                house.time.advance(seconds: Int64(seconds))
                expect(await signIn(house, name, from: address), 401, "invalid_credentials", name)
            }
            expect(await signIn(house, name, TestHouse.password, from: address), 429, "too_many_attempts", name)
            #expect(waits == waits.sorted() && Set(waits).count == waits.count && (waits.first ?? 0) >= 10, "\(name): \(waits)")
        }
        #expect(told["una@example.com"] == told["nobody@example.com"])
        expect(await signIn(house, "una@example.com", TestHouse.password, from: "198.51.100.9"), 201, nil, "from elsewhere")
        expect(await signIn(house, "uwe@example.com", TestHouse.password, from: "198.51.100.1"), 201, nil, "somebody else from there")
    }

    @Test func `is not throttled at a browser that has signed in before`() async throws {
        let scene = try await Scene.assemble()
        var ours = HTTPFields()
        ours[.secFetchSite] = "same-origin"
        let first = await signIn(scene.house, "una@example.com", TestHouse.password, headers: ours)
        expect(first, 201)
        let device = first.headers[values: .setCookie].first { $0.contains("-device=") }?.split(separator: ";").first.map(String.init) ?? ""
        #expect(!device.isEmpty && first.headers[values: .setCookie].allSatisfy { $0.contains("HttpOnly") && $0.contains("Secure") })
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 201)
        for _ in 0..<5 { expect(await signIn(scene.house, "una@example.com"), 401) }
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 429)
        ours[.cookie] = device
        expect(await signIn(scene.house, "una@example.com", TestHouse.password, headers: ours), 201, nil, "the known browser")
        expect(await signIn(scene.house, "uwe@example.com", headers: ours), 401, nil, "somebody else at that browser")
        ours[.cookie] = device + "x"
        expect(await signIn(scene.house, "una@example.com", TestHouse.password, headers: ours), 429, nil, "a forged cookie")
    }

    @Test func `64 guesses at once are not all judged`() async throws {
        let scene = try await Scene.assemble()
        let replies = try await atOnce(64) { index in await signIn(scene.house, index.isMultiple(of: 2) ? "una@example.com" : "UNA@example.com") }
        let statuses = Dictionary(grouping: replies, by: \.status).mapValues(\.count)
        #expect(statuses == [401: 5, 429: 59], "\(statuses)")
        #expect(replies.filter { $0.status == 429 }.allSatisfy { $0.header("Retry-After") != nil })
    }

    // MARK: Several logins

    private func rule(_ scene: Scene, _ settings: JSON) async { expect(await scene.north.inside.patch("/api/v1/settings/security", settings), 200) }

    @Test func `takes over where that is the rule, once asked to`() async throws {
        let scene = try await Scene.assemble()
        await rule(scene, ["concurrent_logins": "take_over"])
        expect(await signIn(scene.house, "una@example.com"), 401, "invalid_credentials", "the password comes first")
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 409, "already_signed_in")
        expect(await signIn(scene.house, "una@example.com", TestHouse.password, takeOver: false), 409, "already_signed_in")
        expect(await scene.cast.una.client.get("/api/v1/me"), 200)
        let taken = await signIn(scene.house, "una@example.com", TestHouse.password, takeOver: true)
        expect(taken, 201)
        expect(await scene.cast.una.client.get("/api/v1/me"), 401)
        let una = LocalClient(scene.house.lineUp, token: taken.text("token"))
        expect(await una.get("/api/v1/me"), 200)
        expect(await una.delete("/api/v1/logins/current"), 204)
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 201, nil, "nobody is signed in")
        expect(await signIn(scene.house, TestHouse.olive, TestHouse.password), 201, nil, "an administrator")
    }

    @Test func `is refused where that is the rule, and beyond the limit`() async throws {
        let scene = try await Scene.assemble()
        await rule(scene, ["concurrent_logins": "refuse"])
        expect(await signIn(scene.house, "una@example.com", TestHouse.password, takeOver: true), 409, "login_refused")
        expect(await signIn(scene.house, "una@example.com"), 401, "invalid_credentials")
        await rule(scene, ["concurrent_logins": "allow", "max_logins": 2])
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 201)
        expect(await signIn(scene.house, "una@example.com", TestHouse.password, takeOver: true), 409, "login_refused")
        // Logins that are idle count no more.
        scene.house.time.advance(minutes: 30)
        expect(await signIn(scene.house, "una@example.com", TestHouse.password), 201)
    }
}
