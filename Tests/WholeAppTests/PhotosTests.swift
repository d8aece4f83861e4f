import Foundation
import HTTPTypes
import LatchkeyBlobs
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import PhotosFeature
import SessionsFeature
import Testing

@testable import latchkey

/// A customer takes photos on a phone; they land in one user's dashboard and in nobody else's.
@Suite struct `Photos of a customer` {
    /// A real picture.
    private static let picture = QRCode("latchkey")?.png(scale: 8) ?? []

    private struct Customer {
        let scene: Scene
        let session: String
        let path: String

        init(scene: Scene, session: String, path: String) { (self.scene, self.session, self.path) = (scene, session, path) }

        /// Una's link is opened, and a session started.
        init() async throws {
            scene = try await Scene.assemble()
            let link = await scene.cast.adam.client.post(
                "/api/v1/links", ["name": "Counter", "api_key": .string(scene.north.key), "user": .string(scene.cast.una.id)])
            let started = await scene.house.anyone.send(
                .post, PublicFace.path(link.text("url")), PublicFace.customer, headers: PublicFace.asJSON)
            guard started.status == 201 else { throw OperatorError("cannot start: \(started.text)") }
            session = started["session"]["id"]?.text ?? ""
            path = PublicFace.path(started.text("capture_url"))
        }

