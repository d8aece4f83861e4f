import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON

/// An answer with every header that it leaves with: the last step of the line-up.
package struct Outbound: Sendable {
    package var status: Int
    package var headers: HTTPFields
    package var body: [UInt8]
    /// The body where it comes in pieces.
    package var stream: (@Sendable () -> AsyncThrowingStream<[UInt8], any Error>)?

    init(_ answer: Answer, _ inbound: Inbound, requestID: RequestID, nonce: String, house: House) {
        status = answer.status
        headers = answer.headers
        headers.reserveCapacity(headers.count + 12)
        var policy = ContentSecurityPolicy.nothing
        switch answer.body {
        case .none:
            body = []
        case .json(let json):
            body = json.encode()
            headers.append(answer.status >= 400 ? Self.problem : Self.json)
        case .html(let html):
            body = html.bytes
            headers.append(Self.html)
            policy = HTTPField(name: .contentSecurityPolicy, value: ContentSecurityPolicy.page(nonce: nonce))
        case .bytes(let bytes, let type):
            body = bytes
            headers.append(HTTPField(name: .contentType, value: type))
        case .stream(let type, let pieces):
            body = []
            stream = inbound.method == .head ? nil : pieces
            headers.append(HTTPField(name: .contentType, value: type))
        }
        if case .html = answer.body, body.count > 1024, inbound.headers[.acceptEncoding]?.contains("gzip") == true,
            let packed = Gzip.compress(body)
        {
            body = packed
            headers[.contentEncoding] = "gzip"
            headers[.vary] = "Accept-Encoding"
        }
        var isWhole = status != 204 && status != 304
        if case .stream = answer.body { isWhole = false }
        if isWhole { headers.append(HTTPField(name: .contentLength, value: String(body.count))) }
        // Who asks for decisions may name the question (AuthZEN 1.0, section 10.1.3); our own id is in our log.
        let named = inbound.path.hasPrefix("/access/") ? inbound.headers[.requestID].flatMap { Self.isPlain($0) ? $0 : nil } : nil
        headers.append(HTTPField(name: .requestID, value: named ?? requestID.description))
        // What a handler has set stands.
        for field in Self.standing + [policy] where !answer.headers.contains(field.name) { headers.append(field) }
        if house.settings.publicURL.isSecure { headers.append(Self.transport) }
        if inbound.method == .head { body = [] }
    }

    private static func isPlain(_ name: String) -> Bool { (1...200).contains(name.utf8.count) && name.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    // Made once: a field looks at every byte of its value.
    private static let json = HTTPField(name: .contentType, value: "application/json")
    private static let problem = HTTPField(name: .contentType, value: "application/problem+json")
    private static let html = HTTPField(name: .contentType, value: "text/html; charset=utf-8")
    private static let transport = HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")
    private static let standing = [
        HTTPField(name: .cacheControl, value: "no-store"), HTTPField(name: .contentTypeOptions, value: "nosniff"),
        HTTPField(name: .referrerPolicy, value: "no-referrer"), HTTPField(name: .openerPolicy, value: "same-origin"),
        HTTPField(name: .resourcePolicy, value: "same-origin"), HTTPField(name: .frameOptions, value: "DENY"),
        HTTPField(name: .permissionsPolicy, value: "camera=(), microphone=(), geolocation=()"),
    ]
}

/// What a page may load (S6): only what this server serves, and scripts only with this page's nonce.
package enum ContentSecurityPolicy {
    /// For what is no page.
    static let nothing = HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'")

    package static func page(nonce: String) -> String {
        """
        default-src 'none'; script-src 'nonce-\(nonce)' 'strict-dynamic'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'
        """
    }
}

extension HTTPField.Name {
    package static let permissionsPolicy = HTTPField.Name("Permissions-Policy") ?? .from
    fileprivate static let requestID = HTTPField.Name("X-Request-Id") ?? .from
    fileprivate static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options") ?? .from
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .from
    fileprivate static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy") ?? .from
    fileprivate static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy") ?? .from
    fileprivate static let frameOptions = HTTPField.Name("X-Frame-Options") ?? .from
}
