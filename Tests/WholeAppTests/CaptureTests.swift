import CaptureFeature
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature
import Testing

@testable import latchkey

/// What a customer does with the capture URL of one session (rules 9, 12, 13, 14; ruling 17).
@Suite struct `Capturing` {
    private func typeBoth(_ face: PublicFace, _ path: String) async {
        expect(await face.send(path + "/answers", ["step": "vin", "text": .string(PublicFace.vin)]), 200)
        expect(await face.send(path + "/answers", ["step": "odometer", "text": "48,210 km"]), 200)
    }

    @Test func `has the thirteen steps of a vehicle in their order`() async throws {
        let face = try await PublicFace()
        let reply = await face.look(try await face.started().path)
        let wanted = [
            "vin", "interior", "odometer", "left", "front-left", "front", "front-right", "right", "rear-right", "rear", "rear-left", "windshield",
            "tires",
        ]
        #expect(reply["steps"].elements.compactMap { $0["id"]?.text } == wanted)
        #expect(reply["missing"].elements.compactMap(\.text) == wanted)
        #expect(reply["steps"].elements.filter { $0["may_be_typed"] == true }.compactMap { $0["id"]?.text } == ["vin", "odometer"])
        #expect(reply["account"] == ["name": "North branch"])
        #expect(!reply.text.contains("usr_") && !reply.text.contains("key_") && !reply.text.contains("Road checks"))
    }

