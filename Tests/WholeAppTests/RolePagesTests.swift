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
        #expect(asked.text.contains("Held by 3 people: 3 gain and 3 lose something."))
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
        #expect(asked.text.contains("Held by 2 people: 2 gain and 2 lose something."))
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

/// Roles over a catalogue of the account's own.
@Suite struct `Roles of a company with its own catalogue` {
    /// An account of the company that brings this catalogue, and its manager's client and browser.
    private func account(_ scene: Scene, _ catalogue: String, own: JSON? = nil) async throws -> (id: String, client: LocalClient, browser: Browser) {
        let id = try await Cast.make(scene.cast.olive, "accounts", ["name": .string(scene.unique("Harbour ")), "catalogue": .string(catalogue)])
        if let own {
            let revision = scene.unique("revision-")
            try await scene.database.write(seeing: .everything) { tx in
                try tx.execute(
                    """
                    INSERT INTO account_catalogues (account, revision, definition, retired) VALUES (\(id), \(revision), \(own), '[]')
                    """)
            }
        }
        let client = try await scene.cast.olive.switched(into: id)
        return (id, client, Browser(client))
    }

    private func fields(_ name: String, _ chosen: (String, String)...) -> Browser.Fields {
        [("name", name), ("description", "Of the house.")] + chosen.map { (name: $0.0, value: $0.1) }
    }

    @Test func `range over its screens and functions, in its words, and not over field work`() async throws {
        let scene = try await Scene.assemble()
        let hotel = try await account(scene, "hotel")
        let page = await hotel.browser.get("/settings/roles/new")
        let names = PageForm.posting(to: "/settings/roles", in: page.text).first?.names ?? []
        #expect(names.isSuperset(of: ["screens.pulse.level", "screens.users.level", "functions.hvac", "functions.room-status"]))
        #expect(!names.contains { $0.hasPrefix("screens.session") || $0.hasPrefix("screens.api-keys") || $0.hasPrefix("screens.links") })
        #expect(page.text.contains("<h1>Create profile</h1>") && page.text.contains("System functions"))
        let made = await hotel.browser.post(
            "/settings/roles", fields("Night", ("screens.pulse.level", "full"), ("functions.hvac", "read"), ("functions.lighting", "none")))
        #expect(made.leadsTo("done") == "created")
        let role = await hotel.client.get("/api/v1/roles?limit=1").items.first
        #expect(role?["screens"] == ["pulse": ["level": "full"]] && role?["functions"] == ["hvac": "read"])
    }

    @Test func `keep on editing what they grant beside what the form shows`() async throws {
        let scene = try await Scene.assemble()
        let hotel = try await account(scene, "hotel")
        let manager = await hotel.client.get("/api/v1/roles?limit=200").items.first { $0["manager"] == true }?["id"]?.text ?? ""
        let copy = await hotel.client.post("/api/v1/roles/\(manager)/duplicate", ["name": "Deputy"])
        #expect(copy["screens"]["sessions"] == ["level": "full", "reach": "all"])
        let path = "/settings/roles/\(copy.id)"
        let form = try #require(PageForm.posting(to: path, in: await hotel.browser.get(path + "/edit").text).first)
        let less = form.submitted.filter { $0.name != "screens.pulse.level" } + [("screens.pulse.level", "none")]
        #expect(await hotel.browser.post(path, less).leadsTo("done") == "saved")
        let after = await hotel.client.get("/api/v1/roles/\(copy.id)")
        #expect(after["screens"]["sessions"] == ["level": "full", "reach": "all"] && after["screens"]["pulse"] == nil)
        #expect(after["functions"] == copy["functions"])
    }

    /// Who starts a machine does not check it.
    private static let works: JSON = [
        "screens": [["id": "floor", "label": "Floor"]],
        "functions": [
            ["id": "start", "label": "Start", "group": "Machines", "excludes": [["id": "check", "on": "person"]]],
            ["id": "check", "label": "Check", "group": "Machines"], ["id": "oil", "label": "Oil", "group": "Machines"],
        ],
        "field_work": false,
    ]

