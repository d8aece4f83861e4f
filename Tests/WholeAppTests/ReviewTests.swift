import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyFiles
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import ReviewsFeature
import Testing

@testable import latchkey

/// Access reviews: who is asked, what becomes of the answers, and of what nobody answered.
@Suite struct `An access review` {
    /// Ina and Ivo hold two roles each, Iris one; all in North, where Adam and Kim can answer.
    private struct Cast2 {
        let scene: Scene
        let night: String, day: String
        let ina: String, ivo: String, iris: String
    }

    private func people(_ scene: Scene) async throws -> Cast2 {
        func role(_ name: String) async throws -> String {
            try await Cast.make(
                scene.north.inside, "roles",
                ["name": .string(name), "description": "Looks.", "screens": ["sessions": ["level": "read", "reach": "own"]]])
        }
        let (night, day) = (try await role("Night"), try await role("Day"))
        func person(_ roles: String...) async throws -> String {
            var body = scene.newUser(scene.north)
            body = JSON(members: body.members.map { $0.0 == "roles" ? ("roles", JSON(roles)) : $0 })
            return try await Cast.make(scene.north.inside, "users", body)
        }
        return Cast2(
            scene: scene, night: night, day: day, ina: try await person(night, day), ivo: try await person(night, day), iris: try await person(night))
    }

    private func begin(_ cast: Cast2, _ unanswered: String, days: Int64 = 30, roles: JSON? = nil) async -> LocalClient.Reply {
        let due = cast.scene.house.house.gate.now.adding(seconds: days * 86_400)
        let reply = await cast.scene.cast.adam.client.post(
            "/api/v1/reviews",
            [
                "name": "Spring", "due_at": JSON(due), "roles": roles ?? [.string(cast.night), .string(cast.day)],
                "unanswered": .string(unanswered),
            ])
        expect(reply, 201)
        return reply
    }

    private func answer(
        _ client: LocalClient, _ review: String, _ user: String, _ role: String, _ answer: String, _ comment: JSON = .null
    ) async -> LocalClient.Reply {
        let one: JSON = ["user": .string(user), "role": .string(role), "answer": .string(answer), "comment": comment]
        return await client.post("/api/v1/reviews/\(review)/answers", ["answers": [one]])
    }

    private func outcomes(_ cast: Cast2, _ review: String) async -> [String: String] {
        let items = await cast.scene.cast.adam.client.get("/api/v1/reviews/\(review)/items?limit=200").items
        return Dictionary(
            items.map { ("\($0["user"]?["id"]?.text ?? "") \($0["role"]?["name"]?.text ?? "")", $0["outcome"]?.text ?? "") },
            uniquingKeysWith: { first, _ in first })
    }

