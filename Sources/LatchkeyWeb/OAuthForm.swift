import HTTPTypes
import LatchkeyJSON

/// How the OAuth endpoints answer: their own JSON, never kept by anybody (RFC 6749 sections 5.1 and 5.2).
package enum OAuthForm {
    package static func answer(_ json: JSON, status: Int = 200) -> Answer { answer(encoded: json.encode(), status: status) }

    package static func answer(encoded json: [UInt8], status: Int = 200) -> Answer {
        Answer(status, .bytes(json, type: "application/json"), headers: [.cacheControl: "no-store", .noCaching: "no-cache"])
    }

    /// A problem as `{error, error_description}`: what is none of OAuth's own errors is the request's or the server's fault.
    static func answer(_ problem: Problem) -> Answer {
        let own: Set<String> = [
            "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
            "unsupported_token_type",
        ]
        let busy = problem.status == 503 || problem.status == 429
        let error =
            own.contains(problem.code) ? problem.code : busy ? "temporarily_unavailable" : problem.status >= 500 ? "server_error" : "invalid_request"
        var answer = answer(["error": .string(error), "error_description": .string(ascii(problem.detail))], status: problem.status)
        for field in problem.headers { answer.headers[field.name] = field.value }
        return answer
    }

    /// A description is of printable ASCII without quotes and backslashes (RFC 6749 section 5.2).
    private static func ascii(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

extension HTTPField.Name {
    /// What RFC 6749 asks for beside `no-store`.
    fileprivate static let noCaching = HTTPField.Name("Pragma") ?? .from
}
