import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeySecrets
import LatchkeyWeb

/// One's own second factors: what there is, adding an authenticator app, taking one away, new recovery codes.
package enum OwnFactors {
    /// What somebody has, and what the rule asks of them.
    package struct Standing: Sendable {
        package let list: FactorList
        package let rule: SecondStepRule
        package let isRequired: Bool

        /// What they may add.
        package var addable: [SecondStepRule.Method] { rule.addable }

        /// Whether the rule is not fulfilled without this one.
        func isLast(_ factor: Factor) -> Bool {
            guard isRequired, !rule.methods.contains(.mail) else { return false }
            let others = list.items.filter { $0.id != factor.id }.map(\.kind.rawValue)
            return !rule.addable.contains { others.contains($0.rawValue) }
        }

        var json: JSON {
            list.json.adding("required", .bool(isRequired)).adding("methods", JSON(addable.map(\.rawValue)))
        }
    }

    static let mostFactors = 10

    package static func standing(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Standing {
        let person = try person(at: now, permit, tx)
        let (rule, isRequired) = try Factors.required(person.security?.secondStep, permit, tx)
        return Standing(list: try Factors.list(permit, tx), rule: rule, isRequired: isRequired)
    }

    private static func person(at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction) throws -> Candidate {
        guard let person = try CandidateStore.find(at: now, permit, tx) else { throw Refusal.signIn }
        return person
    }

    // MARK: Adding

    /// - Throws: `Problem` 409 `factor_not_allowed` where the rule has no such kind, `too_many_factors`.
    package static func requireRoom(
        for method: SecondStepRule.Method, at now: Timestamp, _ permit: borrowing OwnPermit, _ tx: any Transaction
    ) throws {
        let standing = try standing(at: now, permit, tx)
        if !standing.addable.contains(method) { throw Problem.conflict("factor_not_allowed", t("This kind of second step is not allowed here.")) }
        if standing.list.items.count >= mostFactors {
            throw Problem.conflict("too_many_factors", t("You have %1 of them, and more is not allowed. Remove one first.", String(mostFactors)))
        }
    }

    /// Keeps a factor of any kind that was proved to be theirs, records it and mails that it was added; answers the first recovery codes, once.
    package static func add(
        _ factor: Factor, sealed: [UInt8]?, lastStep: Int64? = nil, _ room: MailRoom, _ permit: borrowing OwnPermit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> [String] {
        let person = try person(at: ledger.now, permit, tx)
        let isFirst = try Factors.list(permit, tx).recoveryCodesLeft == 0
        do { try Factors.add(factor, sealed: sealed, lastStep: lastStep, permit, tx) } catch DatabaseError.unique {
            throw Problem.conflict("factor_added", t("This was added already."))
        }
        let codes = isFirst ? try Factors.renewRecoveryCodes(at: ledger.now, permit, tx) : []
        try Outbox.post(FactorMail.order(.added, factor), at: ledger.now, room, permit, tx)
        try ledger.record("factor.added", person.subject, factor.added)
        // It was shown just now.
        try LoginStore.noteStepUp(at: ledger.now, permit, tx)
        return codes
    }

    // MARK: Taking away

    /// Takes one away: the other logins and every one-time link end.
    /// - Throws: `Hidden`; `Problem` 409 `last_factor` where the rule asks for one.
    package static func remove(
        _ id: FactorID, _ room: MailRoom, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let standing = try standing(at: ledger.now, permit, tx)
        guard let factor = standing.list.items.first(where: { $0.id == id }) else { throw Hidden() }
        if standing.isLast(factor) {
            throw Problem.conflict("last_factor", t("You must have a second step here, and this is the only one. Add another one first."))
        }
        let person = try person(at: ledger.now, permit, tx)
        try Factors.remove(id, permit, tx)
        try LoginStore.endOthers(.init(reason: .secondStep, at: ledger.now), permit, tx)
        try PersonalLinks.end(at: ledger.now, permit, tx)
        try Outbox.post(FactorMail.order(.removed, factor), at: ledger.now, room, permit, tx)
        try ledger.record("factor.removed", person.subject, factor.removed)
    }

    /// Ten new recovery codes, shown this once; the old ones end.
    /// - Throws: `Problem` 409 `no_factor` for whoever has nothing that they would recover from.
    package static func renewRecoveryCodes(
        _ room: MailRoom, _ permit: borrowing OwnPermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> [String] {
        let list = try Factors.list(permit, tx)
        if list.items.isEmpty { throw Problem.conflict("no_factor", t("Add a second step first: recovery codes stand in for it.")) }
        let person = try person(at: ledger.now, permit, tx)
        let codes = try Factors.renewRecoveryCodes(at: ledger.now, permit, tx)
        try Outbox.post(FactorMail.order(.recoveryCodesRenewed), at: ledger.now, room, permit, tx)
        try ledger.record(
            "recovery_codes.renewed", person.subject,
            [Change("recovery_codes_left", from: .int(Int64(list.recoveryCodesLeft)), to: .int(Int64(codes.count)))])
        return codes
    }
}
