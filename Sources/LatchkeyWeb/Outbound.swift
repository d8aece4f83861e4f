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
        func set(_ name: String, _ value: String) {
            if let name = HTTPField.Name(name), headers[name] == nil { headers[name] = value }
        }
        set("X-Request-Id", requestID.description)
        set("Cache-Control", "no-store")
        set("Content-Security-Policy", policy)
        set("X-Content-Type-Options", "nosniff")
        set("Referrer-Policy", "no-referrer")
        set("Cross-Origin-Opener-Policy", "same-origin")
        set("Cross-Origin-Resource-Policy", "same-origin")
        set("X-Frame-Options", "DENY")
        if house.settings.publicURL.isSecure { set("Strict-Transport-Security", "max-age=31536000") }
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
