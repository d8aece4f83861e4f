import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import Testing

@testable import latchkey

/// Another e-mail address: confirmed at the new one, announced at the old one.
@Suite struct `A changed e-mail` {
    @Test func `changes when it is confirmed, and the username that was the old one with it`() async throws {
        let scene = try await Scene.assemble()
        let (house, adam, una) = (scene.house, scene.cast.adam.client, scene.cast.una)
        let asked = await adam.put("/api/v1/users/\(una.id)/email", ["email": "una.berg@example.com"])
        expect(asked, 202)
        #expect(asked["email"] == "una@example.com")
        let older = try await house.token("/email/", to: "una.berg@example.com")
        expect(await adam.put("/api/v1/users/\(una.id)/email", ["email": "una.berg@example.com"]), 202)
        expect(await house.anyone.post("/api/v1/email/confirm", ["token": .string(older)]), 410, "link_closed")
        let token = try await house.token("/email/", to: "una.berg@example.com")
        // Looking consumes nothing.
        #expect(await Browser(house.anyone).get("/email/" + token).text.contains("una.berg@example.com"))
        #expect(await adam.get("/api/v1/users/\(una.id)")["email"] == "una@example.com")
        // It is good for nothing else, and what is for something else is not good for it.
        let password: JSON = ["token": .string(token), "new": .string(Examples.newPassword)]
        expect(await house.anyone.post("/api/v1/password/reset", password), 410, "link_closed")
        let reset = try await house.resetToken(of: "una@example.com")
        for other in [reset, una.client.token ?? ""] {
            expect(await house.anyone.post("/api/v1/email/confirm", ["token": .string(other)]), 410, "link_closed")
        }
        expect(await house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 204)
        expect(await house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 410, "link_closed")
        let now = await adam.get("/api/v1/users/\(una.id)")
        #expect(now["email"] == "una.berg@example.com" && now["username"] == "una.berg@example.com")
        #expect(try await house.mails(to: "una@example.com").last?.decoded.contains("una.berg@example.com") == true)
        _ = try await house.signIn("una.berg@example.com")
        let old: JSON = ["username": "una@example.com", "password": .string(TestHouse.password)]
        expect(await house.anyone.post("/api/v1/logins", old), 401, "invalid_credentials")
        #expect(await adam.get("/api/v1/users?search=una.berg").items.count == 1)
        let entry = await adam.get("/api/v1/history?subject=\(una.id)&action=user.email_changed").items.first
        #expect(entry?["changes"]?.elements.count == 2 && entry?["actor"]?["id"]?.text == una.id)
    }

    @Test func `leaves another username alone, and may be taken meanwhile`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let body = scene.newUser(scene.north)
        let id = try await Cast.make(adam, "users", body)
        expect(await adam.put("/api/v1/users/\(id)/email", ["email": "una@example.com"]), 409, "email_taken")
        expect(await adam.put("/api/v1/users/\(id)/email", ["email": body["email"] ?? .null]), 422, "same_email")
        expect(await adam.put("/api/v1/users/\(id)/email", ["email": "vera.new@example.com"]), 202)
        let token = try await scene.house.token("/email/", to: "vera.new@example.com")
        let other = JSON(members: scene.newUser(scene.north).members.map { $0.0 == "email" ? ("email", "vera.new@example.com") : $0 })
        let rival = try await Cast.make(adam, "users", other)
        expect(await scene.house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 409, "email_taken")
        expect(await adam.put("/api/v1/users/\(rival)/email", ["email": "rival@example.com"]), 202)
        let rivals = try await scene.house.token("/email/", to: "rival@example.com")
        expect(await scene.house.anyone.post("/api/v1/email/confirm", ["token": .string(rivals)]), 204)
        expect(await scene.house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 204)
        #expect(await adam.get("/api/v1/users/\(id)")["username"] == body["username"])
    }

    @Test func `stays where the person has ended before it was confirmed`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, "/api/v1/users/\(scene.cast.una.id)")
        expect(await adam.patch(una, ["ends_at": JSON(scene.house.house.gate.now.adding(seconds: 60))]), 200)
        expect(await adam.put(una + "/email", ["email": "una.berg@example.com"]), 202)
        let token = try await scene.house.token("/email/", to: "una.berg@example.com")
        scene.house.time.advance(minutes: 2)
        expect(await scene.house.anyone.post("/api/v1/email/confirm", ["token": .string(token)]), 410, "link_closed")
        #expect(await adam.get(una)["email"] == "una@example.com")
    }

    @Test func `is refused where it would hand over more than one holds, and for what is no address`() async throws {
        let scene = try await Scene.assemble()
        let kim = scene.kim.client
        expect(await kim.put("/api/v1/users/\(scene.cast.adam.id)/email", ["email": "kims@example.com"]), 403, "grants_more_than_held")
        for bad in [
            "a@b\r\nBcc: x@example.com", "a@b\nc", "a@b\u{0}", "a b@example.com", "a@example.com>", "<a@example.com", "a@b@c", "a,b@example.com",
            "\"a\"@example.com", "a@example..com", "a@\u{2028}b", "@example.com", "a@",
        ] {
            expect(await scene.cast.adam.client.put("/api/v1/users/\(scene.cast.una.id)/email", ["email": .string(bad)]), 422, nil, bad)
            #expect(MailAddress(bad) == nil, "\(bad)")
        }
        #expect(scene.house.basket.all.isEmpty)
    }
}
