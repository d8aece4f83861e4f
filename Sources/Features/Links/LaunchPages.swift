import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SessionsFeature

/// The public face of a link: a small page on which a customer gets started. Not part of the composition until everything that is then asked for
/// can be done (`Capture.md`).
package enum LaunchRoutes {
    private static let open = Route.Needs.nothing(because: .sharableLink)

    package static let all: [Route] = [
        .get("/l/{token}", open, face: .either, handler: LaunchPages.show),
        .post("/l/{token}", open, face: .either, handler: LaunchPages.start),
        .get("/l/{token}/app.webmanifest", open, face: .either, handler: LaunchPages.manifest),
    ]
}

enum LaunchPages {
    private static func token(_ call: Call) -> String { call.parameters["token"] ?? "" }

    private static func look(_ call: Call) async throws -> (Link.Closed?, brand: String) {
        let now = call.now
        return try await call.gate.read(guest: .link, { try LinkStart.guest(token(call), $0, $1) }) { id, permit, tx in
            try LinkStart.look(id, at: now, permit, tx)
        }
    }

    static func show(_ call: Call) async throws -> Answer {
        let (reason, brand) = try await look(call)
        if let reason { return try closed(call, reason, brand) }
        return page(call, brand, FormView(Parts(call.house.assets)))
    }

    static func start(_ call: Call) async throws -> Answer {
        do {
            let now = call.now
            let (session, capture) = try await call.gate.write(
                guest: .link, origin: call.origin, { try LinkStart.guest(token(call), $0, $1) }
            ) { id, permit, tx, ledger in
                try LinkStart.start(
                    id, { try call.fields(ofForm: "first_name", "last_name", "phone") }, from: call.origin.address, sealing: call.house.masterKey,
                    permit, tx,
                    ledger)
            }
            let url = call.house.paths.capture(capture.text)
            guard call.inbound.wantsJSON else { return .see("/c/" + capture.text) }
            let shown: JSON = ["id": JSON(session.id), "status": .string(session.status(at: now).rawValue), "code": .string(session.code)]
            return .json(["session": shown, "capture_url": .string(url)], status: 201)
        } catch let problem as Problem where !call.inbound.wantsJSON && (problem.status == 410 || problem.isAboutInput) {
            let (reason, brand) = try await look(call)
            if let reason { return try closed(call, reason, brand) }
            var answer = page(
                call, brand, FormView(Parts(call.house.assets), refused: (try? call.form()) ?? FormData(), problem), status: problem.status)
            answer.headers[.retryAfter] = problem.headers[.retryAfter]
            return answer
        }
    }

    static func manifest(_ call: Call) async throws -> Answer {
        let (_, brand) = try await look(call)
        return Frame(call).manifest(brand: brand, start: "/l/" + token(call))
    }

    private static func page(_ call: Call, _ brand: String, _ form: FormView, status: Int = 200) -> Answer {
        let own = "/l/" + token(call)
        let card: HTML = """
            <h1>\(t("Photos of your vehicle"))</h1><p class="lead">\(t("It takes a few minutes: you walk around the vehicle and take its photos with this phone."))</p>
            \(form.summary)<form method="post" action="\(own)" data-no-draft>\(form.text("first_name", t("First name"), .givenName))\(form.text("last_name", t("Last name"), .familyName))
            \(form.text("phone", t("Mobile phone"), .ownPhone, help: t("With country code, such as +49 151 123 456 78.")))
            <button class="btn btn-primary w-100" type="submit">\(t("Get started"))</button></form>
            """
        return Frame(call).visitor(t("Get started"), brand: brand, manifest: own + "/app.webmanifest", card, status: status)
    }

    private static func closed(_ call: Call, _ reason: Link.Closed, _ brand: String) throws -> Answer {
        if call.inbound.wantsJSON { throw LinkStart.problem(reason) }
        let text: String
        switch reason {
        case .off: text = t("It is switched off.")
        case .ended: text = t("It has ended.")
        case .limitReached: text = t("It was used as often as it may be.")
        case .disabled: text = t("It is not in use at the moment.")
        }
        let card: HTML = """
            <h1>\(t("This link no longer works"))</h1><p class="lead">\(text) \(t("Ask whoever gave it to you for another one."))</p>
            """
        return Frame(call).visitor(t("This link no longer works"), brand: brand, card, status: 410)
    }
}
