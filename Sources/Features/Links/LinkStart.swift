import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import SessionsFeature

/// What a stranger may do with a link's URL: look, and start one session. Looking starts nothing.
package enum LinkStart {
    /// A link that starts nothing, with the reason.
    static func problem(_ reason: Link.Closed) -> Problem {
        Problem(410, "link_closed", sentence(reason), extra: [("reason", .string(reason.rawValue))])
    }

    static func sentence(_ reason: Link.Closed) -> String {
        switch reason {
        case .off: "This link is switched off."
        case .ended: "This link has ended."
        case .limitReached: "This link was used as often as it may be."
        case .disabled: "This link is not in use at the moment."
        }
    }

    /// - Throws: `Hidden` for a token that was never issued.
    static func guest(_ token: String, _ permit: borrowing DoorPermit, _ tx: any Transaction) throws -> Guest<LinkID> {
        guard let secret = Secret(token), secret.kind == .link, let found = try LinkDoorStore.find(secret.hash, permit, tx) else { throw Hidden() }
        let actor = Actor(kind: .link, id: found.id.description, name: found.name)
        return Guest(found.id, in: found.account, as: actor, keys: .only([found.apiKey]), permit)
    }

    /// The link and its branch, as they are now; closed or not.
    static func look(_ id: LinkID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> (Link.Closed?, brand: String) {
        let account = try AccountFacts.of(permit, tx)
        return (try Links.find(id, at: now, permit, tx).closed(at: now, accountDisabled: account.isDisabled), account.name)
    }

    /// Starts one session for the customer whom the fields name: its key, owner and the link's name are stamped now. A closed link says so
    /// whatever was typed.
    /// - Throws: `Problem` 410 `link_closed`, then 400 or 422 naming the fields, then 429 `too_many_starts`.
    static func start(
        _ id: LinkID, _ fields: () throws -> Fields, from address: String, sealing masterKey: MasterKey, _ permit: borrowing Permit,
        _ tx: any Transaction, _ ledger: Ledger
    ) throws -> (Session, capture: Secret) {
        let now = ledger.now
        let link = try Links.find(id, at: now, permit, tx)
        if let reason = try look(id, at: now, permit, tx).0 { throw problem(reason) }
        let key = try APIKeys.find(link.apiKey, at: now, permit, tx)
        let owner = link.user.flatMap { user in link.holder.map { (id: user, name: $0.name) } }
        let draft = try Sessions.draft(fromLink: link.name, under: key, owner: owner, fields(), at: now)
        // The row decides among many at once, on a database with many writers too.
        guard try LinkStore.countStart(id, at: now, permit, tx) else { throw problem(.limitReached) }
        let (session, capture) = try Sessions.create(draft, sealing: masterKey, permit, tx, ledger)
        try LinkQuota.count(session.id, of: id, from: address, at: now, permit, tx)
        return (session, capture)
    }
}
