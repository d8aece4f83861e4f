import HTTPTypes
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import Testing

@testable import latchkey

/// What is mailed to people, seen from their mailbox.
@Suite struct `Mail` {
    private static let new = Examples.newPassword

    private static func user(_ name: String, _ cast: Cast, _ more: [(String, JSON)]) -> JSON {
        JSON(
            members: [
                ("username", .string(name)), ("email", .string(name + "@example.com")), ("first_name", "Pia"), ("last_name", "Moss"),
                ("roles", [.string(cast.roles["USER"] ?? "")]), ("api_keys", [.string(cast.shared.id)]),
            ] + more)
    }

    private static func signIn(_ house: TestHouse, _ name: String, _ password: String) async -> LocalClient.Reply {
        await house.anyone.post("/api/v1/logins", ["username": .string(name), "password": .string(password)])
    }

    @Test func `activates a user who was made without a password, once, by the account's policy`() async throws {
        let scene = try await Scene.assemble()
        let (house, cast) = (scene.house, scene.cast)
        expect(await cast.inNorth.patch("/api/v1/settings/security", ["password": ["min_length": 20]]), 200)
        let made = await cast.adam.client.post("/api/v1/users", Self.user("pia", cast, []))
        expect(made, 201)
        #expect(made["status"] == "pending" && made["generated_password"] == .null && made["must_change_password"] == false)
        let mail = try #require(try await house.mails(to: "pia@example.com").last)
        #expect(mail.decoded.contains("Username: pia") && mail.decoded.contains("http://localhost:8080/sign-in"))
        let token = try #require(mail.tokens("/r/").first)
        // Opening it consumes nothing, and the page shows this account's rule.
        let browser = Browser(house.anyone)
        for _ in 0..<2 { #expect(await browser.get("/r/" + token).text.contains("20")) }
        let short: JSON = ["token": .string(token), "new": "Amber-kettle-58"]
        expect(await house.anyone.post("/api/v1/password/reset", short), 422, "too_short")
        let right: JSON = ["token": .string(token), "new": .string(Self.new)]
        expect(await house.anyone.post("/api/v1/password/reset", right), 204)
        expect(await house.anyone.post("/api/v1/password/reset", right), 410, "link_closed")
        expect(await Self.signIn(house, "pia", Self.new), 201)
        #expect(await cast.adam.client.get("/api/v1/users/\(made.id)")["status"] == "enabled")
        expect(await cast.adam.client.post("/api/v1/users/\(made.id)/activation"), 409, "not_pending")
        let actions = await cast.adam.client.get("/api/v1/history?subject=\(made.id)").items.compactMap { $0["action"]?.text }
        #expect(actions.contains("user.activated") && actions.contains("user.created"))
    }

    @Test func `sends an activation again, and the old link dies at once`() async throws {
        let scene = try await Scene.assemble()
        let id = try await Cast.make(scene.cast.adam.client, "users", Self.user("pia", scene.cast, []))
        let old = try await scene.house.token("/r/", to: "pia@example.com")
        expect(await scene.cast.adam.client.post("/api/v1/users/\(id)/activation"), 200)
        expect(await scene.house.anyone.post("/api/v1/password/reset", ["token": .string(old), "new": .string(Self.new)]), 410, "link_closed")
        let new = try await scene.house.token("/r/", to: "pia@example.com")
        #expect(new != old)
        expect(await scene.house.anyone.post("/api/v1/password/reset", ["token": .string(new), "new": .string(Self.new)]), 204)
    }

    @Test func `carries a generated password that is good for 3 days and for one sign-in`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        let wish: [(String, JSON)] = [("generate_password", true), ("send_credentials", true), ("must_change", false)]
        let made = await scene.cast.adam.client.post("/api/v1/users", Self.user("pia", scene.cast, wish))
        expect(made, 201)
        let password = made.text("generated_password")
        let sealed = try await Snapshot.all(scene.database)["outbox"]?.joined() ?? ""
        #expect(!sealed.contains(password) && sealed.contains("user.credentials"))
        let mail = try #require(try await house.mails(to: "pia@example.com").last)
        #expect(mail.decoded.contains(password) && mail.decoded.contains("Username: pia") && mail.decoded.contains("http://localhost:8080/sign-in"))
        #expect(await Self.signIn(house, "pia", password)["must_change_password"] == true)
        house.time.advance(hours: 71)
        expect(await Self.signIn(house, "pia", password), 201)
        house.time.advance(hours: 2)
        expect(await Self.signIn(house, "pia", password), 401, "invalid_credentials")
        // Set anew and sent, it counts from then on; a typed one is not in the mail and has no end.
        let admin = try await house.olive().switched(into: scene.north.account)
        let again = await admin.put("/api/v1/users/\(made.id)/password", ["generate": true, "send": true])
        expect(again, 200)
        expect(await Self.signIn(house, "pia", again.text("generated_password")), 201)
        #expect(try await house.mails(to: "pia@example.com").last?.decoded.contains(again.text("generated_password")) == true)
        expect(await admin.put("/api/v1/users/\(made.id)/password", ["password": .string(Self.new), "send": true]), 204)
        let typed = try #require(try await house.mails(to: "pia@example.com").last)
        #expect(!typed.decoded.contains(Self.new) && typed.decoded.contains("Username: pia"))
        house.time.advance(hours: 100)
        expect(await Self.signIn(house, "pia", Self.new), 201)
    }

