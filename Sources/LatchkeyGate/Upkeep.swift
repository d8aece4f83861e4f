import LatchkeyAccess
import LatchkeyDatabase

extension Gate {
    /// Writes what the server does by itself in an account at a time that its people have set, with history by Latchkey. It may there what the
    /// manager role may, so that the verbs are those of everybody, with all that they refuse.
    /// - Throws: `Hidden` for an account that is not there; what the body throws.
    package func write<T: Sendable>(
        upkeep account: AccountID, _ body: @escaping @Sendable (borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            try tx.lock(Chain.account(account).name)
            guard let facts = try Facts.account(account, tx), let manager = try Facts.managerRole(of: account, tx) else { throw Hidden() }
            try tx.narrow(to: account.description)
            let access = Access(user: nil, roles: [manager], places: .all, keys: .all, tree: facts.places)
            let place = Principal.Place.account(account, hasFieldWork: facts.catalogue.hasFieldWork, access)
            let permit = try Policy.permit(.screen(.users, .full), Principal(actor: .system, place: place))
            let result = try recorded(tx, .account(account), permit.actor, .ofThisMachine(at: clock.now())) { try body(permit, $0, $1) }
            try tx.announce(News.facts(account).text)
            return result
        }
    }
}
