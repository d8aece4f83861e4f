import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb
import RolesFeature

/// Where a search goes on: the last of those that were shown, and of how many a page is. It belongs to one search and no other.
struct SearchToken: Sendable, Hashable {
    var last: String
    var limit: Int
    let search: String

    var text: String { Base64URL.encode(Array("\(limit) \(search) \(last)".utf8)) }

    init(last: String, limit: Int, search: String) {
        self.last = last
        self.limit = limit
        self.search = search
    }

    init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), let plain = String(validating: bytes, as: UTF8.self) else { return nil }
        let parts = plain.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let limit = Int(parts[0]), DecisionSearch.limits.contains(limit), parts[2].utf8.count <= 200,
            !parts[2].utf8.contains(0)
        else { return nil }
        self.init(last: parts[2], limit: limit, search: parts[1])
    }
}

/// Which page of a search is wanted.
struct SearchPage: Sendable, Hashable {
    var limit = 50
    /// Those after this one.
    var after: String?
    /// What the search is, so that a token cannot go on with another.
    var search = ""

    init(limit: Int = 50, after: String? = nil) {
        self.limit = limit
        self.after = after
    }

    /// Reads `page` of a request (section 8.2.1). Whatever else the request says must be as it was (`search`); a limit that is left out goes on.
    init(_ json: JSON, of endpoint: String) throws(Entities.Malformed) {
        let asked = JSON(members: json.members.filter { $0.0 != "page" })
        let fingerprint = SHA256.hash(Array(endpoint.utf8) + asked.encode()).prefix(8)
        search = Base64URL.encode(Array(fingerprint))
        guard let page = json["page"], !page.isNull else { return }
        guard page.isObject else { throw Entities.Malformed(field: "page", message: "This must be an object.") }
        let given = try Self.limit(page["limit"])
        if let given { limit = given }
        guard let value = page["token"], !value.isNull, value.text != "" else { return }
        guard let token = value.text.flatMap({ SearchToken($0) }) else {
            throw Entities.Malformed(field: "page.token", message: "This is no token: take it from next_token.")
        }
        guard token.search == search, given == nil || given == token.limit else {
            throw Entities.Malformed(field: "page.token", message: "This token belongs to another search.")
        }
        limit = token.limit
        after = token.last.isEmpty ? nil : token.last
    }

    private static func limit(_ value: JSON?) throws(Entities.Malformed) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let limit = value.whole, limit >= 0 else {
            throw Entities.Malformed(field: "page.limit", message: "This must be a whole number that is not negative.")
        }
        return min(limit, DecisionSearch.limits.upperBound)
    }
}

/// What was found, and what comes after it.
struct Found<Item: Sendable>: Sendable {
    var items: [Item] = []
    /// The last that was shown, where there are more.
    var last: String?

    /// Answers with no more than `limit` of them.
    init(_ items: [Item] = [], _ page: SearchPage, key: (Item) -> String) {
        self.items = Array(items.prefix(page.limit))
        if items.count > page.limit { last = self.items.last.map(key) ?? page.after ?? "" }
    }

    func json(_ page: SearchPage, _ item: (Item) -> JSON) -> JSON {
        let token = last.map { SearchToken(last: $0, limit: page.limit, search: page.search).text } ?? ""
        return [
            "page": ["next_token": .string(token), "count": .int(Int64(items.count))], "results": .array(items.map(item)),
        ]
    }
}

/// AuthZEN's searches: complete, and equal to asking about everybody and everything in turn.
enum DecisionSearch {
    static let limits = 0...1000
    private static let atOnce = 200

    struct Person: Sendable {
        var name: Questioned
        var id: String
        var via: [String]
    }

    /// Who may do this? Looked for among those whose roles give it; places, keys and owners are judged one by one.
    static func subjects(
        _ kind: Evaluation.Kind, _ level: Level, _ resource: Evaluation.Resource, _ circumstances: Evaluation.Circumstances, _ page: SearchPage,
        _ call: Call
    ) async throws -> Found<Person> {
        var found: [Person] = []
        var page = page
        let first = page
        while found.count <= first.limit {
            let after = page.after
            let names = try await call.read { permit, tx -> [Questioned] in
                switch kind {
                case .user:
                    let roles = try Roles.all(permit, tx).map(\.role).filter { grants($0, resource, level) }
                    return try DecisionStore.users(holding: roles.map(\.id), after: after, limit: atOnce, permit, tx).map { .user($0) }
                case .integration: return try DecisionStore.integrations(after: after, limit: atOnce, permit, tx).map { .integration($0) }
                }
            }
            let questions = names.map {
                Evaluation(subject: $0, kind: kind, level: level, resource: resource, circumstances: circumstances)
            }
            let decider = try await Decisions.decider(questions, call)
            for (name, question) in zip(names, questions) {
                let answer = decider.decide(question)
                if answer.isAllowed { found.append(Person(name: name, id: id(of: name), via: answer.via)) }
            }
            guard names.count == atOnce, let last = names.last else { break }
            page.after = id(of: last)
        }
        return Found(found, first) { $0.id }
    }

