import HTTPTypes
import LatchkeyJSON

/// An error as the API tells it (RFC 9457): a status, a stable code, a sentence, and the bad fields with what would be right.
package struct Problem: Error, Sendable {
    package struct Field: Sendable, Hashable {
        package var field: String
        package var code: String
        package var message: String

        package init(_ field: String, _ code: String, _ message: String) {
            self.field = field
            self.code = code
            self.message = message
        }
    }

    package var status: Int
    package var code: String
    package var detail: String
    package var errors: [Field]
    /// Further members that the contract names (`holders`, `step_token`).
    package var extra: [(String, JSON)]
    package var headers: HTTPFields

    package init(
        _ status: Int, _ code: String, _ detail: String, errors: [Field] = [], extra: [(String, JSON)] = [], headers: HTTPFields = HTTPFields()
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.extra = extra
        self.headers = headers
    }

    package func json(requestID: String) -> JSON {
        var members: [(String, JSON)] = [
            ("type", .string("about:blank")), ("title", .string(Self.title(status))), ("status", .int(Int64(status))), ("code", .string(code)),
            ("detail", .string(detail)),
        ]
        if !errors.isEmpty {
            members.append(
                ("errors", .array(errors.map { ["field": .string($0.field), "code": .string($0.code), "message": .string($0.message)] })))
        }
        members += extra
        members.append(("request_id", .string(requestID)))
        return JSON(members: members)
    }

    /// The phrase of a status (RFC 9110 section 15).
    package static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        default: status >= 500 ? "Internal Server Error" : "Error"
        }
    }
}

extension Problem {
    package static let hidden = Problem(404, "not_found", "There is nothing here, or nothing that you may see.")
    package static let forbiddenGrant = Problem(403, "grants_more_than_held", "This gives, or touches, more access than you hold yourself.")
    package static func conflict(_ code: String, _ detail: String, field: String? = nil, extra: [(String, JSON)] = []) -> Problem {
        Problem(409, code, detail, errors: field.map { [Field($0, code, detail)] } ?? [], extra: extra)
    }
    package static func invalid(_ field: String, _ code: String, _ message: String) -> Problem {
        Problem(422, code, message, errors: [Field(field, code, message)])
    }
    package static func unknownReference(_ field: String) -> Problem {
        invalid(field, "unknown_reference", "No such id here, or none that you can use.")
    }
    package static func malformed(_ code: String, _ detail: String, field: String? = nil) -> Problem {
        Problem(400, code, detail, errors: field.map { [Field($0, code, detail)] } ?? [])
    }
    package static func busy(retryAfter seconds: Int = 1) -> Problem {
        Problem(503, "unavailable", "The server cannot do this right now. Try again shortly.", headers: [.retryAfter: String(seconds)])
    }
}
