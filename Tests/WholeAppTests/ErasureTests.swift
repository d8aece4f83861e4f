import HTTPTypes
import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// A person's data goes on request, and the chain still proves what it proved.
@Suite struct `A person whose data was erased` {
    private static let reason = "Asked for on 3 March; case 4711."

    /// Zelda, who was there, did something, and is disabled; the words that only she has.
    private func zelda(_ scene: Scene, deleted: Bool = false) async throws -> (id: String, words: [String], did: String) {
        let body: JSON = [
            "email": "zelda.quillon@example.com", "first_name": "Zelda", "last_name": "Quillon", "roles": [.string(scene.cast.roles["ADMIN"] ?? "")],
            "api_keys": "all", "password": .string(TestHouse.password),
        ]
        let adam = scene.cast.adam.client
        let id = await scene.cast.inNorth.send(.post, "/api/v1/users", body, headers: [.idempotencyKey: "of-zelda"]).id
        var client = try await scene.house.signIn("zelda.quillon@example.com")
        client.address = "203.0.113.77"
        let role = try await Cast.make(client, "roles", scene.newRole())
        let session = try await Cast.make(client, "sessions", ["api_key": .string(scene.north.key)])
        expect(await client.post("/api/v1/sessions/\(session)/notes", ["text": "Called."]), 201)
        let review = try await Cast.make(client, "reviews", scene.reviewBody(scene.north.userRole))
        let answer: JSON = [
            "user": .string(scene.cast.una.id), "role": .string(scene.north.userRole), "answer": "confirm", "comment": "Asked by Zelda.",
        ]
        expect(await client.post("/api/v1/reviews/\(review)/answers", ["answers": [answer]]), 200)
        let una = try await scene.house.signIn("una@example.com")
        let login = await una.get("/api/v1/me/logins").items.first { $0["current"] == true }?["id"]?.text ?? ""
        expect(await client.delete("/api/v1/logins/\(login)"), 204)
        if deleted { expect(await adam.delete("/api/v1/users/\(id)"), 204) } else { expect(await adam.post("/api/v1/users/\(id)/disable"), 200) }
        return (id, ["Zelda", "Quillon", "zelda", "quillon", "203.0.113.77"], role)
    }

    private func report(_ scene: Scene) async throws -> HistoryVerification.Report { try await HistoryVerification.run(scene.database) }

    private func tablesWith(_ words: [String], _ scene: Scene) async throws -> [String] {
        try await Snapshot.all(scene.database).filter { _, rows in rows.contains { row in words.contains { row.contains($0) } } }.map(\.key).sorted()
    }

