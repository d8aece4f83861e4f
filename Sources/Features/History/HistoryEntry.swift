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
