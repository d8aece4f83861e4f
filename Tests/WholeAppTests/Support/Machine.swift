import HTTPTypes
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

@testable import latchkey

extension Scene {
    /// Gives an integration a live token that nobody knows.
    func token(of integration: String) async throws {
        let (id, hash) = (LoginID.new(at: house.house.gate.now).description, Random.bytes(32))
        try await database.write(seeing: .everything) { tx in
            try tx.execute(
                """
                INSERT INTO access_tokens
                    (hash, account, id, integration, format, created_at, last_seen_at, expires_at, address, user_agent)
                SELECT \(hash), account, \(id), id, 'opaque', created_at, created_at, created_at + 86400000, '127.0.0.1', '' FROM integrations
                WHERE id = \(integration)
                """)
        }
    }
}

/// An integration as its owner holds it.
struct Machine: Sendable {
    let id: String
    let clientID: String
    let secret: String

    /// Makes one, as somebody who may.
    static func make(_ client: LocalClient, _ clientID: String, _ functions: JSON, format: String = "opaque") async throws -> Machine {
        let reply = await client.post(
            "/api/v1/integrations",
            ["name": .string(clientID), "client_id": .string(clientID), "functions": functions, "token_format": .string(format)])
        guard reply.status == 201 else { throw OperatorError("cannot make an integration: \(reply.status) \(reply.text)") }
        return Machine(id: reply.id, clientID: clientID, secret: reply.text("client_secret"))
    }

    /// Sends a form to an OAuth endpoint, the secret in the body.
    func ask(_ path: String, _ form: [(String, String)], _ house: TestHouse) async -> LocalClient.Reply {
        let all = form + [("client_id", clientID), ("client_secret", secret)]
        var inbound = Inbound(.post, path, body: Array(PercentEncoding.query(all).utf8))
        inbound.headers[.contentType] = "application/x-www-form-urlencoded"
        let outbound = await house.lineUp.respond(to: inbound)
        return .init(
            status: outbound.status, headers: outbound.headers, body: outbound.body, json: (try? JSON.parse(outbound.body)) ?? .null)
    }

    /// A client with a token that lives as long as one may.
    func client(_ house: TestHouse) async throws -> LocalClient {
        let reply = await ask("/oauth/token", [("grant_type", "client_credentials"), ("expires_in", "86400")], house)
        guard reply.status == 200 else { throw OperatorError("no token: \(reply.status) \(reply.text)") }
        return LocalClient(house.lineUp, token: reply.text("access_token"))
    }
}