    private static func id(of name: Questioned) -> String {
        switch name {
        case .user(let id): id.description
        case .integration(let id): id.description
        }
    }

    private static func grants(_ role: Role, _ resource: Evaluation.Resource, _ level: Level) -> Bool {
        switch resource {
        case .screen(let screen): (role.grants.screens[screen]?.level ?? .none) >= level
        case .function(let function): (role.grants.functions[function] ?? .none) >= level
        case .session: (role.grants.screens[.sessions]?.level ?? .none) >= level
        }
    }

    struct Thing: Sendable {
        var id: String
        var via: [String]
    }

    /// On what may they do this?
    static func resources(
        _ kind: Evaluation.ResourceKind, _ question: Evaluation, _ page: SearchPage, _ call: Call
    ) async throws -> Found<Thing> {
        let decider = try await Decisions.decider([question], call)
        guard let subject = question.subject, let holding = decider.holdings[subject], holding.isLive(at: decider.now) else {
            return Found([], page) { $0.id }
        }
        if kind == .session { return try await sessions(question, holding, decider, page, call) }
        var found: [Thing] = []
        for id in decider.ids(of: kind, for: question.kind) where id > page.after ?? "" {
            var one = question
            one.resource = kind == .screen ? .screen(Screen(rawValue: id)) : .function(Function(rawValue: id))
            let answer = decider.decide(one)
            if answer.isAllowed { found.append(Thing(id: id, via: answer.via)) }
        }
        return Found(found, page) { $0.id }
    }

    /// The list of sessions goes by the same rule as a decision about each (`Access.visibility`), but for the place that none of them has.
    private static func sessions(
        _ question: Evaluation, _ holding: Holding, _ decider: Decider, _ page: SearchPage, _ call: Call
    ) async throws -> Found<Thing> {
        guard decider.table.account.catalogue.hasFieldWork else { return Found([], page) { $0.id } }
        if let place = question.circumstances.place {
            guard let place, holding.access.tree.contains(place), holding.access.holds(place) else { return Found([], page) { $0.id } }
        }
        let visibility = holding.access.visibility(at: question.level)
        let ids = try await call.read { permit, tx in
            try DecisionStore.sessions(within: visibility, after: page.after, limit: page.limit + 1, permit, tx)
        }
        var decider = decider
        decider.sessions = try await call.read { permit, tx in try DecisionStore.sessions(ids, permit, tx) }
        var found: [Thing] = []
        for id in ids {
            var one = question
            one.resource = .session(id)
            let answer = decider.decide(one)
            if answer.isAllowed { found.append(Thing(id: id.description, via: answer.via)) }
        }
        return Found(found, page) { $0.id }
    }

    /// What may they do with this?
    static func actions(_ questions: [Evaluation], _ page: SearchPage, _ call: Call) async throws -> Found<Thing> {
        let decider = try await Decisions.decider(questions, call)
        var found: [Thing] = []
        for question in questions {
            let name = question.level == .full ? "write" : "read"
            let answer = decider.decide(question)
            if answer.isAllowed, name > page.after ?? "" { found.append(Thing(id: name, via: answer.via)) }
        }
        return Found(found, page) { $0.id }
    }
}

extension Decider {
    /// All that there is of a kind, in order.
    func ids(of kind: Evaluation.ResourceKind, for subject: Evaluation.Kind) -> [String] {
        let catalogue = table.account.catalogue
        let own = Screen.ownScreens.filter { catalogue.hasFieldWork || !Policy.fieldWorkScreens.contains($0) }.map(\.rawValue)
        let ids =
            switch kind {
            case .screen: own + catalogue.screens.map(\.id.rawValue)
            case .function:
                (subject == .integration ? catalogue.functionsOfIntegrations : catalogue.functions.map(\.id)).map(\.rawValue)
            case .session: [String]()
            }
        return Set(ids).sorted()
    }
}
