import APIKeysFeature
import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// How many links start sessions, and how often all of them were started.
package struct LinkNumbers: Sendable {
    package let open: Int
    package let starts: Int
}

/// What can be done with sharable links. Every verb works on the permit's account and on links under keys that its principal holds; others are
/// `Hidden`.
package enum Links {
    /// - Throws: `Hidden`.
    package static func find(_ id: LinkID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Link {
        guard let link = try LinkStore.find(id, at: now, permit, tx) else { throw Hidden() }
        return link
    }

    package static func list(
        search: String?, _ page: PageRequest, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<Link> {
        let total = try page.wantsTotal ? LinkStore.count(search, permit, tx) : nil
        return Page(try LinkStore.list(search, page, at: now, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// The links assigned to a user who lacks their key, as far as the reader may know.
    package static func lacking(_ user: UserID, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Link] {
        guard permit.access.level(of: .links) > .none else { return [] }
        return try LinkStore.lacking(user, at: now, permit, tx)
    }

    /// The newest links whose user lacks their key.
    package static func lackingKeys(at now: Timestamp, limit: Int, _ permit: borrowing Permit, _ tx: any Transaction) throws -> [Link] {
        try LinkStore.lacking(at: now, limit: limit, permit, tx)
    }

    package static func numbers(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> LinkNumbers {
        try LinkStore.numbers(at: now, permit, tx)
    }

    /// The token of a link's URL.
    package static func token(of id: LinkID, opening masterKey: MasterKey, _ permit: borrowing Permit, _ tx: any Transaction) throws -> String {
        guard let sealed = try LinkStore.sealed(id, permit, tx),
            let text = String(validating: try masterKey.open(sealed, context: context(permit.account, id)), as: UTF8.self)
        else { throw Hidden() }
        return text
    }

    private static func context(_ account: AccountID, _ id: LinkID) -> String { "links/sealed/\(account)/\(id)" }

    // MARK: Making and changing

    /// A link as its fields describe it, not stored yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    package static func draft(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Link {
        var link = Link(
            id: .new(at: now), name: "", apiKey: .new(at: now), user: nil, isActive: true, endsAt: nil, maxStarts: nil, starts: 0, createdAt: now)
        if fields.isAbsent("name") { fields.invalid("name", "required", "This is required.") }
        if fields.isAbsent("api_key") { fields.invalid("api_key", "required", "This is required.") }
        try read(fields, into: &link, from: nil, at: now, permit, tx)
        try fields.finish()
        return link
    }

    /// Takes over the fields that the body names; a reference or an end that stays what it was is not judged again.
    private static func read(
        _ fields: Fields, into link: inout Link, from before: Link?, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        if fields.has("name"), before != nil || !fields.isNull("name") { link.name = fields.name() }
        if fields.has("api_key"), before != nil || !fields.isNull("api_key") {
            if fields.isNull("api_key") { fields.invalid("api_key", "required", "This is required.") }
            if let id: APIKeyID = fields.optionalID("api_key") {
                do { link.apiKey = try APIKeys.find(id, at: now, permit, tx).id } catch is Hidden { fields.unknownReference("api_key") }
            }
        }
        if fields.has("user") {
            link.user = fields.optionalID("user")
            if let user = link.user, user != before?.user, try LinkUserStore.name(user, at: now, permit, tx) == nil {
                fields.unknownReference("user")
            }
        }
        if fields.has("active") { link.isActive = fields.optionalFlag("active") ?? true }
        if fields.has("ends_at") {
            link.endsAt = fields.optionalTime("ends_at")
            if let end = link.endsAt, end <= now, end != before?.endsAt { fields.invalid("ends_at", "out_of_range", "This must be in the future.") }
        }
        if fields.has("max_starts") { link.maxStarts = fields.optionalInteger("max_starts", 1...1_000_000) }
    }

    /// Stores a new link and answers it with the token of its URL.
    /// - Throws: `Problem` 409 `link_name_taken`.
    package static func create(
        _ draft: Link, sealing masterKey: MasterKey, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> (Link, token: Secret) {
        let token = Secret.mint(.link)
        let sealed = masterKey.seal(Array(token.text.utf8), context: context(permit.account, draft.id))
        try namingConflict { try LinkStore.insert(draft, hash: token.hash, sealed: sealed, permit, tx) }
        try ledger.record("link.created", draft.subject, Change.between([:], draft.details))
        return (try find(draft.id, at: ledger.now, permit, tx), token)
    }

    /// Changes the fields that are named. Sessions that were started keep their key and owner.
    /// - Throws: `Hidden`; `Problem` 400, 422, 409 `link_name_taken`, 412.
    package static func update(
        _ id: LinkID, _ fields: () throws -> Fields, match: (ETag) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Link {
        let before = try find(id, at: ledger.now, permit, tx)
        let fields = try fields()
        fields.immutable("id", "url", "starts", "warnings", "created_at")
        var link = before
        try read(fields, into: &link, from: before, at: ledger.now, permit, tx)
        try fields.finish()
        if link.details == before.details {
            try match(before.tag(at: ledger.now))
            return before
        }
        try namingConflict { try LinkStore.update(link, permit, tx) }
        try match(before.tag(at: ledger.now))
        try ledger.recordChange("link.changed", link.subject, from: before.details, to: link.details)
        return try find(id, at: ledger.now, permit, tx)
    }

    private static func namingConflict(_ body: () throws -> Void) throws {
        do { try body() } catch DatabaseError.unique {
            throw Problem.conflict("link_name_taken", "Another link of this account has this name.", field: "name")
        }
    }
}
