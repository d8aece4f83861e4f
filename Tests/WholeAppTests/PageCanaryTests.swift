import LatchkeyJSON
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

/// Every secret that was typed into a form or shown by a page: it is on the one page that hands it out, and nowhere else.
@Suite struct `A secret of the console is nowhere` {
    @Test func `but on the page that hands it out`() async throws {
        let scene = try await Scene.assemble()
        let ears = Ears()
        ears.add([TestHouse.password, scene.cast.shared.secret, scene.cast.uwes.secret, scene.cast.souths.secret])
        ears.add(Who.allCases.compactMap { scene.client($0).token })
        let others = try await sendEverything(scene, ears)
        try await handOut(scene, ears)
        try await switchAround(scene, ears)
        try await typeWrongly(scene, ears)
        for who in [Who.una, .uwe, .rita, .kim, .adam, .mallory, .olive, .lena] {
            let pages = await Crawl(of: who, scene, each: 25).pages
            #expect(pages.count > 5, "\(who) got to \(pages.count) pages")
            for page in pages { ears.hear("\(page.target) for \(who)", issued: [], page.reply) }
        }
        #expect(ears.secrets.count > 45, "only \(ears.secrets.count) secrets were issued")
        try await ears.look(in: [scene.house] + others)
    }

    /// Everything that is allowed, and every refusal of it. Answers the other houses that it was done in.
    private func sendEverything(_ scene: Scene, _ ears: Ears) async throws -> [TestHouse] {
        var others: [TestHouse] = []
        for route in Routes.pages {
            let shot = try await PageExamples.shot(route, by: PageExamples.usualCaller(route), scene)
            if shot.house !== scene.house { others.append(shot.house) }
            ears.add([shot.browser.token].compactMap { $0 })
            // A page behind a one-time link knows its own address.
            let own = route.isGuarded || route.path.hasPrefix("/assets/") ? [] : Set(shot.values)
            func hear(_ how: String, _ shot: PageExamples.Shot) async {
                let reply = await shot.fire()
                let issued = own.union(reply.status < 300 || reply.status == 409 ? Markup.secrets(in: reply.text) : [])
                ears.hear("\(route.name) \(how)", typed: shot.typedSecrets, issued: issued, reply)
            }
            var other = shot
            other.browser = scene.browser(.rita)
            // What is everybody's own she would do to herself.
            if Who.rita.refusal(on: route) != nil || !route.parameterKinds.isEmpty { await hear("by somebody else", other) }
            other.browser = Browser(shot.house.anyone)
            if route.isGuarded { await hear("by nobody", other) }
            for control in shot.offered?.controls ?? [] where ["text", "email", "password"].contains(control.kind) {
                await hear("with a bad \(control.name)", shot.with(control.name, "bad \u{7}"))
            }
            await hear("", shot)
            await hear("again", shot)
        }
        return others
    }

    /// Each page that shows something this once does so.
    private func handOut(_ scene: Scene, _ ears: Ears) async throws {
        let generated: [(String, String, String?)] = [
            ("/settings/users", "password_by", "generated"), ("/settings/users/{id}/password", "password_by", "generated"),
            ("/settings/integrations", "token_format", "jwt"), ("/developer/api-keys", "mode", "test"),
            ("/developer/api-keys/{id}/rotate", "overlap_hours", "0"),
        ]
        for (path, name, value) in generated {
            let route = try #require(Routes.unsafePages.first { $0.path == path })
            let shot = try await PageExamples.shot(route, by: .adam, scene).with(name, value)
            let reply = await shot.fire()
            let issued = Markup.secrets(in: reply.text)
            #expect(issued.count == 1 && issued.allSatisfy { $0.utf8.count > 7 }, "\(path) hands out \(issued.count) secrets: \(reply.status)")
            #expect(reply.header("Cache-Control") == "no-store" && reply.header("Referrer-Policy") == "no-referrer", "\(path)")
            ears.hear("\(path) handing out", typed: shot.typedSecrets, issued: issued, reply)
        }
    }

