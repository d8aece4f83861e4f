import Foundation
import LatchkeyGate

/// Where mails go, as `--mail` names it. It never prints its password.
package struct MailServer: Sendable {
    package let host: String
    package let port: Int
    /// TLS from the first byte (`smtps`); else by STARTTLS.
    package let hasImplicitTLS: Bool
    let user: String?
    let password: String?
    /// A file with the authorities that sign the server's certificate, in place of the system's.
    let authorities: String?

    /// Reads `smtp://user:password@host:587` or `smtps://…`; nil for anything else.
    package init?(_ text: String, authorities: String? = nil) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), scheme == "smtp" || scheme == "smtps",
            let host = parts.host?.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[]")), !host.isEmpty,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }), parts.path.isEmpty || parts.path == "/",
            parts.query == nil, parts.fragment == nil
        else { return nil }
        let secrets = [parts.user, parts.password].compactMap { $0 }
        guard secrets.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else { return nil }
        self.host = host
        hasImplicitTLS = scheme == "smtps"
        port = parts.port ?? (scheme == "smtps" ? 465 : 587)
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password
        self.authorities = authorities
    }

    /// A server on this machine may take mails without TLS; every other must speak it.
    var isLoopback: Bool { host == "localhost" || host == "::1" || AddressRange("127.0.0.0/8")?.contains(host) == true }

    private var authority: String { (host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host) + ":\(port)" }

    /// For libcurl, which greets with the path.
    func url(greeting name: String) -> String { (hasImplicitTLS ? "smtps" : "smtp") + "://" + authority + "/" + name }
}

extension MailServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { (hasImplicitTLS ? "smtps" : "smtp") + "://" + authority }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
