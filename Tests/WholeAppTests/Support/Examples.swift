import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import Testing

@testable import latchkey

/// A request that is allowed and answers 2xx, for every route of the API. A new route with a body needs a line in `bodies`.
enum Examples {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// A request that can be sent.
    struct Shot: Sendable {
        var client: LocalClient
        var route: Route
        var values: [String]
        var body: JSON?

        var target: String { route.path(with: values) }
        func fire(headers: HTTPFields = HTTPFields()) async -> LocalClient.Reply { await client.send(route.method, target, body, headers: headers) }
    }

    /// Whom each route is made for.
    static func usualCaller(_ route: Route) -> Who {
        if route.accountParameter != nil { return .olive }
        guard case .need(let need) = route.needs else { return .una }
        switch need {
        case .anyone, .login, .firstSteps, .secondStep, .member: return .una
        case .personOrIntegration: return route.path.hasSuffix("/subject") ? .adam : .una
        case .enterprise: return .olive
        case .screen(.sessions, _): return route.path.hasSuffix("/review") ? .adam : .una
        case .screen: return .adam
        }
    }

    /// A request by somebody whom the route does not refuse, on records that are new and theirs.
    static func shot(_ route: Route, by who: Who, _ scene: Scene) async throws -> Shot {
        try await scene.house.stayFresh()
        var values: [String] = []
        for parameter in route.parameterKinds {
            guard let kind = parameter.kind else {
                throw Missing(description: "\(route.name): teach Kind(segment:) in Support/Who.swift what {\(parameter.name)} is")
            }
            let isEntered = parameter.name == route.accountParameter
            if kind == .photo, let session = values.last {
                values.append(try await scene.photo(of: session))
                continue
            }
            values.append(isEntered ? scene.ground(who).account : try await scene.fresh(kind, for: who, on: route))
        }
        if route.path.hasSuffix("/activation"), let last = values.indices.last { values[last] = try await scene.pending(on: route, for: who) }
        var shot = Shot(client: scene.client(who), route: route, values: values, body: try await body(route, who, scene))
        if route.path.hasSuffix("/restore"), let thing = values.last { shot.body = try await scene.restoring(thing, in: scene.ground(who)) }
        if endsTheAsker.contains(route.name) { shot.client = try await scene.double(of: who) }
        if route.path.hasSuffix("/enable") {
            let before = await shot.client.post(String(shot.target.dropLast("/enable".count)) + "/disable")
            if before.status != 200 { throw Missing(description: "\(route.name): cannot disable first: \(before.text)") }
        }
        if route.path.hasSuffix("/erase") {
            let before = await shot.client.post(String(shot.target.dropLast("/erase".count)) + "/disable")
            if before.status != 200 { throw Missing(description: "\(route.name): cannot disable first: \(before.text)") }
        }
        if route.path.hasSuffix("/hand-over"), let user = values.last { try await scene.give(user, in: scene.ground(who)) }
        if route.path.hasSuffix("/me/factors/passkeys") { shot.body = try await scene.house.newPasskey(for: shot.client).body }
        if route.path.hasSuffix("/step-up/passkey") { try await scene.house.givePasskey(to: shot.client) }
        if route.path.hasSuffix("/me/factors/recovery-codes") { try await scene.giveApp(to: shot.client) }
        if route.path.hasSuffix("/photos.zip"), let session = values.last { _ = try await scene.photo(of: session) }
        if route.path.hasSuffix("/review"), let session = values.last { try await scene.capture(session) }
        return shot
    }

    static func body(_ route: Route, _ who: Who, _ scene: Scene) async throws -> JSON? {
        guard route.takesBody, !actions.contains(where: { route.path.hasSuffix($0) }) else { return nil }
        guard let make = bodies[route.baseName] else {
            throw Missing(description: "\(route.name) has no example: add a body that it takes to Examples.bodies in Support/Examples.swift")
        }
        return try await make(scene, who)
    }