        func send(_ fields: [(String, String)], file: [UInt8]? = picture, accept: String = "application/json") async -> LocalClient.Reply {
            var inbound = Inbound(.post, path + "/photos")
            inbound.headers[.accept] = accept
            inbound.headers[.contentType] = "multipart/form-data; boundary=xyz"
            for (name, value) in fields {
                inbound.body += Array("--xyz\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
            }
            if let file {
                let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../x.php\"\r\nContent-Type: text/html\r\n\r\n"
                inbound.body += Array(head.utf8) + file + Array("\r\n".utf8)
            }
            inbound.body += Array("--xyz--\r\n".utf8)
            let outbound = await scene.house.lineUp.respond(to: inbound)
            return .init(
                status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
        }

        func photos(_ client: LocalClient) async -> LocalClient.Reply { await client.get("/api/v1/sessions/\(session)/photos") }
    }

    @Test func `are seen by the link's user and by reviewers, as clean pictures, and by nobody else`() async throws {
        let customer = try await Customer()
        let scene = customer.scene
        let sent = await customer.send([("step", "front"), ("photo_id", "a.1")])
        expect(sent, 201)
        #expect(sent["step"] == "front" && sent["photo_id"] == "a.1")
        for who in Who.allCases where !who.isEnterprise {
            let sees = [Who.una, .rita, .kim, .adam, .switched, .key, .robot].contains(who)
            let list = await customer.photos(scene.client(who))
            #expect(list.status == (sees ? 200 : 404), "\(who)")
            let image = await scene.client(who).get("/api/v1/sessions/\(customer.session)/photos/\(sent.id)/image?size=thumb")
            #expect(image.status == (sees ? 200 : 404), "\(who)")
            if !sees { continue }
            #expect(list.items.map { $0["id"]?.text } == [sent.id], "\(who)")
            #expect(image.body.starts(with: [0xFF, 0xD8, 0xFF]) && image.header("Content-Type") == "image/jpeg", "\(who)")
            #expect(image.header("Cache-Control") == "private, no-store" && image.header("X-Content-Type-Options") == "nosniff")
            #expect(image.header("Content-Security-Policy")?.contains("sandbox") == true)
        }
        #expect(await scene.cast.una.client.get("/api/v1/sessions/\(customer.session)").text("status") == "PROCESS")
        let page = await Browser(scene.cast.una.client).get("/sessions/\(customer.session)")
        #expect(page.text.contains("/photos/\(sent.id)/image"))
    }

    @Test func `are one photo when they are sent again, and are not stored when they are none`() async throws {
        let customer = try await Customer()
        let adam = customer.scene.cast.adam.client
        let first = await customer.send([("step", "rear"), ("photo_id", "r-1")])
        let again = await customer.send([("step", "rear"), ("photo_id", "r-1")], file: Array("no picture".utf8))
        expect(again, 200)
        #expect(again.id == first.id)
        for (fields, file, wrong) in [
            ([("step", "rear")], Array("<svg/>".utf8), "file: unsupported_format"), ([("step", "rear")], [], "file: unsupported_format"),
            ([("step", "rear")], Array(Self.picture.prefix(Self.picture.count / 2)), "file: damaged"),
            ([("step", "roof")], Self.picture, "step: unknown_step"),
            ([("step", "rear"), ("photo_id", "a/b")], Self.picture, "photo_id: invalid_photo_id"), ([("step", "rear")], nil, "file: required"),
        ] as [([(String, String)], [UInt8]?, String)] {
            let reply = await customer.send(fields, file: file)
            expect(reply, 422)
            #expect(reply.fieldCodes == [wrong], "\(reply.text)")
        }
        let refused = await customer.send([("step", "rear")], file: [1, 2, 3], accept: "text/html")
        #expect(refused.status == 303 && (refused.header("Location") ?? "").hasSuffix("?refused=unsupported_format"))
        let page = await customer.scene.house.anyone.get(customer.path + "?refused=unsupported_format")
        #expect(page.text.contains("no JPEG, PNG, WebP or HEIC"))
        #expect(await customer.photos(adam).items.count == 1)
    }

    @Test func `leave no files that no photo names, when one is sent many times at once and when too many are`() async throws {
        let customer = try await Customer()
        for _ in 0..<57 { _ = try await customer.scene.photo(of: customer.session) }
        func files() async throws -> Int { try await customer.scene.house.house.blobs.keys(untouchedFor: .zero, after: nil, limit: 1000).count }
        let before = try await files()
        let sent = await withTaskGroup(of: LocalClient.Reply.self) { group in
            for number in 0..<12 { group.addTask { await customer.send([("step", "rear"), ("photo_id", number < 6 ? "r-1" : "r-\(number)")]) } }
            return await group.reduce(into: [LocalClient.Reply]()) { $0.append($1) }
        }
        let made = Set(sent.filter { $0.status < 300 }.map(\.id))
        #expect(made.count == 3 && sent.filter { $0.status == 201 }.count == 3)
        #expect(try await files() == before + 9)
    }

    @Test func `finish a session once every step has one, and are refused when it is over`() async throws {
        let customer = try await Customer()
        let scene = customer.scene
        for step in CaptureStep.all where !step.isTyped { expect(await customer.send([("step", step.id)]), 201) }
        func act(_ name: String, _ body: JSON? = nil) async -> LocalClient.Reply {
            await scene.house.anyone.send(.post, customer.path + "/" + name, body, headers: PublicFace.asJSON)
        }
        #expect(await act("finish").fieldCodes == ["vin: missing", "odometer: missing"])
        expect(await act("answers", ["step": "vin", "text": .string(PublicFace.vin)]), 200)
        expect(await act("answers", ["step": "odometer", "text": "48210 km"]), 200)
        expect(await act("finish"), 200)
        #expect(await scene.cast.una.client.get("/api/v1/sessions/\(customer.session)").text("status") == "CONFIRM")
        expect(await customer.send([("step", "front")]), 409, "wrong_status")
        #expect(await customer.photos(scene.cast.una.client).items.count == 11)
        expect(await scene.cast.adam.client.post("/api/v1/sessions/\(customer.session)/review", ["outcome": "COMPLETE"]), 200)
        expect(await scene.cast.olive.post("/api/v1/accounts/\(scene.north.account)/disable"), 200)
        expect(await customer.send([("step", "front")]), 410, "capture_closed")
    }

    /// The pieces of an archive as it is streamed, or nothing where it breaks off.
    private func archive(_ client: LocalClient, of session: String, _ method: HTTPRequest.Method = .get) async -> (Outbound, [[UInt8]]?) {
        var inbound = Inbound(method, "/api/v1/sessions/\(session)/photos.zip")
        inbound.headers[.authorization] = "Bearer " + (client.token ?? "")
        let outbound = await client.lineUp.respond(to: inbound)
        var pieces: [[UInt8]] = []
        do { if let stream = outbound.stream { for try await piece in stream() { pieces.append(piece) } } } catch { return (outbound, nil) }
        return (outbound, pieces)
    }

    @Test func `are downloaded as one archive by whoever may export the session, and each download is recorded`() async throws {
        let customer = try await Customer()
        let (scene, session) = (customer.scene, customer.session)
        for step in ["rear", "front", "vin", "front"] { expect(await customer.send([("step", step)]), 201) }
        let exporter = try await Cast.make(
            scene.cast.inNorth, "roles",
            ["name": "Exporter", "description": "Exports their own.", "screens": ["session-files": ["level": "full", "reach": "own"]]])
        let userRole = JSON.string(scene.cast.roles["USER"] ?? "")
        for member in [scene.cast.una, scene.cast.uwe] {
            expect(await scene.cast.inNorth.patch("/api/v1/users/\(member.id)", ["roles": [userRole, .string(exporter)]]), 200)
        }
        let before = try await Snapshot.heads(scene.database)
        for (who, status) in [(Who.uwe, 404), (.rita, 403), (.kim, 403), (.key, 403), (.mallory, 404), (.olive, 403)] {
            #expect(await archive(scene.client(who), of: session).0.status == status, "\(who)")
        }
        #expect(await archive(scene.house.anyone, of: session).0.status == 401)
        let empty = try await scene.cast.session(scene.cast.una.client)
        expect(await scene.cast.una.client.get("/api/v1/sessions/\(empty)/photos.zip"), 409, "no_photos")
        let look = await archive(scene.cast.una.client, of: session, .head)
        #expect(look.0.status == 200 && look.0.stream == nil)
        #expect(Snapshot.growth(before, try await Snapshot.heads(scene.database)) == [scene.north.account: 1], "the session that was made")

        let code = await scene.cast.una.client.get("/api/v1/sessions/\(session)").text("code")
        let photos = await customer.photos(scene.cast.una.client).items
        for who in [Who.una, .adam, .switched] {
            let (outbound, pieces) = await archive(scene.client(who), of: session)
            let bytes = try #require(pieces?.flatMap { $0 })
            #expect(outbound.status == 200 && bytes.starts(with: Array("PK\u{3}\u{4}".utf8)))
            #expect(outbound.headers[.contentType] == "application/zip" && outbound.headers[.cacheControl] == "private, no-store")
            #expect(outbound.headers[.contentDisposition] == "attachment; filename=\"\(code)-photos.zip\"")
            #expect(outbound.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            let list = String(decoding: bytes, as: UTF8.self)
            var rest = list[...]
            for name in ["01-vin", "02-front", "03-front", "04-rear"] {
                let place = try #require(rest.range(of: "\(code)/\(name).jpg"), "\(name)")
                rest = rest[place.upperBound...]
            }
            #expect(bytes.count > photos.reduce(0) { $0 + ($1["bytes"]?.integer.map(Int.init) ?? 0) })
        }
        let entry = await scene.cast.adam.client.get("/api/v1/history?subject=\(session)&limit=3").items
        #expect(entry.map { $0["action"]?.text } == Array(repeating: "session.photos_exported", count: 3))
        #expect(entry.last?["actor"]?["name"] == "Una Example")
        #expect(await Browser(scene.cast.una.client).get("/sessions/\(session)").text.contains("/photos.zip"))
        let reader = await Browser(scene.cast.rita.client).get("/sessions/\(session)").text
        #expect(reader.contains("/image?") && !reader.contains("/photos.zip"))
    }

    @Test func `give each card of the list its face, and the table none`() async throws {
        let customer = try await Customer()
        let (scene, session) = (customer.scene, customer.session)
        let una = Browser(scene.cast.una.client)
        let bare = try await scene.cast.session(scene.cast.una.client)
        #expect(!(await una.get("/sessions?view=cards").text.contains("size=thumb")))
        // Each is more welcome than those before it.
        for step in ["interior", "rear", "front"] {
            let photo = await customer.send([("step", step)])
            expect(photo, 201)
            _ = await customer.send([("step", "tires")])
            _ = await customer.send([("step", step)])
            let page = await una.get("/sessions?view=cards").text
            #expect(page.contains("/sessions/\(session)/photos/\(photo.id)/image?size=thumb"), "\(step)")
            #expect(page.components(separatedBy: "size=thumb").count == 2 && page.contains(bare))
        }
        #expect(!(await una.get("/sessions").text.contains("size=thumb")))
        #expect(!(await Browser(scene.cast.uwe.client).get("/sessions?view=cards").text.contains("size=thumb")))
    }

    @Test func `break an archive off where one of them cannot be read`() async throws {
        let customer = try await Customer()
        for step in ["front", "rear"] { expect(await customer.send([("step", step)]), 201) }
        let scene = customer.scene
        let lost = try await scene.database.read(seeing: .everything) { tx in
            try tx.rows("SELECT full_blob FROM photos WHERE step = 'rear'") { BlobKey(try $0.text(at: 0)) }
        }
        for key in lost.compactMap({ $0 }) { try await scene.house.house.blobs.delete(key) }
        let (outbound, pieces) = await archive(scene.cast.adam.client, of: customer.session)
        #expect(outbound.status == 200 && pieces == nil)
    }

    @Test func `are bounded for the sessions of a link, of many at once too`() async throws {
        let customer = try await Customer()
        let scene = customer.scene
        func fill(_ bytes: Int) async throws {
            try await scene.database.write(seeing: .everything) { tx in try tx.execute("UPDATE photos SET bytes = \(bytes)") }
        }
        expect(await customer.send([("step", "front")]), 201)
        try await fill(LinkQuota.bytes - 1)
        let statuses = try await atOnce(16) { _ in await customer.send([("step", "rear")]).status }
        #expect(statuses.filter { $0 == 201 }.count == 1 && statuses.filter { $0 == 422 }.count == 15)
        let refused = await customer.send([("step", "rear")])
        #expect(refused.fieldCodes == ["file: link_full"])
        #expect(await customer.send([("step", "rear")], accept: "text/html").header("Location")?.hasSuffix("?refused=link_full") == true)
        #expect(await scene.house.anyone.get(customer.path + "?refused=link_full").text.contains("all the photos that it takes in a day"))
        scene.house.time.advance(hours: 24)
        expect(await customer.send([("step", "rear")]), 201)
        // Nothing to do with links: what staff make is theirs to bound.
        try await fill(LinkQuota.bytes)
        let own = await (try scene.house.signIn("una@example.com")).post("/api/v1/sessions", ["api_key": .string(scene.north.key)])
        #expect(own.status == 201)
        let elsewhere = Customer(scene: scene, session: own.id, path: PublicFace.path(own.text("capture_url")))
        expect(await scene.house.anyone.send(.post, elsewhere.path + "/start", headers: PublicFace.asJSON), 200)
        expect(await elsewhere.send([("step", "front")]), 201)
    }

    @Test func `are bounded for an account's day`() async throws {
        let customer = try await Customer()
        let scene = customer.scene
        expect(await customer.send([("step", "front")]), 201)
        let session = customer.session
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute("UPDATE photos SET bytes = \(PhotoIntake.accountQuota - 1), link = NULL WHERE session = \(session)")
        }
        let statuses = try await atOnce(8) { _ in await customer.send([("step", "rear")]).status }
        #expect(statuses.filter { $0 == 201 }.count == 1 && statuses.filter { $0 == 422 }.count == 7)
        #expect(await customer.send([("step", "rear")]).fieldCodes == ["file: account_full"])
        #expect(await scene.house.anyone.get(customer.path + "?refused=account_full").text.contains("all the photos that it takes in a day"))
        scene.house.time.advance(hours: 24)
        expect(await customer.send([("step", "rear")]), 201)
    }

    @Test func `are bounded for each session, before their bytes are read and with many at once`() async throws {
        let customer = try await Customer()
        for _ in 0..<59 { _ = try await customer.scene.photo(of: customer.session) }
        let replies = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { await customer.send([("step", "front")]).status } }
            return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(replies == [201: 1, 422: 7])
        #expect(await customer.photos(customer.scene.cast.una.client).items.count == 60)
    }
}
