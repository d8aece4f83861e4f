import HTTPTypes
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import Testing

@testable import latchkey

/// The overview: what wants attention, told to those who may open what it is of, and to nobody else.
@Suite struct `The overview` {
    private static let path = "/api/v1/overview"

    private func attention(_ client: LocalClient) async -> [JSON] { await client.get(Self.path)["attention"].elements }

    private func subjects(_ client: LocalClient, _ code: String) async -> [String] {
        await attention(client).filter { $0["code"]?.text == code }.compactMap { $0["subject"]?["id"]?.text }
    }

    @Test func `counts what its reader sees, and nothing else`() async throws {
        let scene = try await Scene.assemble()
        for who in [Who.una, .uwe, .kim, .adam, .switched, .mallory] {
            let client = scene.client(who)
            let sessions = await client.get(Self.path)["numbers"]["sessions"]
            let live = await client.get("/api/v1/sessions/count?mode=live&status=IDLE")["count"]
            #expect(sessions?["under_way"] == live && sessions?["created_last_7_days"] == live, "\(who)")
            #expect(sessions?["waiting_confirm"] == 0, "\(who)")
            let users = await client.get("/api/v1/users?status=enabled&total=true&limit=1")
            #expect(
                (await client.get(Self.path)["numbers"]["users"]?["enabled"] ?? .null) == (users.status == 200 ? users["total"] : JSON.null), "\(who)"
            )
            let links = await client.get("/api/v1/links?total=true&limit=1")
            #expect(
                (await client.get(Self.path)["numbers"]["links"]?["open"] ?? .null) == (links.status == 200 ? links["total"] : JSON.null), "\(who)")
        }
        #expect(await scene.cast.una.client.get(Self.path)["numbers"].members.map(\.0) == ["sessions"])
        try await scene.capture(scene.sessions.una)
        let una = await scene.cast.una.client.get(Self.path)["numbers"]["sessions"]
        #expect(una?["under_way"] == 0 && una?["waiting_confirm"] == 1 && una?["created_last_7_days"] == 1)
        scene.house.time.advance(seconds: 8 * 86_400)
        let later = try await scene.house.signIn("una@example.com").get(Self.path)["numbers"]["sessions"]
        #expect(later?["waiting_confirm"] == 1 && later?["created_last_7_days"] == 0)
    }

    @Test func `names the links whose user lacks the key, until they are given it, to those who see the link`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        #expect(await subjects(adam, "user_lacks_api_key") == [])
        let una = scene.cast.una.id
        let link: JSON = ["name": "Fleet counter", "api_key": .string(scene.cast.uwes.id), "user": .string(una)]
        let id = try await Cast.make(adam, "links", link)
        let item = await attention(adam).first { $0["code"] == "user_lacks_api_key" }
        #expect(item?["subject"] == ["kind": "link", "id": .string(id), "name": "Fleet counter"])
        #expect(item?["user"]?.text == una && item?["api_key"]?.text == scene.cast.uwes.id)
        // Kim keeps links but does not hold this one's key; Mallory is elsewhere; Una has no screen of links.
        for client in [scene.kim.client, scene.cast.mallory.client, scene.cast.una.client] {
            #expect(await subjects(client, "user_lacks_api_key") == [])
        }
        let page = await Browser(adam).get("/overview")
        #expect(page.text.contains("Fleet counter") && page.text.contains("/settings/users/\(una)/give-key"))
        expect(await Browser(adam).post("/settings/users/\(una)/give-key", [("api_key", scene.cast.uwes.id)]), 303)
        #expect(await subjects(adam, "user_lacks_api_key") == [])
        #expect(!(await Browser(adam).get("/overview").text.contains("give-key")))
    }

    @Test func `names sessions that end within the hour, to those who see them`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        expect(await adam.patch("/api/v1/api-keys/\(scene.north.key)", ["session_expiry": "6h"]), 200)
        let session = try await scene.cast.session(scene.cast.una.client)
        #expect(await subjects(scene.cast.una.client, "session_ending") == [])
        scene.house.time.advance(seconds: 5 * 3600 + 60)
        let una = try await scene.house.signIn("una@example.com")
        #expect(await subjects(una, "session_ending") == [session])
        #expect(await subjects(try await scene.house.signIn("uwe@example.com"), "session_ending") == [])
        #expect(await subjects(try await scene.house.signIn("adam@example.com"), "session_ending") == [session])
        scene.house.time.advance(seconds: 3600)
        let over = try await scene.house.signIn("una@example.com")
        #expect(await subjects(over, "session_ending") == [])
        #expect(await over.get(Self.path)["numbers"]["sessions"]?["under_way"] == 1)
    }

    @Test func `names who was not seen for 90 days, and whose activation ends or failed`() async throws {
        let scene = try await Scene.assemble()
        let pending = try await scene.pending(for: .adam)
        try await scene.house.postman.deliverDue()
        #expect(await subjects(scene.cast.adam.client, "activation_ending") == [])
        scene.house.time.advance(seconds: 2 * 86_400 + 3600)
        var adam = try await scene.house.signIn("adam@example.com")
        #expect(await subjects(adam, "activation_ending") == [pending])
        #expect(await subjects(adam, "person_not_seen") == [])
        scene.house.time.advance(seconds: 90 * 86_400)
        adam = try await scene.house.signIn("adam@example.com")
        let unseen = await subjects(adam, "person_not_seen")
        #expect(unseen.contains(scene.cast.una.id) && !unseen.contains(scene.cast.adam.id) && !unseen.contains(pending))
        let una = try await scene.house.signIn("una@example.com")
        #expect(!(await subjects(adam, "person_not_seen").contains(scene.cast.una.id)))
        // Una has no screen of users, and learns nothing about them.
        #expect(await una.get(Self.path)["attention"].elements.allSatisfy { $0["subject"]?["kind"] == "session" })
    }

    @Test func `names mails that were given up, until a later one is on its way`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let pending = try await scene.pending(for: .adam)
        scene.house.basket.expect(.refused("no such mailbox"))
        try await scene.house.postman.deliverDue()
        #expect(await subjects(adam, "mail_given_up") == [pending])
        #expect(await subjects(scene.cast.mallory.client, "mail_given_up") == [])
        expect(await adam.post("/api/v1/users/\(pending)/activation"), 200)
        #expect(await subjects(adam, "mail_given_up") == [])
    }

    @Test func `names a manager who is alone`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam
        #expect(await subjects(adam.client, "manager_alone") == [adam.id])
        let second = try await scene.fresh(.user, for: .adam)
        expect(await adam.client.patch("/api/v1/users/\(second)", ["roles": [.string(scene.cast.roles["ADMIN"] ?? "")], "api_keys": "all"]), 200)
        #expect(await subjects(adam.client, "manager_alone") == [])
        expect(await adam.client.post("/api/v1/users/\(second)/disable"), 200)
        #expect(await subjects(adam.client, "manager_alone") == [adam.id])
    }

    @Test func `is where managers begin, and sessions are where their users do`() async throws {
        let scene = try await Scene.assemble()
        #expect(await Browser(scene.cast.adam.client).get("/").header("Location") == "/overview")
        #expect(await Browser(scene.cast.una.client).get("/").header("Location") == "/sessions")
        let una = await Browser(scene.cast.una.client).get("/overview")
        #expect(una.text.contains("Road checks") && !una.text.contains("Needs attention") && !una.text.contains("Fleet returns"))
    }
}
