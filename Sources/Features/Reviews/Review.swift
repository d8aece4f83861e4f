import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A review of an account's access: those who manage users say of each person and role whether it is still right, until a day.
struct Review: Sendable, Hashable {
    enum Status: String, Sendable, CaseIterable {
        case open
        /// Past its end; what nobody answered is being settled.
        case ending
        case closed
    }

    /// What becomes at the end of what nobody has answered.
    enum Unanswered: String, Sendable, CaseIterable {
        case keep, remove, disable
    }

    var id: ReviewID
    var name: String
    /// The roles that it is about; all that there were when it began, or these.
    var roles: Scope<RoleID>
    var unanswered: Unanswered
    var dueAt: Timestamp
    var remindAt: Timestamp
    var remindedAt: Timestamp?
    var closedAt: Timestamp?
    var creator: Signatory
    var createdAt: Timestamp
    var counts = Counts()

    /// How many items stand how.
    struct Counts: Sendable, Hashable {
        var items = 0
        var unanswered = 0
        var confirmed = 0
        /// By what became of them, for those that are settled.
        var outcomes: [ReviewItem.Outcome: Int] = [:]

        var json: JSON {
            JSON(
                members: [("items", JSON(items)), ("unanswered", JSON(unanswered)), ("confirmed", JSON(confirmed))]
                    + ReviewItem.Outcome.allCases.map { ($0.rawValue, JSON(outcomes[$0] ?? 0)) })
        }
    }

    var subject: Subject { Subject("review", id, name) }

    func status(at now: Timestamp) -> Status { closedAt != nil ? .closed : dueAt <= now ? .ending : .open }

    /// Three days before the end, or half-way where it is shorter than six.
    static func reminder(from start: Timestamp, until end: Timestamp) -> Timestamp {
        let half = (end.milliseconds - start.milliseconds) / 2
        return Timestamp(milliseconds: end.milliseconds - min(half, 3 * 86_400_000))
    }

    func json(at now: Timestamp) -> JSON {
        [
            "id": JSON(id), "name": .string(name), "roles": roles.idsJSON(), "unanswered": .string(unanswered.rawValue), "due_at": JSON(dueAt),
            "status": .string(status(at: now).rawValue), "created_by": creator.json, "created_at": JSON(createdAt), "closed_at": JSON(closedAt),
            "counts": counts.json,
        ]
    }

    func tag(at now: Timestamp) -> ETag { ETag(json(at: now)) }

    /// What history compares.
    var details: JSON {
        ["name": .string(name), "roles": roles.idsJSON(), "unanswered": .string(unanswered.rawValue), "due_at": JSON(dueAt)]
    }
}

/// Who made a review or gave an answer.
struct Signatory: Sendable, Hashable {
    var kind: String
    var id: String
    var name: String

    init(kind: String, id: String, name: String) {
        self.kind = kind
        self.id = id
        self.name = name
    }

    init(_ actor: Actor) { self.init(kind: actor.kind.rawValue, id: actor.id, name: actor.name) }

    var json: JSON { ["kind": .string(kind), "id": .string(id), "name": .string(name)] }
}

/// One person's one role in a review.
struct ReviewItem: Sendable, Hashable {
    enum Answer: String, Sendable, CaseIterable {
        case confirm, remove
    }

    /// What became of it.
    enum Outcome: String, Sendable, CaseIterable {
        case kept, removed, disabled
        /// It could not be taken away: `reason` says why.
        case refused
        /// It was taken away, or the person deleted, by something else.
        case gone
    }

    /// As it was answered.
    struct Given: Sendable, Hashable {
        var answer: Answer
        var comment: String?
        var at: Timestamp
        var by: Signatory
    }

    var review: ReviewID
    var user: UserID
    var username: String
    var userName: String
    var lastSignInAt: Timestamp?
    var role: RoleID
    var roleName: String
    var given: Given?
    var outcome: Outcome?
    var reason: String?

    /// In the order of lists.
    var key: String { "\(user) \(role)" }

    var json: JSON {
        [
            "user": ["id": JSON(user), "username": .string(username), "name": .string(userName)],
            "role": ["id": JSON(role), "name": .string(roleName)], "last_sign_in_at": JSON(lastSignInAt),
            "answer": given.map { .string($0.answer.rawValue) } ?? .null, "comment": JSON(given?.comment),
            "answered_at": JSON(given?.at), "answered_by": given?.by.json ?? .null, "outcome": outcome.map { .string($0.rawValue) } ?? .null,
            "reason": JSON(reason),
        ]
    }
}
