import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// A form that was sent before its person had shown again that it is them. It waits sealed, whole, in the page that asks, and is done once they have:
/// by the same login only, and within ten minutes.
struct Wish: Sendable {
    var path: String
    var query: String
    var body: [UInt8]

    private static let context = "wish before a step-up"
    private static let seconds: Int64 = 600
    private static let mostBytes = 100_000

    /// Nil for what is too large to be carried along.
    static func seal(_ inbound: Inbound, by login: LoginID, at now: Timestamp, _ house: House) -> String? {
        guard inbound.body.count <= mostBytes, let body = String(validating: inbound.body, as: UTF8.self) else { return nil }
        let wish: JSON = [
            "path": .string(inbound.path), "query": .string(inbound.query), "body": .string(body), "login": JSON(login),
            "until": .int(now.adding(seconds: seconds).milliseconds),
        ]
        return Base64URL.encode(house.masterKey.seal(wish.encode(), context: context))
    }

    init?(_ sealed: String, by login: LoginID, at now: Timestamp, _ house: House) {
        guard let bytes = Base64URL.decode(sealed).flatMap({ try? house.masterKey.open($0, context: Self.context) }),
            let wish = try? JSON.parse(bytes), let until = wish["until"]?.integer, now.milliseconds < until,
            wish["login"]?.text == login.description, let path = wish["path"]?.text, let query = wish["query"]?.text,
            let body = wish["body"]?.text
        else { return nil }
        self.path = path
        self.query = query
        self.body = Array(body.utf8)
    }
}

/// A step-up after which a form is done that had to wait for it.
package struct GoingOn: Sendable {
    package var wish: String
    /// The login's new token.
    package var token: Secret

    package init(wish: String, token: Secret) {
        self.wish = wish
        self.token = token
    }
}

extension LineUp {
    /// For a form that wants a step-up first: the page that asks for it, with the form. Nil for everything else.
    func askToStepUp(_ error: any Error, _ inbound: Inbound, _ route: Route?, _ caller: Caller?, nonce: String) async -> Answer? {
        guard case Refusal.stepUpRequired = error, let route, let caller, let login = caller.principal.login, route.method == .post,
            route.face == .page, route.upload == nil, let wish = Wish.seal(inbound, by: login, at: house.gate.now, house),
            case .found(let page, _) = table.match(.get, house.paths.stepUp())
        else { return nil }
        let asking = Inbound(.get, page.path, headers: inbound.headers, address: inbound.address)
        let call = Call(
            house: house, inbound: asking, route: page, parameters: [:], origin: caller.origin, caller: caller, isByCookie: true, nonce: nonce)
        guard var answer = try? await handled(call.wishing(wish)), case .html = answer.body else { return nil }
        answer.status = 403
        return answer
    }

    /// After a step-up: does what had to wait. Whatever comes of it, the browser has the login's new token.
    func goOn(_ going: GoingOn, after answer: Answer, _ inbound: Inbound, _ origin: Origin, nonce: String) async -> Answer {
        guard let caller = try? await house.gate.admit(Credential(going.token), origin: origin, isActivity: true),
            let login = caller.principal.login, let wish = Wish(going.wish, by: login, at: house.gate.now, house),
            case .found(let route, let parameters) = table.match(.post, wish.path), case .need(let need) = route.needs, route.face == .page
        else { return answer }
        var again = Inbound(.post, wish.path, query: wish.query, headers: inbound.headers, body: wish.body, address: inbound.address)
        again.headers[.contentType] = "application/x-www-form-urlencoded"
        again.headers[.cookie] = Cookies.replacing(house.settings.cookieName, by: going.token.text, in: inbound.headers)
        var done: Answer
        do {
            let caller = try await entered(caller, route, parameters)
            try Policy.check(need, caller.principal)
            if let stepUp = route.stepUp { try Policy.check(stepUp, caller.principal, at: house.gate.now) }
            done = try await handled(
                Call(
                    house: house, inbound: again, route: route, parameters: parameters, origin: origin, caller: caller, isByCookie: true,
                    nonce: nonce))
        } catch {
            done = Errors.answer(error, again, face: .page, requestID: origin.requestID, house: house, nonce: nonce)
        }
        // What the handler sets itself, a switched login's cookie for one, comes after and wins.
        let cookies = answer.headers.filter { $0.name == .setCookie }
        let others = done.headers.filter { $0.name == .setCookie }
        let names = others.compactMap { $0.value.split(separator: "=").first }
        done.headers.append(contentsOf: cookies.filter { cookie in !names.contains { cookie.value.hasPrefix($0 + "=") } })
        return done
    }
}
