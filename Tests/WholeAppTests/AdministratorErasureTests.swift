import HTTPTypes
import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// An administrator's data goes on request, out of every account, and every chain still proves what it proved.
@Suite struct `An administrator whose data was erased` {
    private static let reason = "Asked for on 3 March; case 4711."
    private static let everything: JSON = [
        "manage_accounts", "manage_users", "manage_groups", "remove_groups", "switch", "manage_administrators", "switch_administrator", "export",
    ]

    private struct Zelda {
        let id: String
        let client: LocalClient
        /// That only she has.
        let words: [String]
        /// Of those that she made: in North's chain, and in the enterprise's.
        let role: String
        let group: String
    }

    /// Zelda, who was there under two names, worked in two accounts, and is disabled.
    private func zelda(_ scene: Scene, isDisabled: Bool = true) async throws -> Zelda {
        let olive = scene.cast.olive
        let body: JSON = [
            "email": "zelda.quillon@example.com", "name": "Zelda Quillon", "groups": "all", "permissions": Self.everything,
            "password": .string(TestHouse.password),
        ]
        let id = await olive.send(.post, "/api/v1/administrators", body, headers: [.idempotencyKey: "of-zelda"]).id
        expect(await olive.patch("/api/v1/administrators/\(id)", ["name": "Zelda Vantongeren"]), 200)
        var client = try await scene.house.signIn("zelda.quillon@example.com")
        client.address = "203.0.113.77"
        let offer = await client.post("/api/v1/me/factors/totp")
        let code = scene.code(of: try #require(TOTP(text: offer.text("secret"))))
        let app: JSON = ["enrolment": offer["enrolment"], "code": .string(code), "name": "Quillon's phone"]
        expect(await client.post("/api/v1/me/factors/totp/confirm", app), 201)
        let group = try await Cast.make(client, "groups", ["name": "North and South"])
        var inside = try await client.switched(into: scene.north.account)
        inside.address = "203.0.113.77"
        let role = try await Cast.make(inside, "roles", scene.newRole())
        let session = try await Cast.make(inside, "sessions", ["api_key": .string(scene.north.key)])
        expect(await inside.post("/api/v1/sessions/\(session)/notes", ["text": "Called."]), 201)
        let review = try await Cast.make(inside, "reviews", scene.reviewBody(scene.north.userRole))
        let answer: JSON = [
            "user": .string(scene.cast.una.id), "role": .string(scene.north.userRole), "answer": "confirm", "comment": "Asked by Zelda.",
        ]
        expect(await inside.post("/api/v1/reviews/\(review)/answers", ["answers": [answer]]), 200)
        let una = try await scene.house.signIn("una@example.com")
        let login = await una.get("/api/v1/me/logins").items.first { $0["current"] == true }?["id"]?.text ?? ""
        expect(await inside.delete("/api/v1/logins/\(login)"), 204)
        // By path, too.
        let ofSouth = "/api/v1/accounts/\(scene.south.account)/roles"
        expect(await client.post(ofSouth, scene.newRole()), 201)
        // Olive acted as her, and in the branch as her, too.
        let acting = await olive.post("/api/v1/administrators/\(id)/switch", ["reason": "Ticket 1"])
        let asHer = LocalClient(scene.house.lineUp, token: acting.text("token"))
        _ = try await Cast.make(asHer, "groups", ["name": "Made as her"])
        if isDisabled { expect(await olive.post("/api/v1/administrators/\(id)/disable"), 200) }
        let words = ["Zelda", "Quillon", "Vantongeren", "zelda", "quillon", "vantongeren", "203.0.113.77"]
        return Zelda(id: id, client: client, words: words, role: role, group: group)
    }

    private func tablesWith(_ words: [String], _ scene: Scene) async throws -> [String] {
        try await Snapshot.all(scene.database).filter { _, rows in rows.contains { row in words.contains { row.contains($0) } } }.map(\.key).sorted()
    }

    @Test func `is nowhere but by id, and every chain is intact`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let zelda = try await zelda(scene)
        let before = try await tablesWith(zelda.words, scene)
        let places = [
            "administrators", "factors", "history_details", "idempotency", "logins", "review_items", "reviews", "session_events", "session_notes",
            "sessions", "usernames",
        ]
        #expect(Set(before).isSuperset(of: places), "\(before)")
        let kept = try await HistoryCheckpoints.ofAll(scene.house.house)
        let heads = try await Snapshot.heads(scene.database)
        let reply = await scene.cast.olive.post("/api/v1/administrators/\(zelda.id)/erase", ["reason": .string(Self.reason)])
        expect(reply, 200)
        #expect(reply["entries"].whole ?? 0 > 10 && reply.text("id") == zelda.id)
        #expect(try await tablesWith(zelda.words, scene) == [])
        let growth = Snapshot.growth(heads, try await Snapshot.heads(scene.database))
        #expect(growth == ["enterprise": 1, scene.north.account: 1, scene.south.account: 1])
        let report = try await HistoryVerification.run(scene.database, against: kept)
        #expect(report.isIntact, "\(report.lines)")
        // Each chain says so, and by whom only by id.
        let ofNorth = await scene.cast.adam.client.get("/api/v1/history?action=history.erased").items
        let ofAll = await scene.cast.olive.get("/api/v1/administrators/\(zelda.id)/history?limit=1").items
        for entry in ofNorth + ofAll {
            #expect(entry["subject"] == ["kind": "administrator", "id": .string(zelda.id), "name": .string(zelda.id)])
            #expect(entry["actor"]?["id"]?.text == scene.oliveID && entry["actor"]?["name"]?.text == scene.oliveID)
            #expect(entry["changes"]?.elements.contains(["field": "reason", "from": .null, "to": .string(Self.reason)]) == true)
        }
        #expect(ofNorth.count == 1 && ofAll.first?["action"] == "history.erased")
        // What she did can still be proved: that it was there.
        let act = await scene.cast.adam.client.get("/api/v1/history?subject=\(zelda.role)").items.last ?? .null
        #expect(act["actor"]?["id"]?.text == zelda.id && act["actor"]?["name"] == "" && act["changes"]?.elements.isEmpty == true, "\(act)")
        let proof = await scene.cast.adam.client.get("/api/v1/history/proofs?entry=\(act["id"]?.text ?? "")")
        #expect(proof["record"]["erased_by"]?.whole != nil && proof["record"]["details"] == nil)
        for page in ["/enterprise/history", "/administrators/\(zelda.id)", "/administrators/\(zelda.id)/history", "/administrators"] {
            let shown = await scene.browser(.olive).get(page)
            #expect(shown.status == 200 && !zelda.words.contains { shown.text.contains($0) }, "\(page): \(shown.status)")
        }
        // Once more is nothing.
        let again = await scene.cast.olive.post("/api/v1/administrators/\(zelda.id)/erase", ["reason": "Again"])
        #expect(again.status == 200 && again["entries"] == 0)
        #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == growth)
    }

