import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import RolesFeature
import SignInFeature

/// A new user as a body describes them, not stored yet.
package struct UserDraft: Sendable {
    package let user: User
    /// Nil for somebody who is mailed a link to choose it.
    package let password: NewPassword?
    /// Whether the login details are mailed too.
    package let isMailed: Bool
    package let roles: [Role]
}

extension UserDraft {
    /// The same of somebody who brings the hash of a password along.
    package func withPassword(mustChange: Bool) -> UserDraft {
        var user = user
        (user.hasPassword, user.mustChangePassword) = (true, mustChange)
        return UserDraft(user: user, password: nil, isMailed: false, roles: roles)
    }

    /// The generated password that goes with the login details.
    var mailedPassword: String? { isMailed ? password.flatMap { $0.isGenerated ? $0.text : nil } : nil }

    func passwordEnd(at now: Timestamp) -> Timestamp? { mailedPassword == nil ? nil : now.adding(seconds: PersonalMail.passwordSeconds) }
}

/// What can be done with users. Every verb works on the permit's account; who is not in it is `Hidden`.
package enum Users {
    /// - Throws: `Hidden`.
    package static func find(_ id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> User {
        guard let user = try UserStore.find(id, permit, tx) else { throw Hidden() }
        return user
    }

    package static func list(
        _ filter: UserFilter, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<User> {
        let total = try page.wantsTotal ? UserStore.count(filter, at: now, permit, tx) : nil
        return Page(try UserStore.list(filter, page, at: now, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// What a user holds in all.
    package static func access(of user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Access {
        Access(
            user: user.id, roles: try Roles.existing(Set(user.roles), permit, tx), places: user.places, keys: user.keys,
            tree: try AccountFacts.of(permit, tx).places)
    }

    /// A new user as the fields describe them. Hash the password outside of any transaction; then come back with it as `judged`.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(
        _ fields: Fields, judged: NewPassword? = nil, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> UserDraft {
        let account = try AccountFacts.of(permit, tx)
        let email = fields.email("email")
        let username = fields.username(or: email)
        let firstName = fields.name("first_name")
        let lastName = fields.name("last_name")
        let roles = try fields.roles(permit, tx)
        let basis = PasswordBasis(account, username: username, firstName: firstName, lastName: lastName, email: email)
        let password = fields.optionalPassword(generating: "generate_password", by: basis, judged: judged)
        let isMailed = fields.optionalFlag("send_credentials") ?? false
        // Whatever lies in a mailbox is good for the first sign-in only.
        let mustChange = (fields.optionalFlag("must_change") ?? password?.isGenerated ?? false) || (isMailed && password?.isGenerated == true)
        let user = User(
            id: .new(at: now), username: username, email: email, firstName: firstName, lastName: lastName, roles: roles.map(\.id),
            keys: try fields.keys(permit, tx), places: fields.places(account.places), hasPassword: password != nil,
            mustChangePassword: password != nil && mustChange,
            endsAt: fields.end(at: now), disabledAt: nil, createdAt: now, lastSignInAt: nil, lastSeenAt: nil)
        try fields.finish()
        return UserDraft(user: user, password: password, isMailed: isMailed, roles: roles)
    }

    /// Stores a new user. Without a password they are mailed a link to choose it; with one, the login details where that is wished.
    /// - Throws: `Problem` 403 for a role, key or place that one may not give, 409 `excluded_together`, `email_taken` or `username_taken`.
    package static func create(
        _ draft: UserDraft, passwordHash: String?, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let user = draft.user
        try add(draft, passwordHash: passwordHash, permit, tx, ledger)
        if draft.password == nil {
            try PersonalMail.activate(user.id, at: ledger.now, room, permit, tx)
        } else if draft.isMailed {
            try PersonalMail.credentials(user.id, generated: draft.mailedPassword, at: ledger.now, room, permit, tx)
        }
    }

    /// The same without a mail, for many at once; a hash may be one that another product has made.
    /// - Throws: as `create`.
    package static func add(
        _ draft: UserDraft, passwordHash: String?, isFromElsewhere: Bool = false, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        let user = draft.user
        let account = try AccountFacts.of(permit, tx)
        let giving = Giving(roles: draft.roles, keys: account.catalogue.hasFieldWork ? user.keys : .nothing, places: user.places)
        try giving.require(permit.access, toOneself: false)
        try Roles.requireCompatible(draft.roles.map(\.grants), account.catalogue, field: "roles")
        try taken("email_taken", "Another user of this account has this e-mail.", field: "email") {
            try UserWriteStore.insert(user, passwordHash: passwordHash, passwordEndsAt: draft.passwordEnd(at: ledger.now), permit, tx)
        }
        try claimUsername(of: user, permit, tx)
        // That there is a password, and never which.
        let password = isFromElsewhere ? [Change("password_from_elsewhere", to: .bool(true))] : []
        try ledger.record("user.created", user.subject, Change.between([:], user.details) + password)
    }

    /// Mails a new user the link with which they choose a password.
    package static func mailActivation(
        to draft: UserDraft, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws { try PersonalMail.activate(draft.user.id, at: ledger.now, room, permit, tx) }

    /// Those of these e-mails, in canonical form, that users of the account have.
    package static func taken(emails: [String], _ permit: borrowing Permit, _ tx: any Transaction) throws -> Set<String> {
        try UserStore.taken(emails: emails, permit, tx)
    }

    /// Takes the username for a user who is about to be added in this transaction; false where somebody in the installation has it.
    package static func claimUsername(for draft: UserDraft, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Bool {
        try UserWriteStore.takesUsername(of: draft.user, permit, tx)
    }

    /// Changes the fields that are named. Roles and keys that are taken away end no login.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403, 409 `excluded_together`, `last_manager` or `username_taken`, 412.
    package static func update(
        _ id: UserID, _ fields: () throws -> Fields, match: (User) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> User {
        let before = try find(id, permit, tx)
        let account = try AccountFacts.of(permit, tx)
        let held = try Roles.existing(Set(before.roles), permit, tx)
        var (user, roles) = try revised(before, held, fields(), account.places, at: ledger.now, permit, tx)
        if !permit.access.mayEdit(holderOf: held) { throw Problem.forbiddenGrant }
        let giving = Giving(
            roles: roles.filter { !held.contains($0) }, keys: account.catalogue.hasFieldWork ? user.keys.beyond(before.keys) : .nothing,
            places: user.places.beyond(before.places))
        try giving.require(permit.access, toOneself: id == permit.user)
        if user.roles != before.roles { try Roles.requireCompatible(roles.map(\.grants), account.catalogue, field: "roles") }
        try requireManagerStays(from: before, held, to: user, roles, at: ledger.now, permit, tx)
        if user.details["username"] != before.details["username"] { try claimUsername(of: user, permit, tx) }
        try match(before)
        if user.details == before.details { return before }
        if before.hasEnded(at: ledger.now), user.status(at: ledger.now) != .disabled { user.enabledAt = ledger.now }
        try UserWriteStore.update(user, at: ledger.now, permit, tx)
        // Whoever had ended is let in again by this, and signs in anew.
        if before.hasEnded(at: ledger.now) { try Logins.end(ofUser: id, because: .disabled, at: ledger.now, permit, tx) }
        try ledger.recordChange("user.changed", user.subject, from: before.details, to: user.details)
        return user
    }
}

extension Users {
    /// The user as an edit would leave them, with their roles.
    private static func revised(
        _ before: User, _ held: [Role], _ fields: Fields, _ tree: PlaceTree, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> (User, [Role]) {
        var user = before
        var roles = held
        fields.immutable(
            "id", "email", "password", "generate_password", "must_change", "must_change_password", "status", "created_at", "last_sign_in_at",
            "last_seen_at")
        if fields.has("first_name") { user.firstName = fields.name("first_name") }
        if fields.has("last_name") { user.lastName = fields.name("last_name") }
        if fields.has("username") { user.username = fields.username(or: user.email) }
        if fields.has("roles") {
            roles = try fields.roles(permit, tx)
            user.roles = roles.map(\.id)
        }
        if fields.has("api_keys") { user.keys = try fields.keys(permit, tx).keeping(before.keys, outside: permit.keys) }
        if fields.has("places") { user.places = fields.places(tree) }
        if fields.has("ends_at") { user.endsAt = fields.end(at: now, before: before.endsAt) }
        try fields.finish()
        return (user, roles)
    }

    private static func claimUsername(of user: User, _ permit: borrowing Permit, _ tx: any Transaction) throws {
        try taken("username_taken", "Somebody has this username. Give another one.", field: "username") {
            try UserWriteStore.claimUsername(of: user, permit, tx)
        }
    }

    private static func taken(_ code: String, _ detail: String, field: String, _ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique { throw Problem.conflict(code, detail, field: field) }
    }
}
