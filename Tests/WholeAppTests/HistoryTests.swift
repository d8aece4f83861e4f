import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// History for people: by name, narrowed, and taken out of the house.
@Suite struct `The history of an account` {
    @Test func `calls things what they were called then`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        let role = try await Cast.make(adam, "roles", ["name": "Desk one", "description": "First.", "screens": ["users": ["level": "read"]]])
        let key = try await Cast.make(adam, "api-keys", ["name": "Old key", "mode": "live"])
        let user = try await Cast.make(scene.north.inside, "users", scene.newUser(scene.north))
        let userRole = JSON.string(scene.north.userRole)
        let place = JSON.string(scene.north.place)
        expect(
            await adam.patch(
                "/api/v1/users/\(user)", ["roles": [userRole, .string(role)], "api_keys": [.string(key)], "places": [place]]), 200)
        expect(await adam.patch("/api/v1/roles/\(role)", ["name": "Desk two"]), 200)
        expect(await adam.patch("/api/v1/api-keys/\(key)", ["name": "New key"]), 200)
        expect(await adam.patch("/api/v1/users/\(user)", ["roles": [userRole]]), 200)
        expect(await adam.delete("/api/v1/roles/\(role)"), 204)
        expect(await adam.delete("/api/v1/api-keys/\(key)"), 204)

