import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import SessionsFeature
import Testing

@testable import latchkey

extension Routes {
    /// What customers open by a token alone, as a page or as a program.
    static let customers = all.filter { $0.face == .either }
    static let customersUnsafe = customers.filter { $0.method != .get && $0.method != .head }
}

/// A request that is allowed and does what it says, for every route that customers reach by a token alone.
enum PublicExamples {
    typealias Missing = Examples.Missing

    /// Who sends it: a page's form, or a program.
    enum Sender: CaseIterable { case form, program }

    /// A request that can be sent.
    struct Shot: Sendable {
        var face: PublicFace
        var route: Route
        /// The path of the token's own page, and the session that it leads to.
        var own: String
        var session: String?
        var form: Browser.Fields?
        var upload: [UInt8]?

        var token: String { String(own.dropFirst(3)) }
        var target: String { own + Shot.rest(of: route) }
        /// The same with a token that was never issued.
        var unissued: String { String(own.prefix(3)) + String(token.dropLast(8)) + "00000000" + Shot.rest(of: route) }

        /// What comes after the token.
        private static func rest(of route: Route) -> String { route.path.split(separator: "/").dropFirst(2).map { "/" + $0 }.joined() }

        func fire(_ sender: Sender, from site: HTTPFields = .ownSite) async -> LocalClient.Reply { await fire(sender, at: target, from: site) }

        func fire(_ sender: Sender, at target: String, from site: HTTPFields = .ownSite) async -> LocalClient.Reply {
            if let upload { return await send(sender, target, upload, type: PublicExamples.multipart, from: site) }
            guard route.method == .post else { return await send(sender, target, [], type: nil, from: HTTPFields()) }
            guard let form else { return await send(sender, target, [], type: nil, from: site) }
            switch sender {
            case .form: return await send(sender, target, Array(Browser.encoded(form).utf8), type: PublicExamples.encoded, from: site)
            case .program:
                let json = JSON(members: form.map { ($0.name, .string($0.value)) })
                return await send(sender, target, json.encode(), type: "application/json", from: site)
            }
        }

        /// These bytes, whatever the route takes.
        func send(
            _ sender: Sender, _ target: String, _ body: [UInt8], type: String?, from site: HTTPFields = .ownSite
        ) async -> LocalClient.Reply {
            let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            var inbound = Inbound(route.method, String(parts.first ?? ""), query: parts.count > 1 ? String(parts[1]) : "", body: body)
            for field in site { inbound.headers[field.name] = field.value }
            inbound.headers[.accept] = sender == .form ? "text/html,*/*;q=0.8" : "application/json"
            inbound.headers[.contentType] = type
            let outbound = await face.lineUp.respond(to: inbound)
            return .init(
                status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
        }
    }

    static let encoded = "application/x-www-form-urlencoded"
    static let multipart = "multipart/form-data; boundary=xyz"

    /// A real picture of the front, as a form sends it.
    static let photo: [UInt8] = {
        let head = """
            --xyz\r\nContent-Disposition: form-data; name="step"\r\n\r\nfront\r\n--xyz\r
            Content-Disposition: form-data; name="file"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n
            """
        return Array(head.utf8) + (QRCode("latchkey")?.png(scale: 8) ?? []) + Array("\r\n--xyz--\r\n".utf8)
    }()

    /// A request on a link or a session that is new.
    static func shot(_ route: Route, _ face: PublicFace) async throws -> Shot {
        let una: (String, JSON) = ("user", .string(face.scene.cast.una.id))
        switch route.needs {
        case .nothing(because: .sharableLink):
            let form = route.method == .post ? PublicFace.form : nil
            return Shot(face: face, route: route, own: try await face.link([una]).path, form: form)
        case .nothing(because: .captureURL):
            let isBeginning = route.name == "POST /c/{token}/start"
            let (session, path) = try await isBeginning ? face.made(by: face.una) : face.started([una])
            var shot = Shot(face: face, route: route, own: path, session: session)
            switch route.name {
            case "POST /c/{token}/answers": shot.form = [("step", "vin"), ("text", PublicFace.vin)]
            case "POST /c/{token}/photos": shot.upload = photo
            case "POST /c/{token}/finish":
                face.photos.take(PublicFace.photographed, of: session)
                for answer: JSON in [["step": "vin", "text": .string(PublicFace.vin)], ["step": "odometer", "text": "48,210 km"]] {
                    expect(await face.send(path + "/answers", answer), 200)
                }
            case "POST /c/{token}/start": break
            default:
                if route.method != .get { throw Missing(description: "\(route.name) has no example: add one to PublicExamples.shot") }
            }
            return shot
        default: throw Missing(description: "\(route.name): say in PublicExamples.shot how a customer gets there")
        }
    }
}

extension LocalClient.Reply {
    /// The token of a capture URL that this hands out.
    var handsOut: String? {
        let path = location.hasPrefix("/c/") ? location : PublicFace.path(self.text("capture_url"))
        return path.hasPrefix("/c/") ? path.dropFirst(3).split(separator: "/").first.map { String($0) } : nil
    }
}
