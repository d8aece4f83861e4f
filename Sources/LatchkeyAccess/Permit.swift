/// The policy's yes for one account, and the only key that opens its stores.
///
/// It is made by `Policy.permit` alone, is lent for the length of one transaction and cannot be copied, so it cannot be forged, kept or
/// used for another account: the account comes from here and never from a loose argument. `Tests/MustNotCompile` holds it to that.
package struct Permit: ~Copyable, Sendable {
    package let account: AccountID
    package let actor: Actor
    package let access: Access
    /// The administrator behind the actor, switched in or naming the account in the path.
    package let administrator: AdministratorID?
    package let login: LoginID?

    internal init(account: AccountID, actor: Actor, access: Access, administrator: AdministratorID?, login: LoginID?) {
        self.account = account
        self.actor = actor
        self.access = access
        self.administrator = administrator
        self.login = login
    }

    /// The sessions that this principal may see.
    package var visibleSessions: Visibility { access.visibility(at: .read) }
    /// The sessions that this principal may write.
    package var writableSessions: Visibility { access.visibility(at: .full) }
    /// The API keys that exist for this principal (ruling 2).
    package var keys: Scope<APIKeyID> { access.keys }
    package var user: UserID? { access.user }
}

/// The policy's yes at the enterprise level.
package struct EnterprisePermit: ~Copyable, Sendable {
    package let actor: Actor
    package let access: EnterpriseAccess
    package let administrator: AdministratorID
    package let login: LoginID?

    internal init(actor: Actor, access: EnterpriseAccess, administrator: AdministratorID, login: LoginID?) {
        self.actor = actor
        self.access = access
        self.administrator = administrator
        self.login = login
    }
}

/// The policy's yes to one's own page: password, own logins. No screen is needed for it.
package struct OwnPermit: ~Copyable, Sendable {
    package enum Person: Sendable, Hashable {
        case user(UserID, in: AccountID)
        case administrator(AdministratorID)
    }

    package let actor: Actor
    package let person: Person
    package let login: LoginID

    internal init(actor: Actor, person: Person, login: LoginID) {
        self.actor = actor
        self.person = person
        self.login = login
    }
}

/// The few things that come before anybody is known. This list is complete, and every look-up across accounts is behind one of these.
package enum Door: String, Sendable, Hashable, CaseIterable {
    /// Signing in: a username or its absence, then a new login.
    case signIn
    /// Making the enterprise and its first administrator, while there is none.
    case setUp
    /// A one-time link to choose a password.
    case passwordLink
    /// A command on the server's own machine.
    case command
    /// Sending what waits to be mailed: for whom, and the tokens that go with it.
    case outbox
    /// A sharable link: its token leads to that one link, under whose key sessions are started.
    case link
    /// The capture URL of a session: its token leads to that one session.
    case capture
    /// Sessions whose deadline has passed, which the server marks by itself.
    case expiry
    /// Files of photos, of which the server removes those that no photo names.
    case files
    /// A client that shows its id and secret, for a token or about one, and the keys that sign tokens.
    case oauth
    /// What integrations called, which the server notes for a while.
    case calls
    /// Checkpoints of history, which the server makes by itself, with the keys that sign them.
    case checkpoints
    /// What the server does by itself in accounts, at times that their people have set: whom it disables after too long, which reviews it ends.
    case upkeep
}

/// Opens one of the doors.
package struct DoorPermit: ~Copyable, Sendable {
    package let door: Door
    package let actor: Actor

    internal init(door: Door, actor: Actor) {
        self.door = door
        self.actor = actor
    }
}