        let entries = await adam.get("/api/v1/users/\(user)/history").items.filter { $0["action"] == "user.changed" }
        #expect(
            entries.map { $0["changes"]?.elements.compactMap { $0["field"]?.text } } == [["api_keys"], ["roles"], ["roles", "api_keys", "places"]])
        let names = entries.compactMap { $0["names"] }
        #expect(names[2][role] == "Desk one" && names[2][key] == "Old key" && names[2][scene.north.userRole] == "USER")
        #expect(names[2][scene.north.place] == "Main building")
        #expect(names[1][role] == "Desk two")
        #expect(names[0][key] == "New key")
        let page = await scene.browser(.adam).get("/settings/users/\(user)/history").text
        for name in ["Desk one", "Desk two", "Old key", "New key", "Main building"] { #expect(page.contains(name), "\(name)") }
        for id in [role, key, scene.north.place] { #expect(!page.contains("<del>\(id)") && !page.contains("<ins>\(id)"), "\(id)") }
        // Kim holds neither key: no name, no id.
        let kims = await scene.kim.client.get("/api/v1/users/\(user)/history").text
        #expect(kims.contains("Desk one") && !kims.contains("Old key") && !kims.contains(key))
    }

    @Test func `is narrowed by person, thing, kind, action and time, and shows nothing of what the reader cannot see`() async throws {
        let scene = try await Scene.assemble()
        let (adam, una) = (scene.cast.adam.client, scene.cast.una.id)
        let before = scene.house.house.gate.now
        scene.house.time.advance(minutes: 3)
        expect(await adam.patch("/api/v1/users/\(una)", ["first_name": "Unna"]), 200)
        let between = scene.house.house.gate.now.adding(seconds: 1)
        scene.house.time.advance(minutes: 3)
        expect(await scene.kim.client.patch("/api/v1/users/\(una)", ["first_name": "Una"]), 200)
        let role = try await Cast.make(adam, "roles", scene.newRole())
        func found(_ client: LocalClient, _ query: String) async -> [String] {
            let reply = await client.get("/api/v1/history?limit=200&" + query)
            #expect(reply.status == 200, "\(query): \(reply.text)")
            return reply.items.map { ($0["action"]?.text ?? "") + " " + ($0["subject"]?["id"]?.text ?? "") }
        }
        let changed = "user.changed \(una)"
        #expect(await found(adam, "subject=\(una)&action=user.changed") == [changed, changed])
        #expect(await found(adam, "subject=\(una)&actor=\(scene.kim.id)") == [changed])
        #expect(await found(adam, "subject=\(una),\(role)&from=\(between)") == ["role.created \(role)", changed])
        #expect(await found(adam, "subject=\(una)&action=user.changed&to=\(between)") == [changed])
        #expect(await found(adam, "from=\(before)&to=\(between)") == [changed])
        #expect(await found(adam, "from=\(before)&kind=role") == ["role.created \(role)"])
        #expect(await found(adam, "from=\(between)&to=\(before)") == [])
        #expect(await found(adam, "to=2001-01-01T00:00:00Z") == [])
        #expect(await found(adam, "from=2098-01-01T00:00:00Z") == [])
        // What one cannot see, and what nobody has.
        let machine = Kind.user.neverIssued
        for hidden in [scene.cast.uwes.id, scene.sessions.uweFleet, scene.links.fleet, scene.cast.mallory.id, scene.south.key, machine] {
            #expect(await found(scene.kim.client, "subject=\(hidden)") == [], "\(hidden)")
            #expect(await found(scene.kim.client, "actor=\(hidden)") == [], "\(hidden)")
        }
        #expect(await found(scene.kim.client, "subject=\(scene.cast.uwes.id),\(una)&actor=\(scene.kim.id)") == [changed])
        let total = await adam.get("/api/v1/history?from=\(before)&total=true&limit=2")
        #expect(total["total"] == 3 && total.items.count == 2)
        #expect(await adam.get("/api/v1/history?from=\(before)&limit=2&after=\(total.text("next"))").items.count == 1)
        expect(await adam.get("/api/v1/history?from=yesterday"), 400, "invalid_time")
        expect(await adam.get("/api/v1/history?subject=a&subject=b"), 400, "repeated")
    }

    @Test func `has times that never go back, whatever the clock does`() async throws {
        let scene = try await Scene.assemble()
        let adam = scene.cast.adam.client
        for (name, seconds) in [("Ahead", 240), ("Back", -120), ("Later", 60), ("Last", 120)] as [(String, Int64)] {
            scene.house.time.advance(seconds: seconds)
            expect(await adam.patch("/api/v1/users/\(scene.cast.una.id)", ["first_name": .string(name)]), 200)
        }
        let times = await adam.get("/api/v1/users/\(scene.cast.una.id)/history?limit=4").items.compactMap { $0["at"]?.text }
        #expect(times == times.sorted(by: >) && Set(times).count == 2, "\(times)")
        let from = times.first ?? ""
        #expect(await adam.get("/api/v1/history?from=\(from)&subject=\(scene.cast.una.id)").items.count == 1)
    }

    @Test func `is exported as it is listed, and the export is recorded`() async throws {
        let scene = try await Scene.assemble()
        let target = "/api/v1/history/export?action=user.created"
        for (who, status) in [(Who.una, 403), (.key, 403), (.olive, 403)] {
            #expect(await exported(scene.client(who), target).status == status, "\(who)")
        }
        for who in [Who.adam, .rita, .kim] {
            let before = try await Snapshot.heads(scene.database)
            let listed = await scene.client(who).get("/api/v1/history?limit=200&action=user.created").items
            let (status, type, bytes) = await exported(scene.client(who), target)
            #expect(status == 200 && type.hasPrefix("application/x-ndjson"), "\(who)")
            let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSON.parse(Array($0)) }
            #expect(lines == listed && !lines.isEmpty, "\(who)")
            #expect(Snapshot.growth(before, try await Snapshot.heads(scene.database)) == [scene.north.account: 1], "\(who)")
            let entry = await scene.client(who).get("/api/v1/history?limit=1").items.first
            #expect(entry?["action"] == "history.exported", "\(who)")
            let changes = entry?["changes"]?.elements ?? []
            #expect(changes.first { $0["field"] == "entries" }?["to"] == .int(Int64(listed.count)), "\(who)")
            #expect(changes.first { $0["field"] == "filter.action" }?["to"] == "user.created", "\(who)")
        }
        let csv = await exported(scene.cast.adam.client, target + "&format=csv")
        let rows = String(decoding: csv.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        #expect(csv.type.hasPrefix("text/csv") && rows.count > 10 && rows.contains { $0.contains(",roles,,USER,") }, "\(rows.prefix(3))")
        let book = await exported(scene.cast.adam.client, target + "&format=xlsx")
        #expect(book.status == 200 && book.bytes.starts(with: Array("PK".utf8)))
        let all = await exported(scene.cast.adam.client, "/api/v1/history/export")
        #expect(all.bytes.split(separator: UInt8(ascii: "\n")).count > 20)
        expect(await scene.cast.adam.client.get("/api/v1/history/export?format=pdf"), 422, "invalid_choice")
        let olives = await exported(scene.cast.olive, "/api/v1/accounts/\(scene.north.account)/history/export")
        #expect(olives.status == 200 && !olives.bytes.isEmpty)
    }

    @Test func `has pages for people: found by name, each name a way on`() async throws {
        let scene = try await Scene.assemble()
        expect(await scene.cast.adam.client.patch("/api/v1/users/\(scene.cast.una.id)", ["first_name": "Unna"]), 200)
        let adam = scene.browser(.adam)
        let byName = await adam.get("/history?actor=adam&subject=unna&action=user.changed").text
        #expect(byName.contains("<del>Una</del>") && byName.contains("<ins>Unna</ins>"))
        #expect(byName.contains("/history?actor=\(scene.cast.adam.id)&amp;subject=unna&amp;action=user.changed"))
        #expect(byName.contains("/api/v1/history/export?subject=\(scene.cast.una.id)"))
        #expect(await adam.get("/history?actor=uwe&subject=unna&action=user.changed").text.contains("No entry fits what you asked for."))
        #expect(await adam.get("/history?subject=nobody+of+this+name").text.contains("No entry fits what you asked for."))
        #expect(await adam.get("/history?kind=role&from=2001-01-01&to=2098-12-31").text.contains("Keeper"))
        for path in [
            "/settings/places/\(scene.north.place)", "/developer/api-keys/\(scene.north.key)", "/settings/links/\(scene.links.desk)",
            "/settings/integrations/\(scene.machines.robot)",
        ] {
            let page = await adam.get(path + "/history")
            #expect(page.status == 200 && page.text.contains("class=\"timeline\""), "\(path)")
        }
        expect(await scene.browser(.kim).get("/developer/api-keys/\(scene.cast.uwes.id)/history"), 404)
    }
}

