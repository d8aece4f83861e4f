import HTTPTypes
import LatchkeyWeb
import Testing

@testable import latchkey

/// Every form of the console leaves its entries, one for each thing changed and none for none; generated from the route table.
@Suite struct `What history has of every form` {
    /// May only shrink.
    private static let leavesNothing: Set<String> = [
        "POST /my/theme", "POST /forgot-password", "POST /settings/catalogue/check", "POST /sign-in/second-step/mail",
        "POST /settings/catalogue/load", "POST /settings/places/import/load",
    ]
    /// Entries of one form, where it is not one; may only shrink.
    private static let more = [
        // The enterprise's history and the account's.
        "POST /accounts/{id}/switch": 2,
        // That it was asked for, and that it was made.
        "POST /settings/exports": 2, "POST /accounts/{id}/exports": 2,
        // Who was disabled is deleted by it.
        "POST /settings/users/{id}/erase": 2, "POST /accounts/{account}/users/{id}/erase": 2,
        // The login that was closed, and the one that was opened.
        "POST /sign-in/take-over": 2,
        // The enterprise and its first administrator.
        "POST /set-up/{token}": 2,
        // The key, and its maker, who holds it from now on.
        "POST /developer/api-keys by kim": 2,
        // The same the other way.
        "POST /developer/api-keys/{id}/delete by kim": 2,
    ]

    @Test func `is declared, but for a list that may only shrink`() {
        let declared = Set(Routes.unsafePages.filter { if case .nothing = $0.leaves { true } else { false } }.map(\.name))
        #expect(declared.symmetricDifference(Self.leavesNothing).sorted() == [])
    }

    @Test func `is one entry in the right chain`() async throws {
        let scene = try await Scene.assemble()
        let untried = Set(Routes.all.map(\.name)).subtracting(Routes.unsafePages.map(\.name))
        var unused = Set(Self.more.keys).subtracting(untried)
        for route in Routes.unsafePages {
            for who in Who.allCases where route.isGuarded ? who.refusal(on: route) == nil : who == .una {
                do {
                    let shot = try await PageExamples.shot(route, by: who, scene)
                    let before = try await Snapshot.heads(shot.house.installation.database)
                    let reply = await shot.fire()
                    let growth = Snapshot.growth(before, try await Snapshot.heads(shot.house.installation.database))
                    let exception = [route.name, "\(route.name) by \(who)"].first { Self.more[$0] != nil }
                    if let exception { unused.remove(exception) }
                    let wanted = Self.leavesNothing.contains(route.name) ? 0 : exception.flatMap { Self.more[$0] } ?? 1
                    #expect(growth.values.reduce(0, +) == wanted, "\(route.name) by \(who): \(growth), \(reply.status) \(reply.location)")
                    let chains = wanted == 0 ? [] : chains(shot, who, scene)
                    #expect(Set(growth.keys) == chains, "\(route.name) by \(who): \(growth)")
                } catch { Issue.record("\(route.name) by \(who): \(error)") }
            }
        }
        #expect(unused.sorted() == [], "take these off the list")
    }

    /// Where the entries belong: what is one's own and what is the enterprise's in its chain, even while switched.
    private func chains(_ shot: PageExamples.Shot, _ who: Who, _ scene: Scene) -> Set<String> {
        let route = shot.route
        if route.accountParameter != nil { return [shot.values[0]] }
        if route.path == "/accounts/{id}/switch" { return ["enterprise", shot.values[0]] }
        if ["/sign-in/take-over", "/sign-in/disown", "/sign-in/second-step", "/sign-in/passkey"].contains(route.path) {
            return [scene.branch.account]
        }
        if !route.isGuarded { return [["/sign-in", "/email/{token}"].contains(route.path) ? scene.ground(who).account : "enterprise"] }
        let isOwn = [.need(.login), .need(.firstSteps), .need(.secondStep)].contains(route.needs)
        return [who.isEnterprise || (isOwn && who == .switched) ? "enterprise" : scene.ground(who).account]
    }

    @Test func `is nothing when nothing changes`() async throws {
        let scene = try await Scene.assemble()
        var edits = 0
        for route in Routes.unsafePages where route.isGuarded && route.isEdit {
            edits += 1
            var shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            #expect(await shot.fire().isDone, "\(route.name)")
            let before = try await Snapshot.all(scene.database)
            // Sent again as it was typed, and as the page shows it now.
            let again = await shot.with("version", nil).fire()
            #expect(again.isDone, "\(route.name) again: \(again.status)")
            let shown = try await PageExamples.offer(shot).first
            if let shown {
                shot.form = shown.submitted
                let unchanged = await shot.fire()
                #expect(unchanged.isDone, "\(route.name) as it stands: \(unchanged.status) \(shot.form)")
            } else {
                #expect(route.path.hasSuffix("/enable"), "\(route.name) is offered by no page after it was done")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name) twice")
        }
        #expect(edits >= 10, "only \(edits) forms that edit were found")
    }

    @Test func `is nothing when somebody else was faster, and the form comes back with what was typed`() async throws {
        let scene = try await Scene.assemble()
        var tried = 0
        for route in Routes.unsafePages where route.isGuarded && route.isEdit {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            guard let offered = shot.offered, offered.names.contains("version") else { continue }
            tried += 1
            #expect(await shot.fire().isDone, "\(route.name)")
            let before = try await Snapshot.all(scene.database)
            let text = offered.controls.first { $0.kind == "text" }?.name ?? ""
            let late = text.isEmpty ? shot : shot.with(text, scene.unique("Too late "))
            let reply = await late.fire()
            expect(reply, 412, nil, route.name)
            let back = PageForm.posting(to: shot.target, in: reply.text).first
            for name in Set(late.form.map(\.name)) where name != "version" {
                #expect(back?.values(name) == late.form.filter { $0.name == name }.map(\.value).sorted(), "\(route.name), \(name)")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
            // Whoever has been told may save over it.
            #expect(await late.with("version", back?.values("version").first).fire().isDone, "\(route.name) after all")
        }
        #expect(tried >= 3, "only \(tried) forms with a version were found")
    }

    @Test func `is nothing before somebody has said yes to completing a session`() async throws {
        let scene = try await Scene.assemble()
        let session = try await scene.fresh(.session, for: .adam)
        try await scene.capture(session)
        let before = try await Snapshot.all(scene.database)
        let asked = await scene.browser(.adam).post("/sessions/\(session)/review", [("outcome", "COMPLETE")])
        expect(asked, 200)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let form = PageForm.posting(to: "/sessions/\(session)/review", in: asked.text).first?.submitted ?? []
        let heads = try await Snapshot.heads(scene.database)
        #expect(await scene.browser(.adam).post("/sessions/\(session)/review", form).leadsTo("done") == "completed")
        #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [scene.north.account: 1])
    }
}

extension Route {
    /// Whether it sets something that stands there already: saving it twice is saving it once.
    var isEdit: Bool { path.hasSuffix("}") || ["/disable", "/enable", "/deactivate", "/reactivate"].contains { path.hasSuffix($0) } }
}
