import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import SignInFeature

/// The second step of administrators: whose it is, and the rule for all of them.
extension Administrators {
    /// What an administrator has; never a secret.
    /// - Throws: `Hidden`.
    package static func factors(of id: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> FactorList {
        try Factors.list(of: find(id, permit, tx).id, permit, tx)
    }

    /// Takes every factor and recovery code of an administrator away; nothing happens where there is none. Their logins end, but the one that asks, and
    /// their one-time links; they are mailed.
    /// - Throws: `Hidden`; `Problem` 403 for somebody who holds more than oneself and while one acts as another administrator.
    package static func resetFactors(
        of id: AdministratorID, _ room: MailRoom, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> FactorList {
        let administrator = try find(id, permit, tx)
        try requireHeld(administrator.access, permit)
        // Whoever acts as somebody changes no credentials (T10).
        if permit.actor.onBehalfOf != nil { throw Problem.forbiddenGrant }
        let before = try Factors.list(of: id, permit, tx)
        if before.items.isEmpty { return before }
        try Factors.removeAll(of: id, permit, tx)
        let except = permit.administrator == id ? permit.login : nil
        try Logins.end(ofAdministrator: id, except: except, because: .secondStep, at: ledger.now, permit, tx)
        try Outbox.post(FactorMail.order(.reset), to: id, at: ledger.now, room, permit, tx)
        try ledger.record(
            "factor.reset", administrator.subject, [Change("factors", from: .array(before.items.map { .string($0.name) }), to: [])])
        return try Factors.list(of: id, permit, tx)
    }

    /// Changes whether administrators must have a second step, and with what.
    /// - Throws: `Problem` 400, 422; 403 for whoever does not have all groups, since it is about everybody; 412.
    package static func setSecondStepRule(
        _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> SecondStepRule {
        try requireAllGroups(permit)
        let before = try Factors.administratorsRule(permit, tx)
        let fields = try fields()
        var rule = before
        if fields.has("second_step") { rule = SecurityRules.secondStep(fields, roles: nil) }
        try fields.finish()
        try match(tag(before))
        if rule == before { return before }
        try Factors.setAdministratorsRule(rule, permit, tx)
        let name = try AdministratorStore.enterprise(permit, tx)
        try ledger.recordChange("enterprise.changed", Subject("enterprise", "enterprise", name), from: json(before), to: json(rule))
        return rule
    }

    /// What is about the whole enterprise is for those who have all groups, and nobody does it as somebody else.
    static func requireAllGroups(_ permit: borrowing EnterprisePermit) throws {
        if permit.access.groups != .all || permit.actor.onBehalfOf != nil {
            throw Problem(
                403, "permission_missing", t("This is about the whole enterprise: it needs all groups, and nobody does it as somebody else."))
        }
    }

    static func json(_ rule: SecondStepRule) -> JSON { ["second_step": JSON(members: rule.json.members.filter { $0.0 != "roles" })] }
    static func tag(_ rule: SecondStepRule) -> ETag { ETag(json(rule)) }
}
