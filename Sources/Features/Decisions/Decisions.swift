import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A decision as it is answered: yes or no, the first reason that applies (`rulings.md` 26), and the roles that give it.
struct Answered: Sendable, Hashable {
    enum Reason: Sendable, Hashable {
        case unknownSubject, subjectNotLive, unknownResource, unknownPlace
        case decided(Decision.Reason)

        var code: String {
            switch self {
            case .unknownSubject: "unknown_subject"
            case .subjectNotLive: "subject_not_live"
            case .unknownResource: "unknown_resource"
            case .unknownPlace: "unknown_place"
            case .decided(let reason): reason.rawValue
            }
        }
    }

    var reason: Reason
    var via: [RoleID] = []

    var isAllowed: Bool { reason == .decided(.granted) }

    var json: JSON {
        ["decision": .bool(isAllowed), "context": ["reason": .string(reason.code), "via": .array(via.map { .string($0.description) })]]
    }
}

/// Decides questions in one account, from what is in memory of it.
struct Decider: Sendable {
    let table: AccountDecisions
    var holdings: [Questioned: Holding]
    /// Those sessions that exist for whoever asks.
    var sessions: [SessionID: SessionFacts] = [:]
    let now: Timestamp

    struct SessionFacts: Sendable {
        let key: APIKeyID
        let owner: UserID?

        var thing: Question.Thing { .session(key: key, owner: owner) }
    }

    /// Why a question cannot be put to anybody, or how it reads in numbers.
    enum Put: Sendable {
        case not(Answered.Reason)
        case inquiry(Inquiry, Question.Thing)
    }

    func decide(_ evaluation: Evaluation) -> Answered {
        guard let subject = evaluation.subject, let holding = holdings[subject] else { return Answered(reason: .unknownSubject) }
        guard holding.isLive(at: now) else { return Answered(reason: .subjectNotLive) }
        return decide(put(evaluation.resource, to: evaluation.kind, evaluation.level, evaluation.circumstances), holding, evaluation.level)
    }

    func decide(_ put: Put, _ holding: Holding, _ level: Level) -> Answered {
        switch put {
        case .not(let reason): return Answered(reason: reason)
        case .inquiry(let inquiry, let thing):
            let reason = holding.holder.decide(inquiry)
            // An integration's functions come from no role.
            let via = reason == .granted && holding.access.user != nil ? holding.access.via(Question(thing, level)) : []
            return Answered(reason: .decided(reason), via: via)
        }
    }

    func put(
        _ resource: Evaluation.Resource, to kind: Evaluation.Kind, _ level: Level, _ circumstances: Evaluation.Circumstances
    ) -> Put {
        guard let thing = thing(resource, for: kind), table.numbering.inquiry(thing, level) != nil else { return .not(.unknownResource) }
        var place: PlaceID?
        if let named = circumstances.place {
            guard let named else { return .not(.unknownPlace) }
            place = named
        }
        guard let inquiry = table.numbering.inquiry(thing, level, at: place, maker: circumstances.maker) else { return .not(.unknownPlace) }
        return .inquiry(inquiry, thing)
    }

    private func thing(_ resource: Evaluation.Resource, for kind: Evaluation.Kind) -> Question.Thing? {
        switch resource {
        case .screen(let screen): return .screen(screen)
        case .function(let function):
            // Latchkey's own screens are functions for machines alone (`rulings.md` 28).
            return kind == .integration || table.account.catalogue.contains(function) ? .function(function) : nil
        case .session(let id): return id.flatMap { sessions[$0] }?.thing
        }
    }
}

/// Asking about oneself and, for those who may, about others.
enum Decisions {
    static let need = Need.personOrIntegration
    /// What an integration needs to ask about others.
    static let function = Function.decisions

    /// - Throws: `Refusal`.
    static func requireMayAsk(about names: [Questioned?], _ call: Call) throws {
        let principal = try call.principal()
        if try mayAskAboutOthers(call) { return }
        let oneself = principal.user.map { Questioned.user($0) } ?? IntegrationID(principal.actor.id).map { .integration($0) }
        for name in names where name == nil || name != oneself {
            throw Refusal.notGranted(principal.login == nil ? Screen(rawValue: function.rawValue) : .users)
        }
    }

    static func mayAskAboutOthers(_ call: Call) throws -> Bool {
        let principal = try call.principal()
        guard let access = principal.access else { throw Refusal.noAccount }
        // An integration's `users` lets it manage users; asking about others is a function of its own.
        return principal.login == nil ? access.level(of: function) >= .read : access.level(of: .users) >= .read
    }

    /// What these questions are decided with.
    static func decider(_ questions: [Evaluation], _ call: Call) async throws -> Decider {
        guard let caller = call.caller else { throw Refusal.signIn }
        let names = Set(questions.compactMap(\.subject))
        let (table, holdings) = try await call.gate.decisions(need, caller, about: Array(names))
        var decider = Decider(table: table, holdings: holdings, now: call.now)
        let ids = Set(
            questions.compactMap { question -> SessionID? in
                if case .session(let id) = question.resource { id } else { nil }
            })
        if !ids.isEmpty, table.account.catalogue.hasFieldWork {
            decider.sessions = try await call.read { permit, tx in try DecisionStore.sessions(ids.sorted(), permit, tx) }
        }
        return decider
    }
}

extension Permit {
    /// The sessions about which this principal may ask: those that they see, and all for a machine that decides (`rulings.md` 7).
    var askableSessions: Visibility {
        login == nil && access.level(of: Decisions.function) >= .read ? .all(keys: .all) : visibleSessions
    }
}
