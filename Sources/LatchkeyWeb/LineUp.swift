import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import Logging

/// What every request passes, in reading order. There is no other middleware.
package struct LineUp: Sendable {
    package let house: House
    package let table: RouteTable

    package init(house: House, routes: [Route]) {
        self.house = house
        table = RouteTable(routes)
    }

    /// Answers every request, whatever it is; it never throws.
    package func respond(to inbound: Inbound) async -> Outbound {
        let started = ContinuousClock.now
        let requestID = RequestID.new(at: house.gate.now)
        var pattern = "unknown"
        var face = Route.Face.page
        var known: Caller?
        var address = ""
        var found: (route: Route, origin: Origin)?
        // Made for every answer: even a page that says what went wrong has scripts.
        let nonce = Base64URL.encode(Random.bytes(18))
        var answer: Answer
        do {
            // Until the route is known: who asks for pages is shown one.
            let wantsPage = inbound.headers[.accept]?.contains("text/html") == true && !inbound.path.hasPrefix("/api/")
            face = wantsPage ? .page : .api
            try Limits.check(inbound)
            let (route, parameters) = try match(inbound, &face)
            pattern = route.path
            face = route.face == .either ? (inbound.wantsJSON ? .api : .page) : route.face
            let shown = ClientAddress.find(
                socket: inbound.address, forwardedFor: inbound.headers[values: HTTPField.Name.forwardedFor], trusted: house.settings.trustedProxies)
            address = shown.address
            let agent = String(String.UnicodeScalarView((inbound.headers[.userAgent] ?? "").unicodeScalars.lazy.filter { !$0.isControl }.prefix(300)))
            let origin = Origin(address: address, userAgent: agent, requestID: requestID, isAddressKnown: shown.isKnown)
            found = (route, origin)
            let (caller, isByCookie) = try await admit(inbound, route, parameters, origin)
            known = caller
            if let caller, case .need(let need) = route.needs { try Policy.check(need, caller.principal) }
            if let caller, let stepUp = route.stepUp { try Policy.check(stepUp, caller.principal, at: house.gate.now) }
            if let caller, case .need(.screen(let screen, _)) = route.needs { house.uses.note(screen, by: caller.principal, at: house.gate.now) }
            let call = Call(
                house: house, inbound: inbound, route: route, parameters: parameters, origin: origin, caller: caller, isByCookie: isByCookie,
                nonce: nonce)
            answer = try await handled(call)
            if let resuming = answer.resumes { answer = await giveBack(resuming, after: answer, inbound, origin, nonce: nonce) ?? answer }
            if let going = answer.goesOn { answer = await goOn(going, after: answer, inbound, origin, nonce: nonce) }
        } catch {
            if case Refusal.addressNotAllowed = error, let known { house.refusedAddresses.note(address, of: known.principal, at: house.gate.now) }
            let again = await askToSignInAgain(error, inbound, found?.route, found?.origin, nonce: nonce)
            let asked = await askToStepUp(error, inbound, found?.route, known, nonce: nonce)
            answer =
                again ?? asked
                ?? Errors.answer(error, inbound, face: face, requestID: requestID, house: house, nonce: nonce)
            if answer.status >= 500 {
                house.logger.error("\(error)", metadata: ["request_id": .string(requestID.description), "route": .string(pattern)])
            }
        }
        let outbound = Outbound(answer, inbound, requestID: requestID, nonce: nonce, house: house)
        let elapsed = ContinuousClock.now - started
        house.metrics.note(method: inbound.method.rawValue, route: pattern, status: answer.status, elapsed: elapsed)
        log(inbound, pattern, answer.status, elapsed, requestID, known?.principal.actor)
        if let asker = known?.principal, asker.actor.kind == .integration { noteCall(inbound, pattern, answer.status, address, asker) }
        return outbound
    }

    /// The handler's answer; pages speak the words of the account's catalogue, and lead to its other pages.
    func handled(_ call: Call) async throws -> Answer {
        guard call.route.face != .api, let terms = call.caller?.surroundings.catalogue?.terms else { return try await call.route.handler(call) }
        return try await Inside.$account.withValue(call.caller?.entering) {
            try await Words.$own.withValue(terms) { try await call.route.handler(call) }
        }
    }

    /// Whether this request's body is to be handed over unread, in `Inbound.stream`: its route takes an upload.
    package func takesUpload(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        if case .found(let route, _) = table.match(method, path) { route.upload != nil } else { false }
    }

    /// Answers a request whose body is too large to be read.
    package func refuseBody(of inbound: Inbound, limit: Int) async -> Outbound {
        let requestID = RequestID.new(at: house.gate.now)
        let problem = Problem.bodyTooLarge(limit)
        return Outbound(
            Answer(413, .json(problem.json(requestID: requestID.description))), inbound, requestID: requestID, nonce: "", house: house)
    }

    // MARK: 1. Which operation?

    private func match(_ inbound: Inbound, _ face: inout Route.Face) throws -> (Route, [String: String]) {
        switch table.match(inbound.method, inbound.path) {
        case .found(let route, let parameters): return (route, parameters)
        case .wrongMethod(let allowed, let its):
            face = its
            let list = allowed.map(\.rawValue).joined(separator: ", ")
            throw Problem(405, "method_not_allowed", "This takes \(list).", headers: [.allow: list])
        case .unknown: throw Problem.hidden
        }
    }

    // MARK: 2. Who asks, and from which site?

    private func admit(
        _ inbound: Inbound, _ route: Route, _ parameters: [String: String], _ origin: Origin
    ) async throws -> (Caller?, isByCookie: Bool) {
        let shown = Shown(inbound.headers, cookie: house.settings.cookieName)
        guard case .need = route.needs else {
            // The token in the path is the credential there, and such pages send no origin: they say `no-referrer`.
            let knowsNoOrigin = [.nothing(because: .sharableLink), .nothing(because: .captureURL)].contains(route.needs)
            try CrossSite.check(inbound, isByCookie: false, allowsNull: knowsNoOrigin, house.settings.publicURL)
            return (nil, false)
        }
        guard let credential = shown.credential else { throw Refusal.signIn }
        // The pictures of a page are loaded by the page, which may itself have come in the background.
        let isPicture = shown.isByCookie && inbound.headers[.secFetchDest] == "image"
        let isBackground =
            route.isBackground || inbound.headers[.latchkeyBackground] == "1" || isPicture
            || route.face == .gateway && Forwarded.isStream(inbound.headers)
        let admitted = try await house.gate.admit(credential, origin: origin, isActivity: !isBackground)
        try CrossSite.check(
            route.face == .gateway ? Forwarded.request(inbound) : inbound, isByCookie: shown.isByCookie, house.settings.publicURL)
        return (try await entered(admitted, route, parameters), shown.isByCookie)
    }

    /// The caller in the account that the path names, where the route says that it does.
    func entered(_ caller: Caller, _ route: Route, _ parameters: [String: String]) async throws -> Caller {
        guard let account = route.accountParameter.flatMap({ parameters[$0] }) else { return caller }
        guard let id = AccountID(account) else {
            try Policy.check(.enterprise(.manageUsers), caller.principal)
            throw Hidden()
        }
        return try await house.gate.enter(id, caller, forPage: route.face == .page)
    }

    // MARK: 3. What is written about it

    private func noteCall(_ inbound: Inbound, _ pattern: String, _ status: Int, _ address: String, _ asker: Principal) {
        guard let id = IntegrationID(asker.actor.id), let account = asker.account else { return }
        let now = house.gate.now
        house.recentCalls.note(
            .init(
                integration: id, account: account, id: .new(at: now), at: now, method: inbound.method.rawValue, route: pattern, status: status,
                address: address))
    }

    /// The pattern and never the path: paths may hold one-time tokens.
    private func log(_ inbound: Inbound, _ pattern: String, _ status: Int, _ elapsed: Duration, _ requestID: RequestID, _ actor: Actor?) {
        guard house.logger.logLevel <= .info else { return }
        var metadata: Logger.Metadata = [
            "request_id": .string(requestID.description), "method": .string(inbound.method.rawValue), "route": .string(pattern),
            "status": .stringConvertible(status), "ms": .stringConvertible(elapsed.milliseconds),
        ]
        if let actor { metadata["actor"] = .string(actor.id) }
        house.logger.info("request", metadata: metadata)
    }
}