@Suite struct `The history of the enterprise` {
    @Test func `is for those who manage administrators, within their groups`() async throws {
        let scene = try await Scene.assemble()
        let (olive, lena) = (scene.cast.olive, scene.lena.client)
        expect(await olive.patch("/api/v1/accounts/\(scene.branch.account)", ["region": "Valley"]), 200)
        expect(await olive.patch("/api/v1/accounts/\(scene.north.account)", ["group": .string(scene.west)]), 200)
        expect(await olive.patch("/api/v1/accounts/\(scene.north.account)", ["group": .string(scene.east), "region": "Coast"]), 200)
        func subjects(_ client: LocalClient, _ query: String = "") async -> Set<String> {
            Set(await client.get("/api/v1/enterprise/history?limit=200" + query).items.compactMap { $0["subject"]?["id"]?.text })
        }
        let all = await subjects(olive)
        #expect(all.isSuperset(of: [scene.north.account, scene.branch.account, scene.west, scene.east, scene.edda, scene.lena.id, scene.oliveID]))
        let seen = await subjects(lena)
        #expect(seen.isSuperset(of: [scene.branch.account, scene.west, scene.lena.id]))
        #expect(seen.isDisjoint(with: [scene.north.account, scene.south.account, scene.east, scene.edda, scene.oliveID]))
        for hidden in [scene.north.account, scene.east, scene.edda] {
            #expect(await subjects(lena, "&subject=\(hidden)") == [], "\(hidden)")
        }
        // An account that came from elsewhere says no group that is not hers.
        expect(await olive.patch("/api/v1/accounts/\(scene.north.account)", ["group": .string(scene.west)]), 200)
        let moved = await lena.get("/api/v1/enterprise/history?subject=\(scene.north.account)&action=account.changed")
        #expect(!moved.items.isEmpty && !moved.text.contains(scene.east) && moved.text.contains(scene.west))
        let named = await olive.get("/api/v1/enterprise/history?subject=\(scene.north.account)&limit=1").items.first?["names"]
        #expect(named?[scene.west] == "West" && named?[scene.east] == "East")
        #expect(await olive.get("/api/v1/groups/\(scene.east)/history").items.map { $0["action"]?.text } == ["group.created"])
        expect(await lena.get("/api/v1/groups/\(scene.east)/history"), 404)
        #expect(await olive.get("/api/v1/administrators/\(scene.edda)/history").items.last?["action"] == "administrator.created")
        expect(await lena.get("/api/v1/administrators/\(scene.edda)/history"), 404)
        for who in [Who.adam, .switched] { expect(await scene.client(who).get("/api/v1/enterprise/history"), 403, "enterprise_only") }
        let file = await exported(lena, "/api/v1/enterprise/history/export?kind=account")
        #expect(file.status == 200 && String(decoding: file.bytes, as: UTF8.self).contains(scene.branch.account))
        let page = await scene.browser(.lena).get("/enterprise/history?subject=West+branch").text
        #expect(page.contains("Valley") && !page.contains("Coast"))
    }
}
