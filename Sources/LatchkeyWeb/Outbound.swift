import HTTPTypes
import LatchkeyAccess
import LatchkeyJSON

/// An answer with every header that it leaves with: the last step of the line-up.
package struct Outbound: Sendable {
    package var status: Int
    package var headers: HTTPFields
    package var body: [UInt8]

    init(_ answer: Answer, _ inbound: Inbound, requestID: RequestID, nonce: String, house: House) {
        status = answer.status
        headers = answer.headers
        var policy = "default-src 'none'; frame-ancestors 'none'"
        switch answer.body {
        case .none:
            body = []
        case .json(let json):
            body = json.encode()
            headers[.contentType] = answer.status >= 400 ? "application/problem+json" : "application/json"
        case .html(let html):
            body = html.bytes
            headers[.contentType] = "text/html; charset=utf-8"
            policy = ContentSecurityPolicy.page(nonce: nonce)
        case .bytes(let bytes, let type):
            body = bytes
            headers[.contentType] = type
        }
        if case .html = answer.body, body.count > 1024, inbound.headers[.acceptEncoding]?.contains("gzip") == true,
            let packed = Gzip.compress(body)
        {
            body = packed
            headers[.contentEncoding] = "gzip"
            headers[.vary] = "Accept-Encoding"
        }
        func set(_ name: HTTPField.Name, _ value: String) { if headers[name] == nil { headers[name] = value } }
        set(.requestID, requestID.description)
        set(.cacheControl, "no-store")
        set(.contentSecurityPolicy, policy)
        set(.contentTypeOptions, "nosniff")
        set(.referrerPolicy, "no-referrer")
        set(.openerPolicy, "same-origin")
        set(.resourcePolicy, "same-origin")
        set(.frameOptions, "DENY")
        if house.settings.publicURL.isSecure { set(.strictTransportSecurity, "max-age=31536000") }
        headers[.contentLength] = status == 204 || status == 304 ? nil : String(body.count)
        if inbound.method == .head { body = [] }
    }
}

/// What a page may load (S6): only what this server serves, and scripts only with this page's nonce.
package enum ContentSecurityPolicy {
    package static func page(nonce: String) -> String {
        """
        default-src 'none'; script-src 'nonce-\(nonce)' 'strict-dynamic'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'
        """
    }
}

extension HTTPField.Name {
    fileprivate static let requestID = HTTPField.Name("X-Request-Id") ?? .from
    fileprivate static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options") ?? .from
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .from
    fileprivate static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy") ?? .from
    fileprivate static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy") ?? .from
    fileprivate static let frameOptions = HTTPField.Name("X-Frame-Options") ?? .from
}
