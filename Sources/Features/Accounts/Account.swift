import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One branch, property or client: the isolation boundary.
package struct Account: Sendable, Hashable {
    package var id: AccountID
    /// Need not be unique.
    package var name: String
    /// Without one it belongs to the administrators of all groups.
    package var group: GroupID?
    package var region: String?
    /// The id of its catalogue: of a ready one, or `own` where the account has changed it.
    package var catalogue: String
    /// Who helps the people in it.
    package var contact: Contact?
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp

    /// An account that is not stored yet.
    package init(
        name: String, group: GroupID? = nil, region: String? = nil, catalogue: String = Catalogue.inspection.id, contact: Contact? = nil,
        at now: Timestamp
    ) {
        self.init(
            id: .new(at: now), name: name, group: group, region: region, catalogue: catalogue, contact: contact, disabledAt: nil, createdAt: now)
    }

    init(
        id: AccountID, name: String, group: GroupID?, region: String?, catalogue: String, contact: Contact?, disabledAt: Timestamp?,
        createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.group = group
        self.region = region
        self.catalogue = catalogue
        self.contact = contact
        self.disabledAt = disabledAt
        self.createdAt = createdAt
    }

    package var isDisabled: Bool { disabledAt != nil }
    package var subject: Subject { Subject("account", id, name) }

    package var json: JSON {
        [
            "id": JSON(id), "name": .string(name), "group": JSON(group), "region": JSON(region), "catalogue": .string(catalogue),
            "contact": contact?.json ?? .null, "status": isDisabled ? "disabled" : "enabled", "created_at": JSON(createdAt),
        ]
    }

    package var tag: ETag { ETag(json) }

    /// What history compares.
    var details: JSON {
        [
            "name": .string(name), "group": JSON(group), "region": JSON(region), "catalogue": .string(catalogue),
            "contact": contact?.json ?? .null,
        ]
    }
}

/// The ready catalogues that a new account may have.
enum ReadyCatalogue: String, CaseIterable {
    case inspection, hotel, payments, own
}
