import LatchkeyAccess
import LatchkeyDatabase

/// What an operator does in one account by a command on the server's own machine: as its manager role could, in Latchkey's name.
extension Gate {
    /// - Throws: `Hidden` where there is no such account.
    package func read<T: Sendable>(
        commanding account: AccountID, _ need: Need, _ body: @escaping @Sendable (borrowing Permit, any Transaction) throws -> T
    ) async throws -> T {
        try await database.read(seeing: .everything) { tx in
            let permit = try Self.command(account, need, tx)
            try tx.narrow(to: account.description)
            return try body(permit, tx)
        }
    }

    /// - Throws: `Hidden` where there is no such account.
    package func write<T: Sendable>(
        commanding account: AccountID, _ need: Need, _ body: @escaping @Sendable (borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            try tx.lock(Chain.account(account).name)
            let permit = try Self.command(account, need, tx)
            try tx.narrow(to: account.description)
            let origin = Origin.ofThisMachine(at: clock.now())
            let result = try recorded(tx, .account(account), permit.actor, origin) { try body(permit, $0, $1) }
            try tx.announce(News.facts(account).text)
            return result
        }
    }

    private static func command(_ account: AccountID, _ need: Need, _ tx: any Transaction) throws -> Permit {
        guard let facts = try Facts.account(account, tx), let manager = try Facts.managerRole(of: account, tx) else { throw Hidden() }
        let access = Access(user: nil, roles: [manager], places: .all, keys: .all)
        return try Policy.permit(need, Principal(actor: .system, place: .account(account, hasFieldWork: facts.catalogue.hasFieldWork, access)))
    }
}
