import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyJSON
import LatchkeySecrets

/// A credential's principal with the times at which it stops being live.
struct LiveFacts: Sendable {
    let principal: Principal
    /// The login whose activity counts: a switched login's is its parent's. Of an integration its token, whose use is noted and never needed.
    let activity: LoginID?
    let lastSeen: Timestamp
    let idleMinutes: Int?
    let endsAt: Timestamp?
    var surroundings = Surroundings()
    /// What an integration showed, where it is a token.
    var token: TokenFacts?
    let told = Told()
    /// Where the credential may be used; empty is everywhere.
    var allowedAddresses: [AddressRange] = []

    /// The principal of a request from there. An address that is not known, or does not parse, is in no range (P7).
    func principal(from origin: Origin) -> Principal {
        guard !allowedAddresses.isEmpty else { return principal }
        var principal = principal
        principal.isOutsideAllowedAddresses = !origin.isAddressKnown || !allowedAddresses.contains { $0.contains(origin.address) }
        return principal
    }
}

/// Reads the policy's facts. Every credential kind passes here, and everything that it hangs on is looked at: the login and its parent, the
/// person, the account. These are the look-ups that come before there is a permit, together with those of `Door`.
enum Facts {
    /// - Throws: `Dead` for a credential that lets nobody in.
    static func live(_ credential: Credential, at now: Timestamp, _ tx: any Transaction) throws -> LiveFacts {
        switch credential.kind {
        case .login: try login(credential.hash, at: now, tx)
        case .live, .test: try apiKey(credential.hash, at: now, tx)
        case .access: try accessToken(credential.hash, at: now, tx)
        case .client: try client(credential.hash, at: now, tx)
        default: throw Dead.unknown
        }
    }

    private struct LoginRow {
        var id: LoginID, account: AccountID?, user: UserID?, administrator: AdministratorID?, actingAs: AdministratorID?, parent: LoginID?
        var lastSeen: Timestamp, expires: Timestamp, endedAt: Timestamp?, endReason: String?, endedBy = Ender()
        var createdAt: Timestamp, steppedUpAt: Timestamp?
    }

    private static let loginColumns: SQL = """
        id, account, user_id, administrator, acting_as, parent, last_seen_at, expires_at, ended_at, end_reason, ended_by,
        ended_agent, ended_actor, created_at, stepped_up_at
        """

    private static func loginRow(_ row: Row) throws -> LoginRow {
        LoginRow(
            id: try row[0], account: try row[1], user: try row[2], administrator: try row[3], actingAs: try row[4], parent: try row[5],
            lastSeen: try row[6], expires: try row[7], endedAt: try row[8], endReason: try row[9],
            endedBy: Ender(name: try row[12], address: try row[10], userAgent: try row[11]), createdAt: try row[13], steppedUpAt: try row[14])
    }

