import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb
import VirtualAuthenticator

@testable import latchkey

extension TestHouse {
    /// A passkey that a browser has just made for whoever this client is, and what it sends.
    func newPasskey(for client: LocalClient, _ kind: SoftKey.Kind = .es256) async throws -> (key: VirtualAuthenticator, body: JSON) {
        let asking = await client.post("/api/v1/me/factors/passkeys/options")
        guard asking.status == 200, let options = asking.json["options"], let challenge = options["challenge"]?.text else {
            throw OperatorError("no options: \(asking.text)")
        }
        var key = VirtualAuthenticator(kind)
        key.userHandle = options["user"]?["id"]?.text.flatMap(Base64URL.decode)
        return (key, ["flow": asking["flow"], "credential": key.create(challenge), "name": "Laptop"])
    }

    /// Adds a passkey for whoever this client is.
    @discardableResult
    func givePasskey(to client: LocalClient, _ kind: SoftKey.Kind = .es256) async throws -> (factor: String, key: VirtualAuthenticator) {
        let (key, body) = try await newPasskey(for: client, kind)
        let added = await client.post("/api/v1/me/factors/passkeys", body)
        guard added.status == 201 else { throw OperatorError("cannot add a passkey: \(added.text)") }
        return (added.id, key)
    }
}

extension VirtualAuthenticator {
    /// What a browser answers to what it was told.
    func answer(_ asking: LocalClient.Reply) -> JSON {
        ["flow": asking["flow"], "credential": get(asking["options"]["challenge"]?.text ?? "")]
    }
}

extension Scene {
    /// A new user who has a passkey.
    func withPasskey(_ ground: Ground) async throws -> (username: String, key: VirtualAuthenticator) {
        let body = newUser(ground)
        _ = try await Cast.make(ground.inside, "users", body)
        let username = body["username"]?.text ?? ""
        let client = try await house.signIn(username)
        let key = try await house.givePasskey(to: client).key
        _ = await client.delete("/api/v1/logins/current")
        return (username, key)
    }

    /// What a browser sends to sign in with it alone.
    func signingIn(by key: VirtualAuthenticator) async throws -> JSON { key.answer(await house.anyone.post("/api/v1/logins/passkey/options")) }

    /// The form that adds a passkey, as the script fills it in.
    func makingPasskey(_ closed: PageExamples.Shot) async throws -> PageExamples.Shot {
        var shot = closed
        let page = await shot.browser.get("/my/second-step")
        let body = try await house.newPasskey(for: LocalClient(house.lineUp, token: shot.browser.token)).body
        guard let form = PageForm.posting(to: shot.target, in: page.text).first else {
            throw PageExamples.Missing(description: "\(shot.route.name): the page has no form: \(page.status)")
        }
        shot.offered = form
        shot.form = [
            ("name", unique("Laptop <b> ")), ("flow", body["flow"]?.text ?? ""),
            ("credential", String(decoding: (body["credential"] ?? .null).encode(), as: UTF8.self)),
        ]
        return shot
    }
}
