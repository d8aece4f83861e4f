import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature

extension Users {
    /// What became of taking a role from somebody.
    package enum Taken: String, Sendable {
        /// They go on without it.
        case removed
        /// It was their only one. Nobody is without a role, and so they are disabled; enabling gives back what there was.
        case disabled
        /// They did not have it, or are no more.
        case gone
    }

    /// Takes one role from a user: an ordinary edit, with all that it may be refused for.
    /// - Throws: `Problem` 403 for somebody whose roles one may not give, 409 `last_manager`.
    package static func takeRole(
        _ role: RoleID, from id: UserID, because reason: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Taken {
        guard let user = try UserStore.find(id, permit, tx), user.roles.contains(role) else { return .gone }
        let rest = user.roles.filter { $0 != role }
        if rest.isEmpty {
            _ = try setDisabled(true, id, because: reason, permit, tx, ledger)
            return .disabled
        }
        _ = try update(id, { try Fields(["roles": JSON(rest.map(\.description))]) }, match: { _ in }, permit, tx, ledger)
        return .removed
    }

    /// Whether whoever holds the permit may edit and disable somebody with these roles.
    package static func mayEdit(_ user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        permit.access.mayEdit(holderOf: try Roles.existing(Set(user.roles), permit, tx))
    }
}
