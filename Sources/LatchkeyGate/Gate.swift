import LatchkeyAccess
import LatchkeyDatabase
import LatchkeySecrets

/// The only way to a store: it opens the transaction, loads the facts inside it, asks the policy, runs the body, and appends history.
///
/// A body gets a permit that cannot outlive it. A write whose body changed rows and left no history fails, unless it is one of the
/// `quiet` ones, which are listed by name.
package final class Gate: Sendable {
    package let database: any Database
    package let clock: Clock
    let live = LivePrincipals()
    private let activity = Activity()
    /// Those who watch what happens.
    package let watchers = Watchers()
    let words = NodeWords()

    package init(database: any Database, clock: Clock) {
        self.database = database
        self.clock = clock
        // Every node's commits, this one's included, before whoever made the change is answered.
        database.listen { [live, watchers, words] announcement in
            switch announcement {
            case .everything: Self.hear(.allFacts, live, watchers, words)
            case .message(let text): Self.hear(News(text), live, watchers, words)
            }
        }
    }

    package var now: Timestamp { clock.now() }

    /// What a write changes that the policy's facts are made of: decides what is dropped from memory when it commits.
    package enum Touches: Sendable {
        /// Facts of the permit's account (people, roles, keys, logins). The default, because forgetting it would let the dead in.
        case facts
        /// Records only: sessions, notes, events.
        case records
    }

    // MARK: Who is it?

    /// Lets a live principal in.
    /// - Throws: `Dead`, or what the database throws.
    package func admit(_ credential: Credential, origin: Origin, isActivity: Bool) async throws -> Caller {
        let now = clock.now()
        let facts: LiveFacts
        // What is remembered counts only while we would have heard that it is over; and that a login is idle here says nothing of other nodes.
        if database.hearsEverything, let known = live.find(credential), (try? requireLive(known, at: now)) != nil {
            facts = known
        } else {
            let mark = live.mark()
            facts = try await database.read(seeing: .everything) { tx in
                var facts = try Facts.live(credential, at: now, tx)
                facts.surroundings = try Facts.surroundings(of: facts.principal, tx)
                return facts
            }
            live.keep(credential, facts, readAfter: mark)
        }
        try requireLive(facts, at: now)
        if isActivity { try await noteActivity(facts, at: now) }
        return Caller(
            credential: credential, principal: facts.principal(from: origin), origin: origin, surroundings: facts.surroundings,
            token: facts.token, told: facts.told, lasting: lasting(facts))
    }

    /// How long a caller's login goes on by itself, as it is now: other nodes and other windows may have seen activity.
    /// - Throws: `Dead`, or what the database throws.
    package func lasting(of caller: Caller) async throws -> Lasting {
        let now = clock.now()
        let facts = try await database.read(seeing: .everything) { try Facts.live(caller.credential, at: now, $0) }
        try requireLive(facts, at: now)
        return lasting(facts)
    }

    private func lasting(_ facts: LiveFacts) -> Lasting {
        guard let login = facts.activity, let minutes = facts.idleMinutes else { return Lasting(expiresAt: facts.endsAt) }
        return Lasting(idleAt: activity.last(login, stored: facts.lastSeen).adding(seconds: Int64(minutes) * 60), expiresAt: facts.endsAt)
    }

    /// Whose login a credential is, or was before it ended: the id of a user or an administrator. It lets nobody in.
    package func holder(of credential: Credential) async throws -> String? {
        guard credential.kind == .login else { return nil }
        return try await database.read(seeing: .everything) { try Facts.holder(credential.hash, $0) }
    }

    /// The caller in the account that the path names; for a page with the names around it.
    /// - Throws: `Refusal` for whoever is no administrator with `manage_users`; `Hidden` for an account outside their groups.
    package func enter(_ account: AccountID, _ caller: Caller, forPage: Bool = false) async throws -> Caller {
        let (principal, surroundings) = try await database.read(seeing: .everything) { tx in
            let principal = try Self.enter(account, caller.principal, tx)
            return (principal, forPage ? try Facts.surroundings(of: principal, tx) : Surroundings())
        }
        var inside = Caller(
            credential: caller.credential, principal: principal, origin: caller.origin, surroundings: surroundings, entering: account,
            lasting: caller.lasting)
        inside.outside = caller.principal
        return inside
    }

    private func requireLive(_ facts: LiveFacts, at now: Timestamp) throws {
        if let endsAt = facts.endsAt, now >= endsAt { throw Dead.expired }
        guard let login = facts.activity, let minutes = facts.idleMinutes else { return }
        if now >= activity.last(login, stored: facts.lastSeen).adding(seconds: Int64(minutes) * 60) { throw Dead.idle }
    }

    private func noteActivity(_ facts: LiveFacts, at now: Timestamp) async throws {
        guard let login = facts.activity, activity.note(login, at: now, stored: facts.lastSeen) else { return }
        let isAdministrators = facts.principal.administrator != nil
        do {
            let isIntegration = facts.principal.actor.kind == .integration
            try await database.write(seeing: .everything) { tx in
                if isIntegration { return try Self.noteUse(of: login, at: now, tx) }
                // What was switched from a login is awake as long as it.
                let switched: SQL =
                    isAdministrators
                    ? """
                    OR id IN (
                        WITH RECURSIVE switched (id) AS (
                            SELECT id FROM logins WHERE parent = \(login) UNION SELECT l.id FROM logins l JOIN switched s ON l.parent = s.id)
                        SELECT id FROM switched) AND ended_at IS NULL AND last_seen_at < \(now)
                    """ : ""
                _ = try tx.execute(
                    "UPDATE logins SET last_seen_at = \(now) WHERE id = \(login) AND last_seen_at < \(now) \(fragment: switched)")
            }
        } catch DatabaseError.full, DatabaseError.unavailable {
            // Memory knows, and reading goes on while the disk is full: the time is written with a later request.
        }
    }

    private static func noteUse(of token: LoginID, at now: Timestamp, _ tx: any Transaction) throws {
        _ = try tx.execute("UPDATE access_tokens SET last_seen_at = \(now) WHERE id = \(token) AND last_seen_at < \(now)")
        _ = try tx.execute(
            """
            UPDATE integrations SET last_used_at = \(now)
            WHERE id = (SELECT integration FROM access_tokens WHERE id = \(token)) AND (last_used_at IS NULL OR last_used_at < \(now))
            """)
    }

    /// When a login, or a token of an integration, was last active, as far as this node knows.
    package func lastSeen(_ login: LoginID, stored: Timestamp) -> Timestamp { activity.last(login, stored: stored) }

    private static func enter(_ account: AccountID, _ principal: Principal, _ tx: any Transaction) throws -> Principal {
        guard let facts = try Facts.account(account, tx), let manager = try Facts.managerRole(of: account, tx) else {
            try Policy.check(.enterprise(.manageUsers), principal)
            throw Hidden()
        }
        let inside = try Policy.enter(
            account, group: facts.group, hasFieldWork: facts.catalogue.hasFieldWork, manager: manager, tree: facts.places, by: principal)
        guard let inside else { throw Hidden() }
        return inside
    }

    /// The principal as it is inside a write's own transaction: nothing cached.
    private func principal(of caller: Caller, _ tx: any Transaction) throws -> Principal {
        let now = clock.now()
        let facts = try Facts.live(caller.credential, at: now, tx)
        try requireLive(facts, at: now)
        let principal = facts.principal(from: caller.origin)
        guard let account = caller.entering else { return principal }
        return try Self.enter(account, principal, tx)
    }

    // MARK: Accounts

    package func read<T: Sendable>(
        _ need: Need, _ caller: Caller, _ body: @escaping @Sendable (borrowing Permit, any Transaction) throws -> T
    ) async throws -> T {
        try Policy.check(need, caller.principal)
        return try await database.read(seeing: caller.sight) { tx in try body(Policy.permit(need, caller.principal), tx) }
    }

    package func write<T: Sendable>(
        _ need: Need, _ caller: Caller, touches: Touches = .facts,
        _ body: @escaping @Sendable (borrowing Permit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await database.write(seeing: caller.sightOfFacts) { [self] tx in
            // Before anything is read: what the principal may do, and what the body finds, stays so until the commit.
            if let account = caller.principal.account { try tx.lock(Chain.account(account).name) }
            let permit = try Policy.permit(need, principal(of: caller, tx))
            let account = permit.account
            try tx.narrow(to: account.description)
            let result = try recorded(tx, .account(account), permit.actor, caller.origin) { try body(permit, $0, $1) }
            if touches == .facts { try tx.announce(News.facts(account).text) }
            return result
        }
    }

    // MARK: The enterprise

    package func read<T: Sendable>(
        enterprise permission: Permission?, _ caller: Caller, _ body: @escaping @Sendable (borrowing EnterprisePermit, any Transaction) throws -> T
    ) async throws -> T {
        try Policy.check(.enterprise(permission), caller.principal)
        return try await database.read(seeing: .everything) { tx in try body(Policy.enterprisePermit(permission, caller.principal), tx) }
    }

    package func write<T: Sendable>(
        enterprise permission: Permission?, _ caller: Caller,
        _ body: @escaping @Sendable (borrowing EnterprisePermit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            try tx.lock(Chain.enterprise.name)
            let permit = try Policy.enterprisePermit(permission, principal(of: caller, tx))
            let result = try recorded(tx, .enterprise, permit.actor, caller.origin) { try body(permit, $0, $1) }
            try tx.announce(News.allFacts.text)
            return result
        }
    }

    // MARK: Oneself

    package func read<T: Sendable>(
        own need: Need, _ caller: Caller, _ body: @escaping @Sendable (borrowing OwnPermit, any Transaction) throws -> T
    ) async throws -> T {
        try Policy.check(need, caller.principal)
        return try await database.read(seeing: caller.sightOfFacts) { tx in try body(Policy.ownPermit(need, caller.principal), tx) }
    }

    package func write<T: Sendable>(
        own need: Need, _ caller: Caller, _ body: @escaping @Sendable (borrowing OwnPermit, any Transaction, Ledger) throws -> T
    ) async throws -> T {
        // An administrator's own page is the enterprise's, even while switched into an account.
        let account = caller.principal.administrator == nil ? caller.principal.account : nil
        let chain = account.map(Chain.account) ?? .enterprise
        return try await database.write(seeing: caller.sightOfFacts) { [self] tx in
            try tx.lock(chain.name)
            let permit = try Policy.ownPermit(need, principal(of: caller, tx))
            let result = try recorded(tx, chain, permit.actor, caller.origin) { try body(permit, $0, $1) }
            try tx.announce((account.map(News.facts) ?? .allFacts).text)
            return result
        }
    }

    // MARK: Doors

    package func read<T: Sendable>(
        door: Door, _ body: @escaping @Sendable (borrowing DoorPermit, any Transaction) throws -> T
    ) async throws -> T {
        try await database.read(seeing: .everything) { tx in try body(Policy.open(door), tx) }
    }

    /// Writes before anybody is known. The body names the chain and the actor once it knows them.
    package func write<T: Sendable>(
        door: Door, origin: Origin, touches: Touches = .facts,
        _ body: @escaping @Sendable (borrowing DoorPermit, any Transaction, Doorbook) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            try tx.lock("door " + door.rawValue)
            let counting = CountingTransaction(tx)
            let book = Doorbook(tx: counting, origin: origin, now: clock.now())
            let result = try body(Policy.open(door), counting, book)
            try requireHistory(changed: counting.changed, entries: book.entries)
            if touches == .records { return result }
            if book.accounts.enterprise { try tx.announce(News.allFacts.text) }
            for account in book.accounts.accounts { try tx.announce(News.facts(account).text) }
            return result
        }
    }

    /// The keeping of the outbox, of what integrations called, or of checkpoints, which is no change that history is about: the one quiet write.
    /// What is given up, the body records.
    package func carry<T: Sendable>(
        door: Door = .outbox, origin: Origin, _ body: @escaping @Sendable (borrowing DoorPermit, any Transaction, Doorbook) throws -> T
    ) async throws -> T {
        try await database.write(seeing: .everything) { [self] tx in
            try tx.lock("door " + door.rawValue)
            return try body(Policy.open(door), tx, Doorbook(tx: tx, origin: origin, now: clock.now()))
        }
    }

    // MARK: History or nothing

    func recorded<T>(
        _ tx: any Transaction, _ chain: Chain, _ actor: Actor, _ origin: Origin, _ body: (any Transaction, Ledger) throws -> T
    ) throws -> T {
        let counting = CountingTransaction(tx)
        let ledger = Ledger(tx: tx, chain: chain, actor: actor, origin: origin, now: clock.now())
        let result = try body(counting, ledger)
        try requireHistory(changed: counting.changed, entries: ledger.entries)
        if case .account(let account) = chain {
            for news in ledger.happenings.compactMap({ $0.news(in: account) }) { try tx.announce(news.text) }
        }
        return result
    }

    private static func hear(_ news: News, _ live: LivePrincipals, _ watchers: Watchers, _ words: NodeWords) {
        switch news {
        case .facts(let account):
            live.drop(account)
            watchers.tell(account, [.facts])
        case .allFacts:
            live.dropAll()
            watchers.tellAll(.facts)
        case .happening(let account, let session, let key, let owner):
            watchers.tell(account, [.session(session, key: key, owner: owner)])
        case .word(let node, let topic, let text): words.hear(from: node, topic, text)
        }
    }

    private func requireHistory(changed: Int, entries: Int) throws {
        if changed > 0, entries == 0 { throw DatabaseError.misuse("a change without history") }
    }
}

