import ExportsFeature
import HTTPTypes
import LatchkeyAccess
import LatchkeyFiles
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Files of what an account has.
@Suite struct `Exports` {
    /// Asks for one and waits until it is done.
    private func made(_ client: LocalClient, _ body: JSON, at path: String = "/api/v1/exports") async throws -> LocalClient.Reply {
        var reply = await client.post(path, body)
        expect(reply, 201)
        let id = reply.id
        for _ in 0..<400 where reply.text("status") == "running" {
            try await Task.sleep(for: .milliseconds(25))
            reply = await client.get("\(path)/\(id)")
        }
        return reply
    }

    /// The whole of a file; nil where it broke off.
    private func fetched(_ client: LocalClient, _ path: String) async -> [UInt8]? {
        var inbound = Inbound(.get, path)
        inbound.headers[.authorization] = "Bearer " + (client.token ?? "")
        let outbound = await client.lineUp.respond(to: inbound)
        guard outbound.status == 200, let stream = outbound.stream else { return nil }
        var bytes: [UInt8] = []
        do { for try await piece in stream() { bytes += piece } } catch { return nil }
        return bytes
    }

    /// The file as rows, by column.
    private func rows(_ client: LocalClient, _ body: JSON, at path: String = "/api/v1/exports") async throws -> [[String: String]] {
        let export = try await made(client, body, at: path)
        #expect(export.text("status") == "ready", "\(export.text)")
        #expect(await client.get("\(path)/\(export.id)/file").header("Content-Disposition")?.contains("attachment") == true)
        let rows = try TableReader.rows(try #require(await fetched(client, "\(path)/\(export.id)/file")), most: 100_000)
        let head = try #require(rows.first?.cells)
        #expect(export["rows"] == .int(Int64(rows.count - 1)))
        return rows.dropFirst().map { row in Dictionary(zip(head, row.cells), uniquingKeysWith: { first, _ in first }) }
    }

    @Test(arguments: ["csv", "xlsx"]) func `of users have everybody with what they hold, by name, and survive what people type`(_ format: String)
        async throws
    {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let names = ["=cmd|' /C calc'!A0", "+49 1", "-5", "@home", "＝1+1", "=\u{338}x", "'=1", "\"quoted\", and; more", "_x0041_ <b>&"]
        for name in names {
            let body = JSON(members: scene.newUser(scene.north).members.filter { $0.0 != "first_name" } + [("first_name", .string(name))])
            _ = try await Cast.make(adam, "users", body)
        }
        let found = try await rows(adam, ["kind": "users", "format": .string(format)])
        #expect(found.count == (await adam.get("/api/v1/users?limit=1&total=true"))["total"].integer.map { Int($0) })
        for name in names { #expect(found.contains { $0["first_name"]?.unicodeScalars.elementsEqual(name.unicodeScalars) == true }, "\(name)") }
        let una = found.first { $0["id"] == scene.cast.una.id }
        #expect(una?["roles"] == "USER" && una?["api_keys"] == "Road checks" && una?["status"] == "enabled" && una?["email"] == "una@example.com")
        #expect(found.first { $0["id"] == scene.cast.adam.id }?["api_keys"] == "all")
        let all = found.flatMap { $0.values }.joined()
        #expect(!all.contains("argon2") && !all.contains(scene.cast.mallory.username), "no hash, and nobody of another account")
    }

    @Test func `of many users have of each what the list of users has`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let (adam, inside) = (scene.cast.adam.client, scene.north.inside)
        let east = try await Cast.make(inside, "places", ["name": "East wing", "kind": "building"])
        let reader = scene.cast.roles["Reader"] ?? ""
        let table = (0..<130).map {
            "many\($0)@example.com,Many,Moss,\($0 % 3 == 0 ? "USER; Reader" : $0 % 3 == 1 ? "Reader" : "USER"),\($0 % 5 == 0 ? "Road checks" : "")"
        }
        let csv = (["email,first_name,last_name,roles,api_keys"] + table).joined(separator: "\n")
        expect(await inside.post("/api/v1/imports", ["csv": .string(csv)]), 200)
        var listed: [JSON] = []
        var after = ""
        repeat {
            let page = await adam.get("/api/v1/users?limit=200" + after)
            listed += page.items
            after = page["next"].text.map { "&after=" + $0 } ?? ""
        } while !after.isEmpty
        for (index, user) in listed.enumerated() where index % 7 == 0 && user["first_name"] == "Many" {
            let places: JSON = index % 2 == 0 ? [.string(east)] : [.string(east), .string(scene.north.place)]
            expect(await inside.patch("/api/v1/users/\(user["id"]?.text ?? "")", ["places": places]), 200)
        }
        let names = [
            scene.north.userRole: "USER", reader: "Reader", scene.north.key: "Road checks", east: "East wing", scene.north.place: "Main building",
        ]
        func texts(_ held: JSON?) -> Set<String> { held?.text.map { [$0] } ?? Set((held?.elements ?? []).map { names[$0.text ?? ""] ?? "another" }) }
        func cells(_ text: String?) -> Set<String> { Set((text ?? "").split(separator: ";").map { $0.trimmingPrefix(" ") }.map(String.init)) }
        let found = try await rows(adam, ["kind": "users"])
        #expect(found.count == listed.count && found.count > 130)
        for (row, before) in zip(found, listed) where before["first_name"] == "Many" || before["id"]?.text == scene.cast.rita.id {
            let user = await adam.get("/api/v1/users/\(before["id"]?.text ?? "")")
            #expect(row["id"] == user.id && row["email"] == user.text("email") && row["status"] == user.text("status"))
            #expect(cells(row["roles"]) == texts(user["roles"]), "\(row)")
            #expect(cells(row["api_keys"]) == texts(user["api_keys"]), "\(row)")
            #expect(cells(row["places"]) == texts(user["places"]), "\(row)")
            #expect(row["last_seen_at"] == user["last_seen_at"].text ?? "", "\(row)")
        }
    }

    @Test func `are narrowed like lists, and have what the asker may see`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let rita = try await rows(scene.cast.rita.client, ["kind": "users", "search": "uwe"])
        #expect(rita.count == 1 && rita.first?["api_keys"] == "Road checks", "Uwe has another key, which Rita does not know")
        let adam = try await rows(scene.cast.adam.client, ["kind": "users", "role": .string(scene.cast.roles["Reader"] ?? "")])
        #expect(adam.map { $0["id"] } == [scene.cast.rita.id])
        #expect(try await rows(scene.cast.adam.client, ["kind": "users", "status": "pending"]).isEmpty)
        expect(await scene.cast.una.client.post("/api/v1/exports", ["kind": "users"]), 403, "screen_not_granted")
        expect(await scene.cast.adam.client.post("/api/v1/exports", ["kind": "secrets"]), 422, "invalid_choice")
        expect(await scene.cast.adam.client.post("/api/v1/exports", ["kind": "roles", "search": "x"]), 400, "unknown_field")
        expect(await scene.cast.adam.client.post("/api/v1/exports", ["kind": "users", "level": "full"]), 422, "requires_screen")
    }

