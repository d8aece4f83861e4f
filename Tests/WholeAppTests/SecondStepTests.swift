import HTTPTypes
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// The second step of a sign-in: what it takes, what leads nowhere, and what is one among many at once.
@Suite struct `A second step` {
    private func begin(
        _ scene: Scene, _ username: String, _ password: String = TestHouse.password, from address: String = "127.0.0.1"
    ) async -> LocalClient.Reply {
        var client = scene.house.anyone
        client.address = address
        return await client.post("/api/v1/logins", ["username": .string(username), "password": .string(password)])
    }

    private func finish(_ scene: Scene, _ body: JSON, from address: String = "127.0.0.1") async -> LocalClient.Reply {
        var client = scene.house.anyone
        client.address = address
        return await client.post("/api/v1/logins/second-step", body)
    }

    private func step(_ token: String, _ code: String) -> JSON { ["step_token": .string(token), "code": .string(code)] }

    @Test func `is asked of whoever has an app, once the password is right, and of nobody else`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        let (with, without) = (await begin(scene, username, "wrong"), await begin(scene, "uwe@example.com", "wrong"))
        expect(with, 401, "invalid_credentials")
        #expect(with.face == without.face, "a wrong password tells nothing of the factor")
        let asked = await begin(scene, username)
        expect(asked, 401, "second_step_required")
        #expect(asked["methods"] == ["totp", "recovery"] && asked.text("step_token").hasPrefix("lk_step_") && asked["token"] == .null)
        let token = asked.text("step_token")
        // What it is not: a login.
        expect(await LocalClient(scene.house.lineUp, token: token).get("/api/v1/me"), 401, "unauthenticated")
        let opened = await finish(scene, step(token, scene.code(of: app)))
        expect(opened, 201)
        let client = LocalClient(scene.house.lineUp, token: opened.text("token"))
        #expect(await client.get("/api/v1/me").text("username") == username)
        expect(await finish(scene, step(token, scene.code(of: app, steps: 1))), 401, "step_closed", "twice")
        let entry = await scene.cast.adam.client.get("/api/v1/history?action=login.opened&limit=1").items.first
        #expect(entry?["changes"]?.elements.last == ["field": "second_step", "from": .null, "to": "totp"])
        // Uwe has none.
        expect(await begin(scene, "uwe@example.com"), 201)
    }

    @Test func `takes the present code or one beside it, each once, and none before one that was used`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        // The step at which it was added, one before now, is used up.
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app, steps: -1))), 401, "invalid_code", "of the enrolment")
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app, steps: 2))), 401, "invalid_code", "too early")
        let spaced = scene.code(of: app)
        let middle = String(spaced.prefix(3)) + " " + String(spaced.suffix(3))
        expect(await finish(scene, step(await scene.stepToken(username), middle)), 201, nil, "as apps show it")
        expect(await finish(scene, step(await scene.stepToken(username), spaced)), 401, "invalid_code", "again")
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app, steps: 1))), 201, nil, "the next one")
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app))), 401, "invalid_code", "before one that was used")
        scene.house.time.advance(seconds: 120)
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app, steps: -2))), 401, "invalid_code", "too late")
        expect(await finish(scene, step(await scene.stepToken(username), scene.code(of: app, steps: -1))), 201)
    }

    @Test func `is over after five wrong codes, which count like wrong passwords, and a right password takes none back`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        let token = await scene.stepToken(username)
        for _ in 0..<2 { expect(await finish(scene, step(token, "000000")), 401, "invalid_code") }
        expect(await begin(scene, username), 401, "second_step_required", "the password is right all the same")
        for _ in 0..<3 { expect(await finish(scene, step(token, "000000")), 401, "invalid_code") }
        let tired = await finish(scene, step(token, scene.code(of: app)))
        expect(tired, 401, "step_closed", "dead, before anything is counted")
        let fresh = await begin(scene, username)
        expect(fresh, 429, "too_many_attempts", "guesses at the code and the password stand in one line")
        // From elsewhere it goes on, and what was used up stays so.
        let elsewhere = await begin(scene, username, from: "198.51.100.7").text("step_token")
        expect(await finish(scene, step(elsewhere, scene.code(of: app)), from: "198.51.100.7"), 201)
        // Written after the answer.
        var failures: [JSON] = []
        for _ in 0..<200 where failures.count < 5 {
            try await Task.sleep(for: .milliseconds(10))
            failures = await scene.cast.adam.client.get("/api/v1/history?action=login.failed").items
        }
        #expect(failures.filter { $0["changes"]?.elements.first?["to"] == "wrong_code" }.count == 5)
    }

    @Test func `leads nowhere empty, skipped, of another kind, out of date, or after another password`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        let token = await scene.stepToken(username)
        let login = scene.cast.una.client.token ?? ""
        let bad: [(String, JSON, Int, String)] = [
            ("nothing", ["step_token": .string(token)], 422, "required"),
            ("a yes", ["step_token": .string(token), "take_over": true], 422, "required"),
            ("empty", step(token, ""), 401, "invalid_code"),
            ("letters", step(token, "abcdef"), 401, "invalid_code"),
            ("two", ["step_token": .string(token), "code": "1", "recovery_code": "2"], 422, "mutually_exclusive"),
            ("an app's code as a recovery code", ["step_token": .string(token), "recovery_code": .string(scene.code(of: app))], 401, "invalid_code"),
            ("a login's token", step(login, scene.code(of: app)), 401, "step_closed"),
            ("a made-up token", step(Secret.mint(.step).text, scene.code(of: app)), 401, "step_closed"),
            ("no token", ["code": "123456"], 422, "required"),
        ]
        for (index, (what, body, status, code)) in bad.enumerated() {
            expect(await finish(scene, body, from: "198.51.100.\(index)"), status, code, what)
        }
        scene.house.time.advance(minutes: 11)
        expect(await finish(scene, step(token, scene.code(of: app))), 401, "step_closed", "after ten minutes")
        // Another password, and being disabled, end it.
        let changed = await scene.stepToken(username)
        let id = await scene.north.inside.get("/api/v1/users?search=\(username)").items.first?["id"]?.text ?? ""
        expect(await scene.north.inside.put("/api/v1/users/\(id)/password", ["password": .string(Examples.newPassword)]), 204)
        expect(await finish(scene, step(changed, scene.code(of: app))), 401, "step_closed", "another password")
        let disabled = await begin(scene, username, Examples.newPassword).text("step_token")
        expect(await scene.north.inside.post("/api/v1/users/\(id)/disable"), 200)
        expect(await finish(scene, step(disabled, scene.code(of: app))), 401, "step_closed", "disabled")
    }

    @Test func `is one of 64 at once with one token, and one of 64 at once with one code`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        let token = await scene.stepToken(username)
        let code = scene.code(of: app)
        let same = try await atOnce(64) { _ in await finish(scene, step(token, code)) }
        #expect(same.filter { $0.status == 201 }.count == 1, "\(Dictionary(grouping: same, by: \.status).mapValues(\.count))")
        #expect(same.allSatisfy { [201, 401, 429].contains($0.status) })
        scene.house.time.advance(hours: 2)
        let next = scene.code(of: app, steps: 1)
        let replies = try await atOnce(64) { index in
            let address = "198.51.100.\(index)"
            return await finish(scene, step(await begin(scene, username, from: address).text("step_token"), next), from: address)
        }
        #expect(replies.filter { $0.status == 201 }.count == 1, "\(Dictionary(grouping: replies, by: \.status).mapValues(\.count))")
    }

    @Test func `takes a recovery code once, says so by mail, and counts what is left`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let body = scene.newUser(scene.north)
        _ = try await Cast.make(scene.north.inside, "users", body)
        let username = body["username"]?.text ?? ""
        let client = try await scene.house.signIn(username)
        let (_, _, codes) = try await scene.giveApp(to: client)
        #expect(codes.count == 10 && Set(codes).count == 10)
        let typed = (codes.first ?? "").uppercased().replacing("-", with: " ").replacing("0", with: "O")
        func recover(_ code: String) async -> LocalClient.Reply {
            await finish(scene, ["step_token": .string(await scene.stepToken(username)), "recovery_code": .string(code)])
        }
        expect(await recover(typed), 201, nil, "however it is typed")
        expect(await recover(codes.first ?? ""), 401, "invalid_code", "twice")
        expect(await finish(scene, step(await scene.stepToken(username), codes.last ?? "")), 401, "invalid_code", "as an app's code")
        #expect(await client.get("/api/v1/me/factors")["recovery_codes_left"] == 9)
        let mails = try await scene.house.mails(to: username + "@example.com")
        #expect(mails.contains { $0.decoded.contains("recovery code") && $0.decoded.contains("9 are left") })
        #expect(await scene.cast.adam.client.get("/api/v1/history?action=recovery_code.used").items.count == 1)
        // New ones end the old.
        let renewed = await client.post("/api/v1/me/factors/recovery-codes")
        expect(renewed, 201)
        expect(await recover(codes.last ?? ""), 401, "invalid_code")
        expect(await recover(renewed["recovery_codes"].elements.last?.text ?? ""), 201)
    }

    @Test func `is a mailed code where that is the rule, and for those alone who have nothing else`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let username = try await scene.mailed(scene.north)
        let asked = await begin(scene, username)
        expect(asked, 401, "second_step_required")
        #expect(asked["methods"] == ["mail"])
        let token = asked.text("step_token")
        let first = try await scene.mailedCode(username)
        expect(await finish(scene, step(await scene.stepToken(username), first)), 401, "invalid_code", "in another sign-in")
        _ = try await scene.mailedCode(username)
        expect(await scene.house.anyone.post("/api/v1/logins/second-step/mail", ["step_token": .string(token)]), 202)
        let second = try await scene.mailedCode(username)
        #expect(first != second)
        expect(await finish(scene, step(token, first)), 401, "invalid_code", "the one before")
        let opened = await finish(scene, step(token, second))
        expect(opened, 201)
        #expect(opened["must_add_factor"] == false)
        let late = await scene.stepToken(username)
        let code = try await scene.mailedCode(username)
        scene.house.time.advance(minutes: 10)
        expect(await finish(scene, step(late, code)), 401, nil, "after ten minutes")
        // With an app no mailbox is a way around it.
        let fresh = await scene.stepToken(username)
        let again = await finish(scene, step(fresh, try await scene.mailedCode(username)))
        let client = LocalClient(scene.house.lineUp, token: again.text("token"))
        let (_, app, _) = try await scene.giveApp(to: client)
        scene.house.time.advance(seconds: 30)
        let byApp = await begin(scene, username)
        #expect(byApp["methods"] == ["totp", "recovery"])
        let mail: JSON = ["step_token": .string(byApp.text("step_token"))]
        expect(await scene.house.anyone.post("/api/v1/logins/second-step/mail", mail), 409, "not_mailed")
        expect(await finish(scene, step(byApp.text("step_token"), scene.code(of: app))), 201)
    }

    @Test func `is no mailed code any more once there is an app, also where one was mailed before`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let username = try await scene.mailed(scene.north)
        let first = await scene.stepToken(username)
        let opened = await finish(scene, step(first, try await scene.mailedCode(username)))
        let waiting = await scene.stepToken(username)
        let code = try await scene.mailedCode(username)
        let app = try await scene.giveApp(to: LocalClient(scene.house.lineUp, token: opened.text("token"))).app
        scene.house.time.advance(seconds: 30)
        expect(await finish(scene, step(waiting, code)), 401, "invalid_code")
        expect(await finish(scene, step(waiting, scene.code(of: app))), 201)
    }

    @Test func `is mailed ten times in an hour, however many ask`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let username = try await scene.mailed(scene.north)
        func mails() async throws -> Int {
            try await scene.house.mails(to: username + "@example.com").count { $0.decoded.contains("Code: ") }
        }
        for _ in 0..<4 {
            let token = await scene.stepToken(username)
            for _ in 0..<2 {
                expect(await scene.house.anyone.post("/api/v1/logins/second-step/mail", ["step_token": .string(token)]), 202)
                _ = try await mails()
            }
            _ = try await mails()
        }
        #expect(try await mails() == 10)
        scene.house.time.advance(minutes: 61)
        _ = await scene.stepToken(username)
        #expect(try await mails() == 11)
    }

    @Test func `that waits is over when a factor is removed, or all are reset`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let body = scene.newUser(scene.north)
        let id = try await Cast.make(scene.north.inside, "users", body)
        let username = body["username"]?.text ?? ""
        let client = try await scene.house.signIn(username)
        let (factor, _, codes) = try await scene.giveApp(to: client)
        try await scene.giveApp(to: client)
        let ends: [@Sendable () async -> Void] = [
            { expect(await client.delete("/api/v1/me/factors/\(factor)"), 204) },
            { expect(await scene.north.inside.post("/api/v1/users/\(id)/factors/reset"), 200) },
        ]
        for (end, code) in zip(ends, codes) {
            let token = await scene.stepToken(username)
            await end()
            expect(await finish(scene, ["step_token": .string(token), "recovery_code": .string(code)]), 401, "step_closed")
        }
    }

    @Test func `comes before the question for a take-over, which the same token answers`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        expect(await scene.branch.inside.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        let (username, app) = try await scene.withApp(scene.branch)
        scene.house.time.advance(seconds: 30)
        let first = await finish(scene, step(await scene.stepToken(username), scene.code(of: app)))
        expect(first, 201)
        scene.house.time.advance(seconds: 60)
        let token = await scene.stepToken(username)
        expect(await finish(scene, ["step_token": .string(token), "code": "000000", "take_over": true]), 401, "invalid_code", "the step comes first")
        let code = scene.code(of: app)
        expect(await finish(scene, step(token, code)), 409, "already_signed_in")
        expect(await finish(scene, step(await scene.stepToken(username), code)), 401, "invalid_code", "the code is used all the same")
        expect(await finish(scene, ["step_token": .string(token)]), 409, "already_signed_in", "no yes")
        let taken = await finish(scene, ["step_token": .string(token), "take_over": true])
        expect(taken, 201)
        expect(await LocalClient(scene.house.lineUp, token: first.text("token")).get("/api/v1/me"), 401)
        expect(await finish(scene, ["step_token": .string(token), "take_over": true]), 401, "step_closed")
        expect(await scene.branch.inside.patch("/api/v1/settings/security", ["concurrent_logins": "refuse"]), 200)
        scene.house.time.advance(seconds: 60)
        let refused: JSON = ["step_token": .string(await scene.stepToken(username)), "code": .string(scene.code(of: app)), "take_over": true]
        expect(await finish(scene, refused), 409, "login_refused")
    }

    @Test func `is not spared by a forgotten password`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        let reset = try await scene.house.resetToken(of: username + "@example.com")
        let new: JSON = ["token": .string(reset), "new": .string(Examples.newPassword)]
        expect(await scene.house.anyone.post("/api/v1/password/reset", new), 204)
        let asked = await begin(scene, username, Examples.newPassword)
        expect(asked, 401, "second_step_required")
        expect(await finish(scene, step(asked.text("step_token"), scene.code(of: app))), 201)
    }

    @Test func `or none, an old hash is made anew when its password was right`() async throws {
        let scene = try await Scene.assemble()
        scene.house.time.hold()
        // Of "old", by libsodium, at a cost that was enough once.
        let old = "$argon2id$v=19$m=8192,t=1,p=1$Yn1povcvU9AjUpTepcAx9g$P32cPrEZhzXSDLY3anbmBaW/RSXAdl7brsdetXAHh1A"
        let (username, app) = try await scene.withApp(scene.north)
        scene.house.time.advance(seconds: 30)
        for name in [username, "uwe@example.com"] {
            func stored() async throws -> String {
                try await scene.database.read(seeing: .everything) { tx in
                    try tx.row("SELECT password_hash FROM users WHERE username = \(name)") { try $0[0] as String } ?? ""
                }
            }
            try await scene.database.write(seeing: .everything) { tx in
                try tx.execute("UPDATE users SET password_hash = \(old) WHERE username = \(name)")
            }
            expect(await begin(scene, name, "wrong"), 401, "invalid_credentials")
            #expect(try await stored() == old)
            let reply = await begin(scene, name, "old")
            expect(reply, name == username ? 401 : 201)
            let new = try await stored()
            #expect(new != old && new.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
            if name == username { expect(await finish(scene, step(reply.text("step_token"), scene.code(of: app))), 201) }
            expect(await begin(scene, name, "old"), name == username ? 401 : 201)
            #expect(try await stored() == new, "once")
        }
    }
}