    @Test func `answers alike whoever forgot a password, and mails only who may sign in`() async throws {
        let scene = try await Scene.assemble()
        let house = scene.house
        expect(await scene.cast.inNorth.post("/api/v1/users/\(scene.cast.rita.id)/disable"), 200)
        var faces: Set<String> = []
        for (number, email) in ["una@example.com", "nobody@example.com", "rita@example.com", TestHouse.olive, "UNA@Example.com"].enumerated() {
            var client = house.anyone
            client.address = "198.51.100.\(number)"
            let reply = await client.post("/api/v1/password/forgot", ["email": .string(email)])
            expect(reply, 202)
            faces.insert(reply.headers.filter { $0.name.rawName != "X-Request-Id" }.map { "\($0)" }.joined() + reply.text)
        }
        #expect(faces.count == 1)
        #expect(try await house.askForgotten("nobody@example.com").isEmpty)
        #expect(try await house.mails(to: "rita@example.com").isEmpty)
        let forOlive = try #require(try await house.mails(to: TestHouse.olive).last?.tokens("/r/").first)
        expect(await house.anyone.post("/api/v1/password/reset", ["token": .string(forOlive), "new": .string(Self.new)]), 204)
        expect(await scene.cast.olive.get("/api/v1/me"), 401)
        expect(await Self.signIn(house, TestHouse.olive, Self.new), 201)
        // A newer asking takes the older mail back where it waits still, and ends its link where it went out.
        let forUna = try await house.mails(to: "una@example.com").flatMap { $0.tokens("/r/") }
        #expect((1...2).contains(forUna.count))
        var live: [String] = []
        for token in forUna where await Browser(house.anyone).get("/r/" + token).status == 200 { live.append(token) }
        #expect(live == [forUna.last ?? ""])
        // And no more than so many for one person, from wherever.
        for address in 1...6 { _ = try? await house.askForgotten("uwe@example.com", from: "203.0.113.\(address)") }
        #expect(try await house.mails(to: "uwe@example.com").count == 5)
        // Nor from one address.
        var codes: [Int] = []
        for _ in 0..<7 { codes.append(await house.anyone.post("/api/v1/password/forgot", ["email": "someone@example.com"]).status) }
        #expect(codes == [202, 202, 202, 202, 202, 429, 429])
    }

    @Test func `names the usernames of whoever is in several accounts`() async throws {
        let scene = try await Scene.assemble()
        _ = try await Cast.make(scene.cast.inNorth, "users", Self.user("pia", scene.cast, [("password", .string(TestHouse.password))]))
        var inSouth = Self.user("pia-south", scene.cast, [("password", .string(TestHouse.password))])
        inSouth = JSON(
            members: inSouth.members.map { field in
                switch field.0 {
                case "email": ("email", "pia@example.com")
                case "roles": ("roles", [.string(scene.south.userRole)])
                case "api_keys": ("api_keys", [])
                default: field
                }
            })
        _ = try await Cast.make(scene.cast.inSouth, "users", inSouth)
        let mails = try await scene.house.askForgotten("pia@example.com")
        #expect(mails.count == 1)
        let mail = try #require(mails.last)
        #expect(mail.decoded.contains("several accounts") && mail.decoded.contains("Username: pia\n".replacing("\n", with: "\r\n")))
        #expect(mail.decoded.contains("Username: pia-south") && mail.decoded.contains("South branch") && mail.tokens("/r/").count == 2)
        for token in mail.tokens("/r/") {
            expect(await scene.house.anyone.post("/api/v1/password/reset", ["token": .string(token), "new": .string(Self.new)]), 204)
        }
        for name in ["pia", "pia-south"] { expect(await Self.signIn(scene.house, name, Self.new), 201) }
    }

    @Test func `has links of the public URL alone, whatever a request says`() async throws {
        let scene = try await Scene.assemble()
        var headers = HTTPFields()
        for name in ["X-Forwarded-Host", "Forwarded", "X-Original-Host", "Referer", "X-Forwarded-Proto"] {
            if let name = HTTPField.Name(name) { headers[name] = "evil.example" }
        }
        if let name = HTTPField.Name("Host") { headers[name] = "evil.example" }
        let reply = await scene.cast.adam.client.send(.post, "/api/v1/users", Self.user("pia", scene.cast, []), headers: headers)
        expect(reply, 201)
        expect(await scene.house.anyone.send(.post, "/api/v1/password/forgot", ["email": "una@example.com"], headers: headers), 202)
        expect(
            await scene.cast.adam.client.send(.put, "/api/v1/users/\(scene.cast.uwe.id)/email", ["email": "uwe2@example.com"], headers: headers), 202)
        for _ in 0..<300 where scene.house.basket.all.count < 3 {
            try await scene.house.postman.deliverDue()
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(scene.house.basket.all.count == 3)
        for mail in scene.house.basket.all {
            #expect(!mail.decoded.contains("evil"), "\(mail.to)")
            let links = mail.decoded.components(separatedBy: "http").dropFirst()
            #expect(!links.isEmpty && links.allSatisfy { $0.hasPrefix("://localhost:8080/") }, "\(mail.to)")
        }
    }
}
