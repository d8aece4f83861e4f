import LatchkeyAccess
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// Isolation of the console, generated from the route table: every page is tried by everybody, with ids of everybody's.
@Suite struct `Every page` {
    @Test func `names only kinds of records that these tests know, and is offered by a form where one sends something`() async throws {
        let scene = try await Scene.assemble()
        #expect(Routes.guardedPages.count > 50)
        for route in Routes.guardedPages {
            for parameter in route.parameterKinds {
                #expect(parameter.kind != nil, "\(route.name): teach Kind(segment:) in Support/Who.swift what {\(parameter.name)} is")
            }
        }
        // The check of a catalogue is a second button of the form that saves it; its file is loaded on the page that edits it; and what is
        // unused is offered once there is something: CatalogueTests, AwayTests.
        let elsewhere: Set<String> = [
            "POST /settings/catalogue/check", "POST /settings/catalogue/load", "POST /settings/unused/person", "POST /settings/unused/role",
            "POST /settings/unused/grant",
        ]
        for route in Routes.unsafePages where !elsewhere.contains(route.name) {
            do {
                let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
                #expect(shot.offered != nil, "\(route.name): no page has a form for it, where PageExamples.offer looks")
            } catch { Issue.record("\(route.name): \(error)") }
        }
    }

    @Test func `sends nobody and a dead cookie to sign in, whatever the record is`() async throws {
        let scene = try await Scene.assemble()
        let ended = try await scene.house.signIn("una@example.com")
        expect(await ended.delete("/api/v1/logins/current"), 204)
        let live = scene.cast.una.client.token ?? ""
        let nobody = Browser(scene.house.anyone)
        var strangers: [(who: String, browser: Browser)] = [("nobody", nobody)]
        for (who, token) in [
            ("a login never issued", Secret.mint(.login).text), ("an ended login", ended.token ?? ""), ("a typo", "lk_login_x"),
            ("another kind", Secret.mint(.setup).text), ("an API key", scene.cast.shared.secret), ("nothing", ""),
            ("a typo of a live one", live + "x"),
        ] {
            var browser = nobody
            browser.token = token
            strangers.append((who, browser))
        }
        var twice = scene.browser(.una)
        twice.cookies = [Browser.cookie + "=" + Secret.mint(.login).text]
        strangers.append(("two cookies", twice))
        var bearer = nobody
        (bearer.token, bearer.isBearer) = (ended.token, true)
        strangers.append(("an ended bearer", bearer))
        let before = try await Snapshot.all(scene.database)
        for route in Routes.guardedPages {
            for (who, browser) in strangers {
                for target in [route.standing(scene), route.standing(scene, inSouth: true), route.unissued] {
                    let reply = await browser.send(route.method, target, body: route.method == .post ? "confirmed=yes" : nil)
                    expect(reply, 303, nil, "\(route.name) by \(who)")
                    let back = route.method == .get && target != "/" ? target : nil
                    #expect(reply.location.hasPrefix("/sign-in") && reply.leadsTo("return_to") == back, "\(route.name) by \(who): \(reply.location)")
                    #expect(reply.text.isEmpty && !reply.signsOut, "\(route.name) by \(who)")
                }
            }
        }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
    }