    @Test func `asks about each person and role, takes away what is not right at once, and remembers who said so`() async throws {
        let cast = try await people(try await Scene.assemble())
        let (adam, scene) = (cast.scene.cast.adam.client, cast.scene)
        let review = await begin(cast, "keep")
        #expect(review["counts"]["items"] == 5 && review["counts"]["unanswered"] == 5 && review["status"] == "open")
        expect(await answer(adam, review.id, cast.ina, cast.night, "remove", "Moved to days."), 200)
        #expect(await adam.get("/api/v1/users/\(cast.ina)")["roles"] == [.string(cast.day)])
        expect(await answer(adam, review.id, cast.ina, cast.day, "confirm"), 200)
        // The only one: nobody is without a role.
        let iris = try await scene.house.signIn(await adam.get("/api/v1/users/\(cast.iris)").text("username"))
        expect(await answer(adam, review.id, cast.iris, cast.night, "remove"), 200)
        #expect(await adam.get("/api/v1/users/\(cast.iris)")["status"] == "disabled")
        expect(await iris.get("/api/v1/me"), 401)
        let items = await adam.get("/api/v1/reviews/\(review.id)/items?user=\(cast.ina)").items
        let taken = items.first { $0["role"]?["id"]?.text == cast.night }
        #expect(taken?["answer"] == "remove" && taken?["outcome"] == "removed" && taken?["comment"] == "Moved to days.")
        #expect(taken?["answered_by"]?["name"] == "Adam Example" && taken?["answered_at"]?.text != nil)
        let history = await adam.get("/api/v1/history?subject=\(cast.ina)&limit=3").items
        #expect(history.compactMap { $0["action"]?.text } == ["review.answered", "review.answered", "user.changed"])
        #expect(await adam.get("/api/v1/history?subject=\(cast.iris)&limit=2").items.last?["action"] == "user.disabled")
        // An answer may be changed until something was taken away, and the same one is not noted twice.
        let before = try await Snapshot.all(scene.database)
        expect(await answer(adam, review.id, cast.ina, cast.night, "remove", "Moved to days."), 200)
        expect(await answer(adam, review.id, cast.ina, cast.day, "confirm"), 200)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await answer(adam, review.id, cast.ina, cast.night, "confirm"), 409, "settled")
        expect(await answer(adam, review.id, cast.ina, cast.day, "confirm", "Sure."), 200)
        let counts = await adam.get("/api/v1/reviews/\(review.id)")["counts"]
        #expect(counts["confirmed"] == 1 && counts["removed"] == 1 && counts["disabled"] == 1 && counts["unanswered"] == 2)
    }

    @Test func `is answered by whoever may edit the person, about nobody's own access, all or nothing`() async throws {
        let cast = try await people(try await Scene.assemble())
        let (scene, adam) = (cast.scene, cast.scene.cast.adam)
        let review = await begin(cast, "keep", roles: "all")
        let admin = scene.cast.roles["ADMIN"] ?? ""
        let before = try await Snapshot.all(scene.database)
        expect(await answer(adam.client, review.id, adam.id, admin, "confirm"), 403, "own_access")
        expect(await answer(scene.kim.client, review.id, adam.id, admin, "confirm"), 403, "grants_more_than_held")
        expect(await answer(scene.cast.rita.client, review.id, cast.ina, cast.night, "confirm"), 403, "level_too_low")
        expect(await answer(adam.client, review.id, cast.iris, cast.day, "confirm"), 422, "unknown_reference")
        expect(await answer(adam.client, review.id, scene.cast.mallory.id, cast.day, "confirm"), 422, "unknown_reference")
        let both: JSON = [
            "answers": [
                ["user": .string(cast.ina), "role": .string(cast.night), "answer": "remove"],
                ["user": .string(adam.id), "role": .string(admin), "answer": "confirm"],
            ]
        ]
        let refused = await adam.client.post("/api/v1/reviews/\(review.id)/answers", both)
        expect(refused, 403, "own_access")
        #expect(refused.fieldCodes == ["answers.1.answer: own_access"])
        // The last manager, by the administrator of the enterprise too.
        expect(
            await answer(scene.cast.inNorth, review.id, adam.id, admin, "remove"), 409, "last_manager")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await scene.cast.mallory.client.get("/api/v1/reviews/\(review.id)"), 404)
        expect(await scene.cast.una.client.get("/api/v1/reviews"), 403, "screen_not_granted")
    }

    @Test(arguments: ["keep", "remove", "disable"]) func `ends by itself, and the unanswered follow its setting`(
        _ unanswered: String
    ) async throws {
        let cast = try await people(try await Scene.assemble())
        let (scene, ending) = (cast.scene, ReviewEnding(cast.scene.house.house))
        let review = await begin(cast, unanswered)
        expect(await answer(scene.cast.adam.client, review.id, cast.ina, cast.night, "confirm"), 200)
        // Ivo loses one by something else.
        expect(await scene.north.inside.patch("/api/v1/users/\(cast.ivo)", ["roles": [.string(cast.day)]]), 200)
        #expect(try await ending.sweep() == 0)
        scene.house.time.advance(hours: 30 * 24 + 1)
        let adam = try await scene.house.signIn("adam@example.com")
        #expect(await adam.get("/api/v1/reviews/\(review.id)")["status"] == "ending")
        expect(await answer(adam, review.id, cast.ina, cast.day, "confirm"), 409, "review_over")
        let later: JSON = ["due_at": JSON(scene.house.house.gate.now.adding(seconds: 86_400))]
        expect(await adam.patch("/api/v1/reviews/\(review.id)", later), 409, "review_over", "nobody opens it again")
        expect(await adam.post("/api/v1/reviews/\(review.id)/end"), 409, "review_over")
        #expect(try await ending.sweep() == 1)
        #expect(try await ending.sweep() == 0)
        #expect(await adam.get("/api/v1/reviews/\(review.id)")["status"] == "closed")
        let after = await items(adam, review.id)
        let (settled, statuses): ([String: String], [String]) =
            switch unanswered {
            case "keep": (["ina Day": "kept", "ivo Day": "kept", "iris Night": "kept"], ["enabled", "enabled", "enabled"])
            case "remove": (["ina Day": "removed", "ivo Day": "disabled", "iris Night": "disabled"], ["enabled", "disabled", "disabled"])
            default: (["ina Day": "disabled", "ivo Day": "disabled", "iris Night": "disabled"], ["disabled", "disabled", "disabled"])
            }
        let names = [cast.ina: "ina", cast.ivo: "ivo", cast.iris: "iris"]
        let found = Dictionary(after.map { ("\(names[$0.user] ?? "?") \($0.role)", $0.outcome) }, uniquingKeysWith: { first, _ in first })
        #expect(found == settled.merging(["ina Night": "kept", "ivo Night": "gone"]) { first, _ in first })
        for (user, status) in zip([cast.ina, cast.ivo, cast.iris], statuses) {
            #expect(await adam.get("/api/v1/users/\(user)").text("status") == status)
        }
        if unanswered != "keep" {
            let entry = await adam.get("/api/v1/history?subject=\(cast.iris)&limit=2").items
            #expect(entry.map { $0["action"]?.text } == ["review.unanswered", "user.disabled"])
            #expect(entry.allSatisfy { $0["actor"]?["kind"] == "system" })
            #expect(entry.last?["changes"]?.elements.contains { $0["field"] == "reason" && $0["to"] == "access_review" } == true)
        }
        #expect(await adam.get("/api/v1/history?action=review.closed").items.count == 1)
    }

    private func items(_ client: LocalClient, _ review: String) async -> [(user: String, role: String, outcome: String)] {
        await client.get("/api/v1/reviews/\(review)/items?limit=200").items.map {
            ($0["user"]?["id"]?.text ?? "", $0["role"]?["name"]?.text ?? "", $0["outcome"]?.text ?? "")
        }
    }

    @Test func `never takes the last manager, whatever nobody answered`() async throws {
        for unanswered in ["remove", "disable"] {
            let cast = try await people(try await Scene.assemble())
            let scene = cast.scene
            let second = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north, role: scene.cast.roles["ADMIN"]))
            let review = await begin(cast, unanswered, roles: "all")
            expect(await scene.cast.adam.client.post("/api/v1/reviews/\(review.id)/end"), 200)
            #expect(try await ReviewEnding(scene.house.house).sweep() == 1)
            let inside = try await scene.cast.olive.switched(into: scene.north.account)
            let managers = await inside.get("/api/v1/users?status=enabled&role=\(scene.cast.roles["ADMIN"] ?? "")").items
            #expect(managers.count == 1, "one of the two stays")
            let refused = await inside.get("/api/v1/reviews/\(review.id)/items?standing=refused").items
            #expect(refused.count == 1 && refused.first?["reason"] == "last_manager")
            #expect(managers.first?["id"] == refused.first?["user"]?["id"] && [scene.cast.adam.id, second].contains(managers.first?["id"]?.text))
        }
    }

    @Test func `mails those who can answer, once at its beginning and once before its end`() async throws {
        let cast = try await people(try await Scene.assemble())
        let (scene, ending) = (cast.scene, ReviewEnding(cast.scene.house.house))
        func mails() async throws -> [String] {
            try await scene.house.postman.deliverDue()
            return scene.house.basket.all.filter { $0.decoded.contains("/settings/reviews/") }.map(\.to.text)
        }
        let review = await begin(cast, "keep", days: 10)
        let first = try await mails()
        #expect(Set(first) == ["adam@example.com", "kim@example.com"] && first.count == 2)
        scene.house.time.advance(hours: 6 * 24)
        #expect(try await ending.sweep() == 0)
        #expect(try await mails().count == 2)
        scene.house.time.advance(hours: 25)
        try await ending.sweep()
        try await ending.sweep()
        #expect(try await mails().count == 4)
        #expect(await scene.house.anyone.get("/api/v1/reviews/\(review.id)").status == 401)
    }

    @Test func `is taken along as a table, in which no cell is a formula, and that is recorded`() async throws {
        let cast = try await people(try await Scene.assemble())
        let adam = cast.scene.cast.adam.client
        let review = await begin(cast, "keep")
        expect(await answer(adam, review.id, cast.ina, cast.day, "confirm", "=cmd|' /C calc'!A0"), 200)
        func take(_ format: String) async throws -> [UInt8] {
            var inbound = Inbound(.get, "/api/v1/reviews/\(review.id)/export", query: "format=\(format)")
            inbound.headers[.authorization] = "Bearer \(adam.token ?? "")"
            let outbound = await cast.scene.house.lineUp.respond(to: inbound)
            #expect(outbound.status == 200 && outbound.headers[.contentDisposition]?.hasSuffix(".\(format)\"") == true)
            var bytes: [UInt8] = outbound.body
            if let stream = outbound.stream { for try await piece in stream() { bytes += piece } }
            return bytes
        }
        let rows = try TableReader.rows(try await take("csv"), most: 100)
        #expect(rows.count == 6 && rows[0].cells.first == "Name")
        #expect(rows.dropFirst().contains { $0.cells[4] == "confirm" && $0.cells[7] == "=cmd|' /C calc'!A0" })
        #expect(String(decoding: try await take("csv"), as: UTF8.self).contains("\"'=cmd"))
        #expect(try TableReader.rows(try await take("xlsx"), most: 100).count == 6)
        let entries = await adam.get("/api/v1/history?action=review.exported").items
        #expect(entries.count == 3 && entries.allSatisfy { $0["changes"]?.elements.contains { $0["field"] == "rows" && $0["to"] == 5 } == true })
        expect(await adam.get("/api/v1/reviews/\(review.id)/export?format=pdf"), 422, "invalid_choice")
        expect(await cast.scene.cast.una.client.get("/api/v1/reviews/\(review.id)/export"), 403)
    }

    @Test func `is settled by one node at a time`() async throws {
        let cast = try await people(try await Scene.assemble())
        let house = cast.scene.house.house
        let review = await begin(cast, "remove")
        expect(await cast.scene.cast.adam.client.post("/api/v1/reviews/\(review.id)/end"), 200)
        let closed = try await atOnce(8) { _ in try await ReviewEnding(house).sweep() }
        #expect(closed.reduce(0, +) == 1)
        let entries = await cast.scene.cast.adam.client.get("/api/v1/history?action=review.unanswered&limit=200").items
        #expect(entries.count == 5)
    }
}
