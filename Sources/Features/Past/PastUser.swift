import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import UsersFeature

/// A user as they were at a moment: what is now, with every change since then taken back, so that it costs what happened to them since.
struct PastUser: Sendable {
    let at: Timestamp
    let user: User
    /// Nil where nobody can say whether they had a password, and so could sign in.
    let hadPassword: Bool?
    /// Their roles as those were then.
    let roles: [PastRole]
    /// What they held in all.
    let access: Access
    /// What the ids of places and keys stood for then.
    let names: [String: String]
    /// What history does not have: `details` where some were erased, `status`, or the ids of roles.
    let unknown: [String]

    /// Nil before they were made.
    /// - Throws: `Hidden` for who is not in the account, or was deleted by then.
    static func find(_ id: UserID, at time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> PastUser? {
        guard let (user, isWhole) = try rewind(id, to: time, permit, tx) else { return nil }
        var seen = user
        seen.keys = user.keys.shown(to: permit.keys)
        let roles = try user.roles.map { id in (id, try PastRole.find(id, permit, tx) { $0.at > time }) }
        let known = roles.compactMap(\.1)
        let hadPassword = try hadPassword(user, at: time, permit, tx)
        let access = Access(user: id, roles: known.map(\.role), places: seen.places, keys: seen.keys)
        var ids = Set(roles.filter { $0.1 == nil }.map(\.0.description))
        if case .only(let places) = seen.places { ids.formUnion(places.map(\.description)) }
        if case .only(let keys) = seen.keys { ids.formUnion(keys.map(\.description)) }
        return PastUser(
            at: time, user: seen, hadPassword: hadPassword, roles: known, access: access,
            names: try HistoryPage.names(of: ids, asOf: time, permit, tx),
            unknown: (isWhole ? [] : ["details"]) + (hadPassword == nil ? ["status"] : []) + roles.filter { $0.1 == nil }.map(\.0.description))
    }

    /// `pending`, `enabled` or `disabled`; nil where it is not known.
    var status: User.Status? {
        if user.disabledAt != nil || user.hasEnded(at: at) { return .disabled }
        return hadPassword.map { $0 ? .enabled : .pending }
    }

    /// - Throws: `Hidden` for who is not in the account, and never was.
    static func requireKnown(_ id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        if try PastStore.grave(of: id, permit, tx) == nil { _ = try Users.find(id, permit, tx) }
    }

    // MARK: Going back

    /// The user then; not whole where the details of something since then were erased.
    private static func rewind(
        _ id: UserID, to time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (user: User, isWhole: Bool)? {
        var user: User
        if let grave = try PastStore.grave(of: id, permit, tx) {
            if grave.deletedAt <= time { throw Hidden() }
            user = User(
                emptied: id, createdAt: grave.createdAt, disabledAt: grave.disabledAt == grave.deletedAt ? nil : grave.disabledAt)
        } else {
            user = try Users.find(id, permit, tx)
        }
        if user.createdAt > time { return nil }
        var standing: PastStore.Step?
        var isWhole = true
        try PastStore.walkBack(id.description, actions: "user", permit, tx) { step in
            if step.at <= time { return false }
            user.takeBack(step)
            if step.isErased { isWhole = false }
            if ["user.disabled", "user.enabled"].contains(step.action) { standing = step }
            return true
        }
        if let standing { user.disabledAt = try wasDisabled(user, before: standing, at: time, permit, tx) ? user.createdAt : nil }
        return (user, isWhole)
    }

    /// Whether somebody was disabled before an entry that disabled or enabled them. Who was enabled again after their end need not have been.
    private static func wasDisabled(
        _ user: User, before step: PastStore.Step, at time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Bool {
        if step.action == "user.disabled" { return false }
        if step.change(of: "ends_at") == nil { return true }
        return try PastStore.standing(of: user.id, until: time, permit, tx)?.action == "user.disabled"
    }

    /// Whether they had a password. Making a user says so since it is recorded; before, a password that had to be changed was one.
    private static func hadPassword(_ user: User, at time: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool? {
        guard let sign = try PastStore.passwordSign(of: user.id, until: time, permit, tx) else { return nil }
        if sign.action != "user.created" { return true }
        return sign.change(of: "has_password")?["to"]?.answer ?? (user.mustChangePassword ? true : nil)
    }

    // MARK: JSON

    func json(hasFieldWork: Bool) -> JSON {
        [
            "at": JSON(at), "user": userJSON, "roles": .array(roles.map(\.json)), "access": access.explained(hasFieldWork: hasFieldWork),
            "names": JSON(members: names.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }), "unknown": JSON(unknown),
        ]
    }

    static func nobody(at time: Timestamp) -> JSON {
        ["at": JSON(time), "user": .null, "roles": [], "access": .null, "names": [:], "unknown": []]
    }

    private var userJSON: JSON {
        [
            "id": JSON(user.id), "username": .string(user.username), "email": .string(user.email), "first_name": .string(user.firstName),
            "last_name": .string(user.lastName), "status": JSON(status?.rawValue), "roles": JSON(user.roles.map(\.description)),
            "api_keys": user.keys.idsJSON(), "places": user.places.idsJSON(), "ends_at": JSON(user.endsAt),
            "must_change_password": .bool(user.mustChangePassword), "created_at": JSON(user.createdAt),
        ]
    }
}

extension User {
    /// Undoes what an entry says of this user.
    fileprivate mutating func takeBack(_ step: PastStore.Step) {
        // That was asked for, and not done.
        if step.action == "user.email_change_requested" { return }
        for change in step.changes {
            guard let field = change["field"]?.text else { continue }
            takeBack(field, from: change["from"] ?? .null, to: change["to"] ?? .null)
        }
    }

    private mutating func takeBack(_ field: String, from: JSON, to: JSON) {
        switch field {
        case "username": username = from.text ?? ""
        case "email": email = from.text ?? ""
        case "first_name": firstName = from.text ?? ""
        case "last_name": lastName = from.text ?? ""
        case "roles": roles = from.ids().sorted()
        case "places": places = from.text == "all" ? .all : .only(Set(from.ids()))
        case "api_keys":
            // Whoever made a key used to have that key alone in the entry.
            if from.isNull, case .only(let had) = keys {
                keys = .only(had.subtracting(to.ids()))
            } else {
                keys = from.text == "all" ? .all : .only(Set(from.ids()))
            }
        case "ends_at": endsAt = from.text.flatMap { Timestamp($0) }
        case "must_change_password": mustChangePassword = from.answer ?? false
        default: break
        }
    }
}

extension JSON {
    fileprivate func ids<Kind>() -> [ID<Kind>] { (items ?? []).compactMap { $0.text.flatMap { ID<Kind>($0) } } }
}