    @Test func `is there for everybody whom it does not refuse`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.pages {
            #expect(!route.isGuarded || Who.allCases.contains { $0.refusal(on: route) == nil }, "\(route.name) is there for nobody")
            for who in Who.allCases where route.isGuarded ? who.refusal(on: route) == nil : who == .una {
                do {
                    let reply = try await PageExamples.shot(route, by: who, scene).fire()
                    let isEnd = Self.endsAtSignIn.contains(route.name) && reply.status == 303 && Self.ends.contains(reply.location)
                    #expect(reply.isDone || isEnd, "\(route.name) by \(who): \(reply.status) \(reply.location) \(Self.main(reply))")
                    #expect(!isEnd || !route.isGuarded || reply.signsOut, "\(route.name) by \(who) leaves the cookie")
                } catch { Issue.record("\(route.name) by \(who): \(error)") }
            }
        }
        #expect(!scene.house.log.all.contains("error "), "something was logged as an error")
    }

    /// After these one signs in (again). A refusal looks much alike: history tells them apart.
    private static let endsAtSignIn: Set<String> = [
        "POST /sign-out", "POST /switch-back", "POST /r/{token}", "POST /set-up/{token}", "POST /sign-in/disown",
    ]
    private static let ends: Set<String> = ["/sign-in", "/sign-in?done=disowned"]

    @Test func `refuses with 403 whoever lacks the screen, alike for every record and every form`() async throws {
        let scene = try await Scene.assemble()
        let before = try await Snapshot.all(scene.database)
        var refused = 0
        for route in Routes.guardedPages {
            for who in Who.allCases where who.refusal(on: route) != nil {
                refused += 1
                var faces: Set<String> = []
                let malformed = route.path(with: route.parameterKinds.map { _ in "x" })
                for target in [route.standing(scene), route.standing(scene, inSouth: true), route.unissued, malformed] {
                    for body in route.method == .post ? [nil, "name=x&reason=y", "%zz"] : [nil] {
                        let reply = await scene.browser(who).send(route.method, target + (body == nil ? "?zzz=1" : ""), body: body)
                        let isRefused = reply.isRefusalPage
                        #expect(isRefused, "\(route.name) by \(who), form \(body ?? "none"): \(reply.status) \(reply.location)")
                        faces.insert(reply.pageFace())
                    }
                }
                #expect(faces.count == 1, "\(route.name) by \(who): the 403 depends on the record or the form")
            }
        }
        #expect(refused > 150, "only \(refused) refusals were tried")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
    }

    @Test func `hides what one may not see behind the page for what was never issued`() async throws {
        let scene = try await Scene.assemble()
        _ = try await scene.factorsOfOthers()
        var tried = 0
        for route in Routes.guardedPages where !route.parameterKinds.isEmpty {
            var shots: [(who: Who, shot: PageExamples.Shot)] = []
            for who in Who.allCases where who.refusal(on: route) == nil { shots.append((who, try await PageExamples.shot(route, by: who, scene))) }
            // Some hidden records are made when they are asked for.
            var hidden: [[Int: [(why: String, id: String)]]] = []
            for (index, (who, _)) in shots.enumerated() {
                var ids: [Int: [(why: String, id: String)]] = [:]
                for (position, parameter) in route.parameterKinds.enumerated() {
                    guard let kind = parameter.kind else { continue }
                    let malformed = (index == 0 ? kind.malformed : ["x"]).map { (why: "malformed", id: $0) }
                    ids[position] = await scene.hidden(kind, from: who, on: route) + malformed
                }
                hidden.append(ids)
            }
            let before = try await Snapshot.all(scene.database)
            for ((who, shot), ids) in zip(shots, hidden) {
                for (position, parameter) in route.parameterKinds.enumerated() {
                    guard let kind = parameter.kind, let hidden = ids[position] else { continue }
                    for (what, shot) in shot.withGoodAndBadForms {
                        func fire(_ id: String) async -> LocalClient.Reply {
                            var values = shot.values
                            values[position] = id
                            return await shot.fire(at: route.path(with: values))
                        }
                        let never = await fire(kind.neverIssued)
                        expect(never, 404, nil, "\(route.name) by \(who), never issued, \(what)")
                        for (why, id) in hidden {
                            tried += 1
                            let reply = await fire(id)
                            #expect(reply.pageFace() == never.pageFace(), "\(route.name) by \(who), \(kind) \(why), \(what): \(reply.status)")
                        }
                    }
                }
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
        }
        #expect(tried > 600, "only \(tried) hidden records were tried")
    }

    @Test func `lets an API key at nothing but sessions, help and the start, and only as a bearer`() async throws {
        let reached = Routes.guardedPages.filter { Who.key.refusal(on: $0) == nil }.map(\.path)
        #expect(Set(reached.filter { !$0.hasPrefix("/sessions") }) == ["/", "/help"])
        let scene = try await Scene.assemble()
        let route = try #require(Routes.unsafePages.first { $0.path == "/sessions/{id}/notes" })
        let shot = try await PageExamples.shot(route, by: .key, scene)
        let before = try await Snapshot.all(scene.database)
        var cookie = shot
        cookie.browser.isBearer = false
        #expect(await cookie.fire().location == "/sign-in")
        // A page puts the switched login into a cookie: whoever has none would lose it.
        var bearer = scene.browser(.olive)
        bearer.isBearer = true
        #expect(await bearer.post("/accounts/\(scene.branch.account)/switch").isRefusalPage)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        #expect(await shot.fire().isDone)
    }

    /// What a page says, for the message of a failure.
    private static func main(_ reply: LocalClient.Reply) -> String {
        let text = reply.text.split(separator: "<main", maxSplits: 1).last.map { String($0) } ?? ""
        let words = Markup.tags(in: text).flatMap { $0.text.split(whereSeparator: \.isWhitespace) }
        return words.prefix(60).joined(separator: " ")
    }
}

extension PageExamples.Shot {
    /// With its form, with none, and with something in every field that no field takes.
    fileprivate var withGoodAndBadForms: [(what: String, shot: PageExamples.Shot)] {
        if route.method == .get { return [("no form", self)] }
        var (empty, bad) = (self, self)
        empty.form = []
        bad.form = form.map { ($0.name, "z\u{7}") }
        return [("its form", self), ("an empty form", empty), ("a bad form", bad)]
    }
}
