import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import LinksFeature
import RolesFeature
import SessionsFeature
import UsersFeature

/// Everything of one user given to another, once.
package struct HandOver: Sendable {
    package let from: User
    package let to: User
    package let sessions: Int
    package let links: Int

    /// The giver as the API answers users, with how much was handed over.
    func json(at now: Timestamp, visible keys: Scope<APIKeyID>) -> JSON {
        from.json(at: now, visible: keys).adding("handed_over", ["sessions": JSON(sessions), "links": JSON(links)])
    }
}

extension HandOver {
    /// Gives all that a user owns, and the links assigned to them, to the user whom the body names.
    /// - Throws: `Hidden`; `Problem` 400, 422 naming `to`, 403 `grants_more_than_held`.
    package static func run(
        _ id: UserID, _ fields: () throws -> Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> HandOver {
        let from = try Users.find(id, permit, tx)
        let to = try target(fields(), of: from, at: ledger.now, permit, tx)
        guard try mayEdit(from, permit, tx), try mayEdit(to, permit, tx), try mayGive(from, permit, tx) else { throw Problem.forbiddenGrant }
        let sessions = try Sessions.handOver(from: id, to: to.id, named: to.name, permit, tx, ledger)
        let links = try Links.handOver(from: id, to: to.id, permit, tx, ledger)
        if sessions > 0 || links > 0 {
            try ledger.record(
                "user.handed_over", from.subject,
                [Change("to", to: JSON(to.id)), Change("sessions", to: JSON(sessions)), Change("links", to: JSON(links))])
        }
        return HandOver(from: from, to: to, sessions: sessions, links: links)
    }

    /// Whether the principal may write all that would move.
    static func mayGive(_ from: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try Sessions.mayWriteAll(ownedBy: from.id, permit, tx) && Links.mayWriteAll(assignedTo: from.id, permit, tx)
    }

    /// The keys that sessions and links of the giver are under, whether or not the principal holds them.
    private static func keys(of from: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<APIKeyID> {
        try Sessions.keys(ownedBy: from.id, permit, tx).union(Links.keys(assignedTo: from.id, permit, tx))
    }

    /// An enabled user, not the giver, who holds every key that the giver's sessions are under.
    private static func target(
        _ fields: Fields, of from: User, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> User {
        let named: UserID? = fields.optionalID("to")
        if fields.isAbsent("to") { fields.invalid("to", "required", t("Say who gets it all.")) }
        var to: User?
        if let named {
            do { to = try Users.find(named, permit, tx) } catch is Hidden {}
            if to?.status(at: now) != .enabled {
                fields.unknownReference("to")
            } else if named == from.id {
                fields.invalid("to", "same_user", t("Choose somebody else: this is the user whose work is handed over."))
            } else if let to, try !holdsKeys(to, of: from, permit, tx) {
                fields.invalid(
                    "to", "lacks_api_key", t("This user does not hold every API key that the sessions and links are under. Give them the keys first.")
                )
            }
        }
        try fields.finish()
        guard let to else { throw Hidden() }
        return to
    }

    private static func holdsKeys(_ to: User, of from: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        // Keys that do not exist for the caller are told nothing about; handing over what is under them is refused afterwards.
        let keys = try keys(of: from, permit, tx).filter { permit.keys.contains($0) }
        return try Users.access(of: to, permit, tx).keys.contains(.only(keys))
    }

    private static func mayEdit(_ user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        permit.access.mayEdit(holderOf: try Roles.existing(Set(user.roles), permit, tx))
    }

    /// Who could get it all, by name.
    static func candidates(for from: User, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [User] {
        let roles = try Roles.all(permit, tx)
        let tree = try AccountFacts.of(permit, tx).places
        let keys = Scope.only(try keys(of: from, permit, tx))
        var found: [User] = []
        var page = PageRequest(limit: 200)
        repeat {
            let users = try Users.list(UserFilter(status: .enabled), page, at: now, permit, tx)
            found += users.items.filter { user in
                let held = roles.filter { user.roles.contains($0.id) }.map(\.role)
                let access = Access(user: user.id, roles: held, places: user.places, keys: user.keys, tree: tree)
                return user.id != from.id && access.keys.contains(keys) && permit.access.mayEdit(holderOf: held)
            }
            page.after = users.next
        } while page.after != nil
        return found.sorted { IdentityKey.canonical($0.name) < IdentityKey.canonical($1.name) }
    }
}