    /// Routes after which the one who asked is somebody else, or gone.
    static let endsTheAsker: Set<String> = [
        "PUT /api/v1/me/password", "DELETE /api/v1/logins/current", "POST /api/v1/logins/current/step-up",
        "POST /api/v1/logins/current/step-up/passkey", "POST /api/v1/me/factors/passkeys",
        "POST /api/v1/me/factors/passkeys/options",
    ]

    /// Actions without input.
    private static let actions = [
        "/disable", "/enable", "/activation", "/mail/test", "/logins/close", "/factors/totp", "/recovery-codes", "/factors/reset", "/end",
        "/passkeys/options", "/passkey/options", "/step-up/passkey",
    ]

    static let newPassword = "another Horse 8 stapled"

    typealias Make = @Sendable (Scene, Who) async throws -> JSON
    static let bodies: [String: Make] = [
        "POST /access/v1/evaluation": { scene, who in scene.question(who) },
        "POST /access/v1/evaluations": { scene, who in
            let screens: [JSON] = ["sessions", "users"].map { ["resource": ["type": "screen", "id": .string($0)]] }
            return scene.question(who).adding("evaluations", .array(screens + [[:]]))
        },
        "POST /access/v1/search/subject": { _, _ in
            let resource: JSON = ["type": "screen", "id": "sessions"]
            return ["subject": ["type": "user"], "action": ["name": "read"], "resource": resource, "page": ["limit": 2]]
        },
        "POST /access/v1/search/resource": { scene, who in
            let question = scene.question(who)
            return ["subject": question["subject"] ?? .null, "action": ["name": "read"], "resource": ["type": "screen"]]
        },
        "POST /access/v1/search/action": { scene, who in JSON(members: scene.question(who).members.filter { $0.0 != "action" }) },
        "POST /api/v1/logins": { scene, who in
            let body = scene.newUser(scene.ground(who))
            _ = try await Cast.make(scene.ground(who).inside, "users", body)
            return ["username": body["username"] ?? .null, "password": .string(TestHouse.password)]
        },
        "POST /api/v1/logins/second-step": { scene, who in
            let (username, app) = try await scene.withApp(scene.ground(who))
            return ["step_token": .string(await scene.stepToken(username)), "code": .string(scene.code(of: app, steps: 1))]
        },
        "POST /api/v1/logins/second-step/mail": { scene, who in
            ["step_token": .string(await scene.stepToken(try await scene.mailed(scene.ground(who))))]
        },
        "POST /api/v1/me/factors/totp/confirm": { scene, who in
            let offer = await scene.client(who).post("/api/v1/me/factors/totp")
            let app = TOTP(text: offer.text("secret")) ?? .make()
            return ["enrolment": offer["enrolment"], "code": .string(scene.code(of: app)), "name": .string(scene.unique("Phone "))]
        },
        "POST /api/v1/me/factors/passkeys": { _, _ in [:] },
        "POST /api/v1/logins/passkey": { scene, who in try await scene.signingIn(by: scene.withPasskey(scene.ground(who)).key) },
        "POST /api/v1/logins/second-step/passkey": { scene, who in
            ["step_token": .string(await scene.stepToken(try await scene.withPasskey(scene.ground(who)).username))]
        },
        "POST /api/v1/logins/current/step-up": { _, _ in ["password": .string(TestHouse.password)] },
        "PUT /api/v1/me/password": { _, _ in ["current": .string(TestHouse.password), "new": .string(newPassword)] },
        "PATCH /api/v1/enterprise/security": { scene, _ in
            let now = await scene.cast.olive.get("/api/v1/enterprise/security")["second_step"]["methods"]?.elements.count
            return ["second_step": ["methods": now == 2 ? ["totp", "passkey", "mail"] : ["totp", "passkey"]]]
        },
        "PATCH /api/v1/settings/security": { scene, _ in ["max_logins": .int(Int64(20 + (Int(scene.unique("")) ?? 0) % 80))] },
        "POST /api/v1/settings/addresses": { scene, who in
            // With it, so that nobody is locked out.
            let inside = scene.ground(who).inside
            expect(await inside.patch("/api/v1/settings/security", ["allowed_addresses": ["127.0.0.0/8"]]), 200)
            return ["address": .string("2001:db8:\(scene.unique(""))::/48")]
        },
        "POST /api/v1/settings/addresses/remove": { scene, who in
            let inside = scene.ground(who).inside
            expect(await inside.patch("/api/v1/settings/security", ["allowed_addresses": ["127.0.0.0/8", "2001:db8::/32"]]), 200)
            return ["address": "2001:DB8::/32"]
        },
        "POST /api/v1/reviews": { scene, who in
            let role = try await Cast.make(scene.ground(who).inside, "roles", scene.newRole())
            _ = try await Cast.make(scene.ground(who).inside, "users", scene.newUser(scene.ground(who), role: role))
            return scene.reviewBody(role)
        },
        "PATCH /api/v1/reviews/{id}": { scene, _ in ["name": .string(scene.unique("Renamed ")), "unanswered": "disable"] },
        "POST /api/v1/reviews/{id}/answers": { scene, who in
            let item = await scene.newestItem(scene.ground(who))
            let comment = JSON.string(scene.unique("Still there "))
            return ["answers": [["user": .string(item.user), "role": .string(item.role), "answer": "confirm", "comment": comment]]]
        },
        "POST /api/v1/users": { scene, who in scene.newUser(scene.ground(who)) },
        "PATCH /api/v1/users/{id}": { scene, who in
            [
                "first_name": .string(scene.unique("Viola")), "roles": [.string(scene.ground(who).userRole)],
                "api_keys": [.string(scene.ground(who).key)], "places": [.string(scene.ground(who).place)],
            ]
        },
        "POST /api/v1/users/{id}/hand-over": { scene, who in ["to": .string(try await scene.fresh(.user, for: who))] },
        "POST /api/v1/users/{id}/erase": { _, _ in ["reason": "Asked for on 3 March."] },
        // Whom nobody knows: what is recorded of others comes after the answer.
        "POST /api/v1/password/forgot": { scene, _ in ["email": .string(scene.unique("nobody") + "@example.com")] },
        "POST /api/v1/password/reset": { scene, who in
            let body = scene.newUser(scene.ground(who))
            _ = try await Cast.make(scene.ground(who).inside, "users", body)
            return ["token": .string(try await scene.house.resetToken(of: body["email"]?.text ?? "")), "new": .string(newPassword)]
        },
        "POST /api/v1/email/confirm": { scene, who in ["token": .string(try await scene.emailToken(for: who))] },
        "PUT /api/v1/users/{id}/email": { scene, _ in ["email": .string(scene.unique("new") + "@example.com")] },
        "PUT /api/v1/users/{id}/password": { _, _ in ["password": .string(newPassword)] },
        "POST /api/v1/roles": { scene, _ in scene.newRole() },
        "PATCH /api/v1/roles/{id}": { scene, _ in ["description": .string(scene.unique("Changed "))] },
        "POST /api/v1/roles/{id}/duplicate": { scene, _ in ["name": .string(scene.unique("Copy "))] },
        "POST /api/v1/roles/{id}/preview": { _, _ in ["screens": ["sessions": ["level": "full", "reach": "own"]]] },
        "PUT /api/v1/catalogue": { scene, _ in Self.catalogue(scene) },
        "POST /api/v1/catalogue/preview": { scene, _ in Self.catalogue(scene) },
        "POST /api/v1/users/{id}/restore": { _, _ in ["entry": "his_01m7yqp0z0eyza484zdd5nqnqd", "field": "first_name"] },
        "POST /api/v1/roles/{id}/restore": { _, _ in ["entry": "his_01m7yqp0z0eyza484zdd5nqnqd"] },
        "POST /api/v1/places": { scene, who in scene.newPlace(scene.ground(who)) },
        "PATCH /api/v1/places/{id}": { scene, _ in ["name": .string(scene.unique("Storey ")), "kind": "area", "parent": .null] },
        "POST /api/v1/places/import": { scene, _ in
            ["csv": .string("parent,kind,name\nMain building,floor,\(scene.unique("Floor "))")]
        },
        "POST /api/v1/imports": { scene, _ in
            let name = scene.unique("imported")
            return ["csv": .string("email,first_name,last_name,roles\n\(name)@example.com,Ida,Imported,USER")]
        },
        "POST /api/v1/exports": { _, _ in ["kind": "users", "format": "xlsx", "status": "enabled"] },
        "POST /api/v1/api-keys": { scene, _ in scene.newKey() },
        "PATCH /api/v1/api-keys/{id}": { scene, _ in ["name": .string(scene.unique("Renamed ")), "session_expiry": "7d"] },
        "POST /api/v1/api-keys/{id}/rotate": { _, _ in ["overlap_hours": 1] },
        "POST /api/v1/integrations": { scene, _ in
            let name = scene.unique("machine-")
            return ["name": .string(name), "client_id": .string(name), "functions": ["users": "read", "sessions": "full", "roles": "none"]]
        },
        "PATCH /api/v1/integrations/{id}": { _, _ in ["functions": ["users": "full", "decisions": "read"]] },
        "POST /api/v1/links": { scene, who in scene.newLink(who) },
        "PATCH /api/v1/links/{id}": { scene, _ in
            ["name": .string(scene.unique("Renamed ")), "active": false, "max_starts": .null, "ends_at": "2098-01-01T00:00:00Z"]
        },
        "POST /api/v1/sessions": { scene, who in
            let common: [(String, JSON)] = [
                ("reference", .string(scene.unique("R-"))), ("contact", ["first_name": "Carla", "last_name": "Customer", "phone": "+4915112345678"]),
                ("vehicle", ["vin": "1HGCM82633A004352", "make": "Honda"]),
            ]
            let first: (String, JSON) = who == .key ? ("owner", .string(scene.cast.una.id)) : ("api_key", .string(scene.ground(who).key))
            return JSON(members: [first] + common)
        },
        "PATCH /api/v1/sessions/{id}": { scene, _ in ["reference": .string(scene.unique("R-"))] },
        "POST /api/v1/sessions/{id}/notes": { _, _ in ["text": "Customer calls back at noon."] },
        "POST /api/v1/sessions/{id}/send": { scene, _ in ["email": .string(scene.unique("carla") + "@example.com")] },
        "POST /api/v1/sessions/{id}/review": { _, _ in ["outcome": "COMPLETE"] },
        "POST /api/v1/accounts": { scene, _ in ["name": .string(scene.unique("Branch ")), "group": .string(scene.west), "region": "Baden"] },
        "PATCH /api/v1/accounts/{id}": { scene, _ in ["region": .string(scene.unique("Region ")), "group": .string(scene.west)] },
        "POST /api/v1/accounts/{id}/switch": { _, _ in ["reason": "Ticket 4711"] },
        "PATCH /api/v1/enterprise": { scene, _ in
            [
                "name": .string(scene.unique("Alder ")), "catalogue": "inspection",
                "switching": ["max_minutes": .int(Int64(60 + (Int(scene.unique("")) ?? 0) % 600))],
            ]
        },
        "POST /api/v1/groups": { scene, _ in ["name": .string(scene.unique("Group ")), "parent": .string(scene.west)] },
        "PATCH /api/v1/groups/{id}": { scene, _ in ["name": .string(scene.unique("Group ")), "parent": .string(scene.west)] },
        "POST /api/v1/administrators": { scene, _ in scene.newAdministrator() },
        "POST /api/v1/administrators/{id}/erase": { _, _ in ["reason": "Asked for on 3 March."] },
        "PATCH /api/v1/administrators/{id}": { scene, _ in ["name": .string(scene.unique("Gus Frost ")), "groups": [.string(scene.west)]] },
        "PUT /api/v1/administrators/{id}/password": { _, _ in ["password": .string(newPassword)] },
        "POST /api/v1/administrators/{id}/switch": { _, _ in ["reason": "Ticket 4711"] },
    ]

    /// The inspection catalogue with one word that is new: one thing changes, and no role.
    static func catalogue(_ scene: Scene) -> JSON {
        let terms = Catalogue.inspection.terms.map { ($0.key.rawValue, JSON.string($0.value)) } + [("actor", .string(scene.unique("Editor ")))]
        return ["screens": [], "functions": [], "terms": JSON(members: terms)]
    }
}
