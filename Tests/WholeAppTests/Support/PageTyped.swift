import LatchkeyJSON
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

extension PageExamples {
    typealias Make = @Sendable (Scene, Who) async throws -> Browser.Fields

    /// A password that is good and comes once.
    private static func password(_ scene: Scene) -> String { scene.unique("another Horse 8 stapled ") }

    private static let person: Browser.Fields = [
        ("contact.first_name", "Carla"), ("contact.last_name", "Customer"), ("contact.phone", "+4915112345678"),
        ("contact.email", "carla@example.com"),
    ]

    private static let vehicle: Browser.Fields = [
        ("vehicle.vin", "1HGCM82633A004352"), ("vehicle.year", "2003"), ("vehicle.make", "Honda"), ("vehicle.model", "Accord"),
        ("vehicle.odometer", "120000"), ("vehicle.odometer_unit", "mi"),
    ]

    /// The catalogue of `Examples`, as a person types it.
    private static func text(_ scene: Scene) -> String {
        let terms = Examples.catalogue(scene)["terms"] ?? .null
        return "screens: []\nfunctions: [] # <none> & such\nterms: " + String(decoding: terms.encode(), as: UTF8.self) + "\n"
    }

    /// What a person types or chooses, by the name of the page's route.
    static let typed: [String: Make] = [
        "POST /accounts": { scene, _ in
            [("name", scene.unique("Branch ")), ("group", scene.west), ("region", "Baden & \"Württemberg\"")] + person
        },
        "POST /accounts/{id}": { scene, _ in [("region", scene.unique("Region ")), ("group", scene.west)] + person },
        "POST /accounts/{id}/switch": { scene, _ in [("reason", scene.unique("Ticket "))] },
        "POST /enterprise": { scene, _ in
            [
                ("name", scene.unique("Alder <A> & ")), ("catalogue", "payments"),
                ("switching.max_minutes", String(60 + (Int(scene.unique("")) ?? 0) % 600)),
            ]
        },
        "POST /groups": { scene, _ in [("name", scene.unique("Group <G> & ")), ("parent", scene.west)] },
        "POST /groups/{id}": { scene, _ in [("name", scene.unique("Renamed ")), ("parent", scene.west)] },
        "POST /administrators": { scene, _ in
            let new = password(scene)
            return [
                ("name", "Gus <F> & Frost"), ("email", scene.unique("gus") + "@example.com"), ("groups_by", "some"), ("groups", scene.west),
                ("permissions", "manage_users"), ("permissions", "switch"), ("password_by", "typed"), ("password", new), ("repeat", new),
            ]
        },
        "POST /administrators/{id}": { scene, _ in
            [("name", scene.unique("Gus ")), ("groups_by", "some"), ("groups", scene.west), ("permissions", "manage_users")]
        },
        "POST /administrators/{id}/password": { scene, _ in
            let new = password(scene)
            return [("password_by", "typed"), ("password", new), ("repeat", new)]
        },
        "POST /administrators/{id}/switch": { scene, _ in [("reason", scene.unique("Ticket "))] },
        "POST /developer/api-keys": { scene, _ in
            [
                ("name", scene.unique("Key ")), ("mode", "live"), ("session_expiry", "24h"), ("redirect_url", "https://example.com/done?a=1&b=2"),
                ("language", "pt-BR"), ("completes", "by_review"),
            ]
        },
        "POST /developer/api-keys/{id}": { scene, _ in [("name", scene.unique("Renamed ")), ("session_expiry", "7d"), ("language", "en")] },
        "POST /developer/api-keys/{id}/rotate": { _, _ in [("overlap_hours", "1")] },
        "POST /settings/integrations": { scene, _ in
            let name = scene.unique("machine-")
            return [("name", "Control <1> & " + name), ("client_id", name), ("token_format", "jwt"), ("functions.users", "read")]
        },
        "POST /settings/integrations/{id}": { _, _ in [("functions.users", "full"), ("functions.decisions", "read")] },
        "POST /my/new-password": { scene, _ in [("current", TestHouse.password), ("new", password(scene))] },
        "POST /step-up": { _, _ in [("password", TestHouse.password)] },
        "POST /my/password": { scene, _ in [("current", TestHouse.password), ("new", password(scene))] },
        "POST /my/theme": { _, _ in [("theme", "dark")] },
        "POST /r/{token}": { scene, _ in
            let new = password(scene)
            return [("new", new), ("repeat", new)]
        },
        "POST /sessions": { scene, who in
            [("api_key", who == .key ? "" : scene.ground(who).key), ("reference", scene.unique("R-"))] + person + vehicle
        },
        "POST /sessions/{id}": { scene, _ in [("reference", scene.unique("R-"))] + person + vehicle },
        "POST /sessions/{id}/notes": { scene, _ in [("text", scene.unique("She said:\n\"<call> back\" & "))] },
        "POST /sessions/{id}/send": { scene, _ in [("email", scene.unique("carla") + "@example.com")] },
        "POST /settings/users/import": { scene, _ in
            [
                ("lines", "email,first_name,last_name,roles\n\(scene.unique("imported"))@example.com,Ida,Imported,USER"), ("step", "import"),
                ("mails", "yes"),
            ]
        },
        "POST /settings/places/import/load": { _, _ in [("file", "name,kind\nAnnex,building\n")] },
        "POST /settings/catalogue/load": { _, _ in [("file", "screens: []\nfunctions: []\n")] },
        "POST /settings/exports": { _, _ in [("kind", "access"), ("format", "csv")] },
        "POST /sessions/{id}/review": { scene, _ in [("reason", scene.unique("The photos are blurred: "))] },
        "POST /set-up/{token}": { scene, _ in
            [("enterprise", "Alder Inspections"), ("name", "Olive Strand"), ("email", TestHouse.olive), ("password", password(scene))]
        },
        "POST /settings/places": { scene, _ in [("name", scene.unique("Annex <b> & ")), ("kind", "building"), ("parent", "")] },
        "POST /settings/places/{id}": { scene, _ in [("name", scene.unique("Renamed ")), ("kind", "area")] },
        "POST /settings/places/import": { scene, _ in
            [("lines", "name,kind,parent\n\(scene.unique("Floor ")),floor,Main building"), ("step", "import")]
        },
        "POST /settings/users/{id}/erase": { _, _ in [("reason", "Asked for on 3 March.")] },
        "POST /administrators/{id}/erase": { _, _ in [("reason", "Asked for on 3 March.")] },
        "POST /settings/users/{id}/hand-over": { scene, who in [("to", try await scene.fresh(.user, for: who))] },
        "POST /settings/catalogue/edit": { scene, _ in [("text", text(scene))] },
        "POST /settings/catalogue/check": { scene, _ in [("text", text(scene))] },
        "POST /settings/links": { scene, who in
            [
                ("name", scene.unique("Counter <1> & ")), ("active", "yes"), ("api_key", scene.ground(who).key),
                ("user", who.ground == .south ? scene.cast.mallory.id : scene.cast.una.id), ("ends_at", "2099-12-31"), ("max_starts", "25"),
            ]
        },
        "POST /settings/links/{id}": { scene, _ in [("name", scene.unique("Renamed ")), ("max_starts", "50")] },
        "POST /settings/users": { scene, who in
            let name = scene.unique("vera"), new = password(scene)
            return [
                ("first_name", "Vera <V>"), ("last_name", "Moss"), ("email", name + "@example.com"), ("username", name),
                ("roles", scene.ground(who).userRole), ("api_keys", scene.ground(who).key), ("ends_at", "2099-12-31"), ("password_by", "typed"),
                ("password", new), ("repeat", new),
            ]
        },
        "POST /settings/users/{id}": { scene, who in
            [("first_name", scene.unique("Viola ")), ("roles", scene.ground(who).userRole), ("api_keys", scene.ground(who).key)]
        },
        "POST /settings/roles": { scene, _ in
            [
                ("name", scene.unique("Night <desk> ")), ("description", "At night.\n\"Only\" & alone."), ("screens.sessions.level", "read"),
                ("screens.sessions.reach", "own"), ("screens.users.level", "read"),
            ]
        },
        "POST /settings/roles/{id}": { scene, _ in
            [("name", scene.unique("Renamed ")), ("screens.sessions.level", "full"), ("screens.users.level", "none")]
        },
        "POST /enterprise/security": { scene, _ in
            let now = await scene.cast.olive.get("/api/v1/enterprise/security")["second_step"]["methods"]?.elements.count
            let methods = ["totp", "passkey"] + (now == 2 ? ["mail"] : [])
            return [("second_step.required", "off")] + methods.map { ("second_step.methods", $0) }
        },
        "POST /settings/security": { scene, _ in
            [
                ("max_logins", String(2 + (Int(scene.unique("")) ?? 0) % 90)), ("password.min_length", "14"), ("inactivity_minutes", "60"),
                ("dormant_days", "90"), ("absolute_hours", "24"), ("user_deletion", "yes"),
            ]
        },
        "POST /settings/addresses": { scene, _ in [("address", "2001:db8:\(scene.unique(""))::/48")] },
        "POST /settings/addresses/remove": { _, _ in [("address", "2001:db8::/32")] },
        "POST /settings/reviews": { scene, who in
            let role = try await Cast.make(scene.ground(who).inside, "roles", scene.newRole())
            _ = try await Cast.make(scene.ground(who).inside, "users", scene.newUser(scene.ground(who), role: role))
            let due = scene.house.house.gate.now.adding(seconds: 40 * 86_400)
            return [
                ("name", scene.unique("Review <1> & ")), ("due_at", String(due.description.prefix(10))), ("roles", role), ("unanswered", "remove"),
            ]
        },
        "POST /settings/reviews/{id}": { scene, _ in [("name", scene.unique("Renamed <b> & ")), ("unanswered", "disable")] },
        "POST /settings/reviews/{id}/answers": { scene, who in
            let item = await scene.newestItem(scene.ground(who))
            return [("answer.\(item.user).\(item.role)", "confirm"), ("comment.\(item.user).\(item.role)", scene.unique("Still \"there\" & "))]
        },
        "POST /settings/unused/person": { scene, who in [("user", try await scene.fresh(.user, for: who))] },
        "POST /settings/unused/role": { scene, who in
            let ground = scene.ground(who)
            let role = try await Cast.make(ground.inside, "roles", scene.newRole())
            let user = try await Cast.make(ground.inside, "users", scene.newUser(ground, role: role))
            expect(await ground.inside.patch("/api/v1/users/\(user)", ["roles": [.string(role), .string(ground.userRole)]]), 200)
            return [("user", user), ("role", role)]
        },
        "POST /settings/unused/grant": { scene, who in
            let body =
                scene.newRole().members.filter { $0.0 != "screens" } + [("screens", ["sessions": ["level": "read"], "users": ["level": "read"]])]
            return [("role", try await Cast.make(scene.ground(who).inside, "roles", JSON(members: body))), ("screen", "users")]
        },
        "POST /settings/logins/inactivity": { scene, who in
            let now = await scene.ground(who).inside.get("/api/v1/settings/security")["inactivity_minutes"]
            return [("inactivity_minutes", now == 240 ? "480" : "240")]
        },
        "POST /forgot-password": { scene, _ in [("email", scene.unique("nobody") + "@example.com")] },
        "POST /settings/users/{id}/email": { scene, _ in [("email", scene.unique("new") + "@example.com")] },
        "POST /settings/users/{id}/password": { scene, _ in
            let new = password(scene)
            return [("password_by", "typed"), ("password", new), ("repeat", new)]
        },
        "POST /sign-in": { scene, who in
            let body = scene.newUser(scene.ground(who))
            _ = try await Cast.make(scene.ground(who).inside, "users", body)
            return [("username", body["username"]?.text ?? ""), ("password", TestHouse.password)]
        },
    ]
}

