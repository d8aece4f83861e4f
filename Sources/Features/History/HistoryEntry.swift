import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One entry of an account's history, as its readers see it.
package struct HistoryEntry: Sendable {
    package var seq: Int64
    package var id: HistoryID
    package var at: Timestamp
    package var actorKind: String
    package var actorID: String
    package var action: String
    package var subjectKind: String
    package var subjectID: String
    /// Names, values and address; nil where they were erased.
    package var details: JSON?

    package var actorName: String { details?["actor"]?.text ?? "" }
    package var onBehalfOf: String? { details?["on_behalf_of"]?.text }
    package var subjectName: String { details?["subject"]?.text ?? "" }
    package var changes: [JSON] { details?["changes"]?.elements ?? [] }

    package var json: JSON {
        var actor: [(String, JSON)] = [("kind", .string(actorKind)), ("id", .string(actorID)), ("name", .string(actorName))]
        if let onBehalfOf { actor.append(("on_behalf_of", .string(onBehalfOf))) }
        return [
            "id": JSON(id), "at": JSON(at), "actor": JSON(members: actor), "action": .string(action),
            "subject": ["kind": .string(subjectKind), "id": .string(subjectID), "name": .string(subjectName)], "changes": .array(changes),
            "address": details?["address"] ?? .null, "request_id": details?["request_id"] ?? .null,
        ]
    }
}

extension HistoryEntry {
    /// Without the ids of API keys that the reader does not hold: they do not exist for them (ruling 2).
    func seen(holding keys: Scope<APIKeyID>) -> HistoryEntry {
        guard keys != .all, case .object(var members)? = details, let changes = members["changes"]?.items else { return self }
        func isSeen(_ value: JSON) -> Bool { value.text.flatMap { APIKeyID($0) }.map { keys.contains($0) } ?? true }
        func seen(_ value: JSON) -> JSON { value.items.map { .array($0.filter(isSeen)) } ?? (isSeen(value) ? value : .null) }
        members["changes"] = .array(
            changes.map { change in
                guard let fields = change.object else { return change }
                return .object(JSONObject(fields.members.map { (key: $0.key, value: $0.key == "field" ? $0.value : seen($0.value)) }))
            })
        var entry = self
        entry.details = .object(members)
        return entry
    }
}

/// What a reader asks of history.
package struct HistoryFilter: Sendable {
    package var subject: String?
    package var actor: String?
    package var action: String?
    package var from: Timestamp?
    package var to: Timestamp?

    package init(subject: String? = nil, actor: String? = nil, action: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil) {
        self.subject = subject
        self.actor = actor
        self.action = action
        self.from = from
        self.to = to
    }

    package init(_ query: Query) {
        subject = query.text("subject")
        actor = query.text("actor")
        action = query.text("action")
        from = query.time("from")
        to = query.time("to")
    }
}
