import LatchkeyJSON
import Testing

@testable import latchkey

/// Administrators who choose their first password by a mailed link.
@Suite struct `An administrator without a password` {
    private static let email = "ida@example.com"
    private static let new = Examples.newPassword

    private static func body(_ scene: Scene, _ more: [(String, JSON)] = []) -> JSON {
        JSON(
            members: [("email", .string(email)), ("name", "Ida Frost"), ("groups", [.string(scene.west)]), ("permissions", ["switch"])] + more)
    }

    private func choose(_ token: String, _ scene: Scene, _ status: Int, _ code: String? = nil) async {
        expect(await scene.house.anyone.post("/api/v1/password/reset", ["token": .string(token), "new": .string(Self.new)]), status, code)
    }

    @Test func `is mailed a link that works once, and is pending until then`() async throws {
        let scene = try await Scene.assemble()
        let (house, olive) = (scene.house, scene.cast.olive)
        let made = await olive.post("/api/v1/administrators", Self.body(scene))
        expect(made, 201)
        #expect(made["status"] == "pending" && made["generated_password"] == .null && made["must_change_password"] == false)
        let mail = try #require(try await house.mails(to: Self.email).last)
        #expect(mail.decoded.contains("Alder Inspections") && mail.decoded.contains("Username: \(Self.email)"))
        let token = try #require(mail.tokens("/r/").first)
        #expect(await Browser(house.anyone).get("/r/" + token).text.contains("Choose your password"))
        let signIn: JSON = ["username": .string(Self.email), "password": .string(Self.new)]
        expect(await house.anyone.post("/api/v1/logins", signIn), 401, "invalid_credentials")
        house.time.advance(hours: 71)
        await choose(token, scene, 204)
        await choose(token, scene, 410, "link_closed")
        expect(await house.anyone.post("/api/v1/logins", signIn), 201)
        let again = try await house.olive()
        #expect(await again.get("/api/v1/administrators/\(made.id)")["status"] == "enabled")
        expect(await again.post("/api/v1/administrators/\(made.id)/activation"), 409, "not_pending")
        let entries = try await Snapshot.all(scene.database)["history"]?.joined() ?? ""
        #expect(entries.contains("administrator.activated") && !entries.contains("user.activated"))
    }

    @Test func `can be sent the link again by whoever may manage them, and nothing while disabled`() async throws {
        let scene = try await Scene.assemble()
        let olive = scene.cast.olive
        let id = try await Cast.make(olive, "administrators", Self.body(scene))
        let old = try await scene.house.token("/r/", to: Self.email)
        expect(await scene.lena.client.post("/api/v1/administrators/\(id)/activation"), 200)
        await choose(old, scene, 410, "link_closed")
        let new = try await scene.house.token("/r/", to: Self.email)
        #expect(new != old)
        expect(await olive.post("/api/v1/administrators/\(id)/activation"), 200)
        expect(await olive.post("/api/v1/administrators/\(id)/disable"), 200)
        let count = try await scene.house.mails(to: Self.email).count
        #expect(count == 2, "what waits for somebody who is disabled is not sent")
        await choose(new, scene, 410, "link_closed")
        expect(await olive.post("/api/v1/administrators/\(id)/activation"), 409, "not_pending")
        expect(await olive.post("/api/v1/administrators/\(id)/enable"), 200)
        #expect(await olive.get("/api/v1/administrators/\(id)")["status"] == "pending")
        expect(await scene.house.anyone.post("/api/v1/password/forgot", ["email": "nobody@example.com"]), 202)
        #expect(try await scene.house.mails(to: Self.email).count == 2)
    }

    @Test func `is not counted as somebody who manages the others, and is mailed nothing by who acts as another`() async throws {
        let scene = try await Scene.assemble()
        let olive = scene.cast.olive
        let id = try await Cast.make(
            olive, "administrators",
            ["email": .string(Self.email), "name": "Ida Frost", "groups": "all", "permissions": ["manage_administrators", "switch_administrator"]])
        expect(await olive.post("/api/v1/administrators/\(scene.oliveID)/disable"), 409, "last_administrator")
        let acting = await olive.post("/api/v1/administrators/\(scene.lena.id)/switch", [:])
        let other = try await Cast.make(
            olive, "administrators",
            ["email": "jan@example.com", "name": "Jan Frost", "groups": [.string(scene.west)], "permissions": []])
        let asLena = LocalClient(scene.house.lineUp, token: acting.text("token"))
        expect(await asLena.post("/api/v1/administrators/\(other)/activation"), 403, "grants_more_than_held")
        expect(await olive.post("/api/v1/administrators/\(id)/activation"), 200)
    }
}

/// Somebody without a password who asks for a forgotten one.
@Suite struct `A pending person who forgot that they have no password yet` {
    @Test func `is sent the activation again, and the answer is everybody's`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        var body = scene.newUser(scene.north)
        let email = body["email"]?.text ?? ""
        body = JSON(members: body.members.filter { $0.0 != "password" })
        let id = try await Cast.make(scene.north.inside, "users", body)
        let old = try await house.token("/r/", to: email)
        let mails = try await house.askForgotten(email, from: "198.51.100.1")
        #expect(mails.count == 1 && mails.last?.decoded.contains("Choose your password") == true, "the letter of the invitation")
        let new = try #require(mails.last?.tokens("/r/").first)
        let use: JSON = ["token": .string(old), "new": .string(Examples.newPassword)]
        expect(await house.anyone.post("/api/v1/password/reset", use), 410, "link_closed")
        house.time.advance(hours: 71)
        expect(await house.anyone.post("/api/v1/password/reset", ["token": .string(new), "new": .string(Examples.newPassword)]), 204)
        let admin = try await house.olive().switched(into: scene.north.account)
        let actions = await admin.get("/api/v1/history?subject=\(id)").items.compactMap { $0["action"]?.text }
        #expect(actions.contains("user.activation_sent") && actions.contains("user.activated") && !actions.contains("password_link.requested"))
    }

    @Test func `and is known elsewhere gets each its own mail, and no more than so many`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        let body = JSON(
            members: scene.newUser(scene.south).members.filter { $0.0 != "password" }.map { $0.0 == "email" ? ("email", "una@example.com") : $0 })
        _ = try await Cast.make(scene.south.inside, "users", body)
        #expect(try await house.mails(to: "una@example.com").count == 1)
        _ = try await house.askForgotten("una@example.com", from: "198.51.100.1")
        let mails = try await house.mails(to: "una@example.com")
        #expect(mails.count == 3 && mails.filter { $0.decoded.contains("Choose a new password") }.count == 1)
        #expect(mails.filter { $0.decoded.contains("Choose your password") && $0.decoded.contains("South branch") }.count == 2)
        for address in 2...9 { _ = try? await house.askForgotten("una@example.com", from: "203.0.113.\(address)") }
        #expect(try await house.mails(to: "una@example.com").count == 10, "five of each in an hour")
    }
}