/// The pages before anybody is known, each with the way that leads there.
enum PageDoors {
    static func shot(_ closed: PageExamples.Shot, by who: Who, _ scene: Scene) async throws -> PageExamples.Shot {
        var shot = closed
        shot.browser = Browser(scene.house.anyone)
        var forms: [PageForm] = []
        switch shot.route.path {
        case "/sign-in", "/api/docs", "/forgot-password": break
        case "/email/{token}": shot.values = [try await scene.emailToken(for: who)]
        case "/assets/{hash}/{name}":
            shot.values = scene.house.house.assets.path("first.js").split(separator: "/").dropFirst().map { String($0) }
        case "/sign-in/take-over": forms = try await takenOver(&shot, scene)
        case "/sign-in/second-step": forms = try await secondStep(&shot, scene)
        case "/sign-in/second-step/mail": forms = try await asked(&shot, try await scene.mailed(scene.branch))
        case "/sign-in/passkey": forms = try await passkey(&shot, scene)
        case "/sign-in/disown": forms = try await displaced(&shot, scene)
        case "/r/{token}":
            let gus = scene.newAdministrator()
            _ = try await Cast.make(scene.cast.olive, "administrators", gus)
            shot.values = [try await PasswordLink.mint(email: gus["email"]?.text ?? "", scene.house.house)]
        case "/set-up/{token}":
            shot.house = try await TestHouse(isSetUp: false)
            shot.browser = Browser(shot.house.anyone)
            shot.values = [try await SetUp.mint(shot.house.house) ?? ""]
        default:
            throw PageExamples.Missing(description: "\(shot.route.name) is open: say in PageDoors in Support/PageTyped.swift how one gets there")
        }
        if shot.route.method == .get { return shot }
        if forms.isEmpty { forms = try await PageExamples.offer(shot) }
        if !shot.form.isEmpty { return shot }
        try await PageExamples.fill(&shot, who, scene, from: forms)
        return shot
    }

