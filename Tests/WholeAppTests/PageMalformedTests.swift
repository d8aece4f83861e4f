import LatchkeyWeb
import Testing

@testable import latchkey

/// What no browser of ours sends, on every page: an answer that says so, and never an error of the server.
@Suite struct `Malformed input to pages` {
    @Test func `in queries does no harm`() async throws {
        let scene = try await Scene.assemble()
        let queries = [
            "search=%", "search=%zz", "search=%ff", "search=%00", "search=%0d%0a", "search=%e2%80%ae", "status=x&status=y", "=", "&&", "a",
            "search=a&search=b", "after=%ff", "after=AAAA", "after=eA", "from=yesterday&to=9999999999", "from=9999-12-31&to=9999-12-31", "mode=x",
            "search=" + String(repeating: "%F0%9F%91%A9", count: 300), "role=%00&api_key=%00", "notes=eA&events=eA", "done=x", "count=yes&total=true",
            "return_to=//evil.example", "view=cards&mode=test", "action=%00", "action=" + String(repeating: "x", count: 3000),
        ]
        for route in Routes.pages where route.method == .get && !route.isTwin {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            let plain = await shot.fire().status
            for query in queries {
                let reply = await shot.browser.get(shot.target + "?" + query)
                let isWell = reply.status == plain || (!route.isGuarded && reply.status == 400)
                #expect(isWell, "\(route.name)?\(query.prefix(60)): \(reply.status)")
                #expect(!reply.location.contains("evil"), "\(route.name)?\(query.prefix(60)): \(reply.location)")
            }
        }
    }

    @Test func `in forms is refused and changes nothing`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafePages where !route.isTwin {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            // Those that read no form do what they do.
            if shot.offered?.controls.contains(where: \.isForPeople) != true { continue }
            let before = try await Snapshot.all(shot.house.installation.database)
            for body in ["%", "name=%zz", "name=%ff", "name=%c0%80", String(repeating: "a=b&", count: 1001)] {
                let reply = await shot.browser.send(.post, shot.target, body: body)
                #expect(reply.status == 400, "\(route.name), \(body.prefix(20)): \(reply.status) \(reply.location)")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(shot.house.installation.database)) == [], "\(route.name)")
            let nothings = (shot.offered?.names.sorted() ?? []).map { $0 + "=%00" }.joined(separator: "&")
            for body in ["%00=%00", "{\"name\": \"x\"}", "=&=&=", nothings] {
                let reply = await shot.browser.send(.post, shot.target, body: body)
                #expect(reply.status < 500, "\(route.name), \(body): \(reply.status)")
            }
        }
        #expect(!scene.house.log.all.contains("error "), "something was logged as an error")
    }
}
