import IntegrationsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// An access token as a JWT (RFC 9068): what it says was so when it was made.
struct SignedToken {
    private let claims: JSON

    init(_ token: AccessToken, _ client: Client, _ account: AccountID, _ functions: [Function: Level], issuer: String) {
        claims = [
            "iss": .string(issuer), "sub": JSON(client.integration),
            // For whoever checks one of both: a dashboard of one account refuses those of another by this.
            "aud": [.string(issuer), JSON(account)], "client_id": .string(client.clientID), "iat": .int(token.createdAt.milliseconds / 1000),
            "exp": .int(token.expiresAt.milliseconds / 1000), "jti": JSON(token.id), "scope": .string(TokenScope.text(functions)),
            "account": JSON(account), "functions": functions.json,
        ]
    }

    /// `typ` is `at+jwt`, so that nobody takes it for another kind of JWT.
    /// - Throws: `SigningKeys.Unusable`.
    func text(by key: SigningKeys.Opened) throws -> String {
        let head: JSON = ["typ": "at+jwt", "alg": "RS256", "kid": .string(key.id)]
        let signed = Base64URL.encode(head.encode()) + "." + Base64URL.encode(claims.encode())
        guard let signature = key.key.sign(Array(signed.utf8)) else { throw SigningKeys.Unusable() }
        return signed + "." + Base64URL.encode(signature)
    }
}
