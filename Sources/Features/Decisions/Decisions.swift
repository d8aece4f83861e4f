import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// A decision as it is answered: yes or no, the first reason that applies (`rulings.md` 26), and the roles that give it.
struct Answered: Sendable, Hashable {
    enum Reason: Sendable, Hashable {
        case unknownSubject, subjectNotLive, unknownResource, unknownPlace
        /// All of it is granted; the person must show once more that it is them.
        case stepUpRequired
        case decided(Decision.Reason)

        var code: String {
            switch self {
            case .unknownSubject: "unknown_subject"
            case .subjectNotLive: "subject_not_live"
            case .unknownResource: "unknown_resource"
            case .unknownPlace: "unknown_place"
            case .stepUpRequired: "step_up_required"
            case .decided(let reason): reason.rawValue
            }
        }
    }

    var reason: Reason
    /// Ids of roles.
    var via: [String] = []

    var isAllowed: Bool { reason == .decided(.granted) }

    /// `{decision, context: {reason, via}}`. It is written without a tree before it: of these there are many. Codes and ids have nothing to escape.
    func write(into out: inout [UInt8]) {
        out.append(contentsOf: (isAllowed ? #"{"decision":true,"context":{"reason":""# : #"{"decision":false,"context":{"reason":""#).utf8)
        out.append(contentsOf: reason.code.utf8)
        out.append(contentsOf: #"","via":["#.utf8)
        for (index, role) in via.enumerated() {
            out.append(contentsOf: (index == 0 ? "\"" : ",\"").utf8)
            out.append(contentsOf: role.utf8)
            out.append(UInt8(ascii: "\""))
        }
        out.append(contentsOf: "]}}".utf8)
    }
}

/// Decides questions in one account, from what is in memory of it.
struct Decider: Sendable {
    let table: AccountDecisions
    var holdings: [Questioned: Holding]
    /// Those sessions that exist for whoever asks.
    var sessions: [SessionID: SessionFacts] = [:]
    let now: Timestamp
    /// The functions that ask for a step-up.
    var stepUps: Set<Function> = []
    /// Of the logins that were named those that are fresh, with whose they are.
    var fresh: [LoginID: UserID] = [:]
    /// Whoever asks about themselves in a login that is fresh.
    var freshOneself: UserID?

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
        let answer = decide(put(evaluation.resource, to: evaluation.kind, evaluation.level, evaluation.circumstances), holding, evaluation.level)
        return answer.isAllowed && wantsStepUp(evaluation) ? Answered(reason: .stepUpRequired) : answer
    }

    /// Machines are not asked: there is no person.
    private func wantsStepUp(_ evaluation: Evaluation) -> Bool {
        guard case .function(let function) = evaluation.resource, stepUps.contains(function), case .user(let user)? = evaluation.subject else {
            return false
        }
        if let login = evaluation.login { return fresh[login] != user }
        return freshOneself != user
    }

    func decide(_ put: Put, _ holding: Holding, _ level: Level) -> Answered {
        switch put {
        case .not(let reason): return Answered(reason: reason)
        case .inquiry(let inquiry, let thing):
            let reason = holding.holder.decide(inquiry)
            return Answered(reason: .decided(reason), via: reason == .granted ? holding.via(Question(thing, level)) : [])
        }
    }

    func put(
        _ resource: Evaluation.Resource, to kind: Evaluation.Kind, _ level: Level, _ circumstances: Evaluation.Circumstances
    ) -> Put {
        guard let thing = thing(resource, for: kind), let inquiry = table.numbering.inquiry(thing, level, maker: circumstances.maker) else {
            return .not(.unknownResource)
        }
        guard let named = circumstances.place else { return .inquiry(inquiry, thing) }
        guard let place = named, let there = table.numbering.inquiry(inquiry, at: place) else { return .not(.unknownPlace) }
        return .inquiry(there, thing)
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
        return access.mayAskAboutOthers(isMachine: principal.login == nil)
    }

    /// What these questions are decided with.
    static func decider(_ questions: [Evaluation], _ call: Call) async throws -> Decider {
        guard let caller = call.caller else { throw Refusal.signIn }
        // Most are about one and the same.
        var names: [Questioned] = []
        var last: Questioned?
        for question in questions where question.subject != last {
            last = question.subject
            if let last { names.append(last) }
        }
        let (table, holdings) = try await call.gate.decisions(need, caller, about: names.count > 1 ? Array(Set(names)) : names)
        var decider = Decider(table: table, holdings: holdings, now: call.now)
        let stepUps = table.account.catalogue.functions.filter(\.stepUp)
        if !stepUps.isEmpty {
            decider.stepUps = Set(stepUps.map(\.id))
            if caller.principal.proof?.freshUntil(at: call.now) != nil { decider.freshOneself = caller.principal.user }
            let logins = Set(questions.compactMap(\.login))
            if !logins.isEmpty {
                decider.fresh = try await call.read { permit, tx in try DecisionStore.fresh(logins.sorted(), at: call.now, permit, tx) }
            }
        }
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
