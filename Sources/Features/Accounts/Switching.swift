import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SignInFeature

/// A new login of an administrator who switched, child of the one that asked.
package struct Switched: Sendable {
    package enum Target: Sendable, Hashable {
        case account(AccountID)
        case administrator(AdministratorID)
    }

    package let login: LoginID
    /// Shown this once.
    package let token: Secret
    package let target: Target

    var answer: Answer {
        var members: [(String, JSON)] = [("token", .string(token.text)), ("login", JSON(login))]
        switch target {
        case .account(let id): members.append(("account", JSON(id)))
        case .administrator(let id): members += [("account", .null), ("administrator", JSON(id))]
        }
        var answer = Answer.json(JSON(members: members), status: 201)
        answer.secrets = ["token"]
        return answer
    }
}

extension Accounts {
    /// Switches into an account with its manager role; the account's own history says who came in, and why.
    /// - Throws: `Hidden`; `Problem` 422 where a reason is required, 409 `account_disabled`.
    package static func switchInto(
        _ id: AccountID, because reason: String?, _ origin: Origin, _ permit: borrowing EnterprisePermit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Switched {
        let account = try find(id, permit, tx)
        let rules = try Switching.rules(reason, at: ledger.now, permit, tx)
        if account.isDisabled { throw Problem.conflict("account_disabled", "This account is disabled. Enable it before you switch into it.") }
        let (login, token) = try Logins.begin(
            account: id, origin: origin, at: ledger.now, expiresAt: rules.end, permit, tx)
        let changes = Switching.changes(login, reason)
        try ledger.record("account.switched", account.subject, changes)
        try ledger.record("account.switched", account.subject, changes, in: .account(id))
        return Switched(login: login, token: token, target: .account(id))
    }
}

extension Administrators {
    /// Acts as another administrator, at the enterprise level, with what both hold; history names both.
    /// - Throws: `Hidden`; `Problem` 422 `oneself` and where a reason is required, 409 `administrator_disabled`.
    package static func switchInto(
        _ id: AdministratorID, because reason: String?, _ origin: Origin, _ permit: borrowing EnterprisePermit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Switched {
        let administrator = try find(id, permit, tx)
        let rules = try Switching.rules(reason, at: ledger.now, permit, tx)
        if id == permit.administrator { throw Problem(422, "oneself", "You are this administrator yourself.") }
        if administrator.isDisabled { throw Problem.conflict("administrator_disabled", "This administrator is disabled.") }
        let (login, token) = try Logins.begin(
            actingAs: id, origin: origin, at: ledger.now, expiresAt: rules.end, permit, tx)
        try ledger.record("administrator.switched", administrator.subject, Switching.changes(login, reason))
        return Switched(login: login, token: token, target: .administrator(id))
    }
}

enum Switching {
    /// What holds for a switch that begins now.
    struct Rules: Sendable {
        let isReasonRequired: Bool
        /// When it is over: after the enterprise's time, or with the login that asks.
        let end: Timestamp

        init(at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
            let settings = try Enterprise.find(permit, tx).settings
            isReasonRequired = settings.switchReasonRequired
            end = min(try SwitchStore.end(at: now, permit, tx), now.adding(seconds: Int64(settings.switchMinutes) * 60))
        }
    }

    /// - Throws: `Problem` 422 where a reason is required and none was given.
    static func rules(
        _ reason: String?, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Rules {
        let rules = try Rules(at: now, permit, tx)
        if rules.isReasonRequired, reason == nil { throw Problem.invalid("reason", "required", t("Say why you switch.")) }
        return rules
    }

    static func changes(_ login: LoginID, _ reason: String?) -> [Change] {
        [Change("login", to: JSON(login))] + (reason.map { [Change("reason", to: .string($0))] } ?? [])
    }

    /// Ends the switched logins whose administrators have just lost the account or the permission: the gate refuses them by now, and what
    /// is given back later must not wake them.
    static func endLost(at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        for lost in try SwitchedLogins.lost(at: now, permit, tx) {
            try Logins.end(switchedInto: lost.account, by: lost.administrator, because: .lostAccount, at: now, permit, tx)
        }
    }
}

extension Call {
    /// The reason of a switch, in a body that may be left out.
    func reason() throws -> String? {
        try noQuery()
        let fields = try optionalFields()
        let reason = fields.optionalText("reason", 1...500, multiline: true)
        try fields.finish()
        return reason
    }
}
