import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import SignInFeature

extension Users {
    /// Deletes a user for good: whatever lets them in ends, and their id answers no more. What they made stays with their name; username and e-mail
    /// are free, and whoever gets them next inherits nothing.
    /// - Throws: `Hidden`; `Problem` 403 for somebody whose roles one may not give, 409 `user_deletion_off` or `last_manager`.
    package static func delete(_ id: UserID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        let before = try find(id, permit, tx)
        let roles = try Roles.existing(Set(before.roles), permit, tx)
        if !permit.access.mayEdit(holderOf: roles) { throw Problem.forbiddenGrant }
        guard try AccountFacts.of(permit, tx).security.userDeletion else {
            throw Problem.conflict("user_deletion_off", "This account does not delete users: its security settings say so. Disable the user.")
        }
        var gone = before
        gone.disabledAt = before.disabledAt ?? ledger.now
        try requireManagerStays(from: before, roles, to: gone, [], at: ledger.now, permit, tx)
        try Logins.end(ofUser: id, because: .disabled, at: ledger.now, permit, tx)
        try Factors.removeAll(of: id, permit, tx)
        try UserWriteStore.bury(id, at: ledger.now, permit, tx)
        try ledger.record("user.deleted", before.subject, Change.between(before.details, [:]))
    }
}
