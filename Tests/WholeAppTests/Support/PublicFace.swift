import CaptureFeature
import Foundation
import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import SessionsFeature
import Synchronization

@testable import latchkey

/// Photos that are only said to be there.
final class FakePhotos: CapturePhotos {
    private let taken = Mutex<[SessionID: Set<String>]>([:])

    func take(_ steps: some Sequence<String>, of session: String) {
        guard let id = SessionID(session) else { return }
        taken.withLock { $0[id, default: []].formUnion(steps) }
    }

    func steps(of session: SessionID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        taken.withLock { $0[session] ?? [] }
    }

    func sentence(refused code: String) -> String? { nil }

    func form(for step: CaptureStep, isDone: Bool, action: String, _ parts: Parts) -> HTML {
        "<form method=\"post\" action=\"\(action)\" enctype=\"multipart/form-data\"><button class=\"btn\" type=\"submit\">Photo</button></form>"
    }
}

/// The whole app as customers meet it, with photos that are only said to be there.
struct PublicFace: Sendable {
    let scene: Scene
    let photos: FakePhotos
    let lineUp: LineUp
    /// A program and a phone without a credential.
    let anyone: LocalClient
    let phone: Browser

    init() async throws {
        scene = try await Scene.assemble()
        photos = FakePhotos()
        lineUp = LineUp(
            house: scene.house.house, routes: Composition.routes(Operations(), photos: photos))
        anyone = LocalClient(lineUp)
        phone = Browser(LocalClient(lineUp))
    }

    var adam: LocalClient { scene.cast.adam.client }
    var una: LocalClient { scene.cast.una.client }

    static let customer: JSON = ["first_name": "Carla", "last_name": "Customer", "phone": "+49 151 123-45678"]
    static let form: Browser.Fields = [("first_name", "Carla"), ("last_name", "Customer"), ("phone", "+49 151 123-45678")]

    static var asJSON: HTTPFields {
        var fields = HTTPFields()
        fields[.accept] = "application/json"
        return fields
    }

    /// The path of an absolute URL of this server.
    static func path(_ url: String) -> String { url.hasPrefix("http://localhost:8080/") ? String(url.dropFirst("http://localhost:8080".count)) : "" }

    /// A new link, and the path of its URL.
    func link(_ more: [(String, JSON)] = [], by client: LocalClient? = nil) async throws -> (id: String, path: String) {
        let base: [(String, JSON)] = [("name", .string(scene.unique("Link "))), ("api_key", .string(scene.north.key))]
        let reply = await (client ?? adam).post("/api/v1/links", JSON(members: base.filter { field in !more.contains { $0.0 == field.0 } } + more))
        guard reply.status == 201 else { throw OperatorError("cannot make a link: \(reply.text)") }
        return (reply.id, Self.path(reply.text("url")))
    }

    func start(_ path: String, _ body: JSON = customer) async -> LocalClient.Reply {
        await anyone.send(.post, path, body, headers: Self.asJSON)
    }

    func send(_ path: String, _ body: JSON? = nil) async -> LocalClient.Reply { await anyone.send(.post, path, body, headers: Self.asJSON) }
    func look(_ path: String) async -> LocalClient.Reply { await anyone.send(.get, path, headers: Self.asJSON) }

    /// A session that a customer has just started, with the path of its capture URL.
    func started(_ more: [(String, JSON)] = []) async throws -> (id: String, path: String) {
        let reply = await start(try await link(more).path)
        guard reply.status == 201 else { throw OperatorError("cannot start: \(reply.text)") }
        return (reply["session"]["id"]?.text ?? "", Self.path(reply.text("capture_url")))
    }

    /// A session made under a key, with the path of its capture URL.
    func made(by client: LocalClient, key: String? = nil) async throws -> (id: String, path: String) {
        let reply = await client.post("/api/v1/sessions", ["api_key": .string(key ?? scene.north.key)])
        guard reply.status == 201 else { throw OperatorError("cannot make a session: \(reply.text)") }
        return (reply.id, Self.path(reply.text("capture_url")))
    }

    /// All steps that only a photo does.
    static let photographed = CaptureStep.all.filter { !$0.isTyped }.map(\.id)
    static let vin = "1HGCM82633A004352"
}
