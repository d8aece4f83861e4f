import LatchkeyJSON
import LatchkeyWeb

@testable import latchkey

extension Scene {
    /// Changes a user or a role; answers the body that takes it back.
    func restoring(_ id: String, in ground: Ground) async throws -> JSON {
        let isUser = id.hasPrefix("usr_")
        let path = "/api/v1/\(isUser ? "users" : "roles")/\(id)"
        let changed = await ground.inside.patch(path, [isUser ? "first_name" : "description": .string(unique("Passing "))])
        if changed.status != 200 { throw Examples.Missing(description: "\(path) cannot be changed: \(changed.text)") }
        let entry = await ground.inside.get(path + "/history?limit=1").items.first?["id"] ?? .null
        return isUser ? ["entry": entry, "field": "first_name"] : ["entry": entry]
    }
}

/// The lines of an export, as they are streamed; nothing where it breaks off.
func exported(_ client: LocalClient, _ target: String) async -> (status: Int, type: String, bytes: [UInt8]) {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    var inbound = Inbound(.get, parts[0], query: parts.count > 1 ? parts[1] : "")
    inbound.headers[.authorization] = "Bearer " + (client.token ?? "")
    let outbound = await client.lineUp.respond(to: inbound)
    var bytes: [UInt8] = []
    do { if let stream = outbound.stream { for try await piece in stream() { bytes += piece } } } catch { bytes = [] }
    return (outbound.status, outbound.headers[.contentType] ?? "", bytes)
}
