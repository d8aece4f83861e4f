import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature
import Testing

@testable import latchkey

/// A session made in the dashboard reaches its customer by mail.
@Suite struct `Mailing a capture link` {
    private static let carla = "carla@example.com"
    private static let body: JSON = ["email": .string(carla)]

    @Test func `sends a link that captures the session, recorded, with no token in the outbox`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.made(by: face.una)
        let sent = await face.una.post("/api/v1/sessions/\(id)/send", Self.body)
        expect(sent, 200)
        #expect(sent.id == id && sent["status"] == "IDLE")
        let token = String(path.dropFirst("/c/".count))
        let waiting = try await Snapshot.all(face.scene.database)["outbox"]?.joined() ?? ""
        #expect(waiting.contains(id) && !waiting.contains(token))
        let mails = try await face.scene.house.mails(to: Self.carla)
        let mail = try #require(mails.last)
        #expect(mails.count == 1 && mail.tokens("/c/") == [token])
        #expect(mail.decoded.contains("North branch") && mail.decoded.contains(sent.text("code")) && !mail.decoded.contains("Road checks"))
        expect(await face.send("/c/" + token + "/start"), 200)
        let event = await face.una.get("/api/v1/sessions/\(id)/events").items.first { $0["type"] == "session.sent" }
        #expect(event?["data"] == ["email": .string(Self.carla)] && event?["actor"]?["id"] == .string(face.scene.cast.una.id))
        let entry = await face.adam.get("/api/v1/history?subject=\(id)").items.first { $0["action"] == "session.sent" }
        #expect(entry?["changes"] == [["field": "email", "from": .null, "to": .string(Self.carla)]])
    }

    @Test func `is for whoever may write the session`() async throws {
        let scene = try await Scene.assemble()
        let target = "/api/v1/sessions/\(scene.sessions.una)/send"
        expect(await scene.cast.uwe.client.post(target, Self.body), 404)
        expect(await scene.cast.rita.client.post(target, Self.body), 403, "level_too_low")
        expect(await scene.cast.mallory.client.post(target, Self.body), 404)
        for bad: JSON in [[:], ["email": "carla"], ["email": .null], ["email": 7], ["email": "a@example.com\r\nBcc: b@example.com"]] {
            #expect([400, 422].contains(await scene.cast.una.client.post(target, bad).status), "\(bad)")
        }
        #expect(try await scene.house.mails(to: Self.carla).isEmpty)
        for client in [scene.cast.una.client, scene.cast.adam.client, scene.cast.withKey(scene.cast.shared.secret)] {
            expect(await client.post(target, Self.body), 200)
        }
        #expect(try await scene.house.mails(to: Self.carla).count == 3)
    }

    @Test func `is refused once the session is captured or over`() async throws {
        let face = try await PublicFace()
        let (captured, _) = try await face.made(by: face.una)
        try await face.scene.capture(captured)
        expect(await face.una.post("/api/v1/sessions/\(captured)/send", Self.body), 409, "wrong_status")
        #expect(!(await Browser(face.una).get("/sessions/\(captured)").text.contains("/send\"")))
        expect(await face.adam.patch("/api/v1/api-keys/\(face.scene.north.key)", ["session_expiry": "24h"]), 200)
        let (expiring, _) = try await face.made(by: face.una)
        face.scene.house.time.advance(hours: 25)
        let admin = try await face.scene.house.olive().switched(into: face.scene.north.account)
        expect(await admin.post("/api/v1/sessions/\(expiring)/send", Self.body), 409, "wrong_status")
    }

    @Test func `is not done any more for what is over, gone or closed when the mail is due`() async throws {
        let face = try await PublicFace()
        let (deleted, _) = try await face.made(by: face.una)
        let (captured, _) = try await face.made(by: face.una)
        for id in [deleted, captured] { expect(await face.una.post("/api/v1/sessions/\(id)/send", Self.body), 200) }
        expect(await face.una.delete("/api/v1/sessions/\(deleted)"), 204)
        try await face.scene.capture(captured)
        #expect(try await face.scene.house.mails(to: Self.carla).isEmpty)
        let (other, _) = try await face.made(by: face.una)
        expect(await face.una.post("/api/v1/sessions/\(other)/send", Self.body), 200)
        expect(await face.scene.cast.olive.post("/api/v1/accounts/\(face.scene.north.account)/disable"), 200)
        #expect(try await face.scene.house.mails(to: Self.carla).isEmpty)
    }

    @Test func `has an end, and a repeated request sends nothing`() async throws {
        let face = try await PublicFace()
        let (id, _) = try await face.made(by: face.una)
        var once = HTTPFields()
        once[.idempotencyKey] = "send-once"
        for _ in 0..<2 { expect(await face.una.send(.post, "/api/v1/sessions/\(id)/send", Self.body, headers: once), 200) }
        #expect(try await face.scene.house.mails(to: Self.carla).count == 1)
        for _ in 1..<Sessions.mailsOfOne { expect(await face.una.post("/api/v1/sessions/\(id)/send", Self.body), 200) }
        expect(await face.una.post("/api/v1/sessions/\(id)/send", Self.body), 409, "too_many_mails")
        #expect(try await face.scene.house.mails(to: Self.carla).count == Sessions.mailsOfOne)
    }

    @Test func `is a form on the session's page, with the contact's address in it`() async throws {
        let scene = try await Scene.assemble()
        let una = scene.browser(.una)
        let id = try await scene.cast.session(scene.cast.una.client, [("contact", ["email": .string(Self.carla)])])
        let page = await una.get("/sessions/\(id)").text
        let form = try #require(PageForm.posting(to: "/sessions/\(id)/send", in: page).first)
        #expect(form.submitted.map(\.value) == [Self.carla])
        let refused = await una.post("/sessions/\(id)/send", [("email", "nobody at all")])
        expect(refused, 422)
        #expect(PageForm.posting(to: "/sessions/\(id)/send", in: refused.text).first?.submitted.map(\.value) == ["nobody at all"])
        let done = await una.post("/sessions/\(id)/send", [("email", Self.carla)])
        #expect(done.location == "/sessions/\(id)?done=sent")
        let after = await una.get("/sessions/\(id)?done=sent").text
        #expect(after.contains("The mail with the capture link is on its way.") && after.contains("mailed the capture link to \(Self.carla)"))
        #expect(try await scene.house.mails(to: Self.carla).count == 1)
        #expect(!(await scene.browser(.rita).get("/sessions/\(id)").text.contains("/send\"")))
    }
}
