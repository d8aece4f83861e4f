import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeySecrets

/// What people show beside their password: looking, adding, taking away, using up. These verbs leave no history and end no login: their callers do,
/// who know what it was for.
package enum Factors {
    // MARK: Looking

    package static func list(of person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> FactorList {
        try FactorStore.list(of: person, tx)
    }

    /// One's own.
    package static func list(_ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> FactorList {
        try FactorStore.list(of: permit.person, tx)
    }

    package static func list(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> FactorList {
        try FactorStore.list(of: .user(user, in: permit.account), tx)
    }

    package static func list(
        of administrator: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> FactorList { try FactorStore.list(of: .administrator(administrator), tx) }

    // MARK: What a sign-in must show

    /// What a person must show beside their password, any one of them; nothing where the password is enough. Whoever has a factor is asked for it,
    /// whatever the rule says; whoever must have one and has none shows a mailed code, where the rule takes that.
    /// - Parameter rule: the account's; nil for administrators, whose rule is the enterprise's.
    package static func demanded(
        of person: OwnPermit.Person, _ rule: SecondStepRule?, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> [Factor.Kind] {
        let own = try FactorStore.list(of: person, tx).kinds
        if !own.isEmpty { return own }
        let (rule, isRequired) = try required(of: person, rule, tx)
        return isRequired && rule.methods.contains(.mail) ? [.mail] : []
    }

    /// Whether a person must add a factor before anything else: the rule asks them for one, they have none that counts, and no code is mailed.
    package static func mustAdd(
        _ person: OwnPermit.Person, _ rule: SecondStepRule?, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Bool {
        let (rule, isRequired) = try required(of: person, rule, tx)
        guard isRequired, !rule.methods.contains(.mail) else { return false }
        let own = try FactorStore.list(of: person, tx).items.map(\.kind.rawValue)
        return !rule.addable.contains { own.contains($0.rawValue) }
    }

    /// The rule for oneself, and whether it asks oneself for a second step.
    package static func required(
        _ rule: SecondStepRule?, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> (rule: SecondStepRule, isRequired: Bool) { try required(of: permit.person, rule, tx) }

    private static func required(
        of person: OwnPermit.Person, _ rule: SecondStepRule?, _ tx: any Transaction
    ) throws -> (rule: SecondStepRule, isRequired: Bool) {
        let rule = try rule ?? FactorStore.administratorsRule(tx)
        guard case .user(let user, let account) = person, rule.required == .roles else { return (rule, rule.requires([])) }
        return (rule, rule.requires(try FactorStore.roles(of: user, in: account, tx)))
    }

    /// The rule for administrators.
    package static func administratorsRule(_ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> SecondStepRule {
        try FactorStore.administratorsRule(tx)
    }

    package static func setAdministratorsRule(_ rule: SecondStepRule, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try FactorStore.setAdministratorsRule(rule, tx)
    }

    // MARK: Adding and taking away

    /// Keeps a new factor of oneself; `sealed` is its secret under the master key, in the context of `OwnPermit.Person.context(ofSealed:)`.
    package static func add(
        _ factor: Factor, sealed: [UInt8]?, lastStep: Int64? = nil, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws { try FactorStore.insert(factor, sealed: sealed, lastStep: lastStep, of: permit.person, tx) }

    /// Takes one of one's own away, and the recovery codes with the last; the sign-ins that wait end.
    package static func remove(_ id: FactorID, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws {
        try FactorStore.delete(id, of: permit.person, tx)
        if try FactorStore.list(of: permit.person, tx).items.isEmpty { try FactorStore.deleteRecoveryCodes(of: permit.person, tx) }
        try SignInFlowStore.end(of: permit.person, tx)
    }

    /// Takes all of a user's away; the sign-ins that wait end.
    package static func removeAll(of user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try removeAll(of: .user(user, in: permit.account), tx)
    }

    package static func removeAll(of administrator: AdministratorID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        try removeAll(of: .administrator(administrator), tx)
    }

    package static func removeAll(of person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        try removeAll(of: person, tx)
    }

    private static func removeAll(of person: OwnPermit.Person, _ tx: any Transaction) throws {
        try FactorStore.deleteAll(of: person, tx)
        try SignInFlowStore.end(of: person, tx)
    }

    /// Ten new recovery codes of oneself, which are shown this once; the old ones end.
    package static func renewRecoveryCodes(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> [String] {
        let codes = RecoveryCode.make()
        let holder = permit.person.holder
        try FactorStore.deleteRecoveryCodes(of: permit.person, tx)
        try FactorStore.insertRecoveryCodes(codes.compactMap { RecoveryCode.hash($0, of: holder) }, of: permit.person, at: now, tx)
        return codes
    }

    // MARK: Using up

    /// Uses a code of an authenticator app up, and says whether it was right: the present step's or one beside it, and none that was used, however
    /// many try at once.
    package static func useCode(
        _ code: String, of person: OwnPermit.Person, at now: Timestamp, _ key: MasterKey, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Bool { try useCode(code, of: person, at: now, key, tx) }

    package static func useCode(
        _ code: String, at now: Timestamp, _ key: MasterKey, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws -> Bool { try useCode(code, of: permit.person, at: now, key, tx) }

    private static func useCode(
        _ code: String, of person: OwnPermit.Person, at now: Timestamp, _ key: MasterKey, _ tx: any Transaction
    ) throws -> Bool {
        for factor in try FactorStore.sealed(.totp, of: person, tx) {
            let totp = TOTP(secret: try key.open(factor.sealed, context: person.context(ofSealed: factor.id)))
            guard let step = totp.step(of: code, atMilliseconds: now.milliseconds, after: factor.lastStep) else { continue }
            if try FactorStore.use(step, of: factor.id, of: person, at: now, tx) { return true }
        }
        return false
    }

    /// Uses a recovery code up, and says whether there was one.
    package static func useRecoveryCode(
        _ code: String, of person: OwnPermit.Person, _ permit: borrowing DoorPermit, _ tx: any Transaction
    ) throws -> Bool {
        guard let hash = RecoveryCode.hash(code, of: person.holder) else { return false }
        return try FactorStore.useRecoveryCode(hash, of: person, tx)
    }

    package static func useRecoveryCode(_ code: String, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Bool {
        guard let hash = RecoveryCode.hash(code, of: permit.person.holder) else { return false }
        return try FactorStore.useRecoveryCode(hash, of: permit.person, tx)
    }
}
