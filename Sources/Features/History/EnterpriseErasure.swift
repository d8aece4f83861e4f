import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate

/// Taking an administrator's data out of history: the enterprise's, and that of every account in which they did something.
///
/// Each chain has an entry of its own that says so. Where somebody else acted as them they stand by name, so those entries are about them, too.
package struct EnterpriseErasure: Sendable {
    private let person: String
    private let chains: [(chain: Chain, readable: ReadableChain)]
    private let standIns: [String]
    /// The names that they have had.
    package let names: Set<String>

    /// Finds where an administrator stands who is called like this now.
    /// - Throws: what the database throws; `DatabaseError.misuse` for a permit without all groups, since chains are read as a whole.
    package init(of administrator: AdministratorID, called name: String, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws {
        person = administrator.description
        let enterprise = try ReadableChain(.enterprise, permit)
        standIns = try HistoryErasureStore.standIns(of: administrator, in: enterprise, tx)
        names = try HistoryErasureStore.names(of: person, kind: "administrator", in: enterprise, tx).union([name])
        var chains: [(Chain, ReadableChain)] = [(.enterprise, enterprise)]
        for account in try HistoryErasureStore.chains(with: [person] + standIns, permit, tx).compactMap(AccountID.init) {
            chains.append((.account(account), try ReadableChain(.account(account), permit)))
        }
        self.chains = chains
    }

    /// The accounts in which they, or those who acted as them, did something.
    package var accounts: [AccountID] {
        chains.compactMap { if case .account(let id) = $0.chain { id } else { nil } }
    }

    private func erased(withActs: Bool) -> ErasedPerson { ErasedPerson(id: person, withActs: withActs, standIns: standIns, names: names) }

    /// How many entries an erasure would take the details of.
    package func count(withActs: Bool, _ tx: any Transaction) throws -> Int {
        try chains.reduce(0) { try $0 + HistoryErasureStore.entries(of: erased(withActs: withActs), in: $1.readable, tx).count }
    }

    /// Erases what stands about them and, `withActs`, of what they did; answers of how many entries. The enterprise's history always says so, an
    /// account's where something of it went.
    package func run(withActs: Bool, reason: String, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger) throws -> Int {
        let person = erased(withActs: withActs)
        var count = 0
        for (chain, readable) in chains {
            // What is counted is what goes: nobody writes there meanwhile.
            try tx.lock(chain.name)
            let entries = try HistoryErasureStore.entries(of: person, in: readable, tx)
            if entries.count == 0, chain != .enterprise { continue }
            try HistoryErasure.record(entries, of: person, "administrator", reason, by: permit.actor, in: chain, ledger)
            try HistoryErasureStore.erase(person, in: readable, tx)
            count += entries.count
        }
        return count
    }
}