    @Test func `is never let in again, and whoever comes with the e-mail is somebody new`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let (zelda, olive) = (try await zelda(scene), scene.cast.olive)
        expect(await olive.post("/api/v1/administrators/\(zelda.id)/erase", ["reason": "Asked."]), 200)
        let now = await olive.get("/api/v1/administrators/\(zelda.id)")
        #expect(now["email"] == "" && now["name"] == "Erased administrator" && now["status"] == "disabled" && now["last_sign_in_at"] == .null)
        let path = "/api/v1/administrators/\(zelda.id)"
        expect(await olive.post(path + "/enable"), 409, "administrator_erased")
        expect(await olive.patch(path, ["name": "Zelda"]), 409, "administrator_erased")
        expect(await olive.put(path + "/password", ["generate": true]), 409, "administrator_erased")
        expect(await olive.post(path + "/activation"), 409, "not_pending")
        expect(await olive.post(path + "/switch", [:]), 409, "administrator_disabled")
        let page = await scene.browser(.olive).get("/administrators/\(zelda.id)")
        #expect(page.text.contains("nothing but the id is left") && !page.text.contains("/enable\""))
        #expect(await scene.browser(.olive).post("/administrators/\(zelda.id)/enable").status == 409)
        let body: JSON = [
            "email": "zelda.quillon@example.com", "name": "Zelda", "groups": "all", "permissions": [], "password": .string(TestHouse.password),
        ]
        let another = try await Cast.make(olive, "administrators", body)
        #expect(another != zelda.id)
        #expect(await (try scene.house.signIn("zelda.quillon@example.com")).get("/api/v1/me").text("id") == another)
    }

    @Test func `may stay in what they did`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let zelda = try await zelda(scene)
        let path = "/api/v1/administrators/\(zelda.id)/erase"
        expect(await scene.cast.olive.post(path, ["reason": "Asked.", "keep_acts": true]), 200)
        let act = await scene.cast.adam.client.get("/api/v1/history?subject=\(zelda.role)").items.last ?? .null
        #expect(act["actor"]?["name"] == "Zelda Vantongeren" && act["changes"]?.elements.isEmpty == false)
        #expect(await scene.cast.adam.client.get("/api/v1/history?action=history.erased").items.isEmpty)
        #expect(try await tablesWith(zelda.words, scene) == ["history_details"])
        // Others who acted as her name her.
        let details = try await Snapshot.all(scene.database)["history_details"] ?? []
        #expect(!details.contains { $0.contains("on_behalf_of") })
        let rest = await scene.cast.olive.post(path, ["reason": "All of it."])
        #expect(rest.status == 200 && rest["entries"].whole ?? 0 > 0)
        #expect(try await tablesWith(zelda.words, scene) == [])
        #expect(try await HistoryVerification.run(scene.database).isIntact)
    }

    @Test func `was disabled before, and whoever erases has all groups, all that she has, and is themselves`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let (zelda, olive, body) = (try await zelda(scene, isDisabled: false), scene.cast.olive, ["reason": "Asked."] as JSON)
        let path = "/api/v1/administrators/\(zelda.id)/erase"
        expect(await olive.post(path, body), 409, "not_disabled")
        #expect(await scene.browser(.olive).get("/administrators/\(zelda.id)/erase").status == 409)
        expect(await olive.post("/api/v1/administrators/\(scene.oliveID)/erase", body), 422, "oneself")
        expect(await olive.post("/api/v1/administrators/\(zelda.id)/disable"), 200)
        // Some groups, less than she holds, acting as somebody, switched in, nobody of the enterprise.
        expect(await scene.lena.client.post(path, body), 403, "permission_missing")
        expect(await scene.lena.client.post("/api/v1/administrators/\(scene.lena.id)/erase", body), 403, "permission_missing")
        func administrator(_ email: String, _ permissions: JSON) async throws -> String {
            let body: JSON = [
                "email": .string(email), "name": "Hugh", "groups": "all", "permissions": permissions, "password": .string(TestHouse.password),
            ]
            return try await Cast.make(olive, "administrators", body)
        }
        _ = try await administrator("hugh@example.com", ["manage_administrators"])
        expect(await (try scene.house.signIn("hugh@example.com")).post(path, body), 403, "grants_more_than_held")
        let other = try await administrator("ivo@example.com", Self.everything)
        let acting = await olive.post("/api/v1/administrators/\(other)/switch", [:])
        expect(await LocalClient(scene.house.lineUp, token: acting.text("token")).post(path, body), 403, "permission_missing")
        expect(await scene.client(.switched).post(path, body), 403, "enterprise_only")
        expect(await scene.cast.adam.client.post(path, body), 403, "enterprise_only")
        for bad: JSON in [[:], ["reason": ""], ["reason": 1], ["reason": "x", "keep_acts": "yes"], ["reason": "x", "zzz": 1]] {
            #expect([400, 422].contains(await olive.post(path, bad).status), "\(bad)")
        }
        #expect(try await !tablesWith(zelda.words, scene).isEmpty)
        expect(await olive.post(path, body), 200)
    }

    @Test func `is asked for on a page that says what is lost`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let zelda = try await zelda(scene)
        let (olive, own) = (scene.browser(.olive), "/administrators/\(zelda.id)")
        #expect(await olive.get(own).text.contains("\(own)/erase"))
        let page = await olive.get(own + "/erase")
        #expect(
            page.status == 200 && page.text.contains("Erase the data of Zelda Vantongeren?")
                && page.text.contains("entries of the history are about them"))
        #expect(await olive.post(own + "/erase", [("reason", "")]).status == 422)
        let done = await olive.post(own + "/erase", [("reason", "Asked."), ("keep_acts", "yes")])
        #expect(done.status == 303 && done.location.hasPrefix(own))
        #expect(await olive.get(done.location).text.contains("The data was erased"))
    }
}
