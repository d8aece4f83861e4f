import HTTPTypes

/// The cookies that this server sets and reads.
package enum Cookies {
    /// The value of a cookie; nil where it is absent, and where it comes twice, because then somebody else set one of them (S2).
    package static func value(_ name: String, in headers: HTTPFields) -> String? {
        var found: [String] = []
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let key = parts.first, let value = parts.last else { continue }
                if String(key).trimmingWhitespace() == name { found.append(String(value).trimmingWhitespace()) }
            }
        }
        return found.count == 1 ? found.first : nil
    }

    /// The header of the same cookies with another value in one of them.
    static func replacing(_ name: String, by value: String, in headers: HTTPFields) -> String {
        let pairs = headers[values: .cookie].flatMap { $0.split(separator: ";").map { String($0).trimmingWhitespace() } }
        return (pairs.filter { !$0.hasPrefix(name + "=") } + [name + "=" + value]).joined(separator: "; ")
    }

    /// Sets the login's cookie for this browser session.
    package static func login(_ token: String, _ settings: ServerSettings) -> String {
        settings.cookieName + "=" + token + "; Path=/; HttpOnly; SameSite=Lax" + (settings.isInsecure ? "" : "; Secure")
    }

    /// Takes the login's cookie away.
    package static func noLogin(_ settings: ServerSettings) -> String { login("", settings) + "; Max-Age=0" }
}