    private static func login(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> LiveFacts {
        let found = try tx.row("SELECT \(fragment: loginColumns) FROM logins WHERE hash = \(hash)", loginRow)
        guard let login = found else { throw Dead.unknown }
        try requireOpen(login, at: now)
        if let account = login.account, let user = login.user { return try self.user(user, in: account, login, at: now, tx) }
        guard let administrator = login.administrator else { throw Dead.unknown }
        return try self.administrator(administrator, login, at: now, tx)
    }

    /// Whose login this is or was: the id of a user or an administrator.
    static func holder(_ hash: [UInt8], _ tx: any Transaction) throws -> String? {
        try tx.row("SELECT coalesce(user_id, administrator) FROM logins WHERE hash = \(hash)") { try $0[0] }
    }

    private static func requireOpen(_ login: LoginRow, at now: Timestamp) throws {
        if let at = login.endedAt { throw Dead.ended(at: at, reason: login.endReason ?? "closed", by: login.endedBy) }
        if now >= login.expires { throw Dead.expired }
    }

    private static func user(
        _ id: UserID, in accountID: AccountID, _ login: LoginRow, at now: Timestamp, _ tx: any Transaction
    ) throws -> LiveFacts {
        guard let account = try account(accountID, tx), !account.isDisabled else { throw Dead.disabled }
        let row = try tx.row(
            """
            SELECT first_name, last_name, all_keys, all_places, must_change_password, ends_at, disabled_at FROM users
            WHERE account = \(accountID) AND id = \(id)
            """
        ) { row in
            (
                name: try (row[0] as String) + " " + (row[1] as String), allKeys: try row[2] as Bool, allPlaces: try row[3] as Bool,
                mustChange: try row[4] as Bool, endsAt: try row[5] as Timestamp?, disabledAt: try row[6] as Timestamp?
            )
        }
        guard let row, row.disabledAt == nil, row.endsAt.map({ now < $0 }) ?? true else { throw Dead.disabled }
        let access = try access(of: id, in: accountID, allKeys: row.allKeys, allPlaces: row.allPlaces, account.places, tx)
        var principal = Principal(
            actor: Actor(kind: .user, id: id.description, name: row.name),
            place: .account(accountID, hasFieldWork: account.catalogue.hasFieldWork, access), login: login.id, mustChangePassword: row.mustChange)
        principal.mustAddFactor = try FactorFacts.mustAdd(id, in: accountID, account.security.secondStep, roles: access.roles, tx)
        principal.proof = try proof(login.steppedUpAt, root: login, of: "account = \(accountID) AND user_id = \(id)", tx)
        return LiveFacts(
            principal: principal, activity: login.id, lastSeen: login.lastSeen,
            idleMinutes: account.security.idleMinutes(managesUsers: access.level(of: .users) == .full),
            endsAt: row.endsAt.map { min($0, login.expires) } ?? login.expires)
    }

    /// An administrator at the enterprise level, acting as another one, or switched into an account.
    private static func administrator(
        _ id: AdministratorID, _ login: LoginRow, at now: Timestamp, _ tx: any Transaction
    ) throws -> LiveFacts {
        guard let own = try administrator(id, tx), !own.isDisabled else { throw Dead.disabled }
        var facts = own
        var onBehalfOf: String?
        if let acting = login.actingAs {
            guard let other = try administrator(acting, tx), !other.isDisabled else { throw Dead.disabled }
            facts.access = own.access.intersection(other.access)
            onBehalfOf = other.name
        }
        // A child login ends with its parent, however that ends.
        var root = login
        var steppedUpAt = login.steppedUpAt
        while let parent = root.parent {
            guard let next = try tx.row("SELECT \(fragment: loginColumns) FROM logins WHERE id = \(parent)", loginRow) else { throw Dead.unknown }
            try requireOpen(next, at: now)
            if let acting = next.actingAs, next.id != login.id {
                guard let other = try administrator(acting, tx), !other.isDisabled else { throw Dead.disabled }
                facts.access = facts.access.intersection(other.access)
                onBehalfOf = onBehalfOf ?? other.name
            }
            root = next
            steppedUpAt = [steppedUpAt, root.steppedUpAt].compactMap { $0 }.max()
        }
        let actor = Actor(kind: .administrator, id: id.description, name: own.name, onBehalfOf: onBehalfOf)
        let place: Principal.Place
        if let accountID = login.account {
            guard let account = try account(accountID, tx), !account.isDisabled, facts.access.permissions.contains(.switchAccount),
                facts.access.reaches(account.group), let manager = try managerRole(of: accountID, tx)
            else { throw Dead.disabled }
            let access = Access(user: nil, roles: [manager], places: .all, keys: .all, tree: account.places)
            place = .account(accountID, hasFieldWork: account.catalogue.hasFieldWork, access)
        } else {
            place = .enterprise(facts.access)
        }
        var principal = Principal(
            actor: actor, place: place, login: login.id, administrator: id, mustChangePassword: own.mustChange)
        principal.mustAddFactor = try FactorFacts.mustAdd(id, tx)
        principal.permissions = facts.access.permissions
        principal.proof = try proof(steppedUpAt, root: root, of: "administrator = \(id)", tx)
        return LiveFacts(
            principal: principal, activity: root.id, lastSeen: root.lastSeen, idleMinutes: 30, endsAt: min(root.expires, login.expires))
    }

    /// Whoever has no second step showed their password when they signed in, too.
    private static func proof(_ steppedUpAt: Timestamp?, root: LoginRow, of holder: SQL, _ tx: any Transaction) throws -> Proof {
        let hasSecondStep = try tx.row("SELECT 1 FROM factors WHERE \(fragment: holder) LIMIT 1") { _ in true } ?? false
        let at = hasSecondStep ? steppedUpAt : max(steppedUpAt ?? root.createdAt, root.createdAt)
        return Proof(at: at, hasSecondStep: hasSecondStep)
    }

    private static func apiKey(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> LiveFacts {
        let row = try tx.row(
            """
            SELECT k.account, k.id, k.name, s.ends_at, k.disabled_at FROM api_key_secrets s
            JOIN api_keys k ON k.account = s.account AND k.id = s.api_key WHERE s.hash = \(hash)
            """
        ) { row in
            (
                account: try row[0] as AccountID, id: try row[1] as APIKeyID, name: try row[2] as String, endsAt: try row[3] as Timestamp?,
                disabledAt: try row[4] as Timestamp?
            )
        }
        guard let row else { throw Dead.unknown }
        guard row.disabledAt == nil, let account = try account(row.account, tx), !account.isDisabled else { throw Dead.disabled }
        if let endsAt = row.endsAt, now >= endsAt { throw Dead.expired }
        let principal = Principal(
            actor: Actor(kind: .apiKey, id: row.id.description, name: row.name),
            place: .account(row.account, hasFieldWork: account.catalogue.hasFieldWork, .ofAPIKey(row.id, name: row.name)))
        var facts = LiveFacts(principal: principal, activity: nil, lastSeen: now, idleMinutes: nil, endsAt: row.endsAt)
        facts.allowedAddresses = account.security.allowedAddresses
        return facts
    }

    /// An integration by one of its tokens. What it may do is what the integration has now, so that a change holds for tokens that are out.
    private static func accessToken(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> LiveFacts {
        let row = try tx.row(
            """
            SELECT t.account, t.id, t.scope, t.last_seen_at, t.expires_at, i.id, i.name, i.functions, i.disabled_at, t.created_at FROM access_tokens t
            JOIN integrations i ON i.account = t.account AND i.id = t.integration WHERE t.hash = \(hash)
            """
        ) { row in
            (
                account: try row[0] as AccountID, token: try row[1] as LoginID, scope: try row[2] as JSON?, lastSeen: try row[3] as Timestamp,
                endsAt: try row[4] as Timestamp, id: try row[5] as IntegrationID, name: try row[6] as String, functions: try row[7] as JSON,
                disabledAt: try row[8] as Timestamp?, issuedAt: try row[9] as Timestamp
            )
        }
        guard let row else { throw Dead.unknown }
        guard row.disabledAt == nil, let account = try account(row.account, tx), !account.isDisabled else { throw Dead.disabled }
        if now >= row.endsAt { throw Dead.expired }
        let access = Access.ofIntegration(
            name: row.name, functions: [Function: Level](json: row.functions), within: row.scope.map { [Function: Level](json: $0) },
            tree: account.places)
        let principal = Principal(
            actor: Actor(kind: .integration, id: row.id.description, name: row.name),
            place: .account(row.account, hasFieldWork: account.catalogue.hasFieldWork, access))
        var facts = LiveFacts(principal: principal, activity: row.token, lastSeen: row.lastSeen, idleMinutes: nil, endsAt: row.endsAt)
        facts.allowedAddresses = account.security.allowedAddresses
        facts.token = TokenFacts(id: row.token, issuedAt: row.issuedAt, expiresAt: row.endsAt)
        return facts
    }

    /// An integration by its secret, which lets it in at the OAuth endpoints alone.
    private static func client(_ hash: [UInt8], at now: Timestamp, _ tx: any Transaction) throws -> LiveFacts {
        let row = try tx.row("SELECT account, id, name, functions, disabled_at FROM integrations WHERE secret_hash = \(hash)") { row in
            (
                account: try row[0] as AccountID, id: try row[1] as IntegrationID, name: try row[2] as String, functions: try row[3] as JSON,
                disabledAt: try row[4] as Timestamp?
            )
        }
        guard let row else { throw Dead.unknown }
        guard row.disabledAt == nil, let account = try account(row.account, tx), !account.isDisabled else { throw Dead.disabled }
        let principal = Principal(
            actor: Actor(kind: .integration, id: row.id.description, name: row.name),
            place: .account(
                row.account, hasFieldWork: account.catalogue.hasFieldWork,
                .ofIntegration(name: row.name, functions: [Function: Level](json: row.functions), tree: account.places)))
        var facts = LiveFacts(principal: principal, activity: nil, lastSeen: now, idleMinutes: nil, endsAt: nil)
        facts.allowedAddresses = account.security.allowedAddresses
        return facts
    }
}

extension Facts {
    static func surroundings(of principal: Principal, _ tx: any Transaction) throws -> Surroundings {
        var around = Surroundings()
        let enterprise = try Enterprise.read(tx)
        around.enterprise = enterprise.name
        if let account = principal.account {
            let row = try tx.row("SELECT name, contact FROM accounts WHERE id = \(account)") {
                (name: try $0[0] as String, contact: try $0[1] as JSON)
            }
            around.catalogue = try Facts.account(account, tx)?.catalogue
            around.account = row?.name
            around.supportEmail = row?.contact["email"]?.text
            around.supportPhone = row?.contact["phone"]?.text
            if let user = principal.user {
                around.username = try tx.row("SELECT username FROM users WHERE account = \(account) AND id = \(user)") { try $0[0] } ?? ""
            }
            if principal.actor.kind == .integration {
                let id = principal.actor.id
                around.username = try tx.row("SELECT client_id FROM integrations WHERE account = \(account) AND id = \(id)") { try $0[0] } ?? ""
            }
        }
        if let administrator = principal.administrator {
            around.enterpriseCatalogue = enterprise.settings.catalogue.flatMap(Catalogue.ready)
            if principal.account == nil { around.catalogue = around.enterpriseCatalogue }
            around.username = try tx.row("SELECT email FROM administrators WHERE id = \(administrator)") { try $0[0] } ?? ""
        }
        return around
    }

    static func account(_ id: AccountID, _ tx: any Transaction) throws -> AccountFacts? {
        let row = try tx.row(
            """
            SELECT a.name, a.group_id, a.catalogue, a.security, a.disabled_at, a.places_version, c.revision
            FROM accounts a
            LEFT JOIN account_catalogues c ON c.account = a.id WHERE a.id = \(id)
            """
        ) { row in
            (
                name: try row[0] as String, group: try row[1] as GroupID?, catalogue: try row[2] as String, security: try row[3] as JSON,
                isDisabled: try (row[4] as Timestamp?) != nil, places: try row[5] as String, revision: try row[6] as String?
            )
        }
        guard let row else { return nil }
        let own = try row.revision.flatMap { $0.isEmpty ? nil : try OwnCatalogues.find($0, of: id, tx) }
        let catalogue = own ?? Catalogue.ready(row.catalogue) ?? .own
        return AccountFacts(
            id: id, name: row.name, group: row.group, catalogue: catalogue,
            security: SecuritySettings(json: row.security, defaults: catalogue.defaults), isDisabled: row.isDisabled,
            places: try PlaceFacts.tree(of: id, version: row.places, tx))
    }

    static func access(
        of user: UserID, in account: AccountID, allKeys: Bool, allPlaces: Bool, _ tree: PlaceTree, _ tx: any Transaction
    ) throws -> Access {
        let roles = try tx.rows(
            """
            SELECT \(fragment: roleColumns) FROM roles r JOIN user_roles u ON u.account = r.account AND u.role = r.id
            WHERE u.account = \(account) AND u.user_id = \(user) ORDER BY r.id
            """, role)
        let keys =
            try allKeys
            ? [] : tx.rows("SELECT api_key FROM user_api_keys WHERE account = \(account) AND user_id = \(user)") { try $0[0] as APIKeyID }
        let places: Scope<PlaceID> = try allPlaces ? .all : .only(PlaceFacts.granted(to: user, in: account, tx))
        return Access(user: user, roles: roles, places: places, keys: allKeys ? .all : .only(Set(keys)), tree: tree)
    }

    static let roleColumns: SQL = "r.id, r.name, r.screens, r.functions, r.manager, r.gives"

    static func role(_ row: Row) throws -> Role {
        Role(
            id: try row[0], name: try row[1], grants: Grants(screensJSON: try row[2], functionsJSON: try row[3]), isManager: try row[4],
            gives: Set((try row[5] as JSON).elements.compactMap(\.text)))
    }

    static func managerRole(of account: AccountID, _ tx: any Transaction) throws -> Role? {
        try tx.row("SELECT \(fragment: roleColumns) FROM roles r WHERE r.account = \(account) AND r.manager = 1", role)
    }

    struct AdministratorFacts {
        var name: String, access: EnterpriseAccess, isDisabled: Bool, mustChange: Bool
    }

    static func administrator(_ id: AdministratorID, _ tx: any Transaction) throws -> AdministratorFacts? {
        let row = try tx.row(
            "SELECT name, all_groups, permissions, disabled_at, must_change_password FROM administrators WHERE id = \(id)"
        ) { row in
            (
                name: try row[0] as String, allGroups: try row[1] as Bool, permissions: try row[2] as JSON,
                disabledAt: try row[3] as Timestamp?, mustChange: try row[4] as Bool
            )
        }
        guard let row else { return nil }
        let groups: Scope<GroupID> = row.allGroups ? .all : .only(try groups(of: id, tx))
        let permissions = Set(row.permissions.elements.compactMap { $0.text.flatMap(Permission.init) })
        return AdministratorFacts(
            name: row.name, access: EnterpriseAccess(permissions: permissions, groups: groups), isDisabled: row.disabledAt != nil,
            mustChange: row.mustChange)
    }

    /// An administrator's groups with everything nested in them.
    static func groups(of administrator: AdministratorID, _ tx: any Transaction) throws -> Set<GroupID> {
        Set(
            try tx.rows(
                """
                WITH RECURSIVE reached (id) AS (
                    SELECT group_id FROM administrator_groups WHERE administrator = \(administrator)
                    UNION SELECT g.id FROM groups g JOIN reached r ON g.parent = r.id)
                SELECT id FROM reached
                """
            ) { try $0[0] as GroupID })
    }
}
