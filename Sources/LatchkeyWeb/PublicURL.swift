import Foundation
import LatchkeyGate

/// The origin at which people and machines reach this server. It alone decides absolute links, never a request's header.
package struct PublicURL: Sendable, Hashable {
    package let scheme: String
    package let host: String
    package let port: Int?

    /// `scheme://host` or `scheme://host:port`, the default port left out.
    package var origin: String {
        let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return scheme + "://" + shown + (port.map { ":\($0)" } ?? "")
    }

    package var isSecure: Bool { scheme == "https" }
    package var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || AddressRange("127.0.0.0/8")?.contains(host) == true
    }

    /// Reads an http or https origin without path, query or user; nil for anything else.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = parts.host?.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[]")), !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil, parts.user == nil, parts.password == nil
        else { return nil }
        self.scheme = scheme
        self.host = host
        let isDefault = parts.port == (scheme == "https" ? 443 : 80)
        port = isDefault ? nil : parts.port
    }
}
