import IntegrationsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// What a token is worth, asked by a client of its account (RFC 7662).
enum Introspection {
    /// Nothing but this of a token that is over, unknown, or of another account.
    private static let inactive = (["active": false] as JSON).encode()

    /// The answer's JSON. Whoever introspects asks about the same token again and again: what a live one says is made once.
    static func answer(_ token: String, _ client: Client, _ call: Call) async throws -> [UInt8] {
        guard let credential = Credential(token: token), credential.kind == .access else { return inactive }
        let bearer: Caller
        do { bearer = try await call.gate.admit(credential, origin: call.origin, isActivity: false) } catch is Dead { return inactive }
        guard let facts = bearer.token, let account = bearer.principal.account, account == client.caller.principal.account,
            let functions = bearer.principal.access?.functions
        else { return inactive }
        return bearer.told.introspected.orMade { described(bearer, facts, account, functions, issuer: call.house.paths.issuer).encode() }
    }

    private static func described(
        _ bearer: Caller, _ facts: TokenFacts, _ account: AccountID, _ functions: [Function: Level], issuer: String
    ) -> JSON {
        [
            "active": true, "scope": .string(TokenScope.text(functions)), "client_id": .string(bearer.surroundings.username),
            "token_type": "Bearer", "exp": .int(facts.expiresAt.milliseconds / 1000), "iat": .int(facts.issuedAt.milliseconds / 1000),
            "sub": .string(bearer.principal.actor.id), "aud": [.string(issuer), JSON(account)], "iss": .string(issuer), "jti": JSON(facts.id),
            "account": JSON(account), "functions": functions.json,
        ]
    }

    /// Ends a token of the client's own; of any other nothing is said (RFC 7009).
    static func revoke(_ token: String, _ client: Client, _ call: Call) async throws {
        guard let credential = Credential(token: token), credential.kind == .access else { return }
        do {
            try await call.gate.write(.member, client.caller) { permit, tx, ledger in
                try AccessTokens.revoke(hash: credential.hash, of: client.integration, permit, tx, ledger)
            }
        } catch is Dead { throw Problem.invalidClient }
    }
}
