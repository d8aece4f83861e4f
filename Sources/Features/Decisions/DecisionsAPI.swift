import HTTPTypes
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// Decisions for other programs: the OpenID AuthZEN Authorization API 1.0.
package enum DecisionsAPI {
    /// Nothing is changed by asking.
    private static let leaves = Route.Leaves.nothing(because: "asks and changes nothing")
    private static let need = Route.Needs.need(Decisions.need)

    package static let routes: [Route] = [
        .post("/access/v1/evaluation", need, leaves: leaves, face: .api, handler: evaluate),
        .post("/access/v1/evaluations", need, leaves: leaves, face: .api, handler: evaluateAll),
        .post("/access/v1/search/subject", need, leaves: leaves, face: .api, handler: searchSubjects),
        .post("/access/v1/search/resource", need, leaves: leaves, face: .api, handler: searchResources),
        .post("/access/v1/search/action", need, leaves: leaves, face: .api, handler: searchActions),
        .get("/api/v1/me/access", need, handler: ownAccess),
        .get("/.well-known/authzen-configuration", .nothing(because: .description), face: .api, handler: configuration),
    ]

    static let mostEvaluations = 1000

    // MARK: Evaluations

    private static func evaluate(_ call: Call) async throws -> Answer { try await evaluate(call.accessBody(), call) }

    private static func evaluate(_ body: JSON, _ call: Call) async throws -> Answer {
        let question = try understood { () throws(Entities.Malformed) in try Entities.evaluation(body) }
        try Decisions.requireMayAsk(about: [question.subject], call)
        var out: [UInt8] = []
        let answer = try await Decisions.decider([question], call).decide(question)
        answer.write(into: &out)
        if answer.isAllowed { call.noteUses(of: [question]) }
        return Answer(200, .bytes(out, type: "application/json"))
    }

    private enum Semantic: String {
        case all = "execute_all"
        case firstDeny = "deny_on_first_deny"
        case firstPermit = "permit_on_first_permit"

        func ends(with decision: Bool) -> Bool { self == .firstDeny ? !decision : self == .firstPermit ? decision : false }
    }

    private static func evaluateAll(_ call: Call) async throws -> Answer {
        let body = try call.accessBody()
        let semantic = try semantic(body)
        guard let list = body["evaluations"], !list.isNull else { return try await evaluate(body, call) }
        guard let items = list.items else { throw malformed("evaluations", "This must be a list.") }
        if items.isEmpty { return try await evaluate(body, call) }
        if items.count > mostEvaluations { throw malformed("evaluations", "This may have \(mostEvaluations) evaluations at most.") }
        let defaults = Entities.Defaults(body)
        let asked = items.map { item -> Result<Evaluation, Entities.Malformed> in
            guard item.isObject else { return .failure(.init(field: "evaluations", message: "An evaluation must be an object.")) }
            return Result { () throws(Entities.Malformed) in try Entities.evaluation(item, defaults: defaults) }
        }
        let questions = asked.compactMap { try? $0.get() }
        try Decisions.requireMayAsk(about: questions.map(\.subject), call)
        let decider = try await Decisions.decider(questions, call)
        var out = Array(#"{"evaluations":["#.utf8)
        out.reserveCapacity(asked.count * 96)
        var granted: [Evaluation] = []
        for (index, item) in asked.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            let isAllowed: Bool
            switch item {
            case .success(let question):
                let answer = decider.decide(question)
                isAllowed = answer.isAllowed
                if isAllowed { granted.append(question) }
                answer.write(into: &out)
            case .failure(let problem):
                isAllowed = false
                let error: JSON = ["status": 400, "message": .string("\(problem.field): \(problem.message)")]
                JSON(members: [("decision", false), ("context", ["error": error])]).write(into: &out)
            }
            if semantic.ends(with: isAllowed) { break }
        }
        out.append(contentsOf: "]}".utf8)
        call.noteUses(of: granted)
        return Answer(200, .bytes(out, type: "application/json"))
    }

    private static func semantic(_ body: JSON) throws -> Semantic {
        guard let options = body["options"], !options.isNull else { return .all }
        guard options.isObject else { throw malformed("options", "This must be an object.") }
        guard let value = options["evaluations_semantic"], !value.isNull else { return .all }
        guard let semantic = value.text.flatMap(Semantic.init(rawValue:)) else {
            throw malformed("options.evaluations_semantic", "This must be execute_all, deny_on_first_deny or permit_on_first_permit.")
        }
        return semantic
    }

    // MARK: Searches

    private static func searchSubjects(_ call: Call) async throws -> Answer {
        try Decisions.requireMayAsk(about: [nil], call)
        let body = try call.accessBody()
        let page = try understood { () throws(Entities.Malformed) in try SearchPage(body, of: "subject") }
        let asked = try search { () throws(Entities.Malformed) in
            // An id is let be: it is what is looked for.
            let subject = try Entities.entity("subject", body)
            let level = try Entities.action(Entities.entity("action", body))
            let object = try Entities.entity("resource", body)
            return Evaluation(
                subject: nil, kind: try Entities.kind(subject), level: level, resource: try Entities.resource(object),
                circumstances: try Entities.circumstances(object))
        }
        guard let asked else { return .json(nothing) }
        let found = try await DecisionSearch.subjects(asked.kind, asked.level, asked.resource, asked.circumstances, page, call)
        return .json(
            found.json(page) { person in
                ["type": .string(asked.kind.rawValue), "id": .string(person.id), "properties": ["via": JSON(person.via)]]
            })
    }

    private static func searchResources(_ call: Call) async throws -> Answer {
        let body = try call.accessBody()
        let page = try understood { () throws(Entities.Malformed) in try SearchPage(body, of: "resource") }
        let asked = try search { () throws(Entities.Malformed) in
            let (kind, subject) = try Entities.subject(Entities.entity("subject", body))
            let level = try Entities.action(Entities.entity("action", body))
            let object = try Entities.entity("resource", body)
            let question = Evaluation(
                subject: subject, kind: kind, level: level, resource: .session(nil), circumstances: try Entities.circumstances(object))
            return (question, try Entities.resourceKind(object))
        }
        try Decisions.requireMayAsk(about: [asked?.0.subject], call, unless: asked == nil)
        guard let (question, kind) = asked else { return .json(nothing) }
        let found = try await DecisionSearch.resources(kind, question, page, call)
        return .json(
            found.json(page) { thing in
                ["type": .string(kind.rawValue), "id": .string(thing.id), "properties": ["via": JSON(thing.via)]]
            })
    }

    private static func searchActions(_ call: Call) async throws -> Answer {
        let body = try call.accessBody()
        let page = try understood { () throws(Entities.Malformed) in try SearchPage(body, of: "action") }
        let asked = try search { () throws(Entities.Malformed) in
            let (kind, subject) = try Entities.subject(Entities.entity("subject", body))
            let object = try Entities.entity("resource", body)
            return Evaluation(
                subject: subject, kind: kind, level: .read, resource: try Entities.resource(object), circumstances: try Entities.circumstances(object)
            )
        }
        try Decisions.requireMayAsk(about: [asked?.subject], call, unless: asked == nil)
        guard let asked else { return .json(nothing) }
        let questions = [Level.read, .full].map { level in
            var question = asked
            question.level = level
            return question
        }
        return .json(
            try await DecisionSearch.actions(questions, page, call).json(page) { thing in
                ["name": .string(thing.id), "properties": ["via": JSON(thing.via)]]
            })
    }

    private static let nothing: JSON = ["page": ["next_token": "", "count": 0], "results": []]

    /// Reads a search. One for a type that nobody knows finds nothing, and is no error (the certification profile, 4.6.2): nil.
    private static func search<T>(_ read: () throws(Entities.Malformed) -> T) throws -> T? {
        do { return try read() } catch {
            if error.isUnknownType { return nil }
            throw malformed(error.field, error.message)
        }
    }

    // MARK: Oneself, whole

    private static func ownAccess(_ call: Call) async throws -> Answer {
        try call.noQuery()
        guard case .account(_, let hasFieldWork, let access) = try call.principal().place else { throw Refusal.noAccount }
        return call.answer(access.explained(hasFieldWork: hasFieldWork))
    }

    // MARK: What there is to ask

    private static func configuration(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let paths = call.house.paths
        func url(_ path: String) -> JSON { .string(paths.absolute("/access/v1/" + path)) }
        return .json([
            "policy_decision_point": .string(paths.absolute("")), "access_evaluation_endpoint": url("evaluation"),
            "access_evaluations_endpoint": url("evaluations"), "search_subject_endpoint": url("search/subject"),
            "search_resource_endpoint": url("search/resource"), "search_action_endpoint": url("search/action"),
        ])
    }

    private static func understood<T>(_ read: () throws(Entities.Malformed) -> T) throws -> T {
        do { return try read() } catch { throw malformed(error.field, error.message) }
    }

    private static func malformed(_ field: String, _ message: String) -> Problem {
        Problem.malformed("malformed_request", message, field: field)
    }
}

extension Decisions {
    /// A search for what there is not needs no right to ask about anybody in particular.
    static func requireMayAsk(about names: [Questioned?], _ call: Call, unless isPointless: Bool) throws {
        if !isPointless { try requireMayAsk(about: names, call) }
    }
}

extension Call {
    /// The body of a request for decisions. AuthZEN knows no 415: all that cannot be read is 400.
    func accessBody() throws -> JSON {
        try noQuery()
        let type = inbound.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingWhitespace().lowercased() }
        guard type == "application/json" else {
            throw Problem(400, "unsupported_media_type", "Send the body as application/json.", headers: [.accept: "application/json"])
        }
        let body: JSON
        do { body = try JSON.parse(inbound.body) } catch {
            throw Problem.malformed("malformed_json", "The body is not JSON that this server takes: \(error).")
        }
        guard body.isObject else { throw Problem.malformed("wrong_type", "The body must be a JSON object.") }
        return body
    }
}
