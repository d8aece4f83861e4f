import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyWeb

/// Carries what a table would have done out of the transaction that is undone with it.
private struct Rehearsed: Error { let plan: UserImport }

/// What can be done with a table of users.
package enum Imports {
    /// What the table would do, and everything that is wrong with it: it is done, but for the users, and undone in one transaction.
    static func rehearse(_ bytes: [UInt8], mails: Bool, _ call: Call) async throws -> UserImport {
        do {
            try await call.write { permit, tx, ledger in
                throw Rehearsed(plan: try UserImport(bytes, mails: mails, at: ledger.now, permit, tx))
            }
        } catch let rehearsed as Rehearsed { return rehearsed.plan }
        throw Hidden()
    }

    /// Makes all users of the table, in this transaction.
    /// - Throws: `Problem` 422 naming line and field of everything that is wrong.
    static func run(
        _ bytes: [UInt8], mails: Bool, _ house: House, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> UserImport {
        let plan = try UserImport(bytes, mails: mails, at: ledger.now, permit, tx).requireRight()
        try plan.apply(house.mail, permit, tx, ledger)
        return plan
    }

    /// The same by a command on the server's own machine; dry, it changes nothing and answers what would be.
    package static func command(
        _ bytes: [UInt8], mails: Bool, isDry: Bool, in account: AccountID, _ house: House
    ) async throws -> (created: Int, errors: [String]) {
        do {
            return try await house.gate.write(commanding: account, .screen(.users, .full)) { permit, tx, ledger in
                let plan = try UserImport(bytes, mails: mails, at: ledger.now, permit, tx)
                if isDry || !plan.errors.isEmpty { throw Rehearsed(plan: plan) }
                try plan.apply(house.mail, permit, tx, ledger)
                return (plan.rows.count, [])
            }
        } catch let rehearsed as Rehearsed {
            return (rehearsed.plan.rows.count, rehearsed.plan.errors.map { "\($0.field): \($0.message)" })
        }
    }
}
