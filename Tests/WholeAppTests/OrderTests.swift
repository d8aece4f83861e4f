import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import Testing

@testable import latchkey

/// In which order a request is judged (api.md, rulings 21): generated from the route table where that says enough.
@Suite struct `A request is judged in order` {
    @Test func `unknown paths and wrong methods come before everything, for nobody and everybody`() async throws {
        let house = try await TestHouse()
        let olive = try await house.olive()
        for client in [house.anyone, olive, LocalClient(house.lineUp, token: "lk_login_x")] {
            for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/users/", "/api/v1/me/nothing", "/api/v2/me", "/api/v1//users"] {
                expect(await client.get(path), 404, "not_found", path)
            }
            expect(await client.get("/API/v1/me"), 404)
            for route in Routes.api {
                let target = route.path(with: route.parameterKinds.map { $0.kind?.neverIssued ?? "" })
                let allowed = Set(Routes.api.filter { $0.path == route.path }.map(\.method))
                for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete, .trace, .connect, .options].filter({ !allowed.contains($0) }) {
                    let reply = await client.send(method, target, ["zzz": 1])
                    // Another route may have the same shape, such as /sessions/count and /sessions/{id}.
                    if reply.status == 404 || reply.status == 401 || reply.status == 403 { continue }
                    expect(reply, 405, "method_not_allowed", "\(method) \(target)")
                    let list = reply.header("Allow") ?? ""
                    for method in allowed { #expect(list.contains(method.rawValue), "\(method) \(target): Allow \(list)") }
                    #expect(list.contains("HEAD") == list.contains("GET"), "\(target): Allow \(list)")
                }
            }
        }
    }

    @Test func `an overriding method is not heard`() async throws {
        let house = try await TestHouse()
        var headers = HTTPFields()
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            if let name = HTTPField.Name(name) { headers[name] = "DELETE" }
        }
        let olive = try await house.olive()
        expect(await olive.send(.get, "/api/v1/me", headers: headers), 200)
        expect(await olive.send(.post, "/api/v1/logins/current", headers: headers), 405)
        expect(await olive.get("/api/v1/me"), 200)
    }

    @Test func `then the record, then the query, then the body's type, then the body`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.guarded {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            expect(await shot.client.send(route.method, shot.target + "?zzz=1", ["zzz": 1]), 400, "unknown_parameter", "\(route.name) with a query")
            guard route.takesBody, shot.body != nil else { continue }
            var plain = HTTPFields()
            plain[.contentType] = "text/plain"
            let typed = await shot.client.send(route.method, shot.target, ["zzz": 1], headers: plain)
            expect(typed, route.isAccess ? 400 : 415, "unsupported_media_type", route.name)
            #expect(typed.header("Accept")?.contains("application/json") == true, "\(route.name)")
            expect(await raw(shot, "{"), 400, "malformed_json", route.name)
            expect(await raw(shot, "{\"zzz\":1,\"zzz\":2}"), 400, "malformed_json", route.name)
            expect(await raw(shot, "[]"), 400, "wrong_type", route.name)
            expect(await raw(shot, "{\"zzz\":1}"), 400, route.isAccess ? "malformed_request" : "unknown_field", route.name)
            for field in ["id", "created_at"] where route.method == .patch && !route.path.contains("settings") && !route.path.contains("/enterprise")
            {
                var body = shot
                body.body = [field: "x"]
                expect(await body.fire(), 400, "immutable", "\(route.name) with \(field)")
            }
        }
    }

    private func raw(_ shot: Examples.Shot, _ text: String) async -> LocalClient.Reply {
        await shot.client.raw(shot.route.method, shot.target, Array(text.utf8))
    }

    @Test func `then what one may give, then conflicts, then the version`() async throws {
        let scene = try await Scene.assemble()
        let (kim, adam) = (scene.kim.client, scene.cast.adam.client)
        let user = try await scene.fresh(.user, for: .adam)
        var stale = HTTPFields()
        stale[.ifMatch] = "\"0\""
        // Everything at once: more than held, a username that is taken, a stale version.
        let all: JSON = ["username": "una@example.com", "roles": [.string(scene.cast.roles["ADMIN"] ?? "")]]
        expect(await kim.send(.patch, "/api/v1/users/\(user)", all, headers: stale), 422, nil, "an e-mail that is not theirs")
        let taken = try await scene.fresh(.user, for: .adam)
        let name = await adam.get("/api/v1/users/\(taken)")["username"]
        let both: JSON = ["username": name, "roles": [.string(scene.cast.roles["ADMIN"] ?? "")]]
        expect(await kim.send(.patch, "/api/v1/users/\(user)", both, headers: stale), 403, "grants_more_than_held")
        expect(await adam.send(.patch, "/api/v1/users/\(user)", ["username": name], headers: stale), 409, "username_taken")
        expect(await adam.send(.patch, "/api/v1/users/\(user)", ["first_name": "Vesna"], headers: stale), 412, "changed_meanwhile")
        expect(await adam.send(.patch, "/api/v1/users/\(user)", ["first_name": 7], headers: stale), 400, "wrong_type")
        #expect(await adam.get("/api/v1/users/\(user)")["first_name"] == "Vera")
    }

    @Test func `HEAD is GET without its body, on every route`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.api where route.method == .get {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let get = await shot.fire()
            let head = await shot.client.send(.head, shot.target)
            #expect(head.status == get.status, "\(route.name)")
            #expect(head.body.isEmpty, "\(route.name)")
            #expect(head.header("Content-Length") == get.header("Content-Length"), "\(route.name)")
            #expect(head.header("ETag") == get.header("ETag"), "\(route.name)")
        }
    }

    @Test func `every answer of the API forbids to be kept, framed and sniffed`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.api {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            for reply in [await shot.fire(), await scene.house.anyone.send(route.method, shot.target)] {
                // An image of a photo may stay in the browser that asked, until it is told otherwise; never in a shared cache.
                #expect(["no-store", "private, no-store"].contains(reply.header("Cache-Control")), "\(route.name)")
                #expect(reply.header("X-Content-Type-Options") == "nosniff", "\(route.name)")
                #expect(reply.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true, "\(route.name)")
                #expect(reply.header("Referrer-Policy") == "no-referrer", "\(route.name)")
                #expect(reply.header("X-Request-Id")?.hasPrefix("req_") == true, "\(route.name)")
                #expect(reply.header("Access-Control-Allow-Origin") == nil, "\(route.name)")
                guard reply.status >= 400 else { continue }
                #expect(reply.text("request_id") == reply.header("X-Request-Id"), "\(route.name)")
                for member in ["type", "title", "detail", "code"] { #expect(!reply.text(member).isEmpty, "\(route.name): \(member)") }
                #expect(reply["status"] == .int(Int64(reply.status)) && reply["instance"] == .null, "\(route.name)")
            }
        }
    }

    @Test func `pages of other sites write nothing`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafeOnes {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            let before = try await Snapshot.all(scene.database)
            for (name, value) in [
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null"),
            ] {
                var headers = HTTPFields()
                if let name = HTTPField.Name(name) { headers[name] = value }
                expect(await shot.fire(headers: headers), 403, "cross_site", "\(route.name), \(name): \(value)")
            }
            #expect(Snapshot.differences(before, try await Snapshot.all(scene.database)) == [], "\(route.name)")
        }
    }

    @Test func `a cookie writes only from our own pages, and two cookies are none`() async throws {
        let scene = try await Scene.assemble()
        func send(_ cookie: String, _ site: String?) async -> LocalClient.Reply {
            var headers = HTTPFields()
            headers[.cookie] = cookie
            if let site { headers[.secFetchSite] = site }
            let body: JSON = ["api_key": .string(scene.north.key)]
            return await scene.house.anyone.raw(.post, "/api/v1/sessions", body.encode(), headers: headers)
        }
        let token = scene.cast.una.client.token ?? ""
        let cookie = "__Host-latchkey=\(token)"
        expect(await send(cookie, "same-origin"), 201)
        for site in [nil, "none", "cross-site", "same-site"] { expect(await send(cookie, site), 403, "cross_site", "\(site ?? "nothing")") }
        expect(await send(cookie + "; " + cookie, "same-origin"), 401)
        expect(await send("latchkey=\(token)", "same-origin"), 401)
        expect(await send("__Host-latchkey=\(scene.cast.shared.secret)", "same-origin"), 401)
        expect(await scene.house.anyone.get("/api/v1/me?access_token=\(token)&token=\(token)"), 401)
    }
}

extension LocalClient {
    /// Sends bytes as they are.
    func raw(_ method: HTTPRequest.Method, _ target: String, _ body: [UInt8], type: String? = "application/json", headers: HTTPFields = HTTPFields())
        async -> Reply
    {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var inbound = Inbound(
            method, String(parts.first ?? ""), query: parts.count > 1 ? String(parts[1]) : "", headers: headers, body: body, address: address)
        if let token { inbound.headers[.authorization] = "Bearer " + token }
        if let type { inbound.headers[.contentType] = type }
        let outbound = await lineUp.respond(to: inbound)
        return Reply(status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
    }
}
