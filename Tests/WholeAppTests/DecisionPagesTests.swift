import LatchkeyWeb
import Testing

@testable import latchkey

/// "Who can do this here?" and "see as", as pages.
@Suite struct `Pages about what people may do` {
    @Test func `name everybody who can, with the role that gives it, and nobody else`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.browser(.adam)
        let page = await adam.get("/settings/users/who-can?what=screen:sessions&level=full")
        expect(page, 200)
        for id in [scene.cast.una.id, scene.cast.uwe.id, scene.cast.adam.id, scene.kim.id] { #expect(page.text.contains(id), "\(id)") }
        #expect(!page.text.contains(scene.cast.rita.id) && !page.text.contains(scene.cast.mallory.id))
        #expect(page.text.contains("Keeper") && page.text.contains("ADMIN"))
        // At a place.
        let tower = try await scene.place("Tower", in: nil), floor = try await scene.place("Floor 1", in: tower)
        try await scene.grant(scene.cast.una.id, [tower])
        let there = await adam.get("/settings/users/who-can?what=screen:sessions&place=\(floor)")
        #expect(there.text.contains("Tower › Floor 1"))
        #expect(there.text.contains(scene.cast.una.id) && there.text.contains(scene.cast.adam.id))
        #expect(!there.text.contains(scene.cast.uwe.id))
        // What cannot be meant asks nothing.
        for query in ["", "?what=x", "?what=screen:nothing", "?what=function:", "?place=x&after=x&level=x", "?what=%00"] {
            expect(await adam.get("/settings/users/who-can" + query), 200, nil, query)
        }
    }

    @Test func `are paged, and complete`() async throws {
        let scene = try await Scene.assemble()
        for _ in 0..<60 { _ = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north)) }
        let adam = scene.browser(.adam)
        var (path, seen, pages) = ("/settings/users/who-can?what=screen:sessions&level=read", Set<String>(), 0)
        while true {
            let page = await adam.get(path)
            expect(page, 200)
            pages += 1
            let ids = page.text.components(separatedBy: "/settings/users/usr_").dropFirst().map { "usr_" + $0.prefix(26) }
            #expect(seen.isDisjoint(with: ids))
            seen.formUnion(ids)
            guard let next = page.text.components(separatedBy: "href=\"").first(where: { $0.contains("rel=\"next\"") }) else { break }
            path = String(next.prefix { $0 != "\"" }).replacing("&amp;", with: "&")
        }
        #expect(pages == 2 && seen.count >= 60)
    }

    @Test func `show what somebody would see, and act as nobody`() async throws {
        let scene = try await Scene.assemble()
        let page = await scene.browser(.rita).get("/settings/users/\(scene.cast.una.id)/see-as")
        expect(page, 200)
        #expect(page.text.contains("You are not acting as this person"))
        #expect(page.text.contains("Sessions") && page.text.contains("their own"))
        let main = page.text.components(separatedBy: "id=\"as-menu\"").last ?? ""
        #expect(!main.contains("API keys"), "what the reader's menu does not have either")
        // Whoever may not see users sees nobody so.
        expect(await scene.browser(.una).get("/settings/users/\(scene.cast.una.id)/see-as"), 403)
        expect(await scene.browser(.adam).get("/settings/users/\(scene.cast.mallory.id)/see-as"), 404)
        let before = try await Snapshot.heads(scene.database)
        _ = await scene.browser(.adam).get("/settings/users/\(scene.cast.una.id)/see-as")
        #expect(Snapshot.growth(before, try await Snapshot.heads(scene.database)).isEmpty)
    }
}
