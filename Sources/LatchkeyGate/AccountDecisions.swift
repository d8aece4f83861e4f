import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import Synchronization

/// Whom other programs ask about.
package enum Questioned: Sendable, Hashable {
    case user(UserID)
    case integration(IntegrationID)

    /// Its id as a number: whose own records and makings are.
    package var bits: UInt128 {
        switch self {
        case .user(let id): id.bits
        case .integration(let id): id.bits
        }
    }
}

/// What somebody holds, ready for questions, and until when they are live.
package struct Holding: Sendable {
    package let access: Access
    package let holder: Holder
    /// Disabled, or nobody who could sign in yet.
    /// Of each of the roles its id as text.
    private let names: [String]
    private let isBarred: Bool
    private let endsAt: Timestamp?

    init(_ access: Access, _ holder: Holder, isBarred: Bool, endsAt: Timestamp?) {
        self.access = access
        self.holder = holder
        self.isBarred = isBarred
        self.endsAt = endsAt
        // An integration's functions come from no role.
        names = access.user == nil ? [] : access.roles.map(\.id.description)
    }

    /// The ids of the roles that alone give what was granted.
    package func via(_ question: Question) -> [String] {
        var found: [String] = []
        for (role, name) in zip(access.roles, names) where access.gives(role, question) { found.append(name) }
        return found
    }

    package func isLive(at now: Timestamp) -> Bool { !isBarred && endsAt.map { now < $0 } ?? true }
}

/// What decisions in one account are made of, in memory: its catalogue and places, numbered, and the people and machines who were asked about.
///
/// It counts as long as no fact of the account has changed (`LivePrincipals`), and is thrown away whole.
package final class AccountDecisions: Sendable {
    package let account: AccountFacts
    package let numbering: Numbering
    private let known = Mutex<[Questioned: Holding]>([:])
    private static let limit = 20_000

    init(_ account: AccountFacts) {
        self.account = account
        let catalogue = account.catalogue
        let own = Screen.ownScreens.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }
        numbering = Numbering(
            screens: own + catalogue.screens.map(\.id), functions: catalogue.functionsOfIntegrations, exclusions: catalogue.exclusions,
            places: account.places)
    }

    func find(_ names: [Questioned]) -> [Questioned: Holding] {
        known.withLock { known in
            var found: [Questioned: Holding] = [:]
            for name in names { found[name] = known[name] }
            return found
        }
    }

    /// Reads those of these who are not in memory yet. Whoever is not there is not kept either: there is no end to ids that nobody has.
    func load(_ names: [Questioned], _ tx: any Transaction) throws -> [Questioned: Holding] {
        var found = find(names)
        for name in names where found[name] == nil {
            guard let (access, isBarred, endsAt) = try Facts.holding(of: name, in: account, tx) else { continue }
            let holder = numbering.holder(access, id: name.bits)
            found[name] = Holding(access, holder, isBarred: isBarred, endsAt: endsAt)
        }
        known.withLock { known in
            if known.count + found.count > Self.limit { known.removeAll(keepingCapacity: true) }
            known.merge(found) { first, _ in first }
        }
        return found
    }
}

extension Facts {
    /// What somebody of the account holds; nil for who is not there.
    static func holding(
        of name: Questioned, in account: AccountFacts, _ tx: any Transaction
    ) throws -> (access: Access, isBarred: Bool, endsAt: Timestamp?)? {
        switch name {
        case .user(let id): try holding(of: id, in: account, tx)
        case .integration(let id): try holding(of: id, in: account, tx)
        }
    }

    private static func holding(
        of id: IntegrationID, in account: AccountFacts, _ tx: any Transaction
    ) throws -> (access: Access, isBarred: Bool, endsAt: Timestamp?)? {
        let row = try tx.row("SELECT name, functions, disabled_at FROM integrations WHERE account = \(account.id) AND id = \(id)") {
            (name: try $0[0] as String, functions: try $0[1] as JSON, disabledAt: try $0[2] as Timestamp?)
        }
        guard let row else { return nil }
        let access = Access.ofIntegration(name: row.name, functions: [Function: Level](json: row.functions), tree: account.places)
        return (access, row.disabledAt != nil, nil)
    }

    private static func holding(
        of id: UserID, in account: AccountFacts, _ tx: any Transaction
    ) throws -> (access: Access, isBarred: Bool, endsAt: Timestamp?)? {
        let row = try tx.row(
            """
            SELECT all_keys, all_places, CASE WHEN disabled_at IS NULL AND password_hash IS NOT NULL THEN 0 ELSE 1 END, ends_at FROM users
            WHERE account = \(account.id) AND id = \(id) AND deleted_at IS NULL
            """
        ) { (allKeys: try $0[0] as Bool, allPlaces: try $0[1] as Bool, isBarred: try $0[2] as Bool, endsAt: try $0[3] as Timestamp?) }
        guard let row else { return nil }
        let access = try access(of: id, in: account.id, allKeys: row.allKeys, allPlaces: row.allPlaces, account.places, tx)
        return (access, row.isBarred, row.endsAt)
    }
}

extension Gate {
    /// What decides in the caller's account, and those of `names` who are there. From memory, as long as nothing changed that it is made of.
    /// - Throws: `Refusal`, or what the database throws.
    package func decisions(
        _ need: Need, _ caller: Caller, about names: [Questioned] = []
    ) async throws -> (table: AccountDecisions, holdings: [Questioned: Holding]) {
        try Policy.check(need, caller.principal)
        guard let account = caller.principal.account else { throw Refusal.noAccount }
        if database.hearsEverything, let table = live.decisions(in: account) {
            let found = table.find(names)
            let missing = names.filter { found[$0] == nil }
            if missing.isEmpty { return (table, found) }
            let read = try await database.read(seeing: caller.sight) { try table.load(missing, $0) }
            // What was read now goes with what was read before only if nothing has changed in between.
            if live.decisions(in: account) === table { return (table, found.merging(read) { _, new in new }) }
        }
        let mark = live.mark()
        let (table, holdings) = try await database.read(seeing: caller.sight) { tx in
            guard let facts = try Facts.account(account, tx) else { throw Hidden() }
            let table = AccountDecisions(facts)
            return (table, try table.load(names, tx))
        }
        live.keep(table, readAfter: mark)
        return (table, holdings)
    }
}
