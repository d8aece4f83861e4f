import LatchkeyAccess
import LatchkeyDatabase
import LatchkeyGate
import LatchkeyJSON
import LatchkeyMail
import LatchkeyWeb
import LinksFeature
import SessionsFeature
import UsersFeature

/// The numbers of an account, and what in it wants attention, as far as one reader sees the things themselves.
package struct Overview: Sendable {
    /// How many of each kind are named.
    static let limit = 20

    struct People: Sendable {
        let enabled: Int
        let pending: Int
        let disabled: Int
    }

    /// Nil for whoever has no sessions, no screen `users`, no screen `links`.
    let sessions: SessionNumbers?
    let people: People?
    let links: LinkNumbers?
    let attention: [Attention]
    /// Whether there is more of some kind than is named.
    let isTruncated: Bool

    /// Gathers what the permit's principal sees.
    static func read(at now: Timestamp, _ permit: borrowing Permit, _ tx: any Transaction) throws -> Overview {
        let hasFieldWork = try AccountFacts.of(permit, tx).catalogue.hasFieldWork
        func sees(_ screen: Screen) -> Bool {
            permit.access.level(of: screen) > .none && (hasFieldWork || !Policy.fieldWorkScreens.contains(screen))
        }
        var kinds: [[Attention]] = []
        var people: People?
        if sees(.users) {
            people = People(
                enabled: try Users.count(.enabled, at: now, permit, tx), pending: try Users.count(.pending, at: now, permit, tx),
                disabled: try Users.count(.disabled, at: now, permit, tx))
            kinds.append(try Users.aloneManager(at: now, permit, tx).map { [.managerAlone($0)] } ?? [])
        }
        if sees(.links) {
            kinds.append(try Links.lackingKeys(at: now, limit: limit + 1, permit, tx).map { .userLacksKey($0) })
        }
        if sees(.users) {
            kinds.append(try Users.activationsEnding(at: now, limit: limit + 1, permit, tx).map { .activationEnding($0, endsAt: $1) })
            kinds.append(
                try MailStandingStore.givenUp(since: now.adding(seconds: -30 * 86_400), limit: limit + 1, permit, tx).map { .mailGivenUp($0) })
        }
        if sees(.sessions) {
            kinds.append(try Sessions.ending(at: now, limit: limit + 1, permit, tx).map { .sessionEnding($0) })
        }
        if sees(.users) {
            kinds.append(
                try Users.notSeen(since: now.adding(seconds: -90 * 86_400), at: now, limit: limit + 1, permit, tx).map { .personNotSeen($0) })
        }
        return Overview(
            sessions: try sees(.sessions) ? Sessions.numbers(at: now, permit, tx) : nil, people: people,
            links: try sees(.links) ? Links.numbers(at: now, permit, tx) : nil, attention: kinds.flatMap { $0.prefix(limit) },
            isTruncated: kinds.contains { $0.count > limit })
    }

    var json: JSON {
        var numbers: [(String, JSON)] = []
        if let sessions {
            numbers.append(
                (
                    "sessions",
                    [
                        "under_way": JSON(sessions.underWay), "waiting_confirm": JSON(sessions.waiting),
                        "created_last_7_days": JSON(sessions.createdLately),
                    ]
                ))
        }
        if let people {
            numbers.append(("users", ["enabled": JSON(people.enabled), "pending": JSON(people.pending), "disabled": JSON(people.disabled)]))
        }
        if let links { numbers.append(("links", ["open": JSON(links.open), "starts": JSON(links.starts)])) }
        return ["numbers": JSON(members: numbers), "attention": .array(attention.map(\.json)), "truncated": .bool(isTruncated)]
    }
}

/// One thing that somebody should look at.
enum Attention: Sendable {
    case managerAlone(User)
    case userLacksKey(Link)
    case activationEnding(User, endsAt: Timestamp?)
    case mailGivenUp(MailStanding.ToUser)
    case sessionEnding(Session)
    case personNotSeen(User)

    var code: String {
        switch self {
        case .managerAlone: "manager_alone"
        case .userLacksKey: "user_lacks_api_key"
        case .activationEnding: "activation_ending"
        case .mailGivenUp: "mail_given_up"
        case .sessionEnding: "session_ending"
        case .personNotSeen: "person_not_seen"
        }
    }

    /// What it is about, since or until when, and what else a program wants to know.
    private var facts: (subject: Subject, at: Timestamp?, more: [(String, JSON)]) {
        switch self {
        case .managerAlone(let user): (user.subject, nil, [])
        case .userLacksKey(let link): (link.subject, nil, [("user", JSON(link.user)), ("api_key", JSON(link.apiKey))])
        case .activationEnding(let user, let endsAt): (user.subject, endsAt, [])
        case .mailGivenUp(let mail): (Subject("user", mail.user, mail.name), mail.settledAt, [("template", .string(mail.template))])
        case .sessionEnding(let session): (session.subject, session.deadline, [])
        case .personNotSeen(let user): (user.subject, user.lastSeenAt ?? user.lastSignInAt, [])
        }
    }

    var json: JSON {
        let facts = facts
        return JSON(
            members: [
                ("code", .string(code)),
                ("subject", ["kind": .string(facts.subject.kind), "id": .string(facts.subject.id), "name": .string(facts.subject.name)]),
                ("at", JSON(facts.at)),
            ] + facts.more)
    }
}
