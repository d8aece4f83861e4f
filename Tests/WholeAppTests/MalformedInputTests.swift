import HTTPTypes
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// Whatever is sent, the answer is never a 5xx and the process goes on.
@Suite struct `Malformed input` {
    static let bodies: [[UInt8]] = {
        let texts = [
            "", " ", "{", "}", "[", "[]", "null", "true", "0", "\"x\"", "{}{}", "{} x", "{\"a\":1,\"a\":2}", "{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
            "{'name':1}",
            "{\"name\":\"\\ud800\"}", "{\"name\":\"\\udfff\\ud800\"}", "{\"name\":\"\\u0000\"}", "{\"name\":\"\\x\"}", "{\"name\":1e999}",
            "{\"name\":-0}",
            "{\"name\":99999999999999999999999}", "{\"name\":0.1e-400}", "{\"name\":NaN}", "{\"name\":Infinity}", "{\"name\":01}", "{\"name\":1.}",
            "{\"name\":,}",
            "{\"name\":\"a\nb\"}", "{\"name\":\"a\\r\\nb\"}", "{\"name\":\"\\u202egnp\"}", "{\"name\":\"\u{2028}\"}", "\u{FEFF}{}",
            "{\"name\":{\"name\":{\"name\":[[[[]]]]}}}", "{\"name\":[null]}", "{\"\":\"\"}",
            "{\"name\":\"" + String(repeating: "\u{301}", count: 5000) + "\"}",
            "{\"name\":\"" + String(repeating: "👩‍👩‍👧‍👦", count: 2000) + "\"}", String(repeating: "[", count: 100_000),
            String(repeating: "{\"a\":", count: 10_000),
            "[" + String(repeating: "0,", count: 20_000) + "0]", "{" + (0..<2000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}",
            "{\"screens\":{\"\":{}},\"roles\":[[]],\"limit\":-1}", "{\"contact\":{\"phone\":\"+\"},\"vehicle\":{\"year\":1e3,\"vin\":\"ＡＢＣ\"}}",
            "{\"vehicle\":{\"odometer\":9223372036854775807,\"year\":-9223372036854775808}}", "{\"overlap_hours\":9223372036854775807}",
            "{\"max_logins\":9223372036854775808,\"absolute_hours\":-1,\"password\":{\"min_length\":0}}",
            "{\"ends_at\":\"9999-12-31T23:59:60+99:99\"}",
            "{\"ends_at\":\"0000-00-00T00:00:00Z\"}", "{\"allowed_addresses\":[\"::/129\",\"1.2.3.4/33\",\"\"]}", "{\"api_keys\":\"ALL\"}",
            "{\"api_keys\":[\"all\"]}",
            "{\"username\":\"\u{0}\",\"password\":\"\u{0}\"}", "{\"text\":\"\\u0000\\u0001\"}", "a=b&c=d", "<xml/>", "--boundary\r\n",
        ]
        let bytes: [[UInt8]] = [
            [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF, 0x7B, 0x7D],
            Array("{\"name\":\"".utf8) + [0xC3, 0x28, 0x22, 0x7D],
            Array(repeating: 0x20, count: 60_000), (0...255).map { UInt8($0) },
        ]
        return texts.map { Array($0.utf8) } + bytes
    }()

    @Test func `in bodies is refused by every route and changes nothing`() async throws {
        let scene = try await Scene.assemble()
        for route in Routes.unsafeOnes {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            // What takes no body, or may do without, does what it is for when nothing is sent.
            let isOptional = shot.body == nil || route.path.hasSuffix("/rotate") || route.path.hasSuffix("/switch")
            let before = try await Snapshot.all(scene.database)
            for body in Self.bodies where !(isOptional && body.isEmpty) {
                let reply = await shot.client.raw(route.method, shot.target, body)
                let shown = String(decoding: body.prefix(60), as: UTF8.self)
                let isRefused = [400, 401, 413, 422].contains(reply.status)
                #expect(isRefused, "\(route.name) with \(shown): \(reply.status) \(reply.text.prefix(200))")
            }
            let grown = Snapshot.differences(before, try await Snapshot.all(scene.database)).filter { !$0.hasPrefix("history") }
            #expect(grown == [], "\(route.name)")
        }
        #expect(!scene.house.log.all.contains("error "))
    }

    @Test func `in names that nobody can see is refused`() async throws {
        let scene = try await Scene.assemble()
        for name in ["", " ", "\u{FEFF}", "\u{200B}", "\u{2060}\u{200D}", "\u{00AD}", "\u{3164}", "\u{E0020}"] {
            expect(
                await scene.cast.adam.client.post("/api/v1/api-keys", ["name": .string(name), "mode": "live"]), 422, nil,
                name.unicodeScalars.description)
        }
        for name in ["é", "👩‍👩‍👧‍👦", "Ж", "ا", "क्ष"] {
            expect(await scene.cast.adam.client.post("/api/v1/api-keys", ["name": .string(name), "mode": "live"]), 201, nil, name)
        }
    }

    @Test func `in media types is 415`() async throws {
        let scene = try await Scene.assemble()
        for type in [
            nil, "", "text/plain", "application/json2", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ";", "/",
        ] {
            let reply = await scene.cast.una.client.raw(.post, "/api/v1/sessions", Array("{}".utf8), type: type)
            expect(reply, 415, "unsupported_media_type", type ?? "none")
        }
        for type in ["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"] {
            expect(await scene.cast.una.client.raw(.post, "/api/v1/sessions", Array("{}".utf8), type: type), 422, "required", type)
        }
    }

