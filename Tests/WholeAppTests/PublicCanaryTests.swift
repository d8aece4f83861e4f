import Foundation
import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The tokens of links and capture URLs: only in answers to those who may have them; not in tables, logs, metrics, history or files.
@Suite struct `The token of a URL is nowhere` {
    @Test func `but in what is shown to those who may have it`() async throws {
        let face = try await PublicFace()
        let scene = face.scene
        let ears = Ears()
        var (links, captures): ([String], [String]) = ([], [])
        for index in 0..<4 {
            let (_, path) = try await face.link([("user", .string(scene.cast.una.id))])
            links.append(String(path.dropFirst(3)))
            let begun = index.isMultiple(of: 2) ? await face.start(path) : await face.phone.post(path, PublicFace.form)
            let capture = index.isMultiple(of: 2) ? PublicFace.path(begun.text("capture_url")) : begun.location
            captures.append(String(capture.dropFirst(3)))
            _ = await face.look(capture)
            _ = await face.phone.get(capture)
            _ = await face.send(capture + "/answers", ["step": "vin", "text": .string(PublicFace.vin)])
            _ = await face.send(capture + "/finish")
            _ = await face.phone.post(capture + "/finish")
            _ = await face.look(path + "x")
        }
        var once = HTTPFields()
        once[.idempotencyKey] = "canary"
        let body: JSON = ["api_key": .string(scene.north.key)]
        let made = await face.una.send(.post, "/api/v1/sessions", body, headers: once)
        captures.append(String(PublicFace.path(made.text("capture_url")).dropFirst(3)))
        ears.add(links + captures)
        #expect(ears.secrets.count == 9)
        ears.hear("a replay", issued: [], await face.una.send(.post, "/api/v1/sessions", body, headers: once))
        let others: [(Who, String)] = [
            (.una, "/api/v1/sessions?limit=200"), (.adam, "/api/v1/history?limit=200"), (.rita, "/api/v1/sessions?limit=200"), (.una, "/api/v1/me"),
            (.adam, "/api/v1/users?limit=200"),
        ]
        for (who, target) in others { ears.hear("\(target) for \(who)", issued: [], await scene.client(who).get(target)) }
        for link in links { ears.hear("a link's page", issued: [link], await face.phone.get("/l/" + link)) }
        for capture in captures { ears.hear("a capture page", issued: [capture], await face.phone.get("/c/" + capture)) }
        ears.hear("links for those who keep them", issued: Set(links), await face.adam.get("/api/v1/links?limit=200"))
        try await ears.look(in: [scene.house])
    }

    @Test func `and is sealed, so that the database alone opens nothing`() async throws {
        let face = try await PublicFace()
        let (id, path) = try await face.link()
        let before = await face.adam.get("/api/v1/links/\(id)").text("url")
        // Another row's token in its place: it was sealed for its own row.
        let (other, _) = try await face.link()
        try await face.scene.database.write(seeing: .everything) { tx in
            try tx.execute("UPDATE links SET sealed = (SELECT o.sealed FROM links o WHERE o.id = \(other)) WHERE id = \(id)")
        }
        expect(await face.adam.get("/api/v1/links/\(id)"), 500)
        expect(await face.phone.get(path), 200)
        #expect(before.hasSuffix(path))
    }
}
