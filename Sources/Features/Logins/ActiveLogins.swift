import IntegrationsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import SignInFeature

/// What those may do who look after an account's logins. Closing is not granting: screen `logins` at `full` closes anybody's.
package struct ActiveLogins: Sendable {
    let gate: Gate
    let now: Timestamp
    /// The login or token that asks.
    let asking: LoginID?

    package init(_ call: Call) {
        gate = call.gate
        now = call.now
        asking = call.caller?.principal.login ?? call.caller?.token?.id
    }

    /// One page of those that are live, newest first.
    package func list(
        _ filter: LoginFilter, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<ActiveLogin> {
        let found = try live(filter, before: page.after?.key, atMost: page.limit + 1, permit, tx)
        let total = page.wantsTotal ? try live(filter, before: nil, atMost: .max, permit, tx).count : nil
        return Page(found, limit: page.limit, total: total) { $0.id.description }
    }

    /// - Throws: `Hidden` for a login that is not of this account, or not live.
    package func find(_ id: LoginID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> ActiveLogin {
        let rules = try ActiveLoginStore.rules(permit, tx)
        if let row = try ActiveLoginStore.find(id, rules, at: now, permit, tx), let login = judged(row, rules) { return login }
        return known(try AccessTokens.find(id, at: now, permit, tx))
    }

    /// Ends one; its next request is refused.
    /// - Throws: `Hidden`.
    package func close(_ id: LoginID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws -> ActiveLogin {
        let login = try find(id, permit, tx)
        try end(login, permit, tx, ledger)
        return login
    }

    /// Ends all of a user, the one that asks among them if it is theirs; answers those that were live.
    /// - Throws: `Hidden` for a user who is not of this account.
    package func close(allOf user: UserID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws -> [ActiveLogin] {
        let all = try find(allOf: user, permit, tx).logins
        for login in all { try end(login, permit, tx, ledger) }
        return all
    }

    /// A user with all that are theirs.
    /// - Throws: `Hidden`.
    package func find(allOf user: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (name: String, logins: [ActiveLogin]) {
        guard let name = try ActiveLoginStore.name(of: user, permit, tx) else { throw Hidden() }
        return (name, try live(LoginFilter(user: .id(user)), before: nil, atMost: .max, permit, tx))
    }

    private func end(_ login: ActiveLogin, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws {
        if login.kind == .integration { return try AccessTokens.close(login.id, permit, tx, ledger) }
        let reason: EndReason = login.isCurrent ? .signedOut : .closed
        try Logins.end(login.id, because: reason, at: ledger.now, permit, tx)
        try ledger.record("login.closed", login.subject, Logins.changes(closed: login.id, reason))
    }

    // MARK: Which are live

    private func live(
        _ filter: LoginFilter, before: String?, atMost limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [ActiveLogin] {
        let people = try self.people(filter, before: before, atMost: limit, permit, tx)
        let tokens = try self.tokens(filter, before: before, atMost: limit, permit, tx)
        return Array((people + tokens).sorted { $0.id > $1.id }.prefix(limit))
    }

    private static let batch = 200

    private func people(
        _ filter: LoginFilter, before: String?, atMost limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [ActiveLogin] {
        if filter.kind == .integration { return [] }
        let rules = try ActiveLoginStore.rules(permit, tx)
        var live: [ActiveLogin] = []
        var before = before
        while live.count < limit {
            let most = min(limit, Self.batch)
            let rows = try ActiveLoginStore.list(filter, rules, before: before, limit: most, at: now, permit, tx)
            // Some that the store takes for live are idle by what the gate knows: then the page goes on behind them.
            live += rows.compactMap { judged($0, rules) }
            guard rows.count == most, let last = rows.last else { break }
            before = last.login.id.description
        }
        return live
    }

    private func judged(_ row: ActiveLoginStore.Found, _ rules: ActiveLoginStore.Rules) -> ActiveLogin? {
        var login = row.login
        login.lastSeenAt = gate.lastSeen(row.parent ?? login.id, stored: login.lastSeenAt)
        login.isCurrent = login.id == asking
        guard let minutes = rules.idleMinutes(of: login.kind, managesUsers: row.managesUsers) else { return login }
        return now < login.lastSeenAt.adding(seconds: Int64(minutes) * 60) ? login : nil
    }

    private func tokens(
        _ filter: LoginFilter, before: String?, atMost limit: Int, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> [ActiveLogin] {
        if filter.user != nil || (filter.kind ?? .integration) != .integration { return [] }
        var below = before.flatMap { LoginID($0) }
        if before != nil, below == nil { return [] }
        var live: [ActiveLogin] = []
        while live.count < limit {
            let most = min(limit, Self.batch)
            let found = try AccessTokens.live(below: below, limit: most, gate, at: now, permit, tx)
            live += found.map(known).filter { filter.finds($0) }
            guard found.count == most, let last = found.last else { break }
            below = last.id
        }
        return live
    }

    private func known(_ token: AccessToken) -> ActiveLogin {
        ActiveLogin(
            id: token.id, kind: .integration, principalID: token.integration.description, name: token.integrationName, createdAt: token.createdAt,
            lastSeenAt: gate.lastSeen(token.id, stored: token.lastSeenAt), expiresAt: token.expiresAt, address: token.address,
            userAgent: token.userAgent, isCurrent: token.id == asking)
    }
}

extension LoginFilter {
    /// Whether each word that is searched for begins one of the name's, or the address.
    fileprivate func finds(_ login: ActiveLogin) -> Bool {
        func words(_ text: String) -> [String] { IdentityKey.canonical(text).split(whereSeparator: \.isWhitespace).map { String($0) } }
        let known = words(login.name) + [login.address]
        return words(search ?? "").allSatisfy { word in known.contains { $0.hasPrefix(word) } }
    }
}
