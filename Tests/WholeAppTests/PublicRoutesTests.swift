import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Every route that customers reach by a token alone, as a page's form and as a program; generated from the route table.
@Suite struct `Every route for customers` {
    private typealias Sender = PublicExamples.Sender

    /// Entries of one request, where it is not one; may only shrink.
    private static let more = [
        // The vehicle changes by it, and the answer is noted.
        "POST /c/{token}/answers": 2,
        // The first photo is the beginning of PROCESS.
        "POST /c/{token}/photos": 2,
        // CAPTURED, and then CONFIRM by itself.
        "POST /c/{token}/finish": 2,
    ]

    private static func isDone(_ reply: LocalClient.Reply) -> Bool {
        (200..<300).contains(reply.status) || (reply.status == 303 && reply.location.hasPrefix("/c/"))
    }

    @Test func `does what it is for, and what changes something leaves its entries in the account's chain, by the link or the session`() async throws
    {
        let face = try await PublicFace()
        let database = face.scene.database
        for route in Routes.customers {
            for sender in Sender.allCases {
                let shot = try await PublicExamples.shot(route, face)
                let before = try await Snapshot.heads(database)
                let reply = await shot.fire(sender)
                #expect(Self.isDone(reply), "\(route.name) as \(sender): \(reply.status) \(reply.text.prefix(300))")
                let wanted = route.method == .get ? 0 : Self.more[route.name] ?? 1
                let growth = Snapshot.growth(before, try await Snapshot.heads(database))
                #expect(growth == (wanted == 0 ? [:] : [face.scene.north.account: Int64(wanted)]), "\(route.name) as \(sender): \(growth)")
                let entries = await face.adam.get("/api/v1/history?limit=\(max(wanted, 1))").items
                let kind = route.needs == .nothing(because: .sharableLink) ? "link" : "capture"
                if wanted > 0 { #expect(entries.allSatisfy { $0["actor"]?["kind"]?.text == kind }, "\(route.name) as \(sender)") }
            }
        }
    }

    @Test func `is refused to a page of another site, and changes nothing by it`() async throws {
        let face = try await PublicFace()
        for route in Routes.customersUnsafe {
            let shot = try await PublicExamples.shot(route, face)
            let before = try await Snapshot.all(face.scene.database)
            // Its own pages send no origin, so that an origin of `null` is theirs: the token in the path is the credential.
            for (what, site) in `A form of another site`.foreign where what != "no origin" {
                for sender in Sender.allCases {
                    let reply = await shot.fire(sender, from: site)
                    expect(reply, 403, sender == .program ? "cross_site" : nil, "\(route.name) as \(sender) from \(what)")
                    #expect(reply.headers[values: .setCookie].isEmpty, "\(route.name) from \(what)")
                }
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(face.scene.database)) == [], "\(route.name)")
            let own = await shot.fire(.form, from: .site(origin: "null"))
            #expect(Self.isDone(own), "\(route.name) from its own page: \(own.status)")
        }
    }

    @Test func `is not there for a token that was never issued, or that is another thing's, and says no more`() async throws {
        let face = try await PublicFace()
        let (link, capture) = (try await face.link().path.dropFirst(3), try await face.started().path.dropFirst(3))
        for route in Routes.customers {
            let shot = try await PublicExamples.shot(route, face)
            let before = try await Snapshot.all(face.scene.database)
            let other = shot.own.hasPrefix("/l/") ? capture : link
            let targets = [shot.unissued, shot.target.replacing(shot.token, with: other), shot.target.replacing(shot.token, with: "x")]
            for sender in Sender.allCases {
                // A form's address that leads back leads anybody back, and says nothing.
                if route.method == .get, route.path.split(separator: "/").count > 2, !route.path.hasSuffix(".webmanifest") { continue }
                var faces: Set<String> = []
                for target in targets {
                    let reply = await shot.fire(sender, at: target)
                    expect(reply, 404, nil, "\(route.name) as \(sender)")
                    faces.insert(sender == .program ? reply.face : reply.pageFace())
                }
                #expect(faces.count == 1, "\(route.name) as \(sender): one can tell them apart")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(face.scene.database)) == [], "\(route.name)")
        }
    }

    @Test func `takes malformed input without an error of the server, and changes nothing by it`() async throws {
        let face = try await PublicFace()
        for route in Routes.customersUnsafe {
            let shot = try await PublicExamples.shot(route, face)
            let before = try await Snapshot.all(face.scene.database)
            for body in `Malformed input`.bodies where !(body.isEmpty && shot.form == nil) {
                for type in ["application/json", PublicExamples.multipart] {
                    // A multipart body is none of a route without a file, and JSON none of the one with it.
                    let reply = await shot.send(.program, shot.target, body, type: type)
                    let shown = String(decoding: body.prefix(60), as: UTF8.self)
                    #expect([400, 413, 415, 422].contains(reply.status), "\(route.name) with \(shown) as \(type): \(reply.status)")
                }
            }
            // A form that carries nothing is not read.
            if shot.form != nil || shot.upload != nil {
                for body in ["%", "step=%zz", "step=%ff", "text=%c0%80", "%00=%00", "=&=&=", String(repeating: "a=b&", count: 1001)] {
                    let reply = await shot.send(.form, shot.target, Array(body.utf8), type: PublicExamples.encoded)
                    #expect([400, 415, 422].contains(reply.status), "\(route.name) with \(body.prefix(20)): \(reply.status)")
                }
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(face.scene.database)) == [], "\(route.name)")
        }
        for route in Routes.customers where route.method == .get {
            let shot = try await PublicExamples.shot(route, face)
            for query in ["=", "&&", "a", "%ff=%ff", "refused=%00", "refused=%e2%80%ae", "refused=" + String(repeating: "x", count: 3000), "done=x"] {
                for sender in Sender.allCases {
                    let reply = await shot.fire(sender, at: shot.target + "?" + query)
                    #expect(reply.status < 500 && !reply.text.contains("\u{202E}"), "\(route.name)?\(query.prefix(40)): \(reply.status)")
                }
            }
        }
        #expect(!face.scene.house.log.all.contains("error "), "something was logged as an error")
    }

    @Test func `keeps its token to itself, done or refused`() async throws {
        let face = try await PublicFace()
        let ears = Ears()
        for route in Routes.customers {
            for sender in Sender.allCases {
                let shot = try await PublicExamples.shot(route, face)
                ears.add([shot.token])
                func hear(_ how: String, _ reply: LocalClient.Reply) {
                    ears.hear("\(route.name) as \(sender) \(how)", issued: Set([shot.token, reply.handsOut].compactMap { $0 }), reply)
                }
                hear("of another site", await shot.fire(sender, from: .site(fetch: "cross-site")))
                hear("malformed", await shot.send(sender, shot.target, [0xFF], type: "application/json"))
                hear("", await shot.fire(sender))
                hear("again", await shot.fire(sender))
                // A path is in the answer to nobody.
                let near = await shot.fire(sender, at: shot.target.replacing(shot.token, with: shot.token + "/x"))
                ears.hear("\(route.name) as \(sender) at another path", issued: [], near)
            }
        }
        for (who, target) in [(Who.adam, "/api/v1/history?limit=200"), (.una, "/api/v1/sessions?limit=200"), (.adam, "/api/v1/sessions?limit=200")] {
            ears.hear("\(target) for \(who)", issued: [], await face.scene.client(who).get(target))
        }
        #expect(ears.secrets.count > 25, "only \(ears.secrets.count) tokens")
        try await ears.look(in: [face.scene.house])
    }
}
