import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A named set of accounts; groups nest.
package struct Group: Sendable, Hashable {
    package var id: GroupID
    package var name: String
    /// The group that it lies in.
    package var parent: GroupID?
    package var createdAt: Timestamp

    /// A group that is not stored yet.
    package init(name: String, parent: GroupID? = nil, at now: Timestamp) {
        self.init(id: .new(at: now), name: name, parent: parent, createdAt: now)
    }

    init(id: GroupID, name: String, parent: GroupID?, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.parent = parent
        self.createdAt = createdAt
    }

    package var subject: Subject { Subject("group", id, name) }

    /// The group that it lies in, as it is answered to somebody of these groups: others do not exist for them.
    package func parent(visible groups: Scope<GroupID>) -> GroupID? { parent.flatMap { groups.contains($0) ? $0 : nil } }

    /// As it is answered to somebody of these groups.
    package func json(visible groups: Scope<GroupID>) -> JSON {
        ["id": JSON(id), "name": .string(name), "parent": JSON(parent(visible: groups)), "created_at": JSON(createdAt)]
    }

    /// What history compares.
    var details: JSON { ["name": .string(name), "parent": JSON(parent)] }
}
