import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// A user who is deleted for good.
@Suite struct `A deleted user` {
    private func vera(_ scene: Scene) async throws -> (id: String, client: LocalClient, body: JSON) {
        let body = scene.newUser(scene.north)
        let id = try await Cast.make(scene.north.inside, "users", body)
        return (id, try await scene.house.signIn(body["username"]?.text ?? ""), body)
    }

    @Test func `answers no more, and stays with their name on what they made`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let vera = try await vera(scene)
        let session = try await Cast.make(vera.client, "sessions", ["api_key": .string(scene.north.key)])
        expect(await adam.delete("/api/v1/users/\(vera.id)"), 204)
        expect(await vera.client.get("/api/v1/me"), 401)
        for target in ["", "/history", "/access"] { expect(await adam.get("/api/v1/users/\(vera.id)" + target), 404, nil, target) }
        for action in ["/disable", "/enable", "/activation"] { expect(await adam.post("/api/v1/users/\(vera.id)" + action), 404, nil, action) }
        expect(await adam.patch("/api/v1/users/\(vera.id)", ["first_name": "X"]), 404)
        expect(await adam.delete("/api/v1/users/\(vera.id)"), 404)
        for page in ["", "/access", "/history", "/edit", "/password", "/delete", "/reactivate"] {
            #expect(await Browser(adam).get("/settings/users/\(vera.id)" + page).status == 404, "\(page)")
        }
        #expect(!(await adam.get("/api/v1/users?limit=200")).items.contains { $0["id"]?.text == vera.id })
        #expect(await adam.get("/api/v1/users?status=disabled&limit=200&total=true")["total"] == 0)
        let kept = await adam.get("/api/v1/sessions/\(session)")
        #expect(kept["owner"]["name"] == "Vera Moss" && kept["owner"]["id"] == .string(vera.id))
        let entries = await adam.get("/api/v1/history?subject=\(vera.id)").items
        #expect(entries.first?["action"] == "user.deleted" && entries.first?["subject"]?["name"] == "Vera Moss")
        expect(
            await adam.post("/api/v1/links", ["name": "L", "api_key": .string(scene.north.key), "user": .string(vera.id)]), 422, "unknown_reference")
    }

    @Test func `leaves username and e-mail free, and whoever gets them inherits nothing`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let vera = try await vera(scene)
        let session = try await Cast.make(vera.client, "sessions", ["api_key": .string(scene.north.key)])
        let email = vera.body["email"]?.text ?? ""
        let reset = try await scene.house.resetToken(of: email)
        expect(await adam.delete("/api/v1/users/\(vera.id)"), 204)
        expect(await scene.house.anyone.post("/api/v1/password/forgot", ["email": .string(email)]), 202)
        expect(await scene.house.anyone.post("/api/v1/password/reset", ["token": .string(reset), "new": .string(Examples.newPassword)]), 410)
        let username: JSON = vera.body["username"] ?? .null
        expect(await scene.house.anyone.post("/api/v1/logins", ["username": username, "password": .string(TestHouse.password)]), 401)
        let again = try await Cast.make(adam, "users", vera.body)
        #expect(again != vera.id)
        let newVera = try await scene.house.signIn(username.text ?? "")
        #expect(await newVera.get("/api/v1/sessions").items.isEmpty)
        expect(await newVera.get("/api/v1/sessions/\(session)"), 404)
        expect(await vera.client.get("/api/v1/me"), 401, nil, "the old login is nobody's")
        #expect(await adam.get("/api/v1/users/\(again)/history").items.map { $0["action"]?.text }.contains("user.deleted") == false)
    }

    @Test func `is one only where the account deletes users, and never the last manager or somebody who holds more`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let vera = try await vera(scene)
        expect(await scene.kim.client.delete("/api/v1/users/\(scene.cast.adam.id)"), 403, "grants_more_than_held")
        expect(await adam.delete("/api/v1/users/\(scene.cast.adam.id)"), 409, "last_manager")
        expect(await adam.get("/api/v1/me"), 200)
        expect(await adam.patch("/api/v1/settings/security", ["user_deletion": false]), 200)
        expect(await adam.delete("/api/v1/users/\(vera.id)"), 409, "user_deletion_off")
        expect(await vera.client.get("/api/v1/me"), 200)
        #expect(!(await Browser(adam).get("/settings/users")).text.contains("/delete\""))
        let page = await Browser(adam).post("/settings/users/\(vera.id)/delete")
        #expect(page.status == 409 && page.text.contains("does not delete users"))
    }

    @Test func `hands everything over first where that is asked for, or nothing at all happens`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let vera = try await vera(scene)
        let session = try await Cast.make(vera.client, "sessions", ["api_key": .string(scene.north.key)])
        for id in [scene.cast.mallory.id, Kind.user.neverIssued, "x"] {
            let reply = await adam.delete("/api/v1/users/\(vera.id)?hand_over_to=\(id)")
            expect(reply, 422, "unknown_reference", id)
            #expect(reply.fieldCodes == ["hand_over_to: unknown_reference"])
        }
        expect(await vera.client.get("/api/v1/me"), 200)
        expect(await adam.delete("/api/v1/users/\(vera.id)?hand_over_to=\(scene.cast.una.id)"), 204)
        expect(await scene.cast.una.client.get("/api/v1/sessions/\(session)"), 200)
        let other = try await self.vera(scene)
        let next = try await Cast.make(other.client, "sessions", ["api_key": .string(scene.north.key)])
        let page = await Browser(adam).get("/settings/users/\(other.id)/delete")
        #expect(page.text.contains("Who gets 1 session") && page.text.contains(scene.cast.una.id))
        let done = await Browser(adam).post("/settings/users/\(other.id)/delete", [("to", scene.cast.una.id)])
        #expect(done.status == 303 && done.location == "/settings/users?done=deleted")
        expect(await scene.cast.una.client.get("/api/v1/sessions/\(next)"), 200)
    }

    @Test func `frees the roles and places that they held`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let vera = try await vera(scene)
        let role = try await Cast.make(adam, "roles", scene.newRole())
        expect(await adam.patch("/api/v1/users/\(vera.id)", ["roles": [.string(role)], "places": [.string(scene.north.place)]]), 200)
        expect(await adam.delete("/api/v1/roles/\(role)"), 409, "role_in_use")
        expect(await adam.delete("/api/v1/places/\(scene.north.place)"), 409, "place_in_use")
        expect(await adam.delete("/api/v1/users/\(vera.id)"), 204)
        expect(await adam.delete("/api/v1/roles/\(role)"), 204)
        expect(await adam.delete("/api/v1/places/\(scene.north.place)"), 204)
    }
}