    @Test func `say at the function that it excludes another, in the role or in somebody who holds it`() async throws {
        let scene = try await Scene.assemble()
        let works = try await account(scene, "own", own: Self.works)
        // The manager role that the account began with holds none of the new functions.
        try await scene.database.write(seeing: .everything) { tx in
            try tx.execute(
                "UPDATE roles SET functions = '{\"check\": \"full\", \"oil\": \"full\", \"start\": \"full\"}' WHERE account = \(works.id) AND manager = 1"
            )
        }
        let client = try await scene.cast.olive.switched(into: works.id), browser = Browser(client)
        let page = await browser.get("/settings/roles/new")
        #expect(page.text.contains("Nobody holds this and Check.") && page.text.contains("Nobody holds this and Start."))
        let both = await browser.post("/settings/roles", fields("Both", ("functions.start", "full"), ("functions.check", "read")))
        expect(both, 409)
        #expect(both.text.contains("id=\"functions-check-error\"") && both.text.contains("href=\"#functions-check\""))
        func role(_ name: String, _ functions: JSON) async throws -> String {
            try await Cast.make(client, "roles", ["name": .string(name), "description": "X.", "screens": [:], "functions": functions])
        }
        let (starter, checker, oiler) = (
            try await role("Starter", ["start": "full"]), try await role("Checker", ["check": "full"]), try await role("Oiler", ["oil": "full"])
        )
        let body = scene.newUser(scene.north, role: starter)
        let person = JSON(
            members: body.members.map {
                $0.0 == "roles" ? ("roles", [.string(starter), .string(oiler)]) : $0.0 == "api_keys" ? ("api_keys", []) : $0
            })
        let id = try await Cast.make(client, "users", person)
        let before = try await Snapshot.all(scene.database)
        let path = "/settings/roles/\(oiler)"
        let form = try #require(PageForm.posting(to: path, in: await browser.get(path + "/edit").text).first)
        let refused = await browser.post(path, form.submitted.filter { $0.name != "functions.check" } + [("functions.check", "read")])
        expect(refused, 409)
        #expect(refused.text.contains("id=\"functions-check-error\"") && refused.text.contains("somebody who holds it has the other"))
        for reply in [
            await client.patch("/api/v1/roles/\(oiler)", ["functions": ["check": "read"]]),
            await client.post("/api/v1/roles/\(oiler)/preview", ["functions": ["check": "read"]]),
            // Which nobody holds.
            await client.patch("/api/v1/roles/\(checker)", ["functions": ["check": "read", "start": "read"]]),
            await client.post("/api/v1/roles", ["name": "B", "description": "B.", "screens": [:], "functions": ["check": "read", "start": "read"]]),
        ] {
            expect(reply, 409, "excluded_together")
            #expect(reply.fieldCodes == ["functions.check: excluded_together"])
        }
        expect(await client.delete("/api/v1/roles/\(oiler)?move_to=\(checker)"), 409, "excluded_together")
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await client.delete("/api/v1/roles/\(starter)?move_to=\(checker)"), 204)
        #expect(await client.get("/api/v1/users/\(id)")["roles"].elements.count == 2)
    }

    @Test func `are not given to oneself, by moving or by an edit, however much one may give to others`() async throws {
        let scene = try await Scene.assemble()
        let client = try await account(scene, "payments")
        let roles = await client.client.get("/api/v1/roles?limit=200").items
        func built(_ name: String) -> String { roles.first { $0["name"]?.text == name }?["id"]?.text ?? "" }
        // An account manager gives OPERATOR, whose payments they lack themselves.
        let keeper = try await Cast.make(
            client.client, "roles", ["name": "Keeper", "description": "X.", "screens": ["users": ["level": "full"], "roles": ["level": "full"]]])
        func person(_ roles: [String]) async throws -> (id: String, client: LocalClient) {
            let body = JSON(
                members: scene.newUser(scene.north).members.map {
                    $0.0 == "roles" ? ("roles", JSON(roles)) : $0.0 == "api_keys" ? ("api_keys", []) : $0
                })
            let id = try await Cast.make(client.client, "users", body)
            return (id, try await scene.house.signIn(body["username"]?.text ?? ""))
        }
        let manager = try await person([built("ACCOUNT MANAGER"), keeper])
        let other = try await person([keeper])
        let before = try await Snapshot.all(scene.database)
        expect(await manager.client.delete("/api/v1/roles/\(keeper)?move_to=\(built("OPERATOR"))"), 403, "grants_more_than_held")
        let raised: JSON = ["roles": [.string(built("ACCOUNT MANAGER")), .string(keeper), .string(built("OPERATOR"))]]
        expect(await manager.client.patch("/api/v1/users/\(manager.id)", raised), 403, "grants_more_than_held", "by an edit")
        let page = await Browser(manager.client).post("/settings/roles/\(keeper)/delete", [("move_to", built("OPERATOR"))])
        expect(page, 403)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await client.client.patch("/api/v1/users/\(manager.id)", ["roles": [.string(built("ACCOUNT MANAGER"))]]), 200)
        expect(await manager.client.delete("/api/v1/roles/\(keeper)?move_to=\(built("OPERATOR"))"), 204, nil, "given to another")
        #expect(await client.client.get("/api/v1/users/\(other.id)")["roles"] == [.string(built("OPERATOR"))])
    }
}
