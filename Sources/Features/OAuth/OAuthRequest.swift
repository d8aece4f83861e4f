import Foundation
import HTTPTypes
import LatchkeySecrets
import LatchkeyWeb

/// The parameters of a request at an OAuth endpoint: a form, each name once, none in the URL (RFC 6749 section 3.2).
struct OAuthRequest: Sendable {
    private let form: FormData

    /// - Throws: `Problem` 400 `invalid_request`.
    init(_ call: Call) throws {
        guard call.inbound.query.isEmpty else { throw Problem.oauth("Send the parameters in the body, none in the URL.") }
        let type = call.inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard type == "application/x-www-form-urlencoded" else {
            throw Problem.oauth("Send the parameters as application/x-www-form-urlencoded.")
        }
        guard let form = try? FormData(call.inbound.body) else { throw Problem.oauth("The form cannot be read.") }
        if form.repeatsName { throw Problem.oauth("A parameter may be given once.") }
        self.form = form
    }

    /// A parameter; one without a value is as good as absent.
    subscript(_ name: String) -> String? { form[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// - Throws: `Problem` 400 `invalid_request` where it is absent.
    func required(_ name: StaticString) throws -> String {
        guard let value = self[name.description] else { throw Problem.oauth("The parameter \(name) is missing.") }
        return value
    }
}

/// The id and secret that a client showed, in one way and no more (RFC 6749 section 2.3).
struct ClientCredentials: Sendable {
    var id: String
    var secret: String

    /// - Throws: `Problem` 400 `invalid_request` for two ways at once, 401 `invalid_client` for none and for one that cannot be read.
    init(_ request: OAuthRequest, _ headers: HTTPFields) throws {
        let shown = headers[values: .authorization]
        if shown.count > 1 || !shown.isEmpty && request["client_secret"] != nil {
            throw Problem.oauth("Show the client's secret in one way alone, by Basic or in the body.")
        }
        if let header = shown.first {
            self = try Self.basic(header)
            if let id = request["client_id"], !id.utf8.elementsEqual(self.id.utf8) { throw Problem.oauth("Two clients are named.") }
            return
        }
        guard let id = request["client_id"], let secret = request["client_secret"] else { throw Problem.invalidClient }
        self.init(id: id, secret: secret)
    }

    private init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// `Basic`, id and secret encoded as in a form before they were joined.
    private static func basic(_ header: String) throws -> ClientCredentials {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Data(base64Encoded: String(parts[1]).trimmingWhitespace()).map({ Array($0) }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let id = decoded(bytes[..<colon]), let secret = decoded(bytes[(colon + 1)...])
        else { throw Problem.invalidClient }
        return ClientCredentials(id: id, secret: secret)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        // A value that has `&` or `=` unencoded is no form's.
        if bytes.contains(where: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "=") }) { return nil }
        return (try? FormData(Array("v=".utf8) + bytes))?["v"]
    }
}

extension Problem {
    static func oauth(_ description: String) -> Problem { Problem(400, "invalid_request", description) }

    static var invalidClient: Problem {
        Problem(
            401, "invalid_client", "The client is not known, its secret is not right, or it may not be used from here.",
            headers: [.wwwAuthenticate: "Basic realm=\"latchkey\", charset=\"UTF-8\""])
    }
}
