import LatchkeyAccess
import LatchkeyGate
import LatchkeySecrets
import LatchkeyWeb
import Logging
import SignInFeature

/// A client that has shown who it is.
struct Client: Sendable {
    let caller: Caller
    let integration: IntegrationID
    var clientID: String { caller.surroundings.username }
}

/// Who asks at an OAuth endpoint.
enum Clients {
    /// - Throws: `Problem` 400 `invalid_request`, 401 `invalid_client` alike whatever is wrong, 429 after too many wrong secrets.
    static func authenticate(_ request: OAuthRequest, _ call: Call, _ desk: OAuthDesk) async throws -> Client {
        let shown = try ClientCredentials(request, call.inbound.headers)
        if let client = try await find(shown, call) { return client }
        let attempt = Throttle.Attempt.client(shown.id, from: call.origin.address)
        _ = try await desk.throttle.judged(attempt, call.gate.clock) { () -> Bool? in
            try await note(shown.id, call, desk)
            return nil
        }
        throw Problem.invalidClient
    }

    /// The secret is looked up whole by its hash, like every other; so is all that the client hangs on.
    private static func find(_ shown: ClientCredentials, _ call: Call) async throws -> Client? {
        guard let secret = Secret(shown.secret), secret.kind == .client else { return nil }
        do {
            let caller = try await call.gate.admit(Credential(secret), origin: call.origin, isActivity: false)
            guard let id = IntegrationID(caller.principal.actor.id),
                ConstantTime.equal(Array(caller.surroundings.username.utf8), Array(shown.id.utf8))
            else { return nil }
            if caller.principal.isOutsideAllowedAddresses {
                call.house.refusedAddresses.note(call.origin.address, of: caller.principal, at: call.now)
            }
            try Policy.check(.member, caller.principal)
            return Client(caller: caller, integration: id)
        } catch is Dead { return nil } catch is Refusal { return nil }
    }

    /// Of known clients into history, of unknown ones into log and metrics.
    private static func note(_ id: String, _ call: Call, _ desk: OAuthDesk) async throws {
        call.house.metrics.count("latchkey_clients_refused_total")
        let known = try await call.gate.read(door: .oauth) { try ClientStore.find(id, $0, $1) }
        guard let known else {
            return call.house.logger.notice(
                "an unknown client", metadata: ["request_id": .string(call.origin.requestID.description), "address": .string(call.origin.address)])
        }
        desk.failures.note(
            .init("token.refused", subject: known.subject, chain: .account(known.account), reason: known.reason, origin: call.origin), call.house)
    }
}
