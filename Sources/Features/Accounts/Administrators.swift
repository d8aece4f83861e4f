import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import SignInFeature

/// A new administrator as a body describes them, not stored yet.
package struct AdministratorDraft: Sendable {
    package let administrator: Administrator
    /// Nil for somebody who is mailed a link to choose it.
    package let password: NewPassword?
}

/// What can be done with administrators. Every verb works on those whose groups all lie within the permit's; others are `Hidden`.
package enum Administrators {
    /// - Throws: `Hidden`.
    package static func find(
        _ id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Administrator {
        guard let administrator = try AdministratorStore.find(id, permit, tx) else { throw Hidden() }
        return administrator
    }

    /// A page of administrators, newest first.
    package static func list(
        _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Page<Administrator> {
        let total = try page.wantsTotal ? AdministratorStore.count(permit, tx) : nil
        return Page(try AdministratorStore.list(page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// A new administrator as the fields describe them. Hash the password outside of any transaction; then come back with it as `judged`.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        _ fields: Fields, judged: NewPassword? = nil, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> AdministratorDraft {
        var administrator = Administrator(
            id: .new(at: now), email: fields.email("email"), name: fields.name(), groups: try fields.groups(permit, tx),
            permissions: fields.permissions(), hasPassword: false, mustChangePassword: false, disabledAt: nil, createdAt: now)
        let enterprise = try AdministratorStore.enterprise(permit, tx)
        let password = fields.optionalPassword(generating: "generate_password", of: administrator, enterprise: enterprise, judged: judged)
        try fields.finish()
        administrator.hasPassword = password != nil
        administrator.mustChangePassword = password?.isGenerated ?? false
        return AdministratorDraft(administrator: administrator, password: password)
    }

    /// Stores a new administrator; without a password they are mailed a link to choose it.
    /// - Throws: `Problem` 403 for a permission or group that one lacks, 409 `email_taken` or `username_taken`.
    package static func create(
        _ administrator: Administrator, passwordHash: String?, _ room: MailRoom, _ permit: borrowing EnterprisePermit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws {
        try requireHeld(administrator.access, permit)
        try taken("email_taken", "Another administrator has this e-mail.") {
            try AdministratorStore.insert(administrator, passwordHash: passwordHash, permit, tx)
        }
        try taken("username_taken", "Somebody signs in with this e-mail already.") {
            try AdministratorStore.claimUsername(of: administrator, permit, tx)
        }
        try ledger.record("administrator.created", administrator.subject, Change.between([:], administrator.details))
        if passwordHash == nil { try PersonalMail.activate(administrator.id, at: ledger.now, room, permit, tx) }
    }

    /// Changes the fields that are named. What is taken away ends the logins in accounts that they lost by it; others stay, with less.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 for what one lacks and for somebody who holds it, 409 `last_administrator`,
    ///   `administrator_erased`, 412.
    package static func update(
        _ id: AdministratorID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Administrator {
        let before = try find(id, permit, tx)
        let fields = try fields()
        var administrator = before
        fields.immutable(
            "id", "email", "password", "generate_password", "must_change_password", "status", "created_at", "last_sign_in_at", "last_seen_at")
        if fields.has("name") { administrator.name = fields.name() }
        if fields.has("groups") { administrator.groups = try fields.groups(permit, tx) }
        if fields.has("permissions") { administrator.permissions = fields.permissions() }
        try fields.finish()
        try requireHeld(before.access, permit)
        try requireHeld(administrator.access, permit)
        try requireNotErased(before)
        try requireManaged(from: before, to: administrator, permit, tx)
        try match(before.tag)
        if administrator.details == before.details { return before }
        try AdministratorStore.update(administrator, permit, tx)
        if administrator.access != before.access { try Switching.endLost(at: ledger.now, permit, tx) }
        try ledger.recordChange("administrator.changed", administrator.subject, from: before.details, to: administrator.details)
        return administrator
    }

    // MARK: Rules

    /// Nobody gives what they lack, nor touches somebody who holds it: so nobody raises themselves either.
    static func requireHeld(_ access: EnterpriseAccess, _ permit: borrowing EnterprisePermit) throws {
        if !permit.access.holds(access) { throw Problem.forbiddenGrant }
    }

    /// Somebody who can sign in and manages every administrator stays.
    /// - Throws: `Problem` 409 `last_administrator`.
    static func requireManaged(
        from before: Administrator, to after: Administrator, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws {
        if !before.managesAll || after.managesAll { return }
        if try AdministratorStore.isManagedWithout(before.id, permit, tx) { return }
        throw Problem.conflict(
            "last_administrator", "Nobody else who can sign in has all groups and manages administrators. Give that to somebody else first.")
    }

    private static func taken(_ code: String, _ detail: String, _ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique { throw Problem.conflict(code, detail, field: "email") }
    }
}

extension Fields {
    /// `"all"` or groups of the caller's. Who works in some groups only has to name one of them.
    fileprivate func groups(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Scope<GroupID> {
        if !has("groups") || isNull("groups") { invalid("groups", "required", "This is required.") }
        guard let groups = scope("groups", GroupKind.self) else { return .nothing }
        if case .only(let ids) = groups {
            if ids.isEmpty, permit.access.groups != .all { invalid("groups", "required", "You work in some groups only: name one of them.") }
            if try GroupStore.existing(ids, permit, tx).count < ids.count { unknownReference("groups") }
        }
        return groups
    }

    /// Permissions, or none of them; a repeated one counts once.
    fileprivate func permissions() -> Set<Permission> {
        let texts = texts("permissions")
        let permissions = texts.compactMap(Permission.init)
        if permissions.count < texts.count {
            invalid("permissions", "invalid_choice", "These must be of \(Permission.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return Set(permissions)
    }
}
