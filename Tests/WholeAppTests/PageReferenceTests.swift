import LatchkeyWeb
import Testing

@testable import latchkey

/// Ids where paths do not name them: in the filters and the forms of pages. Found on the pages themselves, so that tomorrow's are tried too.
@Suite struct `Ids on pages` {
    @Test func `in a filter that one may not see give the empty list of one that was never issued`() async throws {
        let scene = try await Scene.assemble()
        var (tried, filters) = (0, Set<String>())
        for route in Routes.guardedPages where route.method == .get && route.parameterKinds.isEmpty {
            for who in Who.allCases where who.refusal(on: route) == nil {
                let browser = scene.browser(who)
                let page = await browser.get(route.path)
                for form in PageForm.all(in: page.text) where form.method == "get" && form.action == route.path {
                    for (name, kind) in form.filters {
                        filters.insert("\(route.path)?\(name)=\(kind)")
                        func ask(_ id: String) async -> LocalClient.Reply { await browser.get("\(route.path)?\(name)=\(id)") }
                        let unissued = kind.neverIssued
                        let never = await ask(unissued)
                        expect(never, 200, nil, "\(route.path)?\(name) by \(who)")
                        #expect(!never.text.contains("href=\"\(route.path)/\(route.listed)_"), "\(route.path)?\(name) by \(who) lists something")
                        for (why, id) in await scene.hidden(kind, from: who) {
                            tried += 1
                            let reply = await ask(id)
                            #expect(reply.pageFace(but: [id]) == never.pageFace(but: [unissued]), "\(route.path)?\(name) by \(who), \(why)")
                        }
                    }
                }
            }
        }
        #expect(filters.isSuperset(of: ["/sessions?api_key=apiKey", "/settings/users?role=role"]), "\(filters)")
        #expect(tried > 15, "only \(tried) filters were tried")
        // The same filters do list what one sees.
        let sessions = await scene.browser(.una).get("/sessions?api_key=\(scene.north.key)")
        #expect(sessions.text.contains("href=\"/sessions/\(scene.sessions.una)\""))
        let users = await scene.browser(.adam).get("/settings/users?role=\(scene.north.userRole)")
        #expect(users.text.contains("href=\"/settings/users/\(scene.cast.una.id)\""))
        #expect(!users.text.contains("href=\"/settings/users/\(scene.kim.id)\""))
    }

    @Test func `in a form that one may not use are refused like one that was never issued, and nothing is stored`() async throws {
        let scene = try await Scene.assemble()
        var (tried, fields) = (0, Set<String>())
        for route in Routes.unsafePages where route.isGuarded {
            for who in Who.allCases where who.refusal(on: route) == nil {
                let shot = try await PageExamples.shot(route, by: who, scene)
                let before = try await Snapshot.all(scene.database)
                for (name, value) in shot.form {
                    guard let kind = Kind(id: value) else { continue }
                    fields.insert("\(route.name) \(name)")
                    let unissued = kind.neverIssued
                    let never = await shot.with(name, unissued).fire()
                    expect(never, 422, nil, "\(route.name) by \(who), \(name)")
                    #expect(never.text.contains("href=\"#\(PageForm.id(name))\""), "\(route.name) by \(who) does not name \(name)")
                    var hidden = await scene.hidden(kind, from: who)
                    // Ruling 2: who edits users may name keys of the account that they do not hold; giving them is another matter.
                    if kind == .apiKey, route.path.hasPrefix("/settings/users") { hidden = hidden.filter { $0.id != scene.cast.uwes.id } }
                    for (why, id) in hidden.map({ ($0.why, $0.id) }) + [("malformed", "zzzz"), ("of another kind", Kind.login.neverIssued)] {
                        tried += 1
                        let reply = await shot.with(name, id).fire()
                        let isAlike = reply.pageFace(but: [id]) == never.pageFace(but: [unissued])
                        #expect(isAlike, "\(route.name) by \(who), \(name) \(why): \(reply.status)")
                    }
                }
                #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name) by \(who)")
            }
        }
        let known: Set = [
            "POST /sessions api_key", "POST /settings/users roles", "POST /settings/users api_keys", "POST /settings/users/{id} roles",
            "POST /settings/users/{id} api_keys", "POST /accounts group", "POST /accounts/{id} group",
        ]
        #expect(known.subtracting(fields).sorted() == [], "these were not tried")
        #expect(tried > 60, "only \(tried) references were tried")
    }

    @Test func `of a key that one does not hold, and of a role that one may not give, are given to nobody`() async throws {
        let scene = try await Scene.assemble()
        let admin = scene.cast.roles["ADMIN"] ?? ""
        for path in ["/settings/users", "/settings/users/{id}"] {
            let route = try #require(Routes.unsafePages.first { $0.path == path })
            let shot = try await PageExamples.shot(route, by: .kim, scene)
            let before = try await Snapshot.all(scene.database)
            for (name, value) in [("api_keys", scene.cast.uwes.id), ("all_keys", "yes"), ("roles", admin)] {
                let reply = await shot.with(name, value).fire()
                expect(reply, 403, nil, "\(path), \(name)")
                let back = PageForm.posting(to: shot.target, in: reply.text).first
                #expect(back?.values("first_name") == shot.form.filter { $0.name == "first_name" }.map(\.value), "\(path), \(name)")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(path)")
            #expect(await shot.fire().isDone, "\(path)")
        }
    }
}

extension PageForm {
    /// The selects whose options are ids, and of what.
    fileprivate var filters: [(name: String, kind: Kind)] {
        options.compactMap { option in Kind(id: option.value).map { (option.name, $0) } }
            .reduce(into: []) { found, next in if !found.contains(where: { $0.0 == next.0 }) { found.append(next) } }
    }
}

extension Route {
    /// The kind of id that the records of a list have.
    fileprivate var listed: String { path.split(separator: "/").last.flatMap { Kind(segment: $0)?.rawValue } ?? "" }
}
