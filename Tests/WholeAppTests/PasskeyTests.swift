import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import Testing
import VirtualAuthenticator

@testable import latchkey

/// Passkeys: as the second step, alone, and to step up.
@Suite struct `A passkey` {
    private static let me = "/api/v1/me/factors"
    private static let stepUp = "/api/v1/logins/current/step-up"

    private static func password(_ member: Cast.Member) -> JSON {
        ["username": .string(member.username), "password": .string(TestHouse.password)]
    }

    private static func signingIn(_ house: TestHouse, _ key: VirtualAuthenticator, _ more: [(String, JSON)] = []) async -> LocalClient.Reply {
        let answer = key.answer(await house.anyone.post("/api/v1/logins/passkey/options"))
        return await house.anyone.post("/api/v1/logins/passkey", JSON(members: answer.members + more))
    }

    /// Several logins at once.
    private static func allowing(_ cast: Cast) async {
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["concurrent_logins": "allow", "max_logins": 100]), 200)
    }

    @Test(arguments: SoftKey.Kind.allCases) func `is asked for after the password, and signs in alone`(kind: SoftKey.Kind) async throws {
        let cast = try await Cast.assemble(TestHouse())
        await Self.allowing(cast)
        let (factor, key) = try await cast.house.givePasskey(to: cast.una.client, kind)
        let list = await cast.una.client.get(Self.me)
        #expect(list.items.map { $0["kind"] } == ["passkey"] && list.items.first?["id"] == .string(factor) && list.items.first?["name"] == "Laptop")
        #expect(list["recovery_codes_left"] == 10)
        // The second step.
        let asked = await cast.house.anyone.post("/api/v1/logins", Self.password(cast.una))
        expect(asked, 401, "second_step_required")
        #expect(asked["methods"] == ["passkey", "recovery"])
        let token = asked["step_token"]
        let asking = await cast.house.anyone.post("/api/v1/logins/second-step/passkey", ["step_token": token])
        expect(asking, 200)
        #expect(asking["options"]["allowCredentials"]?.elements.count == 1 && asking["options"]["rpId"] == "localhost")
        let answer = key.answer(asking)
        let done = await cast.house.anyone.post("/api/v1/logins/second-step", ["step_token": token, "passkey": answer])
        expect(done, 201)
        expect(await LocalClient(cast.house.lineUp, token: done.text("token")).get("/api/v1/me"), 200)
        expect(await cast.house.anyone.post("/api/v1/logins/second-step", ["step_token": token, "passkey": answer]), 401, "step_closed")
        // Alone.
        let alone = await Self.signingIn(cast.house, key)
        expect(alone, 201)
        #expect(alone["principal"]["id"] == .string(cast.una.id))
        let options = await cast.house.anyone.post("/api/v1/logins/passkey/options")
        #expect(options["options"]["allowCredentials"] == [] && options["options"]["userVerification"] == "required")
        let entries = await cast.adam.client.get("/api/v1/history?subject=\(cast.una.id)").items
        #expect(entries.filter { $0["action"] == "login.opened" }.count == 3)
        // Taken away, it opens nothing.
        expect(await cast.una.client.delete(Self.me + "/\(factor)"), 204)
        expect(await Self.signingIn(cast.house, key), 401, "invalid_credentials")
        expect(await cast.house.anyone.post("/api/v1/logins", Self.password(cast.una)), 201)
    }

    @Test func `may be one of several, and is one person's alone`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let (key, body) = try await cast.house.newPasskey(for: cast.una.client)
        expect(await cast.una.client.post(Self.me + "/passkeys", body), 201)
        expect(await cast.una.client.post(Self.me + "/passkeys", body), 422, "invalid_passkey", "the same challenge twice")
        // The same credential under somebody else's challenge, and once more under her own.
        for client in [cast.uwe.client, cast.olive, cast.una.client] {
            let asking = await client.post(Self.me + "/passkeys/options")
            let again: JSON = ["flow": asking["flow"], "credential": key.create(asking["options"]["challenge"]?.text ?? "")]
            expect(await client.post(Self.me + "/passkeys", again), 409, "factor_added")
        }
        let (_, second) = try await cast.house.givePasskey(to: cast.una.client)
        #expect(second.userHandle == key.userHandle && (key.userHandle?.count ?? 0) == 32, "one opaque handle for all of a person's")
        #expect(await cast.una.client.get(Self.me).items.count == 2)
        // A challenge is of the login that asked.
        let asking = await cast.una.client.post(Self.me + "/passkeys/options")
        let stolen: JSON = ["flow": asking["flow"], "credential": VirtualAuthenticator().create(asking["options"]["challenge"]?.text ?? "")]
        expect(await cast.uwe.client.post(Self.me + "/passkeys", stolen), 422, "invalid_passkey")
        cast.house.time.advance(seconds: 301)
        expect(await cast.una.client.post(Self.me + "/passkeys", stolen), 403, "step_up_required")
    }

    @Test func `is no second step of another person, and answers no other question`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        await Self.allowing(cast)
        let una = cast.una.client
        let (_, key) = try await cast.house.givePasskey(to: una)
        let (_, uwes) = try await cast.house.givePasskey(to: cast.uwe.client)
        let token = await cast.house.anyone.post("/api/v1/logins", Self.password(cast.una))["step_token"]
        let asking = await cast.house.anyone.post("/api/v1/logins/second-step/passkey", ["step_token": token])
        func finish(_ answer: JSON) async -> LocalClient.Reply {
            await cast.house.anyone.post("/api/v1/logins/second-step", ["step_token": token, "passkey": answer])
        }
        expect(await finish(uwes.answer(asking)), 401, "invalid_code", "another person's, for her challenge")
        let elsewhere = try await cast.house.signInByPasskey(key)
        let wrong: [(String, JSON)] = [
            ("another person's", uwes.answer(await una.post(Self.stepUp + "/passkey"))),
            ("asked for to add one", key.answer(await una.post(Self.me + "/passkeys/options"))),
            ("asked for in another login", key.answer(await elsewhere.post(Self.stepUp + "/passkey"))),
        ]
        for (what, answer) in wrong { expect(await una.post(Self.stepUp, ["passkey": answer]), 422, "invalid_code", what) }
        expect(await finish(key.answer(asking)), 201)
        expect(await una.post(Self.stepUp, ["passkey": key.answer(await una.post(Self.stepUp + "/passkey"))]), 200)
    }

    @Test func `is refused with one answer, whatever is wrong`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        await Self.allowing(cast)
        let (_, key) = try await cast.house.givePasskey(to: cast.una.client)
        let (_, uwes) = try await cast.house.givePasskey(to: cast.uwe.client)
        var faces: Set<String> = []
        func refused(_ what: String, _ bend: (inout VirtualAuthenticator) -> Void) async {
            var bent = key
            bend(&bent)
            let reply = await Self.signingIn(cast.house, bent)
            expect(reply, 401, "invalid_credentials", what)
            faces.insert(reply.face)
        }
        await refused("not verified") { $0.flags &= ~0x04 }
        await refused("another site") { $0.origin = "http://localhost:8081" }
        await refused("another party") { $0.rpID = "example.com" }
        await refused("no handle") { $0.userHandle = nil }
        await refused("another's handle") { $0.userHandle = uwes.userHandle }
        var unknown = VirtualAuthenticator()
        unknown.userHandle = key.userHandle
        await refused("nobody's") { $0 = unknown }
        // Another flow's challenge: of a step-up, and of another asking.
        let asking = await cast.una.client.post(Self.stepUp + "/passkey")
        let crossed = await cast.house.anyone.post("/api/v1/logins/passkey", key.answer(asking))
        expect(crossed, 401, "invalid_credentials")
        faces.insert(crossed.face)
        let (one, two) = (
            await cast.house.anyone.post("/api/v1/logins/passkey/options"), await cast.house.anyone.post("/api/v1/logins/passkey/options")
        )
        let mixed: JSON = ["flow": one["flow"], "credential": key.answer(two)["credential"] ?? .null]
        expect(await cast.house.anyone.post("/api/v1/logins/passkey", mixed), 401, "invalid_credentials")
        let late = key.answer(one)
        cast.house.time.advance(seconds: 301)
        expect(await cast.house.anyone.post("/api/v1/logins/passkey", late), 401, "invalid_credentials", "too late")
        // Disabled, and where the account takes no passkeys.
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["second_step": ["methods": ["totp"]]]), 200)
        await refused("not allowed here") { _ in }
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["second_step": ["methods": ["totp", "passkey"]]]), 200)
        expect(await Self.signingIn(cast.house, key), 201)
        expect(await cast.inNorth.post("/api/v1/users/\(cast.una.id)/disable"), 200)
        await refused("disabled") { _ in }
        #expect(faces.count == 1, "\(faces)")
    }

    @Test func `answers a challenge once, also for 64 at once on two nodes`() async throws {
        let house = try await TestHouse()
        defer { withExtendedLifetime(house) {} }
        let cast = try await Cast.assemble(house)
        await Self.allowing(cast)
        let (_, key) = try await house.givePasskey(to: cast.una.client)
        let other = TestDatabase.isPostgres ? try await house.anotherNode() : house
        let answer = key.answer(await house.anyone.post("/api/v1/logins/passkey/options"))
        let replies = try await atOnce(64) { index in
            await (index.isMultiple(of: 2) ? house : other).anyone.post("/api/v1/logins/passkey", answer)
        }
        #expect(replies.filter { $0.status == 201 }.count == 1, "\(Dictionary(grouping: replies, by: \.status).mapValues(\.count))")
        #expect(replies.allSatisfy { $0.status == 201 || $0.code == "invalid_credentials" })
        let (_, body) = try await house.newPasskey(for: cast.uwe.client)
        let adding = try await atOnce(64) { _ in await cast.uwe.client.post(Self.me + "/passkeys", body) }
        #expect(adding.filter { $0.status == 201 }.count == 1, "\(adding.map(\.code))")
        #expect(await cast.uwe.client.get(Self.me).items.count == 1)
    }

    @Test func `asks before it takes over, and its answer counts with the yes`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        let (_, key) = try await cast.house.givePasskey(to: cast.una.client)
        let answer = key.answer(await cast.house.anyone.post("/api/v1/logins/passkey/options"))
        expect(await cast.house.anyone.post("/api/v1/logins/passkey", answer), 409, "already_signed_in")
        expect(await cast.house.anyone.post("/api/v1/logins/passkey", answer.adding("take_over", true)), 201)
        expect(await cast.una.client.get("/api/v1/me"), 401)
        expect(await cast.house.anyone.post("/api/v1/logins/passkey", answer.adding("take_over", true)), 401, "invalid_credentials")
    }

    @Test func `whose counter falls signs in, and history says so`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        await Self.allowing(cast)
        var (_, key) = try await cast.house.givePasskey(to: cast.una.client)
        key.signCount = 9
        expect(await Self.signingIn(cast.house, key), 201)
        key.signCount = 3
        expect(await Self.signingIn(cast.house, key), 201)
        let entries = await cast.adam.client.get("/api/v1/history?subject=\(cast.una.id)").items
        #expect(entries.filter { $0["action"] == "passkey.counter_fell" }.count == 1)
    }

    // MARK: Stepping up

    @Test func `is what is asked for in a step-up, by whoever has one`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let (_, key) = try await cast.house.givePasskey(to: cast.olive)
        let switching = "/api/v1/accounts/\(cast.north)/switch"
        expect(await cast.olive.post(switching), 201, nil, "just added")
        cast.house.time.advance(seconds: 301)
        expect(await cast.olive.post(switching), 403, "step_up_required")
        expect(await cast.inNorth.post("/api/v1/api-keys", ["name": "Another", "mode": "live"]), 403, "step_up_required")
        expect(await cast.olive.get("/api/v1/accounts"), 200)
        expect(await cast.olive.post(Self.stepUp, ["password": .string(TestHouse.password)]), 422, "second_step_needed")
        let asking = await cast.olive.post(Self.stepUp + "/passkey")
        expect(asking, 200)
        let answer = key.answer(asking)
        // Another login's answer is none here.
        let other = try await cast.house.signInByPasskey(key)
        expect(await other.post(Self.stepUp, ["passkey": answer]), 422, "invalid_code")
        let done = await cast.olive.post(Self.stepUp, ["passkey": answer])
        expect(done, 200)
        let olive = LocalClient(cast.house.lineUp, token: done.text("token"))
        expect(await olive.post(Self.stepUp, ["passkey": answer]), 422, "invalid_code", "once")
        expect(await olive.post(switching), 201)
        expect(await cast.inNorth.post("/api/v1/api-keys", ["name": "Another", "mode": "live"]), 201, nil, "what was switched from it is as fresh")
        #expect(done["token"] != .string(cast.olive.token ?? ""))
    }

    @Test func `or an app or a recovery code stand for one another in a step-up`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let (_, app, codes) = try await cast.house.giveApp(to: cast.olive)
        cast.house.time.advance(seconds: 301)
        var olive = cast.olive
        for wrong in [["code": "000000"], ["recovery_code": "0000-0000-0000-0000"]] as [JSON] {
            expect(await olive.post(Self.stepUp, wrong), 422, "invalid_code")
        }
        for shown in [["code": .string(cast.house.code(of: app))], ["recovery_code": .string(codes[0])]] as [JSON] {
            let reply = await olive.post(Self.stepUp, shown)
            expect(reply, 200)
            olive.token = reply.text("token")
            expect(await olive.post(Self.stepUp, shown), 422, "invalid_code", "used up")
        }
        expect(await olive.post("/api/v1/accounts/\(cast.north)/switch"), 201)
        expect(await olive.post(Self.stepUp, ["code": "1", "recovery_code": "2"]), 422, "mutually_exclusive")
    }

    @Test func `of somebody who may not have one is not taken`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["second_step": ["methods": ["totp"]]]), 200)
        expect(await cast.una.client.post(Self.me + "/passkeys/options"), 409, "factor_not_allowed")
        expect(await cast.una.client.post(Self.stepUp + "/passkey"), 409, "no_passkey")
        expect(await LocalClient(cast.house.lineUp, token: cast.shared.secret).post(Self.me + "/passkeys/options"), 403, "login_required")
    }

    // MARK: For other programs

    @Test func `or a password makes a function open that asks for a step-up`() async throws {
        let cast = try await Cast.assemble(TestHouse())
        let catalogue: JSON = [
            "screens": [["id": "payouts", "label": "Payouts"]],
            "functions": [["id": "payouts.send", "label": "Send payouts", "screen": "payouts", "step_up": true]],
            "roles": [
                [
                    "name": "Teller", "description": "Sends.", "manager": true, "functions": ["payouts.send": "full"],
                    "screens": ["payouts": ["level": "full"], "users": ["level": "full"], "roles": ["level": "full"], "history": ["level": "read"]],
                ]
            ],
        ]
        let shop = try await Cast.make(cast.olive, "accounts", ["name": "Shop", "catalogue": "own"])
        let inside = try await cast.olive.switched(into: shop)
        expect(await inside.put("/api/v1/catalogue", catalogue), 200)
        let roles = await inside.get("/api/v1/roles?limit=200").items
        let teller = roles.first { $0["name"] == "Teller" }?["id"] ?? .null
        let tess = try await Cast.make(
            inside, "users",
            [
                "email": "tess@example.com", "first_name": "Tess", "last_name": "Till", "roles": .array([teller]), "api_keys": [],
                "password": .string(TestHouse.password),
            ])
        let client = try await cast.house.signIn("tess@example.com")
        func question(_ login: JSON? = nil) -> JSON {
            let properties: JSON = login.map { ["login": $0] } ?? [:]
            return [
                "subject": ["type": "user", "id": .string(tess), "properties": properties], "action": ["name": "write"],
                "resource": ["type": "function", "id": "payouts.send"],
            ]
        }
        func reason(_ client: LocalClient, _ login: JSON? = nil) async -> String {
            await client.post("/access/v1/evaluation", question(login))["context"]["reason"]?.text ?? "none"
        }
        #expect(await reason(client) == "granted", "her own login, just after her password")
        let login = await client.get("/api/v1/logins/current")["id"]
        #expect(await reason(inside) == "step_up_required", "nobody said which login")
        #expect(await reason(inside, login) == "granted")
        #expect(await reason(inside, .string(LoginID.new(at: cast.house.house.gate.now).description)) == "step_up_required")
        let tom: JSON = [
            "email": "tom@example.com", "first_name": "Tom", "last_name": "Till", "roles": .array([teller]), "api_keys": [],
            "password": .string(TestHouse.password),
        ]
        _ = try await Cast.make(inside, "users", tom)
        let toms = try await cast.house.signIn("tom@example.com")
        #expect(await reason(inside, await toms.get("/api/v1/logins/current")["id"]) == "step_up_required", "somebody else's login")
        let over = try await cast.house.signIn("tess@example.com")
        let overs = await over.get("/api/v1/logins/current")["id"]
        expect(await over.delete("/api/v1/logins/current"), 204)
        #expect(await reason(inside, overs) == "step_up_required", "a login that is over")
        cast.house.time.advance(seconds: 301)
        let late = try await cast.olive.switched(into: shop)
        #expect(await reason(client) == "step_up_required")
        #expect(await reason(late, login) == "step_up_required")
        let batch = await client.post("/access/v1/evaluations", JSON(members: question().members + [("evaluations", [[:]])]))
        #expect(batch["evaluations"].elements.first?["context"]?["reason"] == "step_up_required")
        expect(await client.get("/auth/verify?function=payouts.send"), 403, "step_up_required")
        let renewed = await client.post(Self.stepUp, ["password": .string(TestHouse.password)])
        expect(renewed, 200)
        let fresh = LocalClient(cast.house.lineUp, token: renewed.text("token"))
        #expect(await reason(fresh) == "granted")
        #expect(await reason(late, login) == "granted")
        expect(await fresh.get("/auth/verify?function=payouts.send"), 200)
    }
}

extension TestHouse {
    func signInByPasskey(_ key: VirtualAuthenticator) async throws -> LocalClient {
        let answer = key.answer(await anyone.post("/api/v1/logins/passkey/options"))
        let reply = await anyone.post("/api/v1/logins/passkey", answer)
        guard reply.status == 201 else { throw OperatorError("no sign-in: \(reply.text)") }
        return LocalClient(lineUp, token: reply.text("token"))
    }
}
