import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
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
            let sees = [Who.una, .rita, .kim, .adam, .switched, .key].contains(who)
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
