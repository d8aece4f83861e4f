import HTTPTypes
import LatchkeyJSON
import Testing

@testable import latchkey

extension LocalClient.Reply {
    /// Everything that an asker can tell one answer from another by, but for the id of the request.
    var face: String {
        let fields = headers.filter { $0.name.canonicalName != "x-request-id" }.map { "\($0.name.canonicalName): \($0.value)" }.sorted()
        let id = self.text("request_id")
        let said = id.isEmpty ? text : text.swapping(id, for: "REQUEST")
        return ([String(status)] + fields + [said]).joined(separator: "\n")
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The codes of the bad fields, as `field: code`.
    var fieldCodes: [String] { (json["errors"]?.elements ?? []).map { "\($0["field"]?.text ?? ""): \($0["code"]?.text ?? "")" } }
}

/// Notes an issue unless the answer is as expected; the answer is in the message.
func expect(
    _ reply: LocalClient.Reply, _ status: Int, _ code: String? = nil, _ what: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if reply.status == status, code == nil || reply.code == code { return }
    let wanted = "\(status)" + (code.map { " " + $0 } ?? "")
    Issue.record("\(what()): wanted \(wanted), got \(reply.status) \(reply.text.prefix(400))", sourceLocation: sourceLocation)
}

/// Runs this so many times at once and answers all results.
func atOnce<T: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> T) async throws -> [T] {
    try await withThrowingTaskGroup(of: T.self) { group in
        for index in 0..<count { group.addTask { try await body(index) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
