import HTTPTypes
import LatchkeyJSON

/// What a handler answers.
package struct Answer: Sendable {
    package enum Body: Sendable {
        case none
        case json(JSON)
        case html(HTML)
        case bytes([UInt8], type: String)
        /// Pieces as they come; made when somebody begins to read. Where it throws, the connection ends, so that nobody takes a part for the whole.
        case stream(type: String, @Sendable () -> AsyncThrowingStream<[UInt8], any Error>)
    }

    package var status: Int
    package var body: Body
    package var headers: HTTPFields
    /// What a replay of an idempotent create must not repeat: these members of the JSON body.
    package var secrets: [String] = []
    /// Of a sign-in: the form that is given back in place of this answer, where that is still possible.
    package var resumes: Resuming?
    /// Of a step-up: the form that is done now, and whose answer takes the place of this one.
    package var goesOn: GoingOn?

    package init(_ status: Int, _ body: Body = .none, headers: HTTPFields = HTTPFields(), secrets: [String] = []) {
        self.status = status
        self.body = body
        self.headers = headers
        self.secrets = secrets
    }

    package static func json(_ json: JSON, status: Int = 200) -> Answer { Answer(status, .json(json)) }

    /// One object, with its `ETag`.
    package static func object(_ json: JSON, tag: ETag, status: Int = 200) -> Answer {
        Answer(status, .json(json), headers: [.eTag: tag.text])
    }

    package static func page(_ html: HTML, status: Int = 200) -> Answer { Answer(status, .html(html)) }

    /// After a form: go and look (303).
    package static func see(_ path: String) -> Answer { Answer(303, headers: [.location: path]) }

    package static let noContent = Answer(204)
}
