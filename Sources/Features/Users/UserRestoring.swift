import HistoryFeature
import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

extension Users {
    /// The fields of an entry that an edit can make what they were before it.
    package static func restorable(in entry: HistoryEntry) -> [String] {
        if ["user.created", "user.deleted", "user.email_change_requested"].contains(entry.action) { return [] }
        return entry.changes.compactMap { change in
            guard let field = change["field"]?.text, editable.contains(field) else { return nil }
            return change["from"]?.isNull != false && field != "ends_at" ? nil : field
        }
    }

    private static let editable = ["first_name", "last_name", "username", "roles", "api_keys", "places", "ends_at"]
}

extension User {
    /// What is left of somebody who was deleted: the entry of the deletion has the rest.
    package init(emptied id: UserID, createdAt: Timestamp, disabledAt: Timestamp?) {
        self.init(
            id: id, username: "", email: "", firstName: "", lastName: "", roles: [], keys: .nothing, places: .nothing, hasPassword: false,
            mustChangePassword: false, endsAt: nil, disabledAt: disabledAt, createdAt: createdAt, lastSignInAt: nil, lastSeenAt: nil)
    }
}
