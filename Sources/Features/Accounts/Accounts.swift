import IntegrationsFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import SignInFeature

/// Which accounts a list is of.
package struct AccountFilter: Sendable, Hashable {
    /// Words that are all in the name.
    package var search: String?
    /// Of these groups alone.
    package var groups: Set<GroupID>?

    package init(search: String? = nil, groups: Set<GroupID>? = nil) {
        self.search = search
        self.groups = groups
    }

    /// Of a group and of everything nested in it; a group that one does not see has none.
    package init(search: String?, in group: IDFilter<GroupKind>?, _ tree: GroupTree) {
        self.search = search
        switch group {
        case .id(let id)?: groups = tree[id] == nil ? [] : tree.within(id)
        case .matchesNothing?: groups = []
        case nil: break
        }
    }
}

/// What can be done with accounts. Every verb works on those in the permit's groups; others are `Hidden`.
package enum Accounts {
    /// - Throws: `Hidden`.
    package static func find(_ id: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction) throws -> Account {
        guard let account = try AccountStore.find(id, permit, tx) else { throw Hidden() }
        return account
    }

    /// A page of accounts, newest first.
    package static func list(
        _ filter: AccountFilter = AccountFilter(), _ page: PageRequest, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Page<Account> {
        let total = try page.wantsTotal ? AccountStore.count(filter, permit, tx) : nil
        return Page(try AccountStore.list(filter, page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// How many people each of these accounts has; those outside one's own groups are left out.
    package static func numbers(
        of accounts: [AccountID], at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> [AccountID: AccountNumbers] { try NumbersStore.numbers(of: accounts, at: now, permit, tx) }

    /// An account as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        _ fields: Fields, at now: Timestamp, _ permit: borrowing EnterprisePermit, _ tx: any Transaction
    ) throws -> Account {
        let account = Account(
            name: fields.name(), group: try fields.group("group", permit, tx), region: fields.optionalText("region", 1...100),
            catalogue: (fields.optionalChoice("catalogue") ?? ReadyCatalogue.inspection).rawValue,
            contact: fields.optionalContact("contact"), at: now)
        try fields.finish()
        return account
    }

    /// Stores a new account with the built-in roles and the security settings of its catalogue.
    /// - Throws: `Problem` 422 for a group outside one's own or an unknown catalogue.
    package static func create(_ account: Account, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger) throws {
        guard permit.access.reaches(account.group) else { throw Problem.unknownReference("group") }
        guard let catalogue = Catalogue.ready(account.catalogue) else {
            throw Problem.invalid("catalogue", "invalid_choice", "There is no such catalogue.")
        }
        try AccountStore.insert(account, security: SecuritySettings(catalogue.defaults), permit, tx)
        try BuiltInRoles.install(catalogue, in: account.id, at: ledger.now, permit, tx)
        try ledger.record("account.created", account.subject, Change.between([:], account.details))
    }

    /// Changes the fields that are named. Administrators who lose the account by a move are signed out of it.
    /// - Throws: `Hidden`; `Problem` 400, 422, 412.
    package static func update(
        _ id: AccountID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing EnterprisePermit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Account {
        let before = try find(id, permit, tx)
        let fields = try fields()
        var account = before
        fields.immutable("id", "catalogue", "status", "created_at")
        if fields.has("name") { account.name = fields.name() }
        if fields.has("group") { account.group = try fields.group("group", permit, tx) }
        if fields.has("region") { account.region = fields.optionalText("region", 1...100) }
        if fields.has("contact") { account.contact = fields.optionalContact("contact") }
        try fields.finish()
        try match(before.tag)
        if account.details == before.details { return before }
        try AccountStore.update(account, permit, tx)
        if account.group != before.group { try Switching.endLost(at: ledger.now, permit, tx) }
        try ledger.recordChange("account.changed", account.subject, from: before.details, to: account.details)
        return account
    }

    /// Disables or enables; nothing happens where it is so already. Disabling ends every login in it and stops its API keys; enabling lets
    /// those work again and signs nobody in.
    /// - Throws: `Hidden`.
    package static func setDisabled(
        _ disabled: Bool, _ id: AccountID, _ permit: borrowing EnterprisePermit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Account {
        // Nobody signs in while the logins end.
        try tx.lock(Chain.account(id).name)
        var account = try find(id, permit, tx)
        if account.isDisabled == disabled { return account }
        account.disabledAt = disabled ? ledger.now : nil
        try AccountStore.update(account, permit, tx)
        if disabled {
            try Logins.end(inAccount: id, because: .accountDisabled, at: ledger.now, permit, tx)
            try AccessTokens.end(inAccount: id, permit, tx)
        }
        try ledger.record(disabled ? "account.disabled" : "account.enabled", account.subject)
        return account
    }
}