    @Test func `begins a session that was made in the dashboard, once`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.made(by: face.una)
        let page = await face.phone.get(path)
        #expect(page.status == 200 && PageForm.posting(to: path + "/start", in: page.text).count == 1)
        #expect(await face.una.get("/api/v1/sessions/\(id)")["status"] == "IDLE")
        expect(await face.send(path + "/answers", ["step": "vin", "text": .string(PublicFace.vin)]), 409, "wrong_status")
        expect(await face.send(path + "/finish"), 409, "wrong_status")
        let started = await face.send(path + "/start")
        expect(started, 200)
        #expect(started["session"]["status"] == "STARTED")
        expect(await face.send(path + "/start"), 409, "wrong_status")
        let again = await face.phone.post(path + "/start")
        #expect(again.status == 303 && again.location == path)
        let events = await face.una.get("/api/v1/sessions/\(id)/events").items
        #expect(events.map { $0["type"]?.text } == ["session.started", "session.created"])
        #expect(events[0]["actor"]?["kind"] == "capture")
    }

    @Test func `takes a typed VIN and distance, judges them, and sets them on the vehicle`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.started([("user", .string(face.scene.cast.una.id))])
        let bad: [(JSON, Int, String)] = [
            (["step": "vin", "text": "IOQ"], 422, "invalid_vin"), (["step": "odometer", "text": "far"], 422, "invalid_odometer"),
            (["step": "odometer", "text": "123456789"], 422, "invalid_odometer"), (["step": "odometer", "text": "-5"], 422, "invalid_odometer"),
            (["step": "front", "text": "x"], 422, "photo_needed"), (["step": "roof", "text": "x"], 422, "unknown_step"),
            (["step": "vin"], 422, "required"), (["text": "x"], 422, "required"), (["step": 7, "text": "x"], 400, "wrong_type"),
            (["step": "vin", "text": "x", "zzz": 1], 400, "unknown_field"),
        ]
        let before = try await Snapshot.all(face.scene.database)
        for (body, status, code) in bad { expect(await face.send(path + "/answers", body), status, code, "\(body)") }
        #expect(Snapshot.differences(before, try await Snapshot.all(face.scene.database)) == [])
        let vin = await face.send(path + "/answers", ["step": "vin", "text": .string(" " + PublicFace.vin.lowercased())])
        expect(vin, 200)
        #expect(vin["steps"].elements.first?["answer"]?.text == PublicFace.vin)
        for (typed, distance, unit) in [("48.210", 48210, "km"), ("30'000 mi", 30000, "mi"), ("31 000", 31000, "mi"), ("12 KM", 12, "km")] {
            expect(await face.send(path + "/answers", ["step": "odometer", "text": .string(typed)]), 200, nil, typed)
            let vehicle = await face.una.get("/api/v1/sessions/\(id)")["vehicle"]
            #expect(
                vehicle["vin"]?.text == PublicFace.vin && vehicle["odometer"]?.whole == distance && vehicle["odometer_unit"]?.text == unit, "\(typed)"
            )
        }
        #expect(await face.una.get("/api/v1/sessions?search=\(PublicFace.vin)").items.map { $0["id"]?.text } == [id])
        let heads = try await Snapshot.heads(face.scene.database)
        expect(await face.send(path + "/answers", ["step": "odometer", "text": "12 km"]), 200)
        #expect(Snapshot.growth(heads, try await Snapshot.heads(face.scene.database)) == [:], "the same again changes nothing")
        #expect(await face.una.get("/api/v1/sessions/\(id)")["status"] == "STARTED")
    }

    @Test func `finishes only with every step, names those that are missing, and waits for a review`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.started([("user", .string(face.scene.cast.una.id))])
        let early = await face.send(path + "/finish")
        expect(early, 422, "steps_missing")
        #expect(early["missing"].elements.count == 13 && early.fieldCodes.contains("tires: missing"))
        await typeBoth(face, path)
        face.photos.take(PublicFace.photographed.filter { $0 != "tires" }, of: id)
        let nearly = await face.send(path + "/finish")
        expect(nearly, 422, "steps_missing")
        #expect(nearly["missing"] == ["tires"])
        let page = await face.phone.post(path + "/finish")
        #expect(page.status == 422 && page.text.contains("href=\"#step-tires\"") && page.text.contains("id=\"step-tires\""))
        #expect(await face.una.get("/api/v1/sessions/\(id)")["status"] == "STARTED")
        face.photos.take(["tires"], of: id)
        let done = await face.send(path + "/finish")
        expect(done, 200)
        #expect(done["session"]["status"] == "CONFIRM")
        let session = await face.una.get("/api/v1/sessions/\(id)")
        #expect(session["captured_at"] != .null && session["completed_at"] == .null)
        let types = await face.una.get("/api/v1/sessions/\(id)/events").items.compactMap { $0["type"]?.text }
        #expect(Array(types.prefix(2)) == ["session.confirm", "session.captured"])
        let thanks = await face.phone.get(path)
        #expect(thanks.status == 200 && thanks.text.contains("Thank you") && !thanks.text.contains("<form"))
        for act in ["/start", "/finish"] { expect(await face.send(path + act), 409, "wrong_status", act) }
        expect(await face.send(path + "/answers", ["step": "vin", "text": .string(PublicFace.vin)]), 409, "wrong_status")
        expect(await face.adam.post("/api/v1/sessions/\(id)/review", ["outcome": "COMPLETE"]), 200)
        expect(await face.phone.get(path), 200)
    }

    @Test func `completes by itself where the key says so, and leads on`() async throws {
        let face = try await PublicFace()
        let body: JSON = ["name": "Quick", "mode": "live", "completes": "by_itself", "redirect_url": "https://example.com/done?a=1&b=2"]
        let key = await face.adam.post("/api/v1/api-keys", body)
        let (id, path) = try await face.started([("api_key", .string(key.id))])
        face.photos.take(CaptureStep.all.map(\.id), of: id)
        let done = await face.send(path + "/finish")
        #expect(done["session"]["status"] == "COMPLETE")
        #expect(await face.adam.get("/api/v1/sessions/\(id)")["completed_at"] != .null)
        #expect(await face.phone.get(path).text.contains("href=\"https://example.com/done?a=1&amp;b=2\""))
    }

    @Test func `works with forms alone, and is come back to on the same URL`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.started()
        let page = await face.phone.get(path)
        #expect(PageForm.posting(to: path + "/answers", in: page.text).count == 2 && PageForm.posting(to: path + "/finish", in: page.text).count == 1)
        let wrong = await face.phone.post(path + "/answers", [("step", "vin"), ("text", "nonsense <b>")])
        #expect(wrong.status == 422 && wrong.text.contains("nonsense &lt;b&gt;") && wrong.text.contains("text-vin-error"))
        let vin = await face.phone.post(path + "/answers", [("step", "vin"), ("text", PublicFace.vin)])
        #expect(vin.status == 303 && vin.location == path)
        let odometer = await face.phone.post(path + "/answers", [("step", "odometer"), ("text", "48210"), ("unit", "mi")])
        #expect(odometer.status == 303)
        #expect(await face.adam.get("/api/v1/sessions/\(id)")["vehicle"]["odometer_unit"] == "mi")
        #expect(await face.phone.get(path).text.contains("2 of 13 done"))
        face.photos.take(PublicFace.photographed, of: id)
        let done = await face.phone.post(path + "/finish")
        #expect(done.status == 303 && done.location == path)
        for act in ["/start", "/answers", "/finish"] {
            #expect(await face.phone.get(path + act).location == path, "a phone comes back to the address of a form")
        }
        let manifest = await face.anyone.get(path + "/app.webmanifest")
        #expect(manifest["name"] == "North branch" && manifest["start_url"].text == path)
    }

    @Test func `is over from the deadline on, swept or not`() async throws {
        let face = try await PublicFace()
        let key = await face.adam.post("/api/v1/api-keys", ["name": "Short", "mode": "live", "session_expiry": "1h"])
        let (id, path) = try await face.started([("api_key", .string(key.id))])
        face.photos.take(CaptureStep.all.map(\.id), of: id)
        face.scene.house.time.advance(minutes: 59)
        expect(await face.look(path), 200)
        face.scene.house.time.advance(minutes: 1)
        expect(await face.look(path), 410, "session_expired")
        let page = await face.phone.get(path)
        #expect(page.status == 410 && page.text.contains("North branch") && !page.text.contains("<form"))
        for act in ["/start", "/finish"] {
            expect(await face.send(path + act), 410, "session_expired", act)
            expect(await face.phone.post(path + act), 410, nil, act)
        }
        expect(await face.send(path + "/answers", ["step": "vin", "text": .string(PublicFace.vin)]), 410, "session_expired")
        let adam = try await face.scene.house.signIn("adam@example.com")
        #expect(await adam.get("/api/v1/sessions/\(id)")["status"] == "EXPIRED")
    }

    @Test func `is nothing for who has no token, or one of a deleted session`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.made(by: face.una)
        let (other, link) = (try await face.made(by: face.una).path, try await face.link().path)
        expect(await face.una.delete("/api/v1/sessions/\(id)"), 204)
        for wrong in [path, path.dropLast() + "x", "/c/" + link.dropFirst(3), "/c/x", "/c/" + (face.una.token ?? "")] {
            expect(await face.look(String(wrong)), 404, "not_found", String(wrong.prefix(20)))
            expect(await face.phone.get(String(wrong)), 404)
            expect(await face.send(wrong + "/start"), 404, "not_found")
        }
        expect(await face.look(other), 200)
        // A capture token opens nothing else, and no login opens a capture.
        let token = String(other.dropFirst(3))
        expect(await LocalClient(face.lineUp, token: token).get("/api/v1/sessions"), 401)
        expect(await face.phone.post(other + "/start", from: .site(fetch: "cross-site")), 403)
    }

    @Test func `hands the URL to who makes the session and to who may write it, and to nobody else`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let made = await face.una.post("/api/v1/sessions", ["api_key": .string(scene.north.key)])
        let url = made.text("capture_url")
        #expect(url.hasPrefix("http://localhost:8080/c/lk_capture_"))
        for (who, sees) in [(Who.una, true), (.adam, true), (.kim, true), (.key, true), (.rita, false)] {
            let reply = await scene.client(who).get("/api/v1/sessions/\(made.id)")
            expect(reply, 200, nil, "\(who)")
            #expect(reply.text("capture_url") == (sees ? url : ""), "\(who)")
            #expect(reply.header("ETag") == made.header("ETag"), "\(who)")
            #expect(!(await scene.client(who).get("/api/v1/sessions").text.contains("capture_url")), "\(who)")
            let page = await scene.browser(who).get("/sessions/\(made.id)")
            if who != .key { #expect(page.text.contains(url) == sees, "\(who)") }
        }
        let page = await scene.browser(.una).get("/sessions/\(made.id)").text
        #expect(page.contains("href=\"sms:?&amp;body=") && page.contains("href=\"mailto:?subject=") && page.contains("class=\"qr\""))
    }

    @Test func `is finished once by many at once`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.started()
        face.photos.take(CaptureStep.all.map(\.id), of: id)
        let replies = try await atOnce(64) { _ in await face.send(path + "/finish") }
        #expect(replies.filter { $0.status == 200 }.count == 1)
        #expect(replies.allSatisfy { $0.status == 200 || $0.code == "wrong_status" })
        let (second, next) = try await face.made(by: face.una)
        let starts = try await atOnce(64) { _ in await face.send(next + "/start") }
        #expect(starts.filter { $0.status == 200 }.count == 1)
        let events = await face.una.get("/api/v1/sessions/\(second)/events").items
        #expect(events.count == 2)
    }
}