    @Test func `in paths is 404`() async throws {
        let scene = try await Scene.assemble()
        let long = String(repeating: "a", count: 8000)
        let paths = [
            "", "/", "//", "*", "?", "/.", "/..", "/../etc/passwd", "/api/v1/../v1/me", "/api/v1/%6de", "/api/v1/me%00", "/api/v1/me/",
            "/api/v1/me;x=y", "/api/v1/users/%",
            "/api/v1/users/%zz", "/api/v1/users/%ff", "/api/v1/users/\u{0}", "/api/v1/users/é", "/api/v1/users/e\u{301}", "/api/v1/users/\u{202e}",
            "/api/v1/users//disable",
            "/api/v1/users/a/b/c/d/e/f", "/api/v1/users/" + long, "http://evil.example/api/v1/me", "/api/v1/users/{id}", "/api/v1/accounts//users",
            "/%2e%2e/%2e%2e",
        ]
        for path in paths {
            for client in [scene.cast.adam.client, scene.house.anyone] {
                let reply = await client.raw(.get, path, [], type: nil)
                #expect([200, 303, 401, 404, 403].contains(reply.status), "\(path.prefix(60)): \(reply.status)")
            }
        }
        expect(await scene.house.anyone.get("/api/v1/users/" + long + long), 414, "target_too_long")
    }

    @Test func `in queries is 400 or 422`() async throws {
        let scene = try await Scene.assemble()
        let queries = [
            "search=%", "search=%0", "search=%zz", "search=%ff", "search=%c0%80", "search=%00", "search=%0d%0a", "search=%e2%80%ae", "status=",
            "status=x", "limit=%00",
            "=", "&", "&&", "=x", "%00=1", "a", "search=a&search=b", "%ff=%ff", "after=%ff", "from=yesterday", "from=2026-13-01T00:00:00Z",
            "to=9999999999",
            "search=" + String(repeating: "a", count: 201), "search=" + String(repeating: "%F0%9F%91%A9", count: 201), "role=%00", "api_key=%00",
            "owner=" + String(repeating: "x", count: 500),
        ]
        for route in Routes.guarded where route.method == .get {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            for query in queries {
                let reply = await shot.client.get(shot.target + "?" + query)
                #expect([200, 400, 422].contains(reply.status), "\(route.name)?\(query.prefix(60)): \(reply.status) \(reply.text)")
            }
        }
        #expect(!scene.house.log.all.contains("error "))
    }

    @Test func `in credentials is nobody, on every route`() async throws {
        let scene = try await Scene.assemble()
        let token = scene.cast.adam.client.token ?? ""
        let authorizations = [
            "", " ", "Bearer", "Bearer ", "bearer", "Bearer  ", "Basic " + token, token, "Bearer " + token + "x", "Bearer " + token.dropLast(),
            "Bearer \(token) \(token)",
            "Bearer " + token.uppercased(), "Bearer lk_login_", "Bearer " + String(repeating: "a", count: 9000), "Bearer \u{e9}",
            "Bearer lk_live_" + String(repeating: "0", count: 42),
            "Digest x=\"y\"", "Bearer," + token, "Bearer " + Secret.mint(.access).text,
        ]
        let cookies = [
            "", "=", ";", ";;;", "__Host-latchkey", "__Host-latchkey=", "__Host-latchkey=\(token)x", "__host-latchkey=\(token)",
            "__Host-latchkey=\"\(token)\"",
            "__Host-latchkey=\(token); __Host-latchkey=x", "a=b; __Host-latchkey-device=zzz", String(repeating: "a=b;", count: 3000),
            "__Host-latchkey-device=" + String(repeating: "A", count: 399),
        ]
        for route in Routes.guarded {
            let target = route.path(with: route.parameterKinds.map { $0.kind?.neverIssued ?? "" })
            for (name, values) in [(HTTPField.Name.authorization, authorizations), (.cookie, cookies)] {
                for value in values {
                    var headers = HTTPFields()
                    headers[name] = value
                    let reply = await scene.house.anyone.send(route.method, target, headers: headers)
                    expect(reply, 401, "unauthenticated", "\(route.name), \(name): \(value.prefix(40))")
                }
            }
        }
        var twice = HTTPFields()
        twice.append(HTTPField(name: .authorization, value: "Bearer " + token))
        twice.append(HTTPField(name: .authorization, value: "Bearer " + token))
        var inbound = Inbound(.get, "/api/v1/me", headers: twice)
        #expect(await scene.house.lineUp.respond(to: inbound).status == 401)
        inbound.headers = HTTPFields()
        for index in 0..<101 { if let name = HTTPField.Name("X-\(index)") { inbound.headers[name] = "x" } }
        #expect(await scene.house.lineUp.respond(to: inbound).status == 431)
    }

    @Test func `in other headers harms nobody`() async throws {
        let scene = try await Scene.assemble()
        let values = ["", "\u{e9}", String(repeating: "x", count: 8000), "\"", "*", "W/\"x\"", "-1", "a,b,,", "%00"]
        let names = [
            "If-Match", "Idempotency-Key", "X-Forwarded-For", "User-Agent", "Accept-Encoding", "Accept", "Origin", "Sec-Fetch-Site",
            "Latchkey-Background", "Host", "Range", "Content-Length", "If-None-Match",
        ]
        for name in names {
            for value in values {
                var headers = HTTPFields()
                if let field = HTTPField.Name(name) { headers[field] = value }
                let read = await scene.cast.una.client.send(.get, "/api/v1/sessions", headers: headers)
                #expect(read.status == 200, "\(name): \(value.prefix(20)): \(read.status)")
                let write = await scene.cast.una.client.send(.patch, "/api/v1/sessions/\(scene.sessions.una)", ["reference": "x"], headers: headers)
                #expect([200, 400, 403, 412].contains(write.status), "\(name): \(value.prefix(20)): \(write.status)")
            }
        }
    }
}
