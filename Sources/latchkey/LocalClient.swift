import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb

/// A client of this server inside its own process: what the demo and the tests do, they do as any client would, through the line-up.
struct LocalClient: Sendable {
    let lineUp: LineUp
    var token: String?
    var address = "127.0.0.1"

    init(_ lineUp: LineUp, token: String? = nil) {
        self.lineUp = lineUp
        self.token = token
    }

    /// An answer with its JSON, if it has any.
    struct Reply: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: [UInt8]
        let json: JSON

        var text: String { String(decoding: body, as: UTF8.self) }
        subscript(_ member: String) -> JSON { json[member] ?? .null }
        /// The text of a member, empty where there is none.
        func text(_ member: String) -> String { json[member]?.text ?? "" }
        var code: String { text("code") }
        var id: String { text("id") }
        var items: [JSON] { json["items"]?.elements ?? [] }
    }

    func send(_ method: HTTPRequest.Method, _ target: String, _ body: JSON? = nil, headers extra: HTTPFields = HTTPFields()) async -> Reply {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var inbound = Inbound(method, String(parts.first ?? ""), query: parts.count > 1 ? String(parts[1]) : "", address: address)
        if let token { inbound.headers[.authorization] = "Bearer " + token }
        if let body {
            inbound.headers[.contentType] = "application/json"
            inbound.body = body.encode()
        }
        for field in extra { inbound.headers[field.name] = field.value }
        let outbound = await lineUp.respond(to: inbound)
        return Reply(
            status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
    }

    func get(_ target: String) async -> Reply { await send(.get, target) }
    func post(_ target: String, _ body: JSON? = nil) async -> Reply { await send(.post, target, body) }
    func patch(_ target: String, _ body: JSON) async -> Reply { await send(.patch, target, body) }
    func put(_ target: String, _ body: JSON) async -> Reply { await send(.put, target, body) }
    func delete(_ target: String) async -> Reply { await send(.delete, target) }

    /// This client, signed in.
    func signedIn(_ username: String, _ password: String) async throws -> LocalClient {
        let reply = await post("/api/v1/logins", ["username": .string(username), "password": .string(password)])
        guard reply.status == 201 else { throw OperatorError("\(username) cannot sign in: \(reply.text)") }
        var client = self
        client.token = reply.text("token")
        return client
    }

    /// This client, switched into an account.
    func switched(into account: String) async throws -> LocalClient {
        let reply = await post("/api/v1/accounts/\(account)/switch", [:])
        guard reply.status == 201 else { throw OperatorError("Cannot switch: \(reply.text)") }
        var client = self
        client.token = reply.text("token")
        return client
    }
}
