import LatchkeyAccess

/// Builds every URL of the console and the API; `--public-url` alone decides absolute ones.
package struct Paths: Sendable {
    private let publicURL: PublicURL

    init(publicURL: PublicURL) { self.publicURL = publicURL }

    package func absolute(_ path: String) -> String { publicURL.origin + path }

    /// Whose tokens the OAuth endpoints give out (RFC 8414).
    package var issuer: String { publicURL.origin }
    package let tokenEndpoint = "/oauth/token"
    package let introspectionEndpoint = "/oauth/introspect"
    package let revocationEndpoint = "/oauth/revoke"
    package let jwks = "/oauth/jwks"
    package let oauthMetadata = "/.well-known/oauth-authorization-server"

    package let home = "/"
    package let newPassword = "/my/new-password"
    package let mySettings = "/my"
    package let secondStep = "/my/second-step"
    package let signOut = "/sign-out"
    package let overview = "/overview"
    package let sessions = "/sessions"
    package var users: String { Inside.path("/settings/users") }
    package var roles: String { Inside.path("/settings/roles") }
    package let places = "/settings/places"
    package let links = "/settings/links"
    package let apiKeys = "/developer/api-keys"
    package let integrations = "/settings/integrations"
    package var history: String { Inside.path("/history") }
    package let catalogue = "/settings/catalogue"
    package let logins = "/settings/logins"
    package let security = "/settings/security"
    package let addresses = "/settings/addresses"
    package let reviews = "/settings/reviews"
    package let advice = "/settings/unused"
    package let accounts = "/accounts"
    package let groups = "/groups"
    package let administrators = "/administrators"
    package let enterprise = "/enterprise"
    package let switchBack = "/switch-back"
    package let docs = "/api/docs"
    package let mail = "/mail"
    package let forgotPassword = "/forgot-password"

    /// The page behind a one-time link to choose a password; the token is a secret.
    package func choosePassword(_ token: String) -> String { "/r/" + token }

    /// The page behind a one-time link that confirms an e-mail address.
    package func confirmEmail(_ token: String) -> String { "/email/" + token }

    /// Where a user is given an API key that they lack.
    package func giveKey(to user: UserID) -> String { "\(users)/\(user)/give-key" }

    /// What a sharable link's token opens, for customers.
    package func link(_ token: String) -> String { absolute("/l/" + token) }

    /// What a capture token opens, for the customer of one session.
    package func capture(_ token: String) -> String { absolute("/c/" + token) }

    package func signIn(returnTo path: String? = nil) -> String {
        guard let path, path != "/", Self.isLocal(path) else { return "/sign-in" }
        return "/sign-in?" + PercentEncoding.query([("return_to", path)])
    }

    /// Where somebody who is signed in shows that it is still them, and where they go then.
    package func stepUp(returnTo path: String? = nil) -> String {
        guard let path, Self.isLocal(path) else { return "/step-up" }
        return "/step-up?" + PercentEncoding.query([("return_to", path)])
    }

    /// Whether a path that came from outside leads nowhere but here (S10).
    package static func isLocal(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 2000 else { return false }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") || bytes[1] == UInt8(ascii: "\\") { return false }
        return !bytes.contains { $0 < 0x21 || $0 == 0x7F || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "@") }
    }
}
