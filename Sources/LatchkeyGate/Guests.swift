import LatchkeyAccess
import LatchkeyDatabase

/// Where a door without a person behind it leads: to one thing of one account. Only who is at a door can make one.
package struct Guest<Thing: Sendable>: Sendable {
    let thing: Thing
    let account: AccountID
    let actor: Actor
    let keys: Scope<APIKeyID>

    package init(_ thing: Thing, in account: AccountID, as actor: Actor, keys: Scope<APIKeyID>, _ permit: borrowing DoorPermit) {
        self.thing = thing
        self.account = account
        self.actor = actor
        self.keys = keys
    }

    /// The permit with which the thing's stores are opened. A disabled account is no obstacle here: who comes is told about it.
    fileprivate func permit(_ tx: any Transaction) throws -> Permit {
        guard let facts = try Facts.account(account, tx) else { throw Hidden() }
        let place = Principal.Place.account(account, hasFieldWork: facts.catalogue.hasFieldWork, .ofGuest(keys: keys))
        return try Policy.permit(.screen(.sessions, .full), Principal(actor: actor, place: place))
    }
}

extension Gate {
    /// Reads what a door leads to: `find` looks it up across accounts, `body` goes on with a permit for its account alone.
    package func read<Thing, T: Sendable>(
        guest door: Door, _ find: @escaping @Sendable (borrowing DoorPermit, any Transaction) throws -> Guest<Thing>,
        _ body: @escaping @Sendable (Thing, borrowing Permit, any Transaction) throws -> T
    ) async throws -> T {
        try await database.read(seeing: .everything) { tx in
            let guest = try find(Policy.open(door), tx)
            try tx.narrow(to: guest.account.description)
            return try body(guest.thing, guest.permit(tx), tx)
        }
    }

    /// Writes records (no facts) through a door, with history in the account's chain by the guest.
    package func write<Thing, T: Sendable>(
        guest door: Door, origin: Origin, _ find: @escaping @Sendable (borrowing DoorPermit, any Transaction) throws -> Guest<Thing>,
        _ body: @escaping @Sendable (Thing, borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            let guest = try find(Policy.open(door), tx)
            try tx.lock(Chain.account(guest.account).name)
            try tx.narrow(to: guest.account.description)
            let permit = try guest.permit(tx)
            return try recorded(tx, .account(permit.account), permit.actor, origin) { try body(guest.thing, permit, $0, $1) }
        }
    }
}
