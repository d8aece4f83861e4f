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
        try HistoryErasureStore.entries(of: ErasedPerson(id: person, withActs: withActs), in: ReadableChain(permit), tx).count
    }

    /// The names that a person has had, as far as the account's history tells.
    package static func names(of person: String, kind: String, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        try HistoryErasureStore.names(of: person, kind: kind, in: ReadableChain(permit), tx)
    }

    /// Erases what stands in the account's history about a person and, `withActs`, of what they did; answers of how many entries.
    package static func run(
        about person: String, kind: String, withActs: Bool, reason: String, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Int {
        let (person, chain) = (ErasedPerson(id: person, withActs: withActs), ReadableChain(permit))
        let entries = try HistoryErasureStore.entries(of: person, in: chain, tx)
        try record(entries, of: person, kind, reason, by: permit.actor, in: .account(permit.account), ledger)
        try HistoryErasureStore.erase(person, in: chain, tx)
        return entries.count
    }

    /// Who erases stands there by id, too.
    static func record(
        _ entries: ErasedEntries, of person: ErasedPerson, _ kind: String, _ reason: String, by actor: Actor, in chain: Chain, _ ledger: Ledger
    ) throws {
        var nameless = actor
        nameless.name = nameless.id
        nameless.onBehalfOf = nil
        try ledger.record(
            ErasedEntries.action, Subject(kind, person.id, person.id),
            entries.changes + [Change("with_acts", to: .bool(person.withActs)), Change("reason", to: .string(reason))], by: nameless, in: chain)
    }
}

/// Whose data goes, as entries tell of them.
struct ErasedPerson: Sendable {
    var id: String
    /// Also what they did.
    var withActs: Bool
    /// Those who acted as them: in the entries of these they stand by name alone.
    var standIns: [String] = []
    var names: Set<String> = []
}
