import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// Why a login ended; the person whose browser held it is told.
package enum EndReason: String, Sendable, CaseIterable {
    case signedOut = "signed_out"
    case closed
    case takenOver = "take_over"
    case disabled
    case password
    case accountDisabled = "account_disabled"
    case lostAccount = "lost_account"
    /// A browser that was displaced said that this was not its person.
    case disowned
    /// A second factor was taken away, or all were reset.
    case secondStep = "second_step"

    /// Whether the person's one-time links end with the logins.
    var endsLinks: Bool { self == .disabled || self == .password || self == .secondStep }
}

/// What can be done with logins. A login that ended ends every login that was switched from it, and never comes back.
///
/// These verbs leave no history: what made the logins end is the entry.
package enum Logins {
    /// Ends the live logins of a user of the permit's account, with their children, but one; answers how many.
    ///
    /// Their one-time links end too where the reason is `disabled`, `password` or `second_step`.
    @discardableResult
    package static func end(
        ofUser user: UserID, except login: LoginID? = nil, because reason: EndReason, at now: Timestamp, _ permit: borrowing Permit,
        _ tx: any Transaction
    ) throws -> Int {
        if reason.endsLinks { try PersonalLinks.end(of: user, at: now, permit, tx) }
        return try LoginStore.end(ofUser: user, except: login, .init(reason: reason, at: now), permit, tx)
    }

    /// Ends one login of the permit's account, whoever's it is: a user's, or one in which an administrator is switched into it.
    package static func end(
        _ login: LoginID, because reason: EndReason, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        try LoginStore.end(login, .init(reason: reason, at: now, by: Ender(name: permit.actor.name)), permit, tx)
    }

    /// Ends the live logins of an administrator, with every child, but one and what belongs to it; answers how many.
    ///
    /// Their one-time password links end too where the reason is one of those. Where it is `disabled`, so do the logins in
    /// which others act as them.
    @discardableResult
    package static func end(
        ofAdministrator administrator: AdministratorID, except login: LoginID? = nil, because reason: EndReason, at now: Timestamp,
        _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Int {
        if reason.endsLinks { try PersonalLinks.end(of: administrator, at: now, permit, tx) }
        return try LoginStore.end(ofAdministrator: administrator, except: login, .init(reason: reason, at: now), permit, tx)
    }

    /// Ends every live login of an account, its users' and the switched ones, and every one-time link; answers how many logins.
    @discardableResult
    package static func end(
        inAccount account: AccountID, because reason: EndReason, at now: Timestamp, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction
    ) throws -> Int {
        try PersonalLinks.end(inAccount: account, at: now, permit, tx)
        return try LoginStore.end(inAccount: account, .init(reason: reason, at: now), permit, tx)
    }

    /// Ends the live logins in which an administrator is switched into an account; answers how many.
    @discardableResult
    package static func end(
        switchedInto account: AccountID, by administrator: AdministratorID, because reason: EndReason, at now: Timestamp,
        _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Int {
        try LoginStore.end(switchedInto: account, by: administrator, .init(reason: reason, at: now), permit, tx)
    }

    /// Makes the login of an administrator who switches, a child of the one that asks: into an account, or into another administrator.
    /// Answers its token, which is shown once; it lives no longer than its parent. The caller decides whether they may, and records it.
    package static func begin(
        account: AccountID? = nil, actingAs other: AdministratorID? = nil, origin: Origin, at now: Timestamp, expiresAt: Timestamp,
        _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> (login: LoginID, token: Secret) {
        guard let parent = permit.login else { throw DatabaseError.misuse("only a login can switch") }
        let token = Secret.mint(.login)
        let login = NewLogin(
            id: .new(at: now), hash: token.hash, account: account, administrator: permit.administrator, actingAs: other, parent: parent,
            createdAt: now, expiresAt: expiresAt, origin: origin)
        try LoginStore.insert(login, permit, tx)
        return (login.id, token)
    }
}
