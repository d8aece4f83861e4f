import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets

/// A request as it came in, whatever server or test brought it.
package struct Inbound: Sendable {
    package var method: HTTPRequest.Method
    /// The path as it was sent, percent-encoded, without the query.
    package var path: String
    package var query: String
    package var headers: HTTPFields
    package var body: [UInt8]
    /// The body of a route with an upload, still unread; nil where it is in `body`.
    package var stream: BodyStream?
    /// The socket's address, without port.
    package var address: String

    package init(
        _ method: HTTPRequest.Method, _ path: String, query: String = "", headers: HTTPFields = HTTPFields(), body: [UInt8] = [],
        stream: BodyStream? = nil, address: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.stream = stream
        self.address = address
    }
}

extension Inbound {
    /// Whether a program asks, where people are shown a page.
    package var wantsJSON: Bool {
        let accept = headers[.accept] ?? ""
        return accept.contains("application/json") && !accept.contains("text/html")
    }
}

/// One request on its way through a handler.
package struct Call: Sendable {
    package let house: House
    package let inbound: Inbound
    package let route: Route
    package let parameters: [String: String]
    package let origin: Origin
    /// Who asks; nil on open routes when nobody is signed in.
    package let caller: Caller?
    /// Whether the credential is the console's cookie.
    package let isByCookie: Bool
    /// For this page's scripts alone (CSP).
    package let nonce: String
    /// What was typed into a form whose login had ended, sealed; for the page on which one signs in again.
    package private(set) var draft: String?
    /// Whether this is such a form coming back: it is shown as it was typed, and nothing is saved.
    package private(set) var isGivenBack = false
    /// A form that waits for a step-up, sealed; for the page that asks for it.
    package private(set) var wish: String?

    package init(
        house: House, inbound: Inbound, route: Route, parameters: [String: String], origin: Origin, caller: Caller?, isByCookie: Bool, nonce: String
    ) {
        self.house = house
        self.inbound = inbound
        self.route = route
        self.parameters = parameters
        self.origin = origin
        self.caller = caller
        self.isByCookie = isByCookie
        self.nonce = nonce
    }

    func carrying(_ draft: String) -> Call {
        var call = self
        call.draft = draft
        return call
    }

    func wishing(_ wish: String) -> Call {
        var call = self
        call.wish = wish
        return call
    }

    func givenBack() -> Call {
        var call = self
        call.isGivenBack = true
        return call
    }

    package var gate: Gate { house.gate }
    package var now: Timestamp { house.gate.now }

    /// The principal of a route that needs one; the line-up has made sure of it.
    package func principal() throws -> Principal {
        guard let caller else { throw Refusal.signIn }
        return caller.principal
    }

    private func known() throws -> Caller {
        guard let caller else { throw Refusal.signIn }
        return caller
    }

    /// An id from the path. A malformed one is the same 404 as one never issued.
    package func id<Kind>(_ name: String = "id", _: Kind.Type = Kind.self) throws -> ID<Kind> {
        guard let id = parameters[name].flatMap({ ID<Kind>($0) }) else { throw Hidden() }
        return id
    }

    // MARK: What was sent

    package func query() throws -> Query {
        do { return Query(try FormData(inbound.query)) } catch { throw Problem.malformed("malformed_query", "The query cannot be read.") }
    }

    /// Refuses any query parameter.
    package func noQuery() throws { try query().finish() }

    /// The JSON body, field by field.
    /// - Throws: 415 for another media type, 400 for what is no JSON object.
    package func fields() throws -> Fields {
        let type = inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard type == "application/json" else {
            throw Problem(415, "unsupported_media_type", "Send the body as application/json.", headers: [.accept: "application/json"])
        }
        do { return try Fields(try JSON.parse(inbound.body)) } catch let error as JSONError {
            throw Problem.malformed("malformed_json", "The body is not JSON that this server takes: \(error).")
        }
    }

    /// The body's fields on an operation without query parameters.
    package func fieldsWithoutQuery() throws -> Fields {
        try noQuery()
        return try fields()
    }

    /// The body's fields where the body may be left out.
    package func optionalFields() throws -> Fields { inbound.body.isEmpty ? try Fields([:]) : try fields() }

    /// For actions without input: no query, and an empty body or an empty object.
    package func noInput() throws {
        try noQuery()
        try optionalFields().finish()
    }

    /// What was sent as JSON or as a form, as one set of fields; of a form those of these names, nothing typed being null.
    package func fields(ofForm names: String...) throws -> Fields {
        let type = inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard type == "application/x-www-form-urlencoded" else { return try fieldsWithoutQuery() }
        let form = try form()
        return try Fields(JSON(members: names.map { ($0, (form[$0] ?? "").isEmpty ? .null : JSON(form[$0])) }))
    }

    /// The fields of a console's form.
    package func form() throws -> FormData {
        do { return try FormData(inbound.body) } catch { throw Problem.malformed("malformed_form", "The form cannot be read.") }
    }

    /// The same request by whoever asks as they are now: for work that goes on after the answer, and ends with what it was allowed by (T11).
    /// - Throws: `Dead` where they are let in no more; `Refusal`, `Hidden`.
    package func asOfNow() async throws -> Call {
        guard let caller else { throw Refusal.signIn }
        var now = try await gate.admit(caller.credential, origin: origin, isActivity: false)
        if let account = caller.entering { now = try await gate.enter(account, now) }
        return Call(
            house: house, inbound: inbound, route: route, parameters: parameters, origin: origin, caller: now, isByCookie: isByCookie, nonce: nonce)
    }

    // MARK: Through the gate, with what the route declares

    /// - Throws: `Problem` 409 `signed_out_meanwhile` for a form that comes back.
    private func requireWish() throws {
        if isGivenBack { throw Draft.notSaved }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (borrowing Permit, any Transaction) throws -> T) async throws -> T {
        try await gate.read(route.memberNeed, known(), body)
    }

    package func write<T: Sendable>(
        touches: Gate.Touches = .facts, _ body: @escaping @Sendable (borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try requireWish()
        return try await gate.write(route.memberNeed, known(), touches: touches, body)
    }

    package func enterpriseRead<T: Sendable>(
        _ body: @escaping @Sendable (borrowing EnterprisePermit, any Transaction) throws -> T
    ) async throws -> T {
        try await gate.read(enterprise: route.permission, known(), body)
    }

    package func enterpriseWrite<T: Sendable>(
        _ body: @escaping @Sendable (borrowing EnterprisePermit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try requireWish()
        return try await gate.write(enterprise: route.permission, known(), body)
    }

    package func ownRead<T: Sendable>(_ body: @escaping @Sendable (borrowing OwnPermit, any Transaction) throws -> T) async throws -> T {
        try await gate.read(own: route.memberNeed, known(), body)
    }

    package func ownWrite<T: Sendable>(
        _ body: @escaping @Sendable (borrowing OwnPermit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try requireWish()
        return try await gate.write(own: route.memberNeed, known(), body)
    }

    /// Refuses a write on an object that has changed since it was read.
    package func requireMatch(_ tag: ETag) throws {
        if let ifMatch = inbound.headers[.ifMatch], !tag.matches(ifMatch) {
            throw Problem(412, "changed_meanwhile", "This was changed by somebody else since you read it. Read it again, then decide.")
        }
    }
}