/// Where a door leaves its history: in the chain and under the actor that the body has found.
package final class Doorbook {
    private let tx: any Transaction
    private let origin: Origin
    package let now: Timestamp
    package private(set) var entries = 0
    private(set) var accounts: (accounts: Set<AccountID>, enterprise: Bool) = ([], false)

    init(tx: any Transaction, origin: Origin, now: Timestamp) {
        self.tx = tx
        self.origin = origin
        self.now = now
    }

    package func record(_ action: String, _ subject: Subject, in chain: Chain, by actor: Actor, _ changes: [Change] = []) throws {
        let ledger = Ledger(tx: tx, chain: chain, actor: actor, origin: origin, now: now)
        try ledger.record(action, subject, changes)
        entries += 1
        switch chain {
        case .account(let account): accounts.accounts.insert(account)
        case .enterprise: accounts.enterprise = true
        }
    }
}

/// Counts what the body of a write changes, so that a change without history is refused.
private final class CountingTransaction: Transaction {
    private let inner: any Transaction
    private(set) var changed = 0

    init(_ inner: any Transaction) { self.inner = inner }

    var dialect: Dialect { inner.dialect }
    func forEachRow(_ sql: SQL, _ body: (Row) throws -> Bool) throws { try inner.forEachRow(sql, body) }

    func execute(_ sql: SQL) throws -> Int {
        let count = try inner.execute(sql)
        changed += count
        return count
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) { inner.afterCommit(action) }
    func announce(_ message: String) throws { try inner.announce(message) }
    func narrow(to account: String) throws { try inner.narrow(to: account) }
    func lock(_ name: String) throws { try inner.lock(name) }
}