    /// Somebody of the branch, whose login was taken over, at the browser that showed it.
    private static func displaced(_ shot: inout PageExamples.Shot, _ scene: Scene) async throws -> [PageForm] {
        expect(await scene.branch.inside.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        let body = scene.newUser(scene.branch)
        _ = try await Cast.make(scene.branch.inside, "users", body)
        let displaced = Browser(try await scene.house.signIn(body["username"]?.text ?? ""))
        let again: JSON = ["username": body["username"] ?? .null, "password": .string(TestHouse.password), "take_over": true]
        expect(await scene.house.anyone.post("/api/v1/logins", again), 201)
        return PageForm.posting(to: shot.target, in: await displaced.get("/sign-in").text)
    }

    /// Somebody of the branch, who is signed in elsewhere and is asked whether to close that.
    private static func takenOver(_ shot: inout PageExamples.Shot, _ scene: Scene) async throws -> [PageForm] {
        expect(await scene.branch.inside.patch("/api/v1/settings/security", ["concurrent_logins": "take_over"]), 200)
        let body = scene.newUser(scene.branch)
        _ = try await Cast.make(scene.branch.inside, "users", body)
        let username = body["username"]?.text ?? ""
        _ = try await scene.house.signIn(username)
        let asked = await shot.browser.post("/sign-in", [("username", username), ("password", TestHouse.password)])
        expect(asked, 409)
        return question(&shot, asked)
    }

    /// Somebody of the branch, whose password was right, before the page that asks for the code of their app.
    private static func secondStep(_ shot: inout PageExamples.Shot, _ scene: Scene) async throws -> [PageForm] {
        let (username, app) = try await scene.withApp(scene.branch)
        let forms = try await asked(&shot, username)
        shot.offered = forms.first { $0.names.contains("code") }
        shot.form = (shot.offered?.submitted ?? []).filter { $0.name != "code" } + [("code", scene.code(of: app, steps: 1))]
        return forms
    }

    /// Somebody of the branch, whose browser has a passkey.
    private static func passkey(_ shot: inout PageExamples.Shot, _ scene: Scene) async throws -> [PageForm] {
        let key = try await scene.withPasskey(scene.branch).key
        let page = await shot.browser.get("/sign-in")
        let forms = PageForm.posting(to: shot.target, in: page.text)
        let answer = try await scene.signingIn(by: key)
        shot.offered = forms.first
        shot.form =
            (shot.offered?.submitted ?? []).filter { !["flow", "credential"].contains($0.name) }
            + [("flow", answer["flow"]?.text ?? ""), ("credential", String(decoding: (answer["credential"] ?? .null).encode(), as: UTF8.self))]
        return forms
    }

    private static func asked(_ shot: inout PageExamples.Shot, _ username: String) async throws -> [PageForm] {
        let asked = await shot.browser.post("/sign-in", [("username", username), ("password", TestHouse.password)])
        expect(asked, 200)
        return question(&shot, asked)
    }

    private static func question(_ shot: inout PageExamples.Shot, _ asked: LocalClient.Reply) -> [PageForm] {
        shot.browser.cookies = asked.headers[values: .setCookie].filter { $0.contains("-step=") }.map { String($0.prefix { $0 != ";" }) }
        return PageForm.posting(to: shot.target, in: asked.text)
    }
}
