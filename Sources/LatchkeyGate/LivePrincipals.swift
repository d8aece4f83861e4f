import LatchkeyAccess
import LatchkeyDatabase
import Synchronization

/// The live principals that this node has seen, in memory, dropped the moment a fact about them changes.
///
/// Promise: after a write that changed facts is acknowledged, no request is let in on what was true before it. An entry carries the
/// generation of its account from *before* its facts were read; a commit raises the generation before it answers.
final class LivePrincipals: Sendable {
    private struct Entry {
        let facts: LiveFacts
        let account: AccountID?
        let generation: Generation
    }

    struct Generation: Equatable {
        var everything: UInt64
        var account: UInt64
    }

    private struct State {
        var entries: [Credential: Entry] = [:]
        var everything: UInt64 = 0
        var accounts: [AccountID: UInt64] = [:]
        var decisions: [AccountID: (table: AccountDecisions, generation: Generation)] = [:]

        func generation(of account: AccountID?) -> Generation {
            Generation(everything: everything, account: account.flatMap { accounts[$0] } ?? 0)
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = 50_000) { self.limit = limit }

    func find(_ credential: Credential) -> LiveFacts? {
        state.withLock { state in
            guard let entry = state.entries[credential] else { return nil }
            guard entry.generation == state.generation(of: entry.account) else {
                state.entries[credential] = nil
                return nil
            }
            return entry.facts
        }
    }

    /// The generations to hand to `keep`, taken before the facts are read. The account is not known yet, so all are taken.
    func mark() -> Mark { state.withLock { Mark(everything: $0.everything, accounts: $0.accounts) } }

    struct Mark {
        let everything: UInt64
        let accounts: [AccountID: UInt64]
    }

    func keep(_ credential: Credential, _ facts: LiveFacts, readAfter mark: Mark) {
        let account = facts.principal.account
        let generation = Generation(everything: mark.everything, account: account.flatMap { mark.accounts[$0] } ?? 0)
        state.withLock { state in
            if state.entries.count >= limit { state.entries.removeAll(keepingCapacity: true) }
            state.entries[credential] = Entry(facts: facts, account: account, generation: generation)
        }
    }

    /// What decides in an account, under the same promise.
    func decisions(in account: AccountID) -> AccountDecisions? {
        state.withLock { state in
            guard let known = state.decisions[account], known.generation == state.generation(of: account) else { return nil }
            return known.table
        }
    }

    func keep(_ table: AccountDecisions, readAfter mark: Mark) {
        let account = table.account.id
        let generation = Generation(everything: mark.everything, account: mark.accounts[account] ?? 0)
        state.withLock { state in
            if state.decisions.count >= 500 { state.decisions.removeAll(keepingCapacity: true) }
            state.decisions[account] = (table, generation)
        }
    }

    /// Facts of one account changed.
    func drop(_ account: AccountID) {
        state.withLock { state in
            state.accounts[account, default: 0] &+= 1
            state.decisions[account] = nil
        }
    }

    /// Facts of the enterprise changed.
    func dropAll() {
        state.withLock { state in
            state.everything &+= 1
            state.entries.removeAll(keepingCapacity: true)
            state.decisions.removeAll(keepingCapacity: true)
        }
    }
}

/// When each login was last active, kept in memory and written by the gate at most every 30 s for each login.
final class Activity: Sendable {
    private struct Seen {
        var at: Timestamp
        var written: Timestamp
    }

    private let seen = Mutex<[LoginID: Seen]>([:])

    func last(_ login: LoginID, stored: Timestamp) -> Timestamp {
        seen.withLock { max($0[login]?.at ?? stored, stored) }
    }

    /// Notes activity; answers whether it is time to write it down.
    func note(_ login: LoginID, at now: Timestamp, stored: Timestamp) -> Bool {
        seen.withLock { seen in
            let before = seen[login] ?? Seen(at: stored, written: stored)
            let isDue = now >= before.written.adding(seconds: 30)
            seen[login] = Seen(at: max(now, before.at), written: isDue ? now : before.written)
            if seen.count > 100_000 { seen = seen.filter { $0.value.at >= now.adding(seconds: -86_400) } }
            return isDue
        }
    }
}