extension Duration {
    package var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds / 1_000_000_000_000) / 1000 }
}

/// The credential that a request shows: a bearer token, else the console's cookie. Never anything else, and never from the query.
struct Shown {
    let credential: Credential?
    let isByCookie: Bool

    init(_ headers: HTTPFields, cookie: String) {
        let authorizations = headers[values: .authorization]
        guard authorizations.isEmpty else {
            let parts = authorizations[0].split(separator: " ", maxSplits: 1)
            let isBearer = authorizations.count == 1 && parts.count == 2 && parts[0].lowercased() == "bearer"
            credential = isBearer ? Credential(token: String(parts[1]).trimmingWhitespace()) : nil
            isByCookie = false
            return
        }
        let value = Cookies.value(cookie, in: headers).flatMap { Secret($0) }
        // The cookie is the console's: only a login signs in by it.
        credential = value?.kind == .login ? value.map(Credential.init) : nil
        isByCookie = true
    }
}

/// Refuses unsafe requests that another site's page makes (S5).
enum CrossSite {
    static func check(_ inbound: Inbound, isByCookie: Bool, allowsNull: Bool = false, _ publicURL: PublicURL) throws {
        switch inbound.method {
        case .get, .head, .options: return
        default: break
        }
        let refused = Problem(403, "cross_site", "This was asked by a page of another site.")
        if let site = inbound.headers[.secFetchSite] {
            if site == "same-origin" || (site == "none" && !isByCookie) { return }
            throw refused
        }
        if let origin = inbound.headers[.origin] {
            if origin == publicURL.origin || (allowsNull && origin == "null") { return }
            throw refused
        }
        if isByCookie { throw refused }
    }
}

/// Bounds on the head of a request (H1); the body's is the server's.
enum Limits {
    static func check(_ inbound: Inbound) throws {
        if inbound.path.utf8.count + inbound.query.utf8.count > 8192 { throw Problem(414, "target_too_long", "The path and query are too long.") }
        let size = inbound.headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
        if inbound.headers.count > 100 || size > 16_384 { throw Problem(431, "headers_too_large", "There are too many or too large header fields.") }
    }
}

extension HTTPField.Name {
    package static let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .from
    package static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .from
    package static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest") ?? .from
    package static let latchkeyBackground = HTTPField.Name("Latchkey-Background") ?? .from
}