    /// Into an account and back, with the cookies that a browser keeps.
    private func switchAround(_ scene: Scene, _ ears: Ears) async throws {
        let olive = scene.browser(.olive)
        let entered = await olive.post("/accounts/\(scene.branch.account)/switch", [("reason", "")])
        expect(entered, 303)
        ears.hear("switching", issued: [], entered)
        var inside = olive
        inside.token = nil
        inside.cookies = entered.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }
        let page = await inside.get("/sessions")
        expect(page, 200)
        ears.hear("the first page inside", issued: [], page)
        let back = await inside.post("/switch-back")
        #expect(back.location == "/accounts?done=switched_back")
        ears.hear("switching back", issued: [], back)
    }

    /// Passwords as names, tokens where they do not belong. What is typed into a field or an address comes back to its typist alone.
    private func typeWrongly(_ scene: Scene, _ ears: Ears) async throws {
        let link = try await PasswordLink.mint(email: TestHouse.olive, scene.house.house)
        for (index, typed) in ["Canary-As-A-Name-1", "Canary-As-A-Password-2", scene.cast.una.client.token ?? "", link + "x"].enumerated() {
            var stranger = Browser(scene.house.anyone)
            stranger.address = "192.0.2.\(index)"
            let named = await stranger.post("/sign-in", [("username", typed), ("password", "x")])
            ears.hear("a name at the door", typed: [typed], issued: [typed], named)
            let tried = await stranger.post("/sign-in", [("username", "una@example.com"), ("password", typed)])
            ears.hear("a password at the door", typed: [typed], issued: [], tried)
            let query = "mode=\(typed)&from=\(typed)&after=\(typed)"
            for path in ["/r/\(typed)", "/set-up/\(typed)", "/nothing/\(typed)", "/my?done=\(typed)", "/sessions?" + query] {
                // What is asked for comes back, to be asked for again after the sign-in.
                let isKept = path.contains("?")
                ears.hear("in \(path)", typed: [typed], issued: isKept ? [typed] : [], await stranger.get(path))
                ears.hear("in \(path) by Una", typed: [typed], issued: [], await scene.browser(.una).get(path))
            }
            ears.hear("in a search", typed: [typed], issued: [typed], await scene.browser(.una).get("/sessions?search=\(typed)"))
            ears.hear("in a record's address", typed: [typed], issued: [], await scene.browser(.una).get("/sessions/\(typed)"))
            ears.hear("in a record's address, to come back", typed: [typed], issued: [typed], await stranger.get("/sessions/\(typed)"))
        }
        let wrong: Browser.Fields = [("current", "Canary-Wrong-Current-3"), ("new", "Canary-New-4")]
        ears.hear("a wrong change", typed: Set(wrong.map(\.value)), issued: [], await scene.browser(.una).post("/my/password", wrong))
        // Failures are written a little later.
        try await Task.sleep(for: .milliseconds(300))
    }
}

extension PageExamples.Shot {
    /// What is typed where nobody may look over a shoulder.
    fileprivate var typedSecrets: Set<String> {
        let names = Set((offered?.controls ?? []).filter { $0.kind == "password" }.map(\.name))
        return Set(form.filter { names.contains($0.name) }.map(\.value))
    }
}

extension Markup {
    /// What a page shows this once, and the step that it seals.
    fileprivate static func secrets(in html: String) -> Set<String> {
        // What goes with a secret, and is none.
        let names = ["username", "client-id"]
        let shown = tags(in: html).filter { tag in tag.name == "output" && !names.contains { tag["id"]?.hasSuffix($0) == true } }.map(\.text)
        let sealed = PageForm.all(in: html).flatMap(\.controls).filter { $0.name == "flow" }.map(\.value)
        return Set(shown + sealed)
    }
}
