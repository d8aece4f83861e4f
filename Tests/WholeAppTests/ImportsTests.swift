import HTTPTypes
import LatchkeyAccess
import LatchkeyFiles
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// Users from a table.
@Suite struct `Users from a table` {
    private func send(_ client: LocalClient, _ csv: String, dry: Bool = false, at path: String = "/api/v1/imports", mails: Bool = false) async
        -> LocalClient.Reply
    {
        let query = ["dry_run=\(dry)", "send_activation=\(mails)"].joined(separator: "&")
        return await client.post("\(path)?\(query)", ["csv": .string(csv)])
    }

    private static let head = "email,first_name,last_name,roles"

    @Test func `are imported after a dry run that changes nothing`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let csv =
            "E-mail;First name;Last name;Role;API keys;Places;ends_at;id\r\n"
            + "ida@example.com;Ida;Moss;USER;Road checks;Main building/Floor 1;2098-01-01;x\r\n"
            + "imre@example.com;\"'=Imre\";Holt;\"user; Reader\";;;99000;\r\n"
        let floor = try await Cast.make(adam, "places", ["name": "Floor 1", "kind": "floor", "parent": .string(scene.north.place)])
        let before = try await Snapshot.all(scene.database)
        let dry = await send(adam, csv, dry: true)
        expect(dry, 200)
        #expect(dry["dry_run"] == true && dry["created"] == 2 && dry["rows"].elements.allSatisfy { $0["id"] == .null })
        #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        let real = await send(adam, csv)
        expect(real, 200)
        let ida = await adam.get("/api/v1/users/\(real["rows"].elements.first?["id"]?.text ?? "")")
        #expect(ida["status"] == "pending" && ida["places"] == [.string(floor)] && ida["api_keys"] == [.string(scene.cast.shared.id)])
        #expect(ida["ends_at"] == "2098-01-01T00:00:00.000Z" && ida["username"] == "ida@example.com")
        let imre = await adam.get("/api/v1/users/\(real["rows"].elements.last?["id"]?.text ?? "")")
        #expect(imre["first_name"] == "=Imre" && imre["roles"].elements.count == 2, "what an export guards, the import takes as it was")
        let entries = await adam.get("/api/v1/history?action=user.created&subject=\(imre.id)").items
        #expect(entries.count == 1)
        #expect(try await scene.house.mails(to: "ida@example.com").isEmpty)
    }

    @Test func `are imported whole or not at all, and everything that is wrong is named by line and field`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        let csv =
            Self.head + ",username,places,api_keys\n" + """
                good@example.com,Gus,Good,USER,,,
                una@example.com,Una,Again,USER,,,
                ,No,Mail,USER,,,
                x@example.com,,X,NOBODY; USER,,,
                y@example.com,Y,Y,,bad name,,
                good@example.com,Gus,Twice,USER,other,,
                z@example.com,Z,Z,USER,mallory@example.com,,
                w@example.com,W,W,USER,Good@EXAMPLE.com,,
                v@example.com,V,V,USER,,Nowhere,Another key
                m@example.com,M,M,USER,mallory,,,
                """
        let before = try await Snapshot.all(scene.database)
        for dry in [true, false] {
            let reply = await send(adam, csv, dry: dry)
            expect(reply, 422, "invalid_lines")
            #expect(
                Set(reply.fieldCodes) == [
                    "lines.3.email: email_taken", "lines.3.username: username_taken", "lines.4.email: required", "lines.5.first_name: required",
                    "lines.5.roles: unknown_reference", "lines.6.username: invalid_character", "lines.6.roles: required",
                    "lines.7.email: email_taken", "lines.8.username: not_own_email", "lines.9.username: not_own_email",
                    "lines.10.places: unknown_reference",
                    "lines.10.api_keys: unknown_reference", "lines.11.email: too_many_cells",
                ], "\(reply.fieldCodes)")
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [])
        }
        expect(await send(adam, "email,first_name\nx,y"), 422, "missing_column")
        expect(await send(adam, Self.head + ",shoe_size\n"), 422, "unknown_column")
        expect(await send(adam, Self.head + ",E-mail\n"), 422, "repeated_column")
        expect(await send(adam, Self.head + "\n\"x"), 422, "malformed_file")
        expect(await adam.post("/api/v1/imports?dry_run=maybe", ["csv": ""]), 422, "invalid_choice")
    }

    @Test func `clash with usernames of other accounts, which are not seen`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let name = scene.unique("southerner")
        let body = JSON(members: scene.newUser(scene.south).members.filter { $0.0 != "username" } + [("username", .string(name))])
        _ = try await Cast.make(scene.south.inside, "users", body)
        let reply = await send(scene.cast.adam.client, Self.head + ",username\nn@example.com,N,N,USER,\(name.uppercased())", dry: true)
        expect(reply, 422, "username_taken")
        #expect(reply.fieldCodes == ["lines.2.username: username_taken"])
    }

    @Test func `get no more than who imports may give`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let kim = scene.kim.client
        let csv = Self.head + ",api_keys,places\nk@example.com,K,K,ADMIN,,\nl@example.com,L,L,USER,all,all\n"
        let reply = await send(kim, csv)
        expect(reply, 422)
        #expect(
            Set(reply.fieldCodes) == [
                "lines.2.roles: grants_more_than_held", "lines.3.api_keys: grants_more_than_held",
            ], "\(reply.fieldCodes)")
        expect(await send(kim, Self.head + ",api_keys\nl@example.com,L,L,USER,Fleet returns\n"), 422, "unknown_reference")
        // Somebody of one building, and what lies beside it.
        let keeper = await scene.cast.adam.client.get("/api/v1/users/\(scene.kim.id)")["roles"]
        let body = JSON(
            members: scene.newUser(scene.north).members.filter { $0.0 != "roles" } + [("roles", keeper), ("places", [.string(scene.north.place)])])
        _ = try await Cast.make(scene.cast.adam.client, "users", body)
        let bounded = try await scene.house.signIn(body["username"]?.text ?? "")
        _ = try await Cast.make(scene.north.inside, "places", ["name": "Annex", "kind": "building"])
        for (place, isTheirs) in [("all", false), ("Annex", false), ("Main building", true)] {
            let reply = await send(bounded, Self.head + ",places\np@example.com,P,P,USER,\(place)\n", dry: true)
            expect(reply, isTheirs ? 200 : 422)
            #expect(reply.fieldCodes == (isTheirs ? [] : ["lines.2.places: grants_more_than_held"]), "\(place): \(reply.text)")
        }
        expect(await send(scene.cast.rita.client, Self.head), 403, "level_too_low")
        let hashes = await send(kim, Self.head + ",password_hash\nl@example.com,L,L,USER,\n")
        expect(hashes, 422, "not_allowed")
    }

    @Test func `are mailed a link where that is wished, and administrators do it by path`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let name = scene.unique("ida")
        let path = "/api/v1/accounts/\(scene.north.account)/imports"
        expect(await send(scene.cast.olive, Self.head + "\n\(name)@example.com,Ida,Moss,USER", at: path, mails: true), 200)
        #expect(try await scene.house.mails(to: "\(name)@example.com").count == 1)
    }

    @Test func `are imported once for one key`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        func go(_ name: String) async -> LocalClient.Reply {
            let body: JSON = ["csv": .string(Self.head + "\n\(name)@example.com,Ida,Moss,USER")]
            return await adam.send(.post, "/api/v1/imports", body, headers: [.idempotencyKey: "one"])
        }
        let first = await go("once")
        expect(first, 200)
        let again = await go("once")
        expect(again, 200)
        #expect(again["rows"] == first["rows"] && again.header("Idempotency-Replayed") == "true")
        expect(await go("other"), 422, "idempotency_key_reused")
    }

    @Test func `bring their passwords along, which become ours at the first sign-in`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        // By Python's bcrypt and hashlib, of "Größe 7 horses".
        let hashes = [
            "$2b$05$mCe5qXRae7HF4O5EHKrOZOZGpEg4cpxkG7EpB5y1qoNoCvYTERMiK",
            "pbkdf2_sha256$2000$xY3saltysalt$QBkmjyekS+DHzsoFHPH74IOewPqEtz9lRTjKWtaPOL8=",
        ]
        let lines = hashes.enumerated().map { "moved\($0)@example.com,Mo,Ved,USER,\($1),\($0 == 1)" }
        let csv = Self.head + ",password_hash,must_change_password\n" + lines.joined(separator: "\n")
        let reply = await send(adam, csv)
        expect(reply, 200)
        #expect(!reply.text.contains("$2b$") && reply["rows"].elements.allSatisfy { $0["password"] == true })
        let first = reply["rows"].elements.first?["id"]?.text ?? ""
        #expect(await adam.get("/api/v1/users/\(first)")["status"] == "enabled")
        #expect(!(await adam.get("/api/v1/users/\(first)/history").text.contains("$2b$")))

        func stored() async throws -> [String] {
            try await scene.database.read(seeing: .everything) { tx in
                try tx.rows("SELECT password_hash FROM users WHERE email_key LIKE 'moved%' ORDER BY email_key") { try $0.text(at: 0) }
            }
        }
        #expect(try await stored() == hashes)
        let password = "Größe 7 horses"
        expect(await scene.house.anyone.post("/api/v1/logins", ["username": "moved0@example.com", "password": "Größe 7 horsez"]), 401)
        #expect(try await stored() == hashes)
        for index in 0...1 {
            let login = await scene.house.anyone.post(
                "/api/v1/logins", ["username": .string("moved\(index)@example.com"), "password": .string(password)])
            expect(login, 201)
            #expect(login["must_change_password"] == .bool(index == 1))
        }
        #expect(try await stored().allSatisfy { $0.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$") })
        expect(
            await scene.house.anyone.post("/api/v1/logins", ["username": "moved0@example.com", "password": .string(password), "take_over": true]), 201
        )

        let wrong = await send(
            adam, Self.head + ",password_hash\na@example.com,A,A,USER,md5:abc\nb@example.com,B,B,USER,$2b$20$\(String(repeating: "a", count: 53))\n")
        #expect(wrong.fieldCodes == ["lines.2.password_hash: unknown_format", "lines.3.password_hash: too_costly"])
        #expect(!wrong.text.contains("md5:abc"))
    }

    @Test func `come as a workbook, as text, and on the page with a file`() async throws {
        let scene = try await Scene.assemble()
        defer { withExtendedLifetime(scene) {} }
        let adam = scene.cast.adam.client
        func workbook(_ name: String) throws -> [UInt8] {
            let writer = try TableFormat.xlsx.writer(["Email", "First name", "Last name", "Roles"], sheet: "People", at: Timestamp(milliseconds: 0))
            try writer.row([.text("\(name)@example.com"), .text("=Ida"), .text("Moss"), .text("USER")])
            try writer.close()
            return writer.take()
        }
        func upload(_ path: String, _ type: String, _ body: [UInt8], cookie: Bool = false) async -> LocalClient.Reply {
            var inbound = Inbound(.post, path, body: body)
            if cookie {
                inbound.headers[.cookie] = "\(Browser.cookie)=\(adam.token ?? "")"
                inbound.headers[.accept] = "text/html"
                for field in HTTPFields.ownSite { inbound.headers[field.name] = field.value }
            } else {
                inbound.headers[.authorization] = "Bearer " + (adam.token ?? "")
            }
            inbound.headers[.contentType] = type
            let outbound = await adam.lineUp.respond(to: inbound)
            return LocalClient.Reply(
                status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
        }
        expect(await upload("/api/v1/imports", TableFormat.xlsx.mediaType, try workbook("book")), 200)
        expect(await upload("/api/v1/imports", "text/csv; charset=utf-8", Array((Self.head + "\ntext@example.com,T,T,USER").utf8)), 200)
        expect(await upload("/api/v1/imports", "application/zip", try workbook("zip")), 415)

        func form(_ fields: [(String, String)], _ file: [UInt8]) -> [UInt8] {
            var body: [UInt8] = []
            for (name, value) in fields { body += Array("--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8) }
            body += Array(
                "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.xlsx\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                    .utf8)
            return body + file + Array("\r\n--edge--\r\n".utf8)
        }
        let type = "multipart/form-data; boundary=edge"
        expect(await upload("/api/v1/imports", type, form([], try workbook("form"))), 200)
        let checked = await upload("/settings/users/import", type, form([("step", "check"), ("lines", "")], try workbook("page")), cookie: true)
        #expect(checked.status == 200 && checked.text.contains("Import 1 person") && checked.text.contains("page@example.com"))
        let browser = Browser(adam)
        let lines = try #require(
            PageForm.posting(to: "/settings/users/import", in: checked.text).first?.submitted.first { $0.name == "lines" }?.value)
        let done = await browser.post("/settings/users/import", [("step", "import"), ("lines", lines)])
        #expect(done.location == "/settings/users?done=completed", "\(done.status)")
        #expect(await adam.get("/api/v1/users?search=page").items.first?["first_name"] == "=Ida")
        let wrong = await browser.post("/settings/users/import", [("step", "import"), ("lines", lines)])
        #expect(wrong.status == 422 && wrong.text.contains("Another user of this account has this e-mail"))
        #expect(await browser.post("/settings/users/import", [("step", "check"), ("lines", "")]).status == 422)
        #expect(await browser.get("/settings/users/import/template.csv").text.contains("password_hash"))
    }
}
