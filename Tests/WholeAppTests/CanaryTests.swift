import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature
import Testing

@testable import latchkey

/// Every secret that was typed or issued, and every answer: a secret is in the one answer that hands it out, and nowhere else.
@Suite struct `A secret is nowhere` {
    @Test func `but in the answer that hands it out`() async throws {
        let scene = try await Scene.assemble()
        let ears = Ears()
        ears.add([TestHouse.password, scene.cast.shared.secret, scene.cast.uwes.secret, scene.cast.souths.secret])
        ears.add(Who.allCases.compactMap { scene.client($0).token })
        try await sendEverything(scene, ears)
        try await typeWrongly(scene, ears)
        ears.add([try await PasswordLink.mint(email: TestHouse.olive, scene.house.house)])

        #expect(ears.secrets.count > 30, "only \(ears.secrets.count) secrets were issued")
        for (who, path) in [(Who.adam, "history"), (.mallory, "history"), (.olive, "accounts/\(scene.branch.account)/history")] {
            for reply in await everyPage(scene.client(who), "/api/v1/" + path) { ears.hear("history for \(who)", issued: [], reply) }
        }
        try await ears.look(in: [scene.house])
    }

    /// Everything that is allowed, generated and typed passwords too, and every refusal of it.
    private func sendEverything(_ scene: Scene, _ ears: Ears) async throws {
        for route in Routes.api {
            let shot = try await Examples.shot(route, by: Examples.usualCaller(route), scene)
            if let token = shot.client.token { ears.add([token]) }
            // What is everybody's own she would do to herself.
            if Who.rita.refusal(on: route) != nil || !route.parameterKinds.isEmpty {
                let reply = await scene.cast.rita.client.send(route.method, shot.target, shot.body)
                ears.hear("\(route.name) by somebody else", sent: shot.body, reply)
            }
            ears.hear("\(route.name) by nobody", sent: nil, await scene.house.anyone.send(route.method, shot.target, shot.body))
            if let body = shot.body {
                ears.hear("\(route.name) refused", sent: body, await shot.client.send(route.method, shot.target, body.adding("zzz", 1)))
                for (typed, generated) in [("password", "generate_password"), ("password", "generate")] where body[typed] != nil {
                    let members = body.members.filter { $0.0 != typed && $0.0 != "username" } + [(generated, true)]
                    ears.hear("\(route.name) generating", sent: nil, await shot.client.send(route.method, shot.target, JSON(members: members)))
                }
            }
            var same = HTTPFields()
            same[.secFetchSite] = "same-origin"
            if let name = HTTPField.Name("Idempotency-Key") { same[name] = scene.unique("canary-") }
            let first = await shot.fire(headers: same)
            ears.hear(route.name, sent: shot.body, first)
            ears.hear("\(route.name) again", sent: shot.body, await shot.fire(headers: same))
        }
    }

    /// Passwords as names, names as passwords, tokens where they do not belong.
    private func typeWrongly(_ scene: Scene, _ ears: Ears) async throws {
        let token = scene.cast.una.client.token ?? ""
        for (index, typed) in ["Canary-As-A-Name-1", "Canary-As-A-Password-2", token].enumerated() {
            var client = scene.house.anyone
            client.address = "192.0.2.\(index)"
            ears.add([typed])
            for body: JSON in [["username": .string(typed), "password": "x"], ["username": "una@example.com", "password": .string(typed)]] {
                ears.hear("a wrong sign-in", sent: body, await client.post("/api/v1/logins", body))
            }
            // A path is in the answer to nobody, and a query in none.
            ears.hear("in a path", sent: nil, await client.get("/api/v1/users/\(typed)"))
            ears.hear("in a path nobody knows", sent: nil, await client.get("/nothing/\(typed)"))
            ears.hear("in a query", sent: nil, await scene.cast.una.client.get("/api/v1/me?token=\(typed)"))
            ears.hear("in a filter", sent: nil, await scene.cast.una.client.get("/api/v1/sessions?from=\(typed)&limit=\(typed)"))
        }
        let wrong: JSON = ["current": "Canary-Wrong-Current-3", "new": "Canary-New-4"]
        ears.hear("a wrong change", sent: wrong, await scene.cast.una.client.put("/api/v1/me/password", wrong))
        try await Task.sleep(for: .milliseconds(300))
    }

    private func everyPage(_ client: LocalClient, _ path: String) async -> [LocalClient.Reply] {
        var replies: [LocalClient.Reply] = []
        var next: String? = ""
        while let after = next {
            let reply = await client.get(path + "?limit=200" + (after.isEmpty ? "" : "&after=\(after)"))
            expect(reply, 200, nil, path)
            replies.append(reply)
            next = reply["next"].text
        }
        return replies
    }
}

extension Ears {
    private static let members: Set<String> = [
        "token", "secret", "client_secret", "generated_password", "password", "current", "new", "step_token", "recovery_code",
    ]

    private static func secrets(in json: JSON) -> Set<String> {
        let codes = (json["recovery_codes"]?.elements ?? []).compactMap(\.text)
        return Set(json.members.compactMap { members.contains($0.0) && ($0.1.text ?? "").utf8.count > 7 ? $0.1.text : nil } + codes)
    }

    fileprivate func hear(_ what: String, sent: JSON?, _ reply: LocalClient.Reply) {
        hear(what, typed: sent.map(Self.secrets) ?? [], issued: Self.secrets(in: reply.json), reply)
    }
}
