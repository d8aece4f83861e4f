import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One entry of a history, as its readers see it.
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
    /// What the ids in its changes were called then, as far as the reader may know.
    package var names: [String: String] = [:]

    package var actorName: String { details?["actor"]?.text ?? "" }
    package var onBehalfOf: String? { details?["on_behalf_of"]?.text }
    package var subjectName: String { details?["subject"]?.text ?? "" }
    package var changes: [JSON] { details?["changes"]?.elements ?? [] }
    package var address: String { details?["address"]?.text ?? "" }

    package var json: JSON {
        var actor: [(String, JSON)] = [("kind", .string(actorKind)), ("id", .string(actorID)), ("name", .string(actorName))]
        if let onBehalfOf { actor.append(("on_behalf_of", .string(onBehalfOf))) }
        return [
            "id": JSON(id), "at": JSON(at), "actor": JSON(members: actor), "action": .string(action),
            "subject": ["kind": .string(subjectKind), "id": .string(subjectID), "name": .string(subjectName)], "changes": .array(changes),
            "names": JSON(members: names.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
            "address": details?["address"] ?? .null, "request_id": details?["request_id"] ?? .null,
        ]
    }

    /// The change of one field; nil where this changed another.
    package func change(of field: String) -> JSON? { changes.first { $0["field"]?.text == field } }
}

extension HistoryEntry {
    /// Without the ids of API keys that the reader does not hold: they do not exist for them (ruling 2).
    func seen(holding keys: Scope<APIKeyID>) -> HistoryEntry {
        keys == .all ? self : showing { id in APIKeyID(id).map { keys.contains($0) } ?? true }
    }

    /// Without the ids of groups that are not the reader's.
    func seen(within groups: Scope<GroupID>) -> HistoryEntry {
        groups == .all ? self : showing { id in GroupID(id).map { groups.contains($0) } ?? true }
    }

    private func showing(_ isShown: (String) -> Bool) -> HistoryEntry {
        guard case .object(var members)? = details, let changes = members["changes"]?.items else { return self }
        func isSeen(_ value: JSON) -> Bool { value.text.map(isShown) ?? true }
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
