import Foundation
import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyImages
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Logging
import Testing

@testable import latchkey

/// A route that takes an upload, on a whole server: what is judged before the body, and what is left after it.
@Suite struct UploadTests {
    static let limit = 64 * 1024
    static let boundary = "frontier"

    /// The house with one route more, and what its handler saw.
    struct Landing: Sendable {
        let house: TestHouse
        let lineUp: LineUp
        let folder: String

        init(rules: UploadRules = UploadRules(), limit: Int = UploadTests.limit, sums: Bool = true) async throws {
            let house = try await TestHouse()
            var own = house.house
            own = House(
                gate: own.gate, hasher: own.hasher, masterKey: own.masterKey, settings: own.settings, mail: own.mail, metrics: own.metrics,
                logger: own.logger,
                blobs: own.blobs, uploads: Uploads(rules))
            let route = Route.post(
                "/api/v1/landing", .need(.enterprise(nil)), leaves: .nothing(because: "a test"), upload: .multipart(limit: limit)
            ) { call in
                if call.inbound.headers[.userAgent] == "refused" { throw Problem(409, "refused", "Before the body.") }
                return try await call.receiveUpload { upload in
                    guard let range = upload.file?.range else { throw Problem.invalid("photo", "required", "Choose one.") }
                    let bytes = sums ? try await upload.body.reading { try $0.read(at: range.lowerBound, upTo: range.count) } : []
                    return .json([
                        "fields": .int(Int64(upload.fields.fields.count)), "size": .int(Int64(range.count)),
                        "sum": .int(Int64(bytes.reduce(0) { $0 &+ Int($1) })),
                    ])
                }
            }
            self.house = house
            lineUp = LineUp(house: own, routes: Composition.routes(Operations()) + [route])
            folder = house.installation.directory.path + "/blobs/incoming"
        }

        /// Sends a body as a stream, or as bytes, signed in as Olive unless told otherwise.
        func send(
            _ body: [UInt8], signedIn: Bool = true, type: String = "multipart/form-data; boundary=\(UploadTests.boundary)", declared: Int? = nil,
            agent: String = "test", pieces: BodyStream? = nil
        ) async throws -> LocalClient.Reply {
            var inbound = Inbound(
                .post, "/api/v1/landing", headers: [.contentType: type, .userAgent: agent], body: pieces == nil ? body : [], stream: pieces)
            if let declared { inbound.headers[.contentLength] = String(declared) }
            if signedIn { inbound.headers[.authorization] = "Bearer " + (try await house.olive().token ?? "") }
            let outbound = await lineUp.respond(to: inbound)
            return .init(status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
        }

        /// The files on their way in.
        var left: [String] {
            (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).filter { $0.contains("/") }
        }
    }

    static func form(_ photo: [UInt8], field: String = "1") -> [UInt8] {
        Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"step\"\r\n\r\n\(field)\r\n".utf8)
            + Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"x.jpg\"\r\n\r\n".utf8) + photo
            + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    static func pieces(_ bytes: [UInt8], of size: Int, pause: Duration? = nil) -> BodyStream {
        BodyStream { take in
            for start in stride(from: 0, to: bytes.count, by: size) {
                if let pause { try await Task.sleep(for: pause) }
                try await take(Array(bytes[start..<min(start + size, bytes.count)]))
            }
        }
    }

    @Test func aFormArrivesInPiecesOrWholeAndNothingIsLeft() async throws {
        let landing = try await Landing()
        let photo = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
        let body = Self.form(photo)
        for stream in [nil, Self.pieces(body, of: 1000), Self.pieces(body, of: 7)] {
            let reply = try await landing.send(body, declared: body.count, pieces: stream)
            expect(reply, 200)
            #expect(reply["fields"] == 1 && reply["size"] == 50_000 && reply["sum"] == .int(Int64(photo.reduce(0) { $0 + Int($1) })))
            #expect(landing.left.isEmpty)
        }
    }

    /// Who may not, or declares too much, is told so before a byte of the body is asked for.
    @Test func theBodyIsNotTouchedBeforeTheHeadIsJudged() async throws {
        let landing = try await Landing()
        for (expected, code, signedIn, declared, type, agent) in [
            (401, "unauthenticated", false, 10, "multipart/form-data; boundary=x", "test"),
            (413, "body_too_large", true, Self.limit + 1, "multipart/form-data; boundary=x", "test"),
            (415, "unsupported_media_type", true, 10, "image/jpeg", "test"), (400, "malformed_form", true, 10, "multipart/form-data", "test"),
            (400, "malformed_request", true, -1, "multipart/form-data; boundary=x", "test"),
            (409, "refused", true, 10, "multipart/form-data; boundary=x", "refused"),
        ] {
            let stream = BodyStream { _ in Issue.record("the body was asked for: \(code)") }
            let reply = try await landing.send([], signedIn: signedIn, type: type, declared: declared, agent: agent, pieces: stream)
            expect(reply, expected, code)
            #expect(!stream.isRead && landing.left.isEmpty)
        }
    }

    @Test func whatIsTooMuchOrCutOffOrMalformedIsRefusedAndForgotten() async throws {
        let landing = try await Landing()
        let body = Self.form([1, 2, 3])
        let large = Self.form([UInt8](repeating: 7, count: Self.limit))
        expect(try await landing.send(large, pieces: Self.pieces(large, of: 1000)), 413, "body_too_large")
        expect(try await landing.send(body, declared: body.count + 5, pieces: Self.pieces(body, of: 10)), 400, "malformed_form")
        let cut = Array(body.dropLast(20))
        expect(try await landing.send(cut, pieces: Self.pieces(cut, of: 10)), 400, "malformed_form")
        expect(try await landing.send([]), 400, "malformed_form")
        struct Gone: Error {}
        let broken = BodyStream { take in
            try await take(Array(body.prefix(30)))
            throw Gone()
        }
        expect(try await landing.send([], pieces: broken), 500)
        #expect(landing.left.isEmpty && !broken.isRead)
    }

    @Test func whoDoesNotGetOnIsLetGo() async throws {
        var rules = UploadRules()
        rules.idle = .seconds(2)
        let idle = try await Landing(rules: rules)
        let body = Self.form([UInt8](repeating: 1, count: 1000))
        expect(try await idle.send([], pieces: Self.pieces(body, of: 100, pause: .seconds(30))), 408, "upload_too_slow")
        expect(try await idle.send([], pieces: Self.pieces(body, of: 400, pause: .milliseconds(20))), 200)
        rules.whole = .milliseconds(300)
        let slow = try await Landing(rules: rules)
        expect(try await slow.send([], pieces: Self.pieces(body, of: 10, pause: .milliseconds(50))), 408, "upload_too_slow")
        #expect(idle.left.isEmpty && slow.left.isEmpty)
    }

    @Test func thereAreOnlySoManyAtOnce() async throws {
        var rules = UploadRules()
        rules.atOnce = 3
        let landing = try await Landing(rules: rules)
        let body = Self.form([1])
        let statuses = try await atOnce(6) { _ in try await landing.send([], pieces: Self.pieces(body, of: 1000, pause: .milliseconds(1500))).status }
        #expect(statuses.filter { $0 == 200 }.count >= 3 && statuses.allSatisfy { $0 == 200 || $0 == 503 }, "\(statuses)")
        let after = try await landing.send(body)
        expect(after, 200)
    }
}
