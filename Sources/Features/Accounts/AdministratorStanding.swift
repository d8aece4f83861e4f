import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import SignInFeature

/// Whether an administrator may sign in, and with what password.
extension Administrators {
    /// Disables or enables; nothing happens where it is so already. Disabling ends every login of theirs, switched ones and those in which
    /// others act as them too; enabling signs nobody in.
    /// - Throws: `Hidden`; `Problem` 403 for somebody who holds more than oneself, 409 `last_administrator`, `administrator_erased`.
    package static func setDisabled(
        _ disabled: Bool, _ id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Administrator {
        let before = try find(id, permit, tx)
        try requireHeld(before.access, permit)
        if before.isDisabled == disabled { return before }
        try requireNotErased(before)
        var administrator = before
        administrator.disabledAt = disabled ? ledger.now : nil
        try requireManaged(from: before, to: administrator, permit, tx)
        try AdministratorStore.update(administrator, permit, tx)
        if disabled { try Logins.end(ofAdministrator: id, because: .disabled, at: ledger.now, permit, tx) }
        try ledger.record(disabled ? "administrator.disabled" : "administrator.enabled", administrator.subject)
        return administrator
    }

    /// Mails a new link to choose the first password; the one before it dies at once.
    /// - Throws: `Hidden`; `Problem` 403 for somebody who holds more than oneself and while one acts as another administrator, 409 `not_pending`.
    package static func activate(
        _ id: AdministratorID, _ room: MailRoom, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Administrator {
        let administrator = try find(id, permit, tx)
        try requireHeld(administrator.access, permit)
        if permit.actor.onBehalfOf != nil { throw Problem.forbiddenGrant }
        guard administrator.status == .pending else {
            throw Problem.conflict("not_pending", "Only somebody without a password, who is not disabled, can be sent an activation link.")
        }
        try PersonalMail.activate(id, at: ledger.now, room, permit, tx)
        try ledger.record("administrator.activation_sent", administrator.subject)
        return administrator
    }

    /// The password that the body sets for an administrator. Hash it outside of any transaction; then come back with it as `judged`.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 for somebody who holds more than oneself and while one acts as another administrator,
    ///   409 `administrator_erased`.
    package static func password(
        for id: AdministratorID, _ fields: () throws -> Fields, judged: NewPassword? = nil, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws -> NewPassword {
        try passwordChange(id, fields, judged: judged, permit, tx).password
    }

    /// Sets a password and ends every login of the administrator.
    /// - Throws: as `password(for:)`.
    package static func setPassword(
        of id: AdministratorID, _ fields: () throws -> Fields, judged: NewPassword, hash: String, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let (before, _, mustChange) = try passwordChange(id, fields, judged: judged, permit, tx)
        var administrator = before
        administrator.mustChangePassword = mustChange
        try AdministratorStore.setPassword(hash, mustChange: mustChange, of: id, permit, tx)
        try Logins.end(ofAdministrator: id, because: .password, at: ledger.now, permit, tx)
        try ledger.record("administrator.password_changed", administrator.subject, Change.between(before.details, administrator.details))
    }

    private static func passwordChange(
        _ id: AdministratorID, _ fields: () throws -> Fields, judged: NewPassword?, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws -> (administrator: Administrator, password: NewPassword, mustChange: Bool) {
        let administrator = try find(id, permit, tx)
        let fields = try fields()
        let enterprise = try AdministratorStore.enterprise(permit, tx)
        let password = fields.newPassword(generating: "generate", of: administrator, enterprise: enterprise, judged: judged)
        let mustChange = fields.optionalFlag("must_change")
        try fields.finish()
        guard let password else { throw NewPassword.missing }
        try requireHeld(administrator.access, permit)
        // Whoever acts as somebody changes no credentials (T10).
        if permit.actor.onBehalfOf != nil { throw Problem.forbiddenGrant }
        try requireNotErased(administrator)
        return (administrator, password, mustChange ?? password.isGenerated)
    }
}
