import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import RolesFeature

/// What can be done with access reviews. Every verb works on the permit's account; what is not in it is `Hidden`.
enum Reviews {
    /// So many of those who manage users are mailed.
    static let mostMailed = 200

    /// - Throws: `Hidden`.
    static func find(_ id: ReviewID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Review {
        guard let review = try ReviewStore.find(id, permit, tx) else { throw Hidden() }
        return review
    }

    static func list(_ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Page<Review> {
        let total = try page.wantsTotal ? ReviewStore.count(permit, tx) : nil
        return Page(try ReviewStore.list(page, permit, tx), limit: page.limit, total: total) { $0.id.description }
    }

    /// What it is answered about, people by people.
    static func items(
        of review: Review, _ filter: ReviewItemFilter, _ page: PageRequest, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws -> Page<ReviewItem> {
        let total = try page.wantsTotal ? ReviewItemStore.count(review.id, filter, permit, tx) : nil
        return Page(try ReviewItemStore.list(review.id, filter, page, permit, tx), limit: page.limit, total: total) { $0.key }
    }

    /// A review as the fields describe it, not begun yet.
    /// - Throws: `Problem` 400 or 422 naming the fields.
    static func draft(_ fields: Fields, at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Review {
        let name = fields.name()
        let due = due(fields, at: now)
        let roles = fields.scope("roles", RoleKind.self) ?? .all
        if case .only(let ids) = roles {
            if ids.isEmpty, fields.has("roles") { fields.invalid("roles", "required", "Name one or more roles, or \"all\".") }
            if try Roles.existing(ids, permit, tx).count < ids.count { fields.unknownReference("roles") }
        }
        let unanswered: Review.Unanswered? = fields.optionalChoice("unanswered")
        try fields.finish()
        return Review(
            id: .new(at: now), name: name, roles: roles, unanswered: unanswered ?? .keep, dueAt: due ?? now,
            remindAt: Review.reminder(from: now, until: due ?? now), creator: Signatory(permit.actor), createdAt: now)
    }

    /// A moment to come; the one that stands there already may stay.
    private static func due(_ fields: Fields, at now: Timestamp, before: Timestamp? = nil) -> Timestamp? {
        let due = fields.optionalTime("due_at")
        if fields.isAbsent("due_at") { fields.invalid("due_at", "required", "This is required.") }
        if let due, due <= now, due != before { fields.invalid("due_at", "out_of_range", "This must be in the future.") }
        return due
    }

    /// Begins a review, and mails those who are to answer.
    /// - Throws: `Problem` 422 where nobody holds what it is about.
    static func create(
        _ draft: Review, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Review {
        if try ReviewStore.insert(draft, permit, tx) == 0 { throw Problem.invalid("roles", "nobody", "Nobody holds any of these roles.") }
        try mail(ReviewLetters.begun, about: draft, at: ledger.now, room, permit, tx)
        try ledger.record("review.created", draft.subject, Change.between([:], draft.details))
        return try find(draft.id, permit, tx)
    }

    /// To those who can answer: who holds `users` at full by a role of theirs.
    static func mail(
        _ template: String, about review: Review, at now: Timestamp, _ room: MailRoom, _ permit: borrowing Permit, _ tx: any Transaction
    ) throws {
        let roles = try Roles.all(permit, tx).filter { ($0.grants.screens[.users]?.level ?? .none) == .full }.map(\.id)
        for person in try ReviewStore.people(holding: roles, at: now, limit: mostMailed, permit, tx) {
            try Outbox.post(MailOrder(template, details: ["review": JSON(review.id)]), to: person, at: now, room, permit, tx)
        }
    }

    /// Changes name, end and what becomes of the unanswered, as long as it is open.
    /// - Throws: `Hidden`; `Problem` 400, 422, 409 `review_over`, 412.
    static func update(
        _ id: ReviewID, _ fields: () throws -> Fields, match: (Review) throws -> Void, _ permit: borrowing Permit, _ tx: any Transaction,
        _ ledger: Ledger
    ) throws -> Review {
        let before = try find(id, permit, tx)
        let fields = try fields()
        var review = before
        fields.immutable("id", "roles", "status", "created_by", "created_at", "closed_at", "counts")
        if fields.has("name") { review.name = fields.name() }
        if fields.has("due_at"), let due = due(fields, at: ledger.now, before: before.dueAt) { review.dueAt = due }
        if fields.has("unanswered") { review.unanswered = fields.choice("unanswered", default: before.unanswered) }
        try fields.finish()
        try requireOpen(before, at: ledger.now)
        try match(before)
        if review == before { return before }
        if review.dueAt != before.dueAt {
            review.remindAt = Review.reminder(from: ledger.now, until: review.dueAt)
            review.remindedAt = nil
        }
        try ReviewStore.update(review, permit, tx)
        try ledger.recordChange("review.changed", review.subject, from: before.details, to: review.details)
        return review
    }

    /// Ends a review now; the server settles what nobody answered, some seconds later.
    /// - Throws: `Hidden`; `Problem` 409 `review_over`.
    static func end(_ id: ReviewID, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger) throws -> Review {
        let before = try find(id, permit, tx)
        try requireOpen(before, at: ledger.now)
        var review = before
        review.dueAt = ledger.now
        try ReviewStore.update(review, permit, tx)
        try ledger.record("review.ended", review.subject, Change.between(before.details, review.details))
        return review
    }

    static func requireOpen(_ review: Review, at now: Timestamp) throws {
        if review.status(at: now) != .open { throw Problem.conflict("review_over", t("This review has ended.")) }
    }
}
