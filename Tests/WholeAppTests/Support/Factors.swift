import Foundation
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySecrets
import Testing

@testable import latchkey

/// Second factors to try things with.
extension Scene {
    /// A new user who has an authenticator app.
    func withApp(_ ground: Ground) async throws -> (username: String, app: TOTP) {
        let body = newUser(ground)
        _ = try await Cast.make(ground.inside, "users", body)
        let username = body["username"]?.text ?? ""
        let client = try await house.signIn(username)
        let app = try await giveApp(to: client).app
        _ = await client.delete("/api/v1/logins/current")
        return (username, app)
    }

    @discardableResult
    func giveApp(to client: LocalClient) async throws -> (factor: String, app: TOTP, recoveryCodes: [String]) { try await house.giveApp(to: client) }

    /// A factor of whoever this client is: a new one, or where they have as many, the newest.
    func factor(of client: LocalClient, atMost: Int) async throws -> String {
        let items = await client.get("/api/v1/me/factors")["items"].elements
        if items.count >= atMost, let last = items.last?["id"]?.text { return last }
        return try await giveApp(to: client).factor
    }

    /// Factors of people who are nobody of the cast: one in each account.
    func factorsOfOthers() async throws -> [(why: String, id: String)] {
        func find() async throws -> [(why: String, id: String)] {
            try await database.read(seeing: .everything) { tx in
                try tx.rows(
                    "SELECT min(f.id) FROM factors f JOIN users u ON u.account = f.account AND u.id = f.user_id WHERE u.first_name = 'Vera' GROUP BY f.account"
                ) { (why: "of somebody else", id: try $0[0] as String) }
            }
        }
        let found = try await find()
        if found.count > 1 { return found }
        _ = try await withFactor(.user, north)
        _ = try await withFactor(.user, south)
        return try await find()
    }

    /// A new user or administrator who has an authenticator app.
    func withFactor(_ kind: Kind, _ ground: Ground) async throws -> String {
        let body = kind == .user ? newUser(ground) : newAdministrator()
        let id = try await Cast.make(kind == .user ? ground.inside : cast.olive, kind == .user ? "users" : "administrators", body)
        let client = try await house.signIn((kind == .user ? body["username"] : body["email"])?.text ?? "")
        try await giveApp(to: client)
        _ = await client.delete("/api/v1/logins/current")
        return id
    }

    func code(of app: TOTP, steps: Int64 = 0) -> String { house.code(of: app, steps: steps) }

    /// A new user who is mailed a code whenever they sign in.
    func mailed(_ ground: Ground) async throws -> String {
        let role = try await Cast.make(ground.inside, "roles", newRole())
        let rule: JSON = ["required": "roles", "roles": [.string(role)], "methods": ["totp", "passkey", "mail"]]
        expect(await ground.inside.patch("/api/v1/settings/security", ["second_step": rule]), 200)
        let body = newUser(ground, role: role)
        _ = try await Cast.make(ground.inside, "users", body)
        return body["username"]?.text ?? ""
    }

    /// What somebody gets for their password, who must show a second step.
    func stepToken(_ username: String) async -> String {
        await house.anyone.post("/api/v1/logins", ["username": .string(username), "password": .string(TestHouse.password)]).text("step_token")
    }
}

extension Scene {
    /// The page that shows a new secret, with the code that an app shows for it.
    func typingCode(_ closed: PageExamples.Shot) async throws -> PageExamples.Shot {
        var shot = closed
        let page = await shot.browser.get(shot.target)
        let after = page.text.components(separatedBy: "id=\"app-secret\">").dropFirst().first ?? ""
        let secret = String(after.prefix { $0 != "<" }).replacing(" ", with: "")
        guard let app = TOTP(text: secret), let form = PageForm.posting(to: shot.target, in: page.text).first else {
            throw PageExamples.Missing(description: "\(shot.route.name): the page shows no secret: \(page.status)")
        }
        shot.offered = form
        shot.form = form.submitted.filter { $0.name != "code" && $0.name != "name" } + [("code", code(of: app)), ("name", unique("Phone <b> "))]
        return shot
    }
}

extension TOTP {
    /// By the secret as people type it.
    init?(text: String) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bytes: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for digit in text {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 5 | UInt32(value)
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        if bytes.isEmpty { return nil }
        self.init(secret: bytes)
    }
}

extension Scene {
    /// The code in the newest mail to somebody.
    func mailedCode(_ username: String) async throws -> String {
        let mail = try await house.mails(to: username + "@example.com").last { $0.decoded.contains("Code: ") }
        return String((mail?.decoded.components(separatedBy: "Code: ").dropFirst().first ?? "").prefix(8))
    }
}

extension TestHouse {
    /// The code that an app shows, now or so many steps later.
    func code(of app: TOTP, steps: Int64 = 0) -> String { app.code(at: TOTP.step(atMilliseconds: house.gate.now.milliseconds) + steps) }

    /// Adds an authenticator app for whoever this client is, by the API; the present code of it is used up.
    @discardableResult
    func giveApp(to client: LocalClient) async throws -> (factor: String, app: TOTP, recoveryCodes: [String]) {
        let offer = await client.post("/api/v1/me/factors/totp")
        guard let app = TOTP(text: offer.text("secret")) else { throw OperatorError("no offer: \(offer.text)") }
        let typed: JSON = ["enrolment": offer["enrolment"], "code": .string(code(of: app)), "name": "Phone"]
        let added = await client.post("/api/v1/me/factors/totp/confirm", typed)
        guard added.status == 201 else { throw OperatorError("cannot add an app: \(added.text)") }
        return (added.id, app, added["recovery_codes"].elements.compactMap(\.text))
    }
}