/// The places of a user, in the console.
@Suite struct `The places of a user` {
    @Test func `are ticked in a tree, or all of them, current and future`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let floor = try await Cast.make(adam, "places", ["name": "Floor 1", "kind": "floor", "parent": .string(scene.north.place)])
        let user = try await scene.fresh(.user, for: .adam)
        let target = "/settings/users/\(user)"
        func save(_ places: [String], by: String = "some") async throws -> LocalClient.Reply {
            let form = PageForm.posting(to: target, in: await Browser(adam).get(target + "/edit").text).first?.submitted ?? []
            let fields = form.filter { $0.name != "places" && $0.name != "places_by" } + [("places_by", by)] + places.map { ("places", $0) }
            return await Browser(adam).post(target, fields)
        }
        func stored() async -> JSON { await adam.get("/api/v1/users/\(user)")["places"] }
        #expect(try await save([floor]).status == 303)
        #expect(await stored() == [.string(floor)])
        let page = await Browser(adam).get(target).text
        #expect(page.contains("Floor 1") && page.contains("Main building"))
        let edit = await Browser(adam).get(target + "/edit").text
        #expect(edit.contains("value=\"\(floor)\" data-branch checked") && edit.contains("value=\"\(scene.north.place)\" data-branch>"))
        // A browser without scripts sends what is covered, too.
        #expect(try await save([scene.north.place, floor]).status == 303)
        #expect(await stored() == [.string(scene.north.place)])
        #expect(try await save([floor], by: "all").status == 303)
        #expect(await stored() == "all")
        #expect(await Browser(adam).get(target).text.contains("All places, current and future"))
        let unknown = try await save([Kind.place.neverIssued])
        #expect(unknown.status == 422 && unknown.text.contains("id=\"places-error\""))
        #expect(try await save([]).status == 303)
        #expect(await stored() == [])
    }

    @Test func `cannot be ticked by who does not hold them`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        expect(await adam.patch("/api/v1/users/\(scene.kim.id)", ["places": []]), 200)
        let form = await Browser(scene.kim.client).get("/settings/users/new").text
        #expect(form.contains("value=\"\(scene.north.place)\" data-branch disabled") && !form.contains("All places, current and future"))
        let user = try await scene.fresh(.user, for: .adam)
        expect(await adam.patch("/api/v1/users/\(user)", ["places": [.string(scene.north.place)]]), 200)
        let edit = await Browser(scene.kim.client).get("/settings/users/\(user)/edit").text
        #expect(edit.contains("value=\"\(scene.north.place)\" data-branch checked>"), "what they have stays theirs in an edit")
    }
}
