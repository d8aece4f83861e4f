import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// What a user was at a moment, by history alone.
@Suite struct `As it was` {
    /// A house whose clock stands some minutes later after each step, so that moments tell them apart.
    private struct Story {
        let scene: Scene
        let adam: LocalClient
        let user: String

        init() async throws {
            scene = try await Scene.assemble()
            adam = scene.cast.adam.client
            user = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north))
        }

        /// This moment, with what comes next some minutes later.
        func moment() -> String {
            let now = scene.house.house.gate.now.description
            scene.house.time.advance(minutes: 3)
            return now
        }

        func was(_ at: String, _ client: LocalClient? = nil) async -> LocalClient.Reply {
            await (client ?? adam).get("/api/v1/users/\(user)/as-of?at=\(at)")
        }
    }

    @Test func `a user's details, roles and access are those of the moment`() async throws {
        let story = try await Story()
        let (scene, adam, user) = (story.scene, story.adam, story.user)
        let role = try await Cast.make(
            adam, "roles", ["name": "Desk", "description": "First.", "screens": ["users": ["level": "full"], "history": ["level": "read"]]])
        let first = await adam.get("/api/v1/users/\(user)"), firstAccess = await adam.get("/api/v1/users/\(user)/access")
        let atFirst = story.moment()
        let edit: JSON = [
            "first_name": "Viola", "username": .string(scene.unique("viola")), "roles": [.string(role)], "api_keys": "all",
            "places": [.string(scene.north.place)], "ends_at": "2098-01-01T00:00:00Z",
        ]
        expect(await adam.patch("/api/v1/users/\(user)", edit), 200)
        let second = await adam.get("/api/v1/users/\(user)"), secondAccess = await adam.get("/api/v1/users/\(user)/access")
        let atSecond = story.moment()
        expect(await adam.patch("/api/v1/roles/\(role)", ["name": "Counter", "screens": ["history": ["level": "read"]], "functions": .null]), 200)
        expect(await adam.post("/api/v1/users/\(user)/disable"), 200)
        let third = await adam.get("/api/v1/users/\(user)"), thirdAccess = await adam.get("/api/v1/users/\(user)/access")
        let atThird = story.moment()
        expect(await adam.post("/api/v1/users/\(user)/enable"), 200)
        expect(await adam.patch("/api/v1/users/\(user)", ["roles": [.string(scene.north.userRole)], "ends_at": .null]), 200)
        expect(await adam.delete("/api/v1/roles/\(role)"), 204)

        for (at, then, access) in [(atFirst, first, firstAccess), (atSecond, second, secondAccess), (atThird, third, thirdAccess)] {
            let was = await story.was(at)
            #expect(was.status == 200, "\(was.text)")
            for (field, value) in was["user"].members { #expect(value == then[field], "\(field) at \(at)") }
            #expect(was["access"] == access.json, "\(at)")
            #expect(was["unknown"] == [])
        }
        #expect(await story.was(atSecond)["roles"].elements.first?["name"] == "Desk")
        #expect(await story.was(atThird)["roles"].elements.first?["name"] == "Counter")
        #expect(await story.was(atThird)["names"][scene.north.place] == "Main building")
        let now = await adam.get("/api/v1/users/\(user)/as-of")
        #expect(now["user"]["status"] == "enabled" && now["user"]["roles"] == [.string(scene.north.userRole)])
        // Whoever does not hold all keys sees those of theirs.
        expect(await adam.patch("/api/v1/users/\(user)", ["api_keys": [.string(scene.north.key), .string(scene.cast.uwes.id)]]), 200)
        let both = await story.was(story.moment(), scene.kim.client)
        #expect(both["user"]["api_keys"] == [.string(scene.north.key)] && !both.text.contains(scene.cast.uwes.id))
        #expect(await story.was(atFirst, scene.kim.client)["user"]["api_keys"] == [.string(scene.north.key)])
        let page = await scene.browser(.adam).get("/settings/users/\(user)/as-of?at=\(atSecond)").text
        #expect(page.contains("Viola") && page.contains("<bdi>Desk</bdi>") && !page.contains("Counter"))
        #expect(await scene.browser(.adam).get("/settings/users/\(user)/as-of?at=2001-01-01").text.contains("Nobody yet"))
    }

    @Test func `nobody is there before they were made, and a deleted user is until then`() async throws {
        let story = try await Story()
        let (scene, adam, user) = (story.scene, story.adam, story.user)
        #expect(await story.was("2001-01-01T00:00:00Z")["user"] == .null)
        expect(await story.was("2098-01-01T00:00:00Z"), 422, "out_of_range")
        expect(await story.was("noon"), 400, "invalid_time")
        let then = await adam.get("/api/v1/users/\(user)")
        let before = story.moment()
        expect(await adam.delete("/api/v1/users/\(user)"), 204)
        let after = story.moment()
        let was = await story.was(before)
        for (field, value) in was["user"].members { #expect(value == then[field], "\(field)") }
        expect(await story.was(after), 404)
        expect(await adam.get("/api/v1/users/\(user)/as-of"), 404)
        for who in [Who.mallory, .lena] {
            let path = who == .lena ? "/api/v1/accounts/\(scene.branch.account)/users" : "/api/v1/users"
            expect(await scene.client(who).get("\(path)/\(user)/as-of?at=\(before)"), 404, nil, "\(who)")
        }
        expect(await scene.client(.una).get("/api/v1/users/\(user)/as-of"), 403)
    }

    @Test func `somebody without a password was pending, and is told of keys that were made and deleted`() async throws {
        let story = try await Story()
        let (scene, adam) = (story.scene, story.adam)
        let body = JSON(members: scene.newUser(scene.north).members.filter { $0.0 != "password" })
        let vera = try await Cast.make(adam, "users", body)
        let pending = story.moment()
        expect(await adam.put("/api/v1/users/\(vera)/password", ["password": .string(Examples.newPassword)]), 204)
        #expect(await adam.get("/api/v1/users/\(vera)/as-of?at=\(pending)")["user"]["status"] == "pending")
        #expect(await adam.get("/api/v1/users/\(vera)/as-of")["user"]["status"] == "enabled")

        let key = try await Cast.make(scene.kim.client, "api-keys", scene.newKey())
        let held = story.moment()
        expect(await scene.kim.client.delete("/api/v1/api-keys/\(key)"), 204)
        let kims = "/api/v1/users/\(scene.kim.id)/as-of"
        #expect(await adam.get("\(kims)?at=\(held)")["user"]["api_keys"] == JSON([scene.north.key, key].sorted()))
        #expect(await adam.get(kims)["user"]["api_keys"] == [.string(scene.north.key)])
    }
}

/// Bringing back what was.
@Suite struct `Restoring` {
    private func entry(_ client: LocalClient, _ path: String, _ action: String = "user.changed") async -> JSON {
        await client.get("\(path)/history?action=\(action)&limit=1").items.first?["id"] ?? .null
    }

    @Test func `a field of a user is an edit to what it was, recorded like one`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let path = "/api/v1/users/\(try await scene.fresh(.user, for: .adam))"
        let before = await adam.get(path)
        let edit: JSON = [
            "first_name": "Viola", "last_name": "Rose", "username": .string(scene.unique("viola")),
            "roles": [.string(scene.cast.roles["ADMIN"] ?? "")], "api_keys": "all", "places": "all", "ends_at": "2098-01-01T00:00:00Z",
        ]
        expect(await adam.patch(path, edit), 200)
        let changed = await entry(adam, path)
        for field in edit.members.map(\.0) {
            let heads = try await Snapshot.heads(scene.database)
            let restored = await adam.post(path + "/restore", ["entry": changed, "field": .string(field)])
            #expect(restored.status == 200 && restored[field] == before[field], "\(field): \(restored.text)")
            #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [scene.north.account: 1], "\(field)")
            let again = await adam.post(path + "/restore", ["entry": changed, "field": .string(field)])
            #expect(again.status == 200 && again.header("ETag") == restored.header("ETag"), "\(field)")
            #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [scene.north.account: 1], "\(field) again")
        }
        let last = await adam.get(path + "/history?limit=1").items.first
        #expect(last?["action"] == "user.changed" && last?["changes"]?.elements.count == 1)
    }

    @Test func `is refused like the edit that it is`() async throws {
        let scene = try await Scene.assemble()
        let (adam, kim, una) = (scene.cast.adam.client, scene.kim.client, scene.cast.una.id)
        let path = "/api/v1/users/\(una)"
        let admin = scene.cast.roles["ADMIN"] ?? ""
        let second = "/api/v1/users/\(try await scene.fresh(.user, for: .adam))"
        expect(await adam.patch(second, ["roles": [.string(admin)], "api_keys": "all"]), 200)
        expect(await adam.patch(second, ["roles": [.string(scene.north.userRole)], "api_keys": [.string(scene.north.key)]]), 200)
        let wasAdmin = await entry(adam, second)
        let before = try await Snapshot.all(scene.database)
        for field in ["roles", "api_keys"] {
            expect(
                await kim.post(second + "/restore", ["entry": wasAdmin, "field": .string(field)]), 403, "grants_more_than_held", field)
        }
        // Of somebody else, of nobody, of another field, and what no edit changes.
        expect(await adam.post(path + "/restore", ["entry": wasAdmin, "field": "roles"]), 422, "unknown_reference")
        expect(await adam.post(path + "/restore", ["entry": "his_01m7yqp0z0eyza484zdd5nqnqd", "field": "roles"]), 422, "unknown_reference")
        expect(await adam.post(second + "/restore", ["entry": wasAdmin, "field": "first_name"]), 422, "not_in_entry")
        expect(await adam.post(second + "/restore", ["entry": wasAdmin, "field": "email"]), 422, "invalid_choice")
        expect(await adam.post(second + "/restore", ["field": "roles"]), 422, "required")
        expect(await adam.post(second + "/restore", ["entry": wasAdmin, "field": "roles", "value": []]), 400, "unknown_field")
        expect(await scene.client(.rita).post(second + "/restore", ["entry": wasAdmin, "field": "roles"]), 403, "level_too_low")
        expect(await scene.client(.mallory).post(second + "/restore", ["entry": wasAdmin, "field": "roles"]), 404)
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        expect(await adam.post(second + "/restore", ["entry": wasAdmin, "field": "roles"]), 200, nil, "who may give it")

        // The last manager stays: the second goes, and Adam's time before he was one does not come back.
        let adams = "/api/v1/users/\(scene.cast.adam.id)"
        expect(await scene.cast.inNorth.patch(adams, ["roles": [.string(scene.north.userRole)]]), 200)
        expect(await scene.cast.inNorth.patch(adams, ["roles": [.string(admin)]]), 200)
        let becameManager = await entry(scene.cast.inNorth, adams)
        expect(await scene.cast.inNorth.post(second + "/disable"), 200)
        expect(await scene.cast.inNorth.post(adams + "/restore", ["entry": becameManager, "field": "roles"]), 409, "last_manager")

        // What is gone cannot be given back.
        let role = try await Cast.make(scene.cast.inNorth, "roles", scene.newRole())
        expect(await scene.cast.inNorth.patch(path, ["roles": [.string(role)]]), 200)
        expect(await scene.cast.inNorth.patch(path, ["roles": [.string(scene.north.userRole)]]), 200)
        expect(await scene.cast.inNorth.delete("/api/v1/roles/\(role)"), 204)
        let hadRole = await entry(scene.cast.inNorth, path)
        expect(await scene.cast.inNorth.post(path + "/restore", ["entry": hadRole, "field": "roles"]), 422, "unknown_reference")
        expect(
            await scene.cast.inNorth.send(
                .post, path + "/restore", ["entry": hadRole, "field": "roles"], headers: [.ifMatch: "\"stale\""]), 422)
    }

    @Test func `leaves keys alone that do not exist for whoever restores`() async throws {
        let scene = try await Scene.assemble()
        let (adam, kim) = (scene.cast.adam.client, scene.kim.client)
        let path = "/api/v1/users/\(try await scene.fresh(.user, for: .adam))"
        let (shared, fleet) = (JSON.string(scene.north.key), JSON.string(scene.cast.uwes.id))
        expect(await adam.patch(path, ["api_keys": [shared, fleet]]), 200)
        expect(await adam.patch(path, ["api_keys": [fleet]]), 200)
        let taken = await entry(adam, path)
        // Their names do not stand on the page either.
        let page = await scene.browser(.kim).get("\(path.replacing("/api/v1/", with: "/settings/"))/restore?entry=\(taken.text ?? "")&field=api_keys")
        #expect(page.status == 200 && page.text.contains("Road checks"))
        #expect(!page.text.contains(scene.cast.uwes.id) && !page.text.contains("Fleet returns"))
        let restored = await kim.post(path + "/restore", ["entry": taken, "field": "api_keys"])
        #expect(restored.status == 200 && restored["api_keys"] == [shared])
        #expect(await adam.get(path)["api_keys"].elements.compactMap(\.text).sorted() == [shared, fleet].compactMap(\.text).sorted())
    }

    @Test func `a role is what it was before an entry, whole or in part`() async throws {
        let scene = try await Scene.assemble()
        let (adam, kim) = (scene.cast.adam.client, scene.kim.client)
        let path =
            "/api/v1/roles/"
            + (try await Cast.make(
                adam, "roles", ["name": "Desk", "description": "First.", "screens": ["users": ["level": "full"], "account": ["level": "read"]]]))
        let first = await adam.get(path)
        expect(await adam.patch(path, ["name": "Counter", "description": "Second.", "screens": ["users": ["level": "read"]]]), 200)
        let changed = await entry(adam, path, "role.changed")
        expect(await adam.patch(path, ["description": "Third."]), 200)
        let heads = try await Snapshot.heads(scene.database)
        let part = await adam.post(path + "/restore", ["entry": changed, "field": "name"])
        #expect(part.status == 200 && part["name"] == "Desk" && part["description"] == "Third.")
        // Kim lacks a screen that it would grant again.
        expect(await kim.post(path + "/restore", ["entry": changed]), 403, "grants_more_than_held")
        let whole = await adam.post(path + "/restore", ["entry": changed])
        #expect(whole.status == 200 && whole.json == first.json, "\(whole.text)")
        #expect(await adam.post(path + "/restore", ["entry": changed]).json == first.json)
        #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [scene.north.account: 2])
        let created = await entry(adam, path, "role.created")
        expect(await adam.post(path + "/restore", ["entry": created]), 422, "not_in_entry")
        expect(await adam.post("/api/v1/roles/\(scene.north.userRole)/restore", ["entry": changed]), 422, "unknown_reference")
        expect(await adam.post(path + "/restore", ["entry": changed, "field": "gives"]), 422, "invalid_choice")
    }

    @Test func `is asked on a page that shows from what to what, and says what it hides`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.browser(.adam), scene.cast.una.id)
        let path = "/settings/users/\(una)"
        let client = scene.cast.adam.client
        let keys = await client.get("/api/v1/users/\(una)")["api_keys"]
        let other = try await Cast.make(client, "api-keys", scene.newKey())
        expect(await client.patch("/api/v1/users/\(una)", ["api_keys": [.string(other)]]), 200)
        expect(await client.patch("/api/v1/users/\(una)", ["api_keys": keys]), 200)
        let history = await adam.get(path + "/history").text
        let entry = await client.get("/api/v1/users/\(una)/history?limit=1").items.first?["id"]?.text ?? ""
        #expect(history.contains("\(path)/restore?entry=\(entry)&amp;field=api_keys"))
        let asked = await adam.get("\(path)/restore?entry=\(entry)&field=api_keys")
        let form = try #require(PageForm.posting(to: path + "/restore", in: asked.text).first)
        // Una has a session under the key that goes.
        let heads = try await Snapshot.heads(scene.database)
        let hides = await adam.post(path + "/restore", form.submitted)
        #expect(hides.status == 409 && hides.text.contains("it would hide 1 session"), "\(hides.status)")
        #expect(Snapshot.growth(heads, try await Snapshot.heads(scene.database)) == [:])
        let again = try #require(PageForm.posting(to: path + "/restore", in: hides.text).first)
        #expect(await adam.post(path + "/restore", again.submitted).leadsTo("done") == "saved")
        #expect(await client.get("/api/v1/users/\(una)")["api_keys"] == [.string(other)])
        // Without an entry it is the last change; for an entry of somebody else there is a reason.
        #expect(await adam.get(path + "/restore").text.contains("It becomes as it was before"))
        expect(await adam.get("\(path)/restore?entry=his_01m7yqp0z0eyza484zdd5nqnqd&field=roles"), 422)
        expect(await scene.browser(.rita).get(path + "/restore"), 403)
        expect(await scene.browser(.kim).get("/settings/users/\(scene.cast.adam.id)/restore"), 403, nil, "whom Kim may not edit")
    }
}
