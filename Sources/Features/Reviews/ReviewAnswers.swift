import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb
import RolesFeature
import UsersFeature

/// Answering a review: some items at once, all or none of them.
extension Reviews {
    /// So many at once.
    static let mostAnswers = 200
    /// What the entry of a removal says of why.
    static let reason = "access_review"

    struct Wish: Sendable {
        var user: UserID
        var role: RoleID
        var answer: ReviewItem.Answer
        var comment: String?
    }

    /// Notes the answers in the field `answers`. What is to be removed is taken away at once, by an ordinary edit; an answer may be changed until
    /// then, and is not noted twice.
    /// - Throws: `Hidden`; `Problem` 400, 422, 403 `own_access` or for somebody whose roles one may not give, 409 `review_over`, `settled` or
    ///   `last_manager`; what is about one of them names it.
    static func answer(
        _ id: ReviewID, _ fields: () throws -> Fields, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws -> Review {
        let review = try find(id, permit, tx)
        let fields = try fields()
        let wishes = wishes(fields)
        var items: [ReviewItem] = []
        for (index, wish) in wishes.enumerated() {
            guard let wish, let item = try ReviewItemStore.find(id, wish.user, wish.role, permit, tx) else {
                if wish != nil { fields.unknownReference("answers.\(index).user") }
                continue
            }
            items.append(item)
        }
        try fields.finish()
        try requireOpen(review, at: ledger.now)
        for (index, (item, wish)) in zip(items, wishes.compactMap { $0 }).enumerated() {
            do { try answer(item, wish, review, permit, tx, ledger) } catch let problem as Problem {
                var named = problem
                named.errors = [.init("answers.\(index).answer", problem.code, problem.detail)]
                throw named
            }
        }
        return try find(id, permit, tx)
    }

    private static func wishes(_ fields: Fields) -> [Wish?] {
        guard let value = fields.value("answers"), value != .null else {
            fields.invalid("answers", "required", "This is required.")
            return []
        }
        guard case .array(let elements) = value else {
            fields.malformed("answers", "wrong_type", "This must be a list.")
            return []
        }
        if elements.isEmpty || elements.count > mostAnswers {
            fields.invalid("answers", "out_of_range", "This must have 1 to \(mostAnswers) entries; it has \(elements.count).")
            return []
        }
        var seen: Set<String> = []
        return elements.enumerated().map { index, element in
            let place = "answers.\(index)"
            guard element.isObject, let each = try? Fields(element, prefix: place + ".") else {
                fields.malformed(place, "wrong_type", "This must be an object.")
                return nil
            }
            let user = each.optionalID("user", UserKind.self), role = each.optionalID("role", RoleKind.self)
            for name in ["user", "role"] where each.isAbsent(name) { each.invalid(name, "required", "This is required.") }
            let answer = each.choice("answer", default: ReviewItem.Answer.confirm)
            let comment = each.optionalText("comment", 0...1000, multiline: true).flatMap { $0.isEmpty ? nil : $0 }
            if let user, let role, !seen.insert("\(user) \(role)").inserted {
                each.invalid("user", "repeated", "Each person and role may be answered once.")
            }
            fields.finish(nested: each)
            guard let user, let role else { return nil }
            return Wish(user: user, role: role, answer: answer, comment: comment)
        }
    }

    private static func answer(
        _ item: ReviewItem, _ wish: Wish, _ review: Review, _ permit: borrowing Permit, _ tx: any Transaction, _ ledger: Ledger
    ) throws {
        if item.given?.answer == wish.answer, item.given?.comment == wish.comment { return }
        if item.user == permit.user { throw Problem(403, "own_access", t("Nobody reviews their own access: somebody else has to.")) }
        if item.outcome != nil { throw Problem.conflict("settled", t("This was taken away already.")) }
        var answered = item
        answered.given = ReviewItem.Given(answer: wish.answer, comment: wish.comment, at: ledger.now, by: Signatory(permit.actor))
        // Whoever was deleted meanwhile has nothing that could be confirmed.
        if let user = try existing(item.user, permit, tx) {
            if try !Users.mayEdit(user, permit, tx) { throw Problem.forbiddenGrant }
            if !user.roles.contains(item.role) { answered.outcome = .gone }
        } else {
            answered.outcome = .gone
        }
        if wish.answer == .remove {
            switch try Users.takeRole(item.role, from: item.user, because: reason, permit, tx, ledger) {
            case .removed: answered.outcome = .removed
            case .disabled: answered.outcome = .disabled
            case .gone: answered.outcome = .gone
            }
        }
        try ReviewItemStore.update(answered, permit, tx)
        var changes = [
            Change("review", to: .string(review.name)), Change("role", to: .string(item.roleName)),
            Change("answer", from: item.given.map { .string($0.answer.rawValue) } ?? .null, to: .string(wish.answer.rawValue)),
        ]
        if item.given?.comment != wish.comment { changes.append(Change("comment", from: JSON(item.given?.comment), to: JSON(wish.comment))) }
        try ledger.record("review.answered", Subject("user", item.user, item.userName), changes)
    }

    private static func existing(_ id: UserID, _ permit: borrowing Permit, _ tx: any Transaction) throws -> User? {
        do { return try Users.find(id, permit, tx) } catch is Hidden { return nil }
    }
}
