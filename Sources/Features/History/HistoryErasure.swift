import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON

/// Taking a person's data out of history without breaking the chain: details and salt go, their hash stays, and the erasure is an entry of its own.
///
/// The erasure names the person by id, how many entries it took the details of, and a hash over their numbers, so that nobody can pass off a
/// removal as an erasure. Entries of erasures keep their details, which hold no name.
package enum HistoryErasure {
    /// How many entries an erasure would take the details of.
    package static func count(
        about person: String, withActs: Bool, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Int {
        try HistoryErasureStore.entries(about: person, withActs: withActs, permit, tx).count
    }

    /// Erases what stands in the account's history about a person and, `withActs`, of what they did; answers of how many entries.
    package static func run(
        about person: String, kind: String, withActs: Bool, reason: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        let entries = try HistoryErasureStore.entries(about: person, withActs: withActs, permit, tx)
        var nameless = permit.actor
        nameless.name = nameless.id
        nameless.onBehalfOf = nil
        try ledger.record(
            ErasedEntries.action, Subject(kind, person, person),
            entries.changes + [Change("with_acts", to: .bool(withActs)), Change("reason", to: .string(reason))], by: nameless)
        try HistoryErasureStore.erase(about: person, withActs: withActs, permit, tx)
        return entries.count
    }
}
