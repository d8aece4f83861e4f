import HTTPTypes
import LatchkeyWeb
import Testing

@testable import latchkey

/// Forms that another site's page sends with the reader's own cookie, on every page that takes one (S5).
@Suite struct `A form of another site` {
    static let foreign: [(what: String, site: HTTPFields)] = [
        ("another site", .site(fetch: "cross-site")), ("a sibling", .site(fetch: "same-site")), ("nonsense", .site(fetch: "same-origin, none")),
        ("another site that says our origin", .site(fetch: "cross-site", origin: "http://localhost:8080")),
        ("another origin", .site(origin: "https://evil.example")), ("no origin", .site(origin: "null")),
        ("another port", .site(origin: "http://localhost:8081")), ("another scheme", .site(origin: "https://localhost:8080")),
        ("a name that begins alike", .site(origin: "http://localhost:8080.evil.example")),
    ]
    /// Nobody's page, which with a cookie is no browser of ours.
    private static let silent: [(what: String, site: HTTPFields)] = [("no page at all", HTTPFields()), ("the address bar", .site(fetch: "none"))]

    @Test func `is refused and changes nothing, and the same form of our own is taken`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafePages {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            let database = shot.house.installation.database
            let before = try await Snapshot.all(database)
            for (what, site) in Self.foreign + (route.isGuarded ? Self.silent : []) {
                let reply = await shot.fire(from: site)
                let isRefused = reply.isRefusalPage && reply.text.contains("This was asked by a page of another site.")
                #expect(isRefused, "\(route.name) from \(what): \(reply.status) \(reply.location)")
                #expect(reply.headers[values: .setCookie].isEmpty, "\(route.name) from \(what)")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(database)) == [], "\(route.name)")
            // A browser that says no more than its origin.
            let own = await shot.fire(from: .site(origin: "http://localhost:8080"))
            let isDone = own.isDone || (own.status == 303 && !route.isGuarded) || own.signsOut
            #expect(isDone, "\(route.name) from our own: \(own.status) \(own.location)")
        }
    }

    @Test func `is refused before the reader's rights are, and says nothing of them`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafePages where route.isGuarded {
            var faces: Set<String> = []
            for who in Who.allCases where who.isLogin {
                for target in [route.standing(scene), route.unissued] {
                    faces.insert(await scene.browser(who).post(target, from: .site(fetch: "cross-site")).pageFace())
                }
            }
            #expect(faces.count == 1, "\(route.name): another site can tell its readers apart")
        }
    }
}
