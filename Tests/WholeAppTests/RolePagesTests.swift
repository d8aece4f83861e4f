import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// The pages of roles: what is asked before something changes for people, what is offered to whom, and where they lead.
@Suite struct `The pages of roles` {
    private func desk(_ scene: Scene, _ screens: JSON, people: Int) async throws -> String {
        let body: JSON = ["name": .string(scene.unique("Desk ")), "description": "A desk.", "screens": screens]
        let id = try await Cast.make(scene.north.inside, "roles", body)
        for _ in 0..<people { _ = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north, role: id)) }
        return id
    }

    private func form(_ scene: Scene, _ who: Who, _ page: String, to path: String) async throws -> PageForm {
        let reply = await scene.browser(who).get(page)
        expect(reply, 200, nil, page)
        return try #require(PageForm.posting(to: path, in: reply.text).first)
    }

    private func with(_ form: PageForm, _ changes: Browser.Fields) -> Browser.Fields {
        form.submitted.filter { field in !changes.contains { $0.name == field.name } } + changes
    }

    @Test func `ask before a change reaches people, save once that was seen, and ask again for another change`() async throws {
        let scene = try await Scene.assemble()
        let id = try await desk(scene, ["users": ["level": "read"], "history": ["level": "read"]], people: 3)
        let (path, adam) = ("/settings/roles/\(id)", scene.browser(.adam))
        let offered = try await form(scene, .adam, path + "/edit", to: path)
        let before = try await Snapshot.all(scene.database)
        let changes: Browser.Fields = [("screens.users.level", "none"), ("screens.roles.level", "read")]
        let asked = await adam.post(path, with(offered, changes))
        expect(asked, 409)
        #expect(asked.text.contains("Of 3 people with this role, 3 gain and 3 lose something."))
        #expect(asked.text.contains("Who gains and loses what") && asked.text.contains("Vera Moss"))
        let again = try #require(PageForm.posting(to: path, in: asked.text).first)
        #expect(again.values("screens.users.level") == ["none"] && again.values("screens.roles.level") == ["read"])
        let other = await adam.post(path, with(again, [("screens.logins.level", "full")]))
        expect(other, 409, nil, "a yes to something else")
        expect(await adam.post(path, with(again, [("confirmed", "yes")])), 409, nil, "a yes that is made up")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let saved = await adam.post(path, again.submitted)
        #expect(saved.status == 303 && saved.leadsTo("done") == "saved", "\(saved.status)")
        let role = await scene.cast.adam.client.get("/api/v1/roles/\(id)")
        #expect(role["screens"] == ["history": ["level": "read"], "roles": ["level": "read"]])
    }

    @Test func `do not ask where nobody notices, and say when somebody else was faster before anything else`() async throws {
        let scene = try await Scene.assemble()
        let id = try await desk(scene, ["users": ["level": "read"]], people: 1)
        let (path, adam) = ("/settings/roles/\(id)", scene.browser(.adam))
        let offered = try await form(scene, .adam, path + "/edit", to: path)
        #expect(await adam.post(path, with(offered, [("description", "Another text.")])).leadsTo("done") == "saved")
        let late = await adam.post(path, with(offered, [("screens.users.level", "full")]))
        expect(late, 412)
        #expect(late.text.contains("Somebody else changed this"))
    }

    @Test func `offer nothing that the reader does not hold, and leave it as it is`() async throws {
        let scene = try await Scene.assemble()
        // Kim holds no places, and reads history alone; field work is hers but for others' files.
        let html = await scene.browser(.kim).get("/settings/roles/new").text
        func isOffered(_ name: String, _ value: String) -> Bool? {
            Markup.tags(in: html).first { $0["name"] == name && $0["value"] == value }.map { $0["disabled"] == nil }
        }
        #expect(isOffered("screens.users.level", "full") == true && isOffered("screens.catalogue.level", "read") == true)
        #expect(isOffered("screens.catalogue.level", "full") == false && isOffered("screens.account.level", "read") == false)
        #expect(isOffered("screens.account.level", "none") == true && isOffered("screens.history.level", "full") == nil)
        #expect(html.contains("You do not hold this.") && html.contains("You hold no more than Read."))
        let made = await scene.browser(.kim).post(
            "/settings/roles", [("name", "Strong"), ("description", "Too strong."), ("screens.account.level", "full")])
        expect(made, 403)
        #expect(!made.isRefusalPage && made.text.contains("more access than you hold"))
        let copied = await scene.browser(.kim).get("/settings/roles/\(scene.cast.roles["ADMIN"] ?? "")/duplicate")
        expect(copied, 200)
        #expect(copied.text.contains("What you do not hold yourself is left out."))
        let form = try #require(PageForm.posting(to: "/settings/roles", in: copied.text).first)
        #expect(form.values("screens.account.level") == ["none"] && form.values("screens.users.level") == ["full"])
        #expect(await scene.browser(.kim).post("/settings/roles", form.submitted).leadsTo("done") == "created")
    }

    @Test func `leave built-in roles as they are, and offer a copy`() async throws {
        let scene = try await Scene.assemble()
        let (path, adam) = ("/settings/roles/\(scene.north.userRole)", scene.browser(.adam))
        let before = try await Snapshot.all(scene.database)
        for reply in [
            await adam.get(path + "/edit"), await adam.get(path + "/delete"), await adam.post(path + "/delete"),
            await adam.post(path, [("name", "Mine"), ("description", "Mine.")]),
        ] {
            expect(reply, 409)
            #expect(reply.text.contains("This role is built in") && reply.text.contains("href=\"\(path)/duplicate\""))
        }
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let list = await adam.get("/settings/roles").text
        #expect(!list.contains("href=\"\(path)/edit\"") && list.contains("href=\"\(path)/duplicate\""))
        let copy = try await form(scene, .adam, path + "/duplicate", to: "/settings/roles")
        #expect(copy.values("name") == ["Copy of USER"] && copy.values("screens.sessions.level") == ["full"])
        #expect(copy.values("screens.sessions.reach") == ["own"])
        let made = await adam.post("/settings/roles", copy.submitted)
        #expect(made.leadsTo("done") == "created")
        expect(await adam.post("/settings/roles", copy.submitted), 409, nil, "the name is taken")
    }

    @Test func `name who holds a role that is to go, and give them another`() async throws {
        let scene = try await Scene.assemble()
        let id = try await desk(scene, ["users": ["level": "read"]], people: 2)
        let other = try await desk(scene, ["history": ["level": "read"]], people: 0)
        let (path, adam) = ("/settings/roles/\(id)", scene.browser(.adam))
        let before = try await Snapshot.all(scene.database)
        let page = await adam.get(path + "/delete")
        #expect(page.text.contains("It is held by 2 people.") && page.text.contains("Vera Moss"))
        let offered = try #require(PageForm.posting(to: path + "/delete", in: page.text).first)
        #expect(offered.options.contains { $0.value == other } && !offered.options.contains { $0.value == id })
        expect(await adam.post(path + "/delete"), 409, nil, "without another role")
        for bad in ["x", Kind.role.neverIssued, scene.south.userRole, id] {
            let refused = await adam.post(path + "/delete", [("move_to", bad)])
            expect(refused, 422, nil, bad)
            #expect(refused.text.contains("id=\"move-to-error\""))
        }
        let asked = await adam.post(path + "/delete", [("move_to", other)])
        expect(asked, 409)
        #expect(asked.text.contains("Of 2 people with this role, 2 gain and 2 lose something."))
        expect(await adam.post(path + "/delete", [("move_to", other), ("confirmed", "yes")]), 409, nil, "a yes that is made up")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let yes = try #require(PageForm.posting(to: path + "/delete", in: asked.text).first)
        let heads = try await Snapshot.heads(scene.database)
        #expect(await adam.post(path + "/delete", yes.submitted).leadsTo("done") == "deleted")
        #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [scene.north.account: 3])
        expect(await adam.get(path), 404)
        #expect(await scene.cast.adam.client.get("/api/v1/users?role=\(other)").items.count == 2)
    }

    @Test func `tell who holds a role to those who may see users, and lead from people to roles`() async throws {
        let scene = try await Scene.assemble()
        let id = try await desk(scene, ["roles": ["level": "full"]], people: 0)
        let body = scene.newUser(scene.north, role: id)
        _ = try await Cast.make(scene.north.inside, "users", body)
        let pat = scene.browserOf(try await scene.house.signIn(body["username"]?.text ?? ""))
        let holders = await pat.get("/settings/roles/\(id)/holders")
        expect(holders, 200)
        #expect(holders.text.contains("It is held by 1 person.") && !holders.text.contains("Moss</bdi></a>"))
        let edit = try #require(PageForm.posting(to: "/settings/roles/\(id)", in: await pat.get("/settings/roles/\(id)/edit").text).first)
        let asked = await pat.post("/settings/roles/\(id)", with(edit, [("screens.roles.level", "read")]))
        expect(asked, 409)
        #expect(asked.text.contains("you would see with access to users") && !asked.text.contains("/settings/users/"))
        let user = await scene.browser(.adam).get("/settings/users?role=\(id)").text
        #expect(user.contains("href=\"/settings/roles/\(id)\""))
        let keeper = try await desk(scene, ["users": ["level": "read"]], people: 0)
        let other = scene.newUser(scene.north, role: keeper)
        _ = try await Cast.make(scene.north.inside, "users", other)
        let una = scene.browserOf(try await scene.house.signIn(other["username"]?.text ?? ""))
        let seen = await una.get("/settings/users")
        #expect(seen.status == 200 && !seen.text.contains("/settings/roles"), "neither links nor a menu entry without access to roles")
        expect(await una.get("/settings/roles"), 403)
    }
}
