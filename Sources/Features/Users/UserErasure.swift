import HistoryFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Taking the data of a person who is gone out of the account, as the law may demand.
package enum UserErasure {
    /// A person whose data may be erased, as far as it is known.
    struct Person: Sendable {
        let id: UserID
        let name: String
        let isDeleted: Bool
        let isDisabled: Bool
        /// Nothing but the id is left.
        let isErased: Bool
    }

    /// The manager of the account, or an administrator in their place, who may also read the history. Said before any record is looked up.
    /// - Throws: `Problem` 403 `managers_only`; `Refusal`.
    static func require(_ permit: borrowing Permit) throws {
        if !permit.access.isManager || permit.actor.kind == .integration {
            throw Problem(403, "managers_only", "Only the manager of the account, or an administrator in their place, may erase a person's data.")
        }
        if permit.access.level(of: .history) == .none { throw Refusal.notGranted(.history) }
    }

    /// - Throws: `Hidden`.
    static func find(_ id: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Person {
        guard let person = try UserErasureStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return person
    }

    /// Erases names, e-mail, username, addresses and browsers of a person who is deleted or disabled, and the details of what the history has about
    /// them; with `keepActs`, what they did to others stays as it is, their name in it. Who was disabled is deleted by it, whatever the security
    /// settings say of deleting. Answers of how many entries. There is no way back.
    /// - Throws: `Hidden`; `Problem` 409 `not_disabled`.
    static func run(
        _ id: UserID, keepActs: Bool, reason: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        let person = try find(id, at: ledger.now, permit, tx)
        guard person.isDeleted || person.isDisabled else {
            throw Problem.conflict("not_disabled", "Disable this person first: whose data is erased cannot sign in any more.")
        }
        if person.isErased, try HistoryErasure.count(about: id.description, withActs: !keepActs, permit, tx) == 0 { return 0 }
        if !person.isDeleted {
            try UserWriteStore.bury(id, at: ledger.now, permit, tx)
            try ledger.record("user.deleted", Subject("user", id, id.description))
        }
        if !person.isErased {
            let names = try HistoryErasure.names(of: id.description, kind: "user", permit, tx).union([person.name])
            try UserErasureStore.erase(id, called: names, at: ledger.now, permit, tx)
        }
        return try HistoryErasure.run(about: id.description, kind: "user", withActs: !keepActs, reason: reason, permit, tx, ledger)
    }
}
