import FactorsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import SignInFeature

/// The second step of a user, as those see it who manage users.
extension Users {
    /// What a user has; never a secret.
    /// - Throws: `Hidden`.
    package static func factors(of id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> FactorList {
        try Factors.list(of: find(id, permit, tx).id, permit, tx)
    }

    /// Takes every factor and recovery code of a user away, for whoever may set their password; nothing happens where there is none. Their logins end, but the
    /// one that asks, and their one-time links; they are mailed.
    /// - Throws: `Hidden`; `Problem` 403 for somebody who holds more than oneself.
    package static func resetFactors(
        of id: UserID, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> FactorList {
        let user = try find(id, permit, tx)
        if !permit.access.maySetPassword(of: try access(of: user, permit, tx)) { throw Problem.forbiddenGrant }
        let before = try Factors.list(of: id, permit, tx)
        if before.items.isEmpty { return before }
        try Factors.removeAll(of: id, permit, tx)
        try Logins.end(ofUser: id, except: permit.user == id ? permit.login : nil, because: .secondStep, at: ledger.now, permit, tx)
        try Outbox.post(FactorMail.order(.reset), to: id, at: ledger.now, room, permit, tx)
        try ledger.record("factor.reset", user.subject, [Change("factors", from: .array(before.items.map { .string($0.name) }), to: [])])
        return try Factors.list(of: id, permit, tx)
    }
}