    @Test(arguments: [false, true]) func `is nowhere but by id, and the chain is intact`(_ deleted: Bool) async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let zelda = try await zelda(scene, deleted: deleted)
        #expect(try await Set(tablesWith(zelda.words, scene)).isSuperset(of: ["history_details", "idempotency", "logins"]))
        let kept = try await HistoryCheckpoints.ofAll(scene.house.house)
        let before = try await report(scene)
        let reply = await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": .string(Self.reason)])
        expect(reply, 200)
        let count = reply["entries"].whole ?? 0
        #expect(count > 5)
        #expect(try await tablesWith(zelda.words, scene) == [])
        let after = try await HistoryVerification.run(scene.database, against: kept)
        #expect(after.isIntact, "\(after.lines)")
        #expect(after.entries == before.entries + (deleted ? 1 : 2))
        #expect(after.lines.contains { $0.contains(scene.north.account) && $0.contains("the details of \(count) of them erased") }, "\(after.lines)")
        let entry = await scene.cast.adam.client.get("/api/v1/history?limit=1").items.first ?? .null
        #expect(entry["action"] == "history.erased" && entry["subject"]?["id"]?.text == zelda.id && entry["subject"]?["name"]?.text == zelda.id)
        #expect(entry["actor"]?["id"]?.text == scene.cast.adam.id && entry["actor"]?["name"]?.text == scene.cast.adam.id)
        let changes = entry["changes"]?.elements ?? []
        #expect(changes.contains(["field": "entries", "from": .null, "to": .int(Int64(count))]))
        #expect(changes.contains(["field": "reason", "from": .null, "to": .string(Self.reason)]))
        // What she did can still be proved: that it was there.
        let about = await scene.cast.adam.client.get("/api/v1/history?actor=\(zelda.id)&action=role.created").items.first ?? .null
        #expect(about["actor"]?["id"]?.text == zelda.id && about["actor"]?["name"] == "" && about["changes"]?.elements.isEmpty == true)
        let proof = await scene.cast.adam.client.get("/api/v1/history/proofs?entry=\(about["id"]?.text ?? "")")
        #expect(proof["record"]["erased_by"]?.whole != nil && proof["record"]["details"] == nil && proof["record"]["salt"] == nil)
        let page = await Browser(scene.cast.adam.client).get("/history")
        #expect(page.status == 200 && page.text.contains("What was said here was erased."))
        expect(await scene.cast.adam.client.get("/api/v1/users/\(zelda.id)"), 404)
        // Once more is nothing.
        let again = await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": "Again"])
        #expect(again.status == 200 && again["entries"] == 0)
        #expect(try await report(scene).entries == after.entries)
    }

    @Test func `is in no file that was made before, and of their past nothing but that they were there is known`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let zelda = try await zelda(scene)
        let before = scene.house.house.gate.now
        scene.house.time.advance(minutes: 3)
        let adam = scene.cast.adam.client
        let export = try await scene.fresh(.export, for: .adam)
        expect(await adam.get("/api/v1/exports/\(export)"), 200)
        #expect(await adam.get("/api/v1/users/\(zelda.id)/as-of?at=\(before)")["user"]["last_name"] == "Quillon")
        expect(await adam.post("/api/v1/users/\(zelda.id)/erase", ["reason": .string(Self.reason)]), 200)
        expect(await adam.get("/api/v1/exports/\(export)"), 404)
        expect(await adam.get("/api/v1/exports/\(export)/file"), 404)
        for target in ["/api/v1/users/\(zelda.id)/as-of?at=\(before)", "/settings/users/\(zelda.id)/as-of?at=\(before)"] {
            let past = await scene.browser(.adam).get(target)
            #expect(past.status == 200, "\(target): \(past.status)")
            for word in zelda.words { #expect(!past.text.contains(word), "\(target) says \(word)") }
        }
        #expect(await adam.get("/api/v1/users/\(zelda.id)/as-of?at=\(before)")["unknown"].elements.contains("details"))
    }

    @Test func `may stay in what they did to others`() async throws {
        let scene = try await Scene.assemble()
        let zelda = try await zelda(scene)
        expect(await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": "Asked.", "keep_acts": true]), 200)
        let acts = await scene.cast.adam.client.get("/api/v1/history?actor=\(zelda.id)&action=role.created").items
        #expect(acts.first?["actor"]?["name"] == "Zelda Quillon")
        #expect(
            await scene.cast.adam.client.get("/api/v1/history?subject=\(zelda.id)").items.allSatisfy {
                $0["subject"]?["name"]?.text != "Zelda Quillon"
            })
        #expect(try await report(scene).isIntact)
        let rest = await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": "All of it."])
        #expect(rest.status == 200 && rest["entries"].whole ?? 0 > 0)
        #expect(try await tablesWith(zelda.words, scene) == [])
        #expect(try await report(scene).isIntact)
    }

    @Test func `was disabled before, and whoever erases is the manager`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.cast.una.id
        let body: JSON = ["reason": "Asked."]
        expect(await scene.cast.adam.client.post("/api/v1/users/\(una)/erase", body), 409, "not_disabled")
        expect(await scene.client(.kim).post("/api/v1/users/\(una)/erase", body), 403, "managers_only")
        expect(await scene.client(.robot).post("/api/v1/users/\(una)/erase", body), 403, "managers_only")
        expect(await scene.cast.mallory.client.post("/api/v1/users/\(una)/erase", body), 404)
        #expect(try await report(scene).isIntact)
        let zelda = try await zelda(scene)
        for bad: JSON in [[:], ["reason": ""], ["reason": 1], ["reason": "x", "keep_acts": "yes"]] {
            #expect([400, 422].contains(await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", bad).status), "\(bad)")
        }
        expect(await scene.cast.olive.post("/api/v1/accounts/\(scene.north.account)/users/\(zelda.id)/erase", body), 200)
    }

    // MARK: What is no erasure

    @Test func `is told from somebody whose details were just removed, and from marks that were forged`() async throws {
        let scene = try await Scene.assemble()
        let zelda = try await zelda(scene)
        let account = scene.north.account
        expect(await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": "Asked."]), 200)
        let erasure =
            try await scene.database.read(seeing: .everything) { tx in
                try tx.row("SELECT seq FROM history WHERE chain = \(account) AND action = 'history.erased'") { try $0[0] as Int64 }
            } ?? 0
        func broken() async throws -> [String] { try await report(scene).lines.filter { $0.hasPrefix("BROKEN") } }
        // The database refuses details that are not marked, and every change of a mark.
        let refused: [SQL] = [
            "DELETE FROM history_details WHERE chain = \(account) AND seq = 1", "DELETE FROM history_erasures WHERE chain = \(account)",
            "UPDATE history_erasures SET erasure = erasure WHERE chain = \(account)",
        ]
        for statement in refused {
            await #expect(throws: DatabaseError.self, "\(statement)") {
                try await scene.database.write(seeing: .everything) { try $0.execute(statement) }
            }
            await #expect(throws: DatabaseError.self, "\(statement)") { try await scene.house.asOwner { try $0.execute(statement) } }
        }
        #expect(try await broken() == [])
        // A mark of one's own making opens the details, and the erasure gives it away.
        try await scene.house.asOwner { tx in
            try tx.execute("INSERT INTO history_erasures (chain, seq, erasure) VALUES (\(account), 1, \(erasure))")
            try tx.execute("DELETE FROM history_details WHERE chain = \(account) AND seq = 1")
        }
        let forged = try await broken()
        #expect(forged.count == 1 && forged[0].contains("entry \(erasure) ") && forged[0].contains("marks"), "\(forged)")
    }

    @Test func `is told from marks by an entry that is no erasure, from marks that are gone, and from details that are there`() async throws {
        for (changes, word) in [
            (
                [
                    "INSERT INTO history_erasures (chain, seq, erasure) VALUES ('enterprise', 2, 3)",
                    "DELETE FROM history_details WHERE chain = 'enterprise' AND seq = 2",
                ], "marks"
            ),
            (
                [
                    "INSERT INTO history_erasures (chain, seq, erasure) VALUES ('enterprise', 3, 2)",
                    "DELETE FROM history_details WHERE chain = 'enterprise' AND seq = 3",
                ], "marks"
            ),
            (["INSERT INTO history_erasures (chain, seq, erasure) VALUES ('enterprise', 2, 3)"], "its details are there"),
            (["DELETE FROM history_details WHERE chain = 'enterprise' AND seq = 2"], "its details were removed"),
        ] as [([SQL], String)] {
            let scene = try await Scene.assemble()
            defer { withExtendedLifetime(scene) {} }
            try await scene.house.tamper(changes)
            let broken = try await report(scene).lines.filter { $0.hasPrefix("BROKEN") }
            #expect(broken.count == 1 && broken[0].contains(word), "\(broken)")
        }
        let scene = try await Scene.assemble()
        let zelda = try await zelda(scene)
        expect(await scene.cast.adam.client.post("/api/v1/users/\(zelda.id)/erase", ["reason": "Asked."]), 200)
        try await scene.house.tamper(["DELETE FROM history_erasures"])
        #expect(try await report(scene).lines.contains { $0.hasPrefix("BROKEN") && $0.contains("its details were removed") })
    }
}
