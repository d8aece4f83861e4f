import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import RolesFeature
import SignInFeature

/// Whether a user may sign in, and with what password.
extension Users {
    /// Disables or enables; nothing happens where it is so already. Disabling ends every login. Enabling restores what they had, takes away an
    /// end that has passed, and signs nobody in.
    /// - Parameter reason: what the entry says of why, where nobody did it by hand.
    /// - Throws: `Hidden`; `Problem` 403 for somebody whose roles one may not give, 409 `last_manager`.
    package static func setDisabled(
        _ disabled: Bool, _ id: UserID, because reason: String? = nil, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> User {
        let before = try find(id, permit, tx)
        let roles = try Roles.existing(Set(before.roles), permit, tx)
        if !permit.access.mayEdit(holderOf: roles) { throw Problem.forbiddenGrant }
        var user = before
        if disabled {
            user.disabledAt = before.disabledAt ?? ledger.now
        } else {
            user.disabledAt = nil
            user.enabledAt = ledger.now
            if before.hasEnded(at: ledger.now) { user.endsAt = nil }
        }
        if user.disabledAt == before.disabledAt, user.endsAt == before.endsAt { return before }
        try requireManagerStays(from: before, roles, to: user, roles, at: ledger.now, permit, tx)
        try UserWriteStore.update(user, at: ledger.now, permit, tx)
        try Logins.end(ofUser: id, because: .disabled, at: ledger.now, permit, tx)
        let why = reason.map { [Change("reason", to: .string($0))] } ?? []
        try ledger.record(disabled ? "user.disabled" : "user.enabled", user.subject, Change.between(before.details, user.details) + why)
        return user
    }

    /// The password that the body sets for a user. Hash it outside of any transaction; then come back with it as `judged`.
    /// - Throws: `Hidden`; `Problem` 400, 422, and 403 for somebody who holds more than oneself.
    package static func password(
        for id: UserID, _ fields: () throws -> Fields, judged: NewPassword? = nil, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> NewPassword {
        try passwordChange(id, fields, judged: judged, permit, tx).password
    }

    /// Sets a password, ends every login and one-time link of the user, and mails the login details where that is wished.
    /// - Throws: as `password(for:)`.
    package static func setPassword(
        of id: UserID, _ fields: () throws -> Fields, judged: NewPassword, hash: String, _ room: MailRoom, _ permit: borrowing Permit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let change = try passwordChange(id, fields, judged: judged, permit, tx)
        var user = change.user
        user.mustChangePassword = change.mustChange
        user.hasPassword = true
        let mailed = change.isMailed && change.password.isGenerated ? change.password.text : nil
        let end = mailed.map { _ in ledger.now.adding(seconds: PersonalMail.passwordSeconds) }
        try UserWriteStore.setPassword(hash, mustChange: change.mustChange, endsAt: end, of: id, permit, tx)
        try Logins.end(ofUser: id, because: .password, at: ledger.now, permit, tx)
        if change.isMailed { try PersonalMail.credentials(id, generated: mailed, at: ledger.now, room, permit, tx) }
        try ledger.record("user.password_set", user.subject, Change.between(change.user.details, user.details))
    }

    private static func passwordChange(
        _ id: UserID, _ fields: () throws -> Fields, judged: NewPassword?, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> PasswordChange {
        let user = try find(id, permit, tx)
        let fields = try fields()
        let basis = PasswordBasis(
            try AccountFacts.of(permit, tx), username: user.username, firstName: user.firstName, lastName: user.lastName, email: user.email)
        let password = fields.newPassword(generating: "generate", by: basis, judged: judged)
        let mustChange = fields.optionalFlag("must_change")
        let isMailed = fields.optionalFlag("send") ?? false
        try fields.finish()
        guard let password else { throw Problem.invalid("password", "required", "Give a password, or have one generated.") }
        if !permit.access.maySetPassword(of: try access(of: user, permit, tx)) { throw Problem.forbiddenGrant }
        let isForOnce = isMailed && password.isGenerated
        return PasswordChange(user: user, password: password, mustChange: isForOnce || mustChange ?? password.isGenerated, isMailed: isMailed)
    }

    private struct PasswordChange {
        let user: User
        let password: NewPassword
        let mustChange: Bool
        let isMailed: Bool
    }

    /// Somebody with the manager role who can sign in stays, and for as long as before.
    /// - Throws: `Problem` 409 `last_manager`.
    static func requireManagerStays(
        from before: User, _ held: [Role], to user: User, _ roles: [Role], at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        guard before.status(at: now) == .enabled, held.contains(where: \.isManager) else { return }
        let isAsLong = user.endsAt.map { end in before.endsAt.map { end >= $0 } ?? false } ?? true
        if user.status(at: now) == .enabled, roles.contains(where: \.isManager), isAsLong { return }
        if try UserStore.hasManager(besides: before.id, until: before.endsAt, permit, tx) { return }
        throw Problem.conflict("last_manager", "Nobody else who can sign in has the manager role for as long. Give it to somebody else first.")
    }
}
