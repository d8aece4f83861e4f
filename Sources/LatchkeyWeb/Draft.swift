import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// What somebody typed into a form that came after their login had ended. It waits sealed in the page on which they sign in again, and is given back in
/// the same form: to the same person only, passwords and files aside, and nothing is saved by it.
///
/// A browser with scripts keeps it by itself; this is for those without.
struct Draft: Sendable {
    /// Where the form was sent to, with its query.
    var path: String
    var query: String
    var body: [UInt8]
    /// The id of the user or administrator whose form it was.
    var person: String

    /// What a verb would have been told: the frame of the page says more.
    static var notSaved: Problem { Problem(409, "signed_out_meanwhile", t("Nothing is saved yet.")) }

    private static let context = "draft of a form"
    private static let seconds: Int64 = 12 * 3600
    private static let mostBytes = 100_000
    /// What is never given back: passwords, and that something was agreed to.
    private static let forgotten: Set<String> = ["password", "repeat", "current", "new", "confirmed", "flow", "token"]

    /// What a request carries that is worth keeping; nil where that is nothing.
    static func seal(_ inbound: Inbound, person: String, at now: Timestamp, _ house: House) -> String? {
        guard inbound.body.count <= mostBytes, let form = try? FormData(inbound.body) else { return nil }
        let kept = form.fields.filter { !forgotten.contains($0.name) && !$0.name.contains("secret") }
        guard kept.contains(where: { !$0.value.isEmpty }) else { return nil }
        let draft: JSON = [
            "path": .string(inbound.path), "query": .string(inbound.query), "body": .string(PercentEncoding.query(kept.map { ($0.name, $0.value) })),
            "person": .string(person), "until": .int(now.adding(seconds: seconds).milliseconds),
        ]
        return Base64URL.encode(house.masterKey.seal(draft.encode(), context: context))
    }

    init?(_ sealed: String, at now: Timestamp, _ house: House) {
        guard let bytes = Base64URL.decode(sealed).flatMap({ try? house.masterKey.open($0, context: Self.context) }),
            let draft = try? JSON.parse(bytes), let until = draft["until"]?.integer, now.milliseconds < until, let path = draft["path"]?.text,
            let query = draft["query"]?.text, let body = draft["body"]?.text, let person = draft["person"]?.text
        else { return nil }
        self.path = path
        self.query = query
        self.body = Array(body.utf8)
        self.person = person
    }
}

/// A sign-in after which a form is given back.
package struct Resuming: Sendable {
    package var draft: String
    /// The new login.
    package var token: Secret

    package init(draft: String, token: Secret) {
        self.draft = draft
        self.token = token
    }
}

extension LineUp {
    /// For a form that came after its login had ended: the page on which one signs in again, with what was typed. Nil for everything else.
    func askToSignInAgain(_ error: any Error, _ inbound: Inbound, _ route: Route?, _ origin: Origin?, nonce: String) async -> Answer? {
        guard error is Dead, let route, let origin, route.method == .post, route.face == .page, route.upload == nil,
            inbound.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true
        else { return nil }
        let shown = Shown(inbound.headers, cookie: house.settings.cookieName)
        guard shown.isByCookie, let credential = shown.credential, (try? CrossSite.check(inbound, isByCookie: true, house.settings.publicURL)) != nil,
            let person = try? await house.gate.holder(of: credential),
            let draft = Draft.seal(inbound, person: person, at: house.gate.now, house), case .found(let page, _) = table.match(.get, "/sign-in")
        else { return nil }
        // Where one goes if the form cannot be given back.
        var query = ""
        if case .found = table.match(.get, inbound.path) { query = PercentEncoding.query([("return_to", inbound.path)]) }
        let asking = Inbound(.get, "/sign-in", query: query, headers: inbound.headers, address: inbound.address)
        let call = Call(
            house: house, inbound: asking, route: page, parameters: [:], origin: origin, caller: nil, isByCookie: false, nonce: nonce)
        guard var answer = try? await page.handler(call.carrying(draft)), case .html = answer.body else { return nil }
        answer.status = 401
        answer.headers[.wwwAuthenticate] = "Bearer realm=\"latchkey\", error=\"invalid_token\""
        return answer
    }

    /// After a sign-in: the form that was typed before, as it was, for whoever has just signed in if it was theirs. Nil where they may no longer use it.
    func giveBack(_ resuming: Resuming, after answer: Answer, _ inbound: Inbound, _ origin: Origin, nonce: String) async -> Answer? {
        guard let draft = Draft(resuming.draft, at: house.gate.now, house), case .found(let route, let parameters) = table.match(.post, draft.path),
            case .need(let need) = route.needs, route.face == .page,
            let admitted = try? await house.gate.admit(Credential(resuming.token), origin: origin, isActivity: true),
            admitted.principal.actor.id == draft.person, let caller = try? await entered(admitted, route, parameters),
            (try? Policy.check(need, caller.principal)) != nil
        else { return nil }
        var again = Inbound(.post, draft.path, query: draft.query, headers: inbound.headers, body: draft.body, address: inbound.address)
        again.headers[.contentType] = "application/x-www-form-urlencoded"
        let call = Call(
            house: house, inbound: again, route: route, parameters: parameters, origin: origin, caller: caller, isByCookie: true, nonce: nonce)
        guard var given = try? await handled(call.givenBack()), case .html = given.body else { return nil }
        given.headers.append(contentsOf: answer.headers.filter { $0.name == .setCookie })
        return given
    }
}