    @Test func `of access say what each may do, and which role gives it`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let found = try await rows(scene.cast.adam.client, ["kind": "access"])
        let una = found.filter { $0["user"] == scene.cast.una.id }
        let sessions = una.first { $0["id"] == "sessions" }
        #expect(sessions?["level"] == "full" && sessions?["reach"] == "own" && sessions?["given_by"] == "USER" && sessions?["kind"] == "screen")
        #expect(!una.contains { $0["id"] == "users" })
        let rita = found.filter { $0["user"] == scene.cast.rita.id }
        #expect(rita.first { $0["id"] == "sessions" }?["reach"] == "all" && rita.first { $0["id"] == "users" }?["level"] == "read")
    }

    @Test func `of roles say what each grants and how many hold it`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let found = try await rows(scene.cast.adam.client, ["kind": "roles", "format": "xlsx"])
        let reader = found.filter { $0["name"] == "Reader" }
        #expect(reader.count == 5 && reader.allSatisfy { $0["holders"] == "1" && $0["built_in"] == "false" })
        #expect(found.contains { $0["manager"] == "true" })
    }

    @Test func `are told in history with how many rows, and to nobody else`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let export = try await made(adam, ["kind": "users", "status": "enabled"])
        let entries = await adam.get("/api/v1/history?action=users.exported").items
        let changes = entries.first?["changes"]?.elements ?? []
        #expect(changes.contains { $0["field"] == "rows" && $0["to"] == export["rows"] })
        #expect(changes.contains { $0["field"] == "filter.status" && $0["to"] == "enabled" })
        #expect(entries.first?["subject"]?["id"] == .string(export.id))
        #expect(await adam.get("/api/v1/history?action=export.requested").items.count == 1)
        for other in [scene.cast.rita.client, scene.kim.client, scene.cast.mallory.client, scene.cast.inNorth] {
            expect(await other.get("/api/v1/exports/\(export.id)"), 404)
            expect(await other.get("/api/v1/exports/\(export.id)/file"), 404)
            expect(await other.delete("/api/v1/exports/\(export.id)"), 404)
            #expect(await other.get("/api/v1/exports").items.isEmpty)
        }
        #expect(await adam.get("/api/v1/exports").items.map { $0["id"] } == [.string(export.id)])
        expect(await adam.delete("/api/v1/exports/\(export.id)"), 204)
        expect(await adam.get("/api/v1/exports/\(export.id)/file"), 404)
    }

    @Test func `end with the right to see what is in them, and after a day`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let role = try await Cast.make(
            adam, "roles", ["name": "Clerk", "description": "Reads people.", "screens": ["users": ["level": "read"], "roles": ["level": "read"]]])
        let body = JSON(members: scene.newUser(scene.north, role: role).members)
        let clerk = try await Cast.make(adam, "users", body)
        let client = try await scene.house.signIn(body["username"]?.text ?? "")
        let export = try await made(client, ["kind": "roles"])
        expect(await client.get("/api/v1/exports/\(export.id)/file"), 200)
        expect(await adam.patch("/api/v1/roles/\(role)", ["screens": ["users": ["level": "read"]]]), 200)
        expect(await client.get("/api/v1/exports/\(export.id)/file"), 403, "screen_not_granted")
        expect(await client.post("/api/v1/exports", ["kind": "roles"]), 403, "screen_not_granted")
        expect(await adam.patch("/api/v1/users/\(clerk)", ["roles": [.string(scene.north.userRole)]]), 200)
        expect(await client.get("/api/v1/exports/\(export.id)/file"), 403, "screen_not_granted")
        let mine = try await made(adam, ["kind": "users"])
        scene.house.time.advance(seconds: 86_401)
        let later = try await scene.house.signIn(scene.cast.adam.username)
        expect(await later.get("/api/v1/exports/\(mine.id)"), 404)
        try await ExportSweep.run(scene.house.house)
        let left = try await scene.database.read(seeing: .everything) { tx in try tx.row("SELECT count(*) FROM exports") { try $0[0] as Int } }
        #expect(left == 0)
        #expect(try await scene.house.house.blobs.keys(untouchedFor: .zero, after: nil, limit: 10).isEmpty)
    }

    @Test func `lie sealed, and are nobody's to read or cut`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let export = try await made(adam, ["kind": "users"])
        let blobs = scene.house.house.blobs
        let key = try #require(try await blobs.keys(untouchedFor: .zero, after: nil, limit: 10).first)
        let bytes = try await blobs.contents(of: key, limit: 1 << 20)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("una@example.com"))
        for change in 0..<3 {
            var other = bytes
            switch change {
            case 0: other[bytes.count / 2] ^= 1
            case 1: other.removeLast(20)
            default: other += bytes
            }
            let file = try await blobs.incoming()
            try await file.append(other)
            try await blobs.keep(file, as: key)
            #expect(await fetched(adam, "/api/v1/exports/\(export.id)/file") == nil, "\(change)")
        }
    }

    @Test func `are for administrators with the permission`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let path = "/api/v1/accounts/\(scene.north.account)/exports"
        let found = try await rows(scene.cast.olive, ["kind": "users"], at: path)
        #expect(found.contains { $0["id"] == scene.cast.una.id })
        var body = scene.newAdministrator()
        body = JSON(
            members: body.members.filter { $0.0 != "permissions" && $0.0 != "groups" } + [
                ("permissions", ["manage_users", "switch"]), ("groups", "all"),
            ])
        _ = try await Cast.make(scene.cast.olive, "administrators", body)
        let limited = try await scene.house.signIn(body["email"]?.text ?? "")
        expect(await limited.post(path, ["kind": "users"]), 403, "permission_missing")
        let switched = try await limited.switched(into: scene.north.account)
        expect(await switched.post("/api/v1/exports", ["kind": "users"]), 403, "permission_missing")
        // Nor do they take the history or a review as a file, and are not offered it.
        let review = try await scene.newReview(scene.north)
        let account = "/accounts/\(scene.north.account)"
        for (file, page) in [("/history/export", "/history"), ("/reviews/\(review)/export", "/settings/reviews/\(review)")] {
            expect(await limited.get("/api/v1\(account)\(file)"), 403, "permission_missing")
            expect(await switched.get("/api/v1" + file), 403, "permission_missing")
            #expect(await fetched(scene.cast.olive, "/api/v1\(account)\(file)") != nil)
            #expect(await Browser(scene.cast.inNorth).get(page).text.contains("/api/v1" + file), "\(page)")
            let theirs = await Browser(switched).get(page)
            #expect(theirs.status == 200 && !theirs.text.contains("/api/v1" + file), "\(page)")
        }
        // What was made with it is not fetched without it.
        let limitedPath = "/api/v1/administrators/\(await limited.get("/api/v1/me").id)"
        expect(await scene.cast.olive.patch(limitedPath, ["permissions": ["manage_users", "switch", "export"]]), 200)
        let export = try await made(limited, ["kind": "users"], at: path)
        expect(await limited.get("\(path)/\(export.id)/file"), 200)
        expect(await scene.cast.olive.patch(limitedPath, ["permissions": ["manage_users", "switch"]]), 200)
        expect(await limited.get("\(path)/\(export.id)/file"), 403, "permission_missing")
    }

    @Test func `of an administrator stay in the account that they are about`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let olive = scene.cast.olive
        let export = try await made(olive, ["kind": "users"], at: "/api/v1/accounts/\(scene.north.account)/exports")
        let other = "/api/v1/accounts/\(scene.branch.account)/exports"
        #expect(await olive.get(other).items.isEmpty)
        for path in [export.id, export.id + "/file"] { expect(await olive.get("\(other)/\(path)"), 404) }
        expect(await olive.delete("\(other)/\(export.id)"), 404)
        expect(await olive.get("/api/v1/accounts/\(scene.north.account)/exports/\(export.id)"), 200)
    }

    @Test func `are asked for and fetched on pages`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let browser = Browser(scene.cast.adam.client)
        #expect(await browser.get("/settings/users?status=enabled").text.contains("/settings/exports/new?kind=users&amp;status=enabled"))
        #expect(await browser.get("/settings/exports").text.contains("No exports yet"))
        let form = await browser.get("/settings/exports/new?kind=access&status=enabled")
        #expect(form.text.contains("name=\"status\" value=\"enabled\""))
        let done = await browser.post("/settings/exports", [("kind", "roles"), ("format", "csv"), ("status", "enabled")])
        #expect(done.status == 303, "what narrows users is left out of roles")
        var page = await browser.get(done.location)
        for _ in 0..<400 where !page.text.contains("/file") {
            try await Task.sleep(for: .milliseconds(25))
            page = await browser.get(done.location)
        }
        #expect(page.text.contains("The file is ready"))
        let rows = await fetched(scene.cast.adam.client, "/api/v1/exports/\(done.location.split(separator: "/").last ?? "")/file")
        #expect(String(decoding: rows ?? [], as: UTF8.self).contains("Reader"))
        #expect(await browser.get(done.location + "/file").status == 200)
        #expect(await browser.post(done.location + "/delete").location == "/settings/exports?done=deleted")
    }
}
