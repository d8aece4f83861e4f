import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// Making the enterprise and its first administrator: once, by a one-time link or on the server's own machine (P10).
package enum SetUp {
    /// What somebody typed into the set-up form.
    package struct Draft: Sendable {
        package var enterprise: String
        package var name: String
        package var email: String
        var password: String

        /// - Throws: `Problem` 400 or 422 naming the fields.
        package init(_ fields: Fields) throws {
            enterprise = fields.name("enterprise")
            name = fields.name()
            email = fields.email("email")
            password = fields.secret("password")
            PasswordRules.judge(
                password, field: "password", policy: PasswordPolicy(), person: .ofAdministrator(name: name, email: email, enterprise: enterprise),
                fields)
            try fields.finish()
        }
    }

    // MARK: For the commands and the page

    /// A token for a set-up link, valid for 24 hours; one made before it ends. Nil once there is an administrator.
    package static func mint(_ house: House) async throws -> String? {
        if try await house.gate.read(door: .setUp, { try SetUpStore.hasAdministrator($0, $1) }) { return nil }
        return try await house.gate.write(door: .setUp, origin: OneTime.local(house)) { try mint($0, $1, $2)?.text }
    }

    /// Sets up without a link, on the server's own machine.
    /// - Throws: `Problem` 422 naming the fields, 409 `already_set_up`. `PasswordHasher.Overloaded`.
    package static func run(enterprise: String, name: String, email: String, password: String, _ house: House) async throws {
        let fields = try Fields(["enterprise": .string(enterprise), "name": .string(name), "email": .string(email), "password": .string(password)])
        let draft = try Draft(fields)
        let hash = try await house.hasher.hash(draft.password)
        try await house.gate.write(door: .command, origin: OneTime.local(house)) { permit, tx, book in
            _ = try complete(draft, passwordHash: hash, token: nil, permit, tx, book)
        }
    }

    /// Sets up with a link's token, once: of two who try, one wins.
    /// - Throws: `Problem` 422 naming the fields, 410 `link_closed`. `PasswordHasher.Overloaded`.
    package static func run(_ fields: Fields, token: String, _ origin: Origin, _ house: House) async throws {
        // Nobody without a link gets as far as a hash.
        try await house.gate.read(door: .setUp) { [now = house.gate.now] in try requireOpen(token, at: now, $0, $1) }
        let draft = try Draft(fields)
        let hash = try await house.hasher.hash(draft.password)
        try await house.gate.write(door: .setUp, origin: origin) { permit, tx, book in
            _ = try complete(draft, passwordHash: hash, token: token, permit, tx, book)
        }
    }

    // MARK: In a transaction

    /// - Throws: `Problem` 410 `link_closed` for a token that does not open the set-up.
    package static func requireOpen(_ token: String, at now: Timestamp, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws {
        let isOpen = try SetUpStore.isOpen(OneTime.hash(token, .setup), at: now, permit, tx)
        if try !isOpen || SetUpStore.hasAdministrator(permit, tx) { throw OneTime.closed }
    }

    /// A new token, the only one; nil once there is an administrator.
    package static func mint(_ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook) throws -> Secret? {
        if try SetUpStore.hasAdministrator(permit, tx) { return nil }
        let token = Secret.mint(.setup)
        try SetUpStore.offer(token.hash, at: book.now, expiresAt: book.now.adding(seconds: 86_400), permit, tx)
        try book.record("set_up_link.created", Subject("enterprise", "enterprise", "Enterprise"), in: .enterprise, by: permit.actor)
        return token
    }

    /// Makes the enterprise and its first administrator, who holds everything; nobody is signed in by it. Only a command needs no token.
    /// - Throws: `Problem` 410 `link_closed`, 409 `already_set_up`.
    package static func complete(
        _ draft: Draft, passwordHash: String, token: String?, _ permit: borrowing DoorPermit, _ tx: any Transaction, _ book: Doorbook
    ) throws -> AdministratorID {
        if let token { try requireOpen(token, at: book.now, permit, tx) } else if permit.door != .command { throw OneTime.closed }
        let taken = Problem.conflict("already_set_up", "There is an administrator already. Use `latchkey admin reset` to help one who is locked out.")
        if try SetUpStore.hasAdministrator(permit, tx) { throw taken }
        let id = AdministratorID.new(at: book.now)
        do { try SetUpStore.insert(draft, id, passwordHash: passwordHash, at: book.now, permit, tx) } catch DatabaseError.unique { throw taken }
        try SetUpStore.end(permit, tx)
        let first = Actor(kind: .administrator, id: id.description, name: draft.name)
        let actor = token == nil ? permit.actor : first
        try book.record(
            "enterprise.created", Subject("enterprise", "enterprise", draft.enterprise), in: .enterprise, by: actor,
            [Change("name", to: .string(draft.enterprise))])
        try book.record(
            "administrator.created", Subject("administrator", id, draft.name), in: .enterprise, by: actor,
            [
                Change("email", to: .string(draft.email)), Change("name", to: .string(draft.name)), Change("groups", to: "all"),
                Change("permissions", to: JSON(Permission.allCases.map(\.rawValue))),
            ])
        return id
    }
}
