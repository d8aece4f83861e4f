import IntegrationsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Giving out access tokens for client credentials (RFC 6749 section 4.4; signed ones RFC 9068).
enum Tokens {
    /// How long tokens live, in seconds: what is asked for within these, else the default.
    static let longest = 86_400
    static let usual = 3_600
    /// Nobody can call a signed one back from those who do not ask.
    static let longestSigned = 300

    struct Issued: Sendable {
        var text: String
        var seconds: Int
        var functions: [Function: Level]

        var json: JSON {
            [
                "access_token": .string(text), "token_type": "Bearer", "expires_in": .int(Int64(seconds)),
                "scope": .string(TokenScope.text(functions)),
            ]
        }
    }

    /// - Throws: `Problem` 400 `unsupported_grant_type`, `invalid_scope`, `invalid_request`; 401 `invalid_client`.
    static func issue(_ request: OAuthRequest, _ client: Client, _ call: Call, _ desk: OAuthDesk) async throws -> Issued {
        guard try request.required("grant_type") == "client_credentials" else {
            throw Problem(400, "unsupported_grant_type", "This server gives tokens for client_credentials.")
        }
        let asked = try seconds(request["expires_in"])
        let wanted = request["scope"]
        _ = try TokenScope.read(wanted, held: client.caller.principal.access?.functions ?? [:])
        let format = try await call.gate.read(.member, client.caller) { permit, tx in
            try Integrations.find(client.integration, at: call.now, permit, tx).tokenFormat
        }
        let key = format == .jwt ? try await SigningKeys.current(call.house, desk) : nil
        do {
            return try await call.gate.write(.member, client.caller, touches: .records) { permit, tx, ledger in
                let held = permit.access.functions
                let scope = try TokenScope.read(wanted, held: held)
                let functions = scope.map { scope in held.filter { scope[$0.key] != nil }.merging(scope, uniquingKeysWith: min) } ?? held
                let life = key == nil ? asked ?? usual : min(asked ?? longestSigned, longestSigned)
                let token = AccessToken(
                    id: .new(at: ledger.now), integration: client.integration, integrationName: permit.actor.name, format: format, scope: scope,
                    createdAt: ledger.now, lastSeenAt: ledger.now, expiresAt: ledger.now.adding(seconds: Int64(life)),
                    address: call.origin.address, userAgent: call.origin.userAgent)
                let text: String
                if let key {
                    text = try SignedToken(token, client, permit.account, functions, issuer: call.house.paths.issuer).text(by: key)
                } else {
                    text = Secret.mint(.access).text
                }
                guard let credential = Credential(token: text) else { throw SigningKeys.Unusable() }
                try AccessTokens.issue(token, hash: credential.hash, permit, tx, ledger)
                call.house.metrics.count("latchkey_tokens_issued_total")
                return Issued(text: text, seconds: life, functions: functions)
            }
        } catch is Dead { throw Problem.invalidClient }
    }

    private static func seconds(_ text: String?) throws -> Int? {
        guard let text else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(text), (1...longest).contains(seconds) else {
            throw Problem.oauth("expires_in must be a number of seconds from 1 to \(longest).")
        }
        return seconds
    }
}
