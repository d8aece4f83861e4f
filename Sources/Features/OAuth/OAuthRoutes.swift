import HTTPTypes
import LatchkeyJSON
import LatchkeyWeb

/// The OAuth endpoints, at the root. Ask once for each server.
package enum OAuthRoutes {
    package static func all() -> [Route] {
        let desk = OAuthDesk()
        return [
            .post("/oauth/token", .nothing(because: .clientSecret), face: .oauth) { call in
                let request = try OAuthRequest(call)
                let client = try await Clients.authenticate(request, call, desk)
                return OAuthForm.answer(try await Tokens.issue(request, client, call, desk).json)
            },
            .post("/oauth/introspect", .nothing(because: .clientSecret), leaves: .nothing(because: "It asks."), face: .oauth) { call in
                let request = try OAuthRequest(call)
                let client = try await Clients.authenticate(request, call, desk)
                return OAuthForm.answer(encoded: try await Introspection.answer(request.required("token"), client, call))
            },
            .post("/oauth/revoke", .nothing(because: .clientSecret), face: .oauth) { call in
                let request = try OAuthRequest(call)
                let client = try await Clients.authenticate(request, call, desk)
                try await Introspection.revoke(request.required("token"), client, call)
                return Answer(200)
            },
            .get("/oauth/jwks", .nothing(because: .description), face: .oauth) { call in
                try call.noQuery()
                return kept(try await SigningKeys.published(call.house))
            },
            .get("/.well-known/oauth-authorization-server", .nothing(because: .description), face: .oauth) { call in
                try call.noQuery()
                return kept(metadata(call.house.paths))
            },
        ]
    }

    private static func kept(_ json: JSON) -> Answer {
        Answer(
            200, .bytes(json.encode(), type: "application/json"), headers: [.cacheControl: "public, max-age=\(SigningKeys.mayBeKept)"])
    }

    /// RFC 8414. What is not built is not named.
    private static func metadata(_ paths: Paths) -> JSON {
        let methods: JSON = ["client_secret_basic", "client_secret_post"]
        return [
            "issuer": .string(paths.issuer), "token_endpoint": .string(paths.absolute(paths.tokenEndpoint)),
            "introspection_endpoint": .string(paths.absolute(paths.introspectionEndpoint)),
            "revocation_endpoint": .string(paths.absolute(paths.revocationEndpoint)), "jwks_uri": .string(paths.absolute(paths.jwks)),
            "grant_types_supported": ["client_credentials"], "response_types_supported": [],
            "token_endpoint_auth_methods_supported": methods, "introspection_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods, "service_documentation": .string(paths.absolute(paths.docs)),
        ]
    }
}
