import HTTPTypes
import LatchkeyAccess

/// One operation: where it is, what it needs, what it leaves in history, and its handler. What it needs is not optional: a route without a
/// declared policy does not compile.
package struct Route: Sendable {
    package enum Face: Sendable, Hashable {
        /// JSON, errors as problem+json.
        case api
        /// A page of the console, errors as pages, nobody signed in is sent to sign in.
        case page
        /// Asked by a proxy about a request that is not for us: who is not let in is told, in a header, where to sign in.
        case gateway
        /// A page, or JSON for whoever asks for it by `Accept`: what people open by a link, and programs too.
        case either
        /// JSON, and errors too, as the RFCs on OAuth have them.
        case oauth
    }

    package enum Needs: Sendable, Hashable {
        /// Nobody need be known. Says why.
        case nothing(because: StaticReason)
        case need(Need)
    }

    /// Why a route is open to everybody; the list is short and reviewed.
    package enum StaticReason: String, Sendable, Hashable {
        case health, asset, description, signIn, oneTimeLink, setUp, sharableLink, captureURL, clientSecret
    }

    /// What an unsafe route leaves in history.
    package enum Leaves: Sendable, Hashable {
        case nothingItIsSafe
        case history
        /// Changes nothing that history is about.
        case nothing(because: String)
    }

    package let method: HTTPRequest.Method
    /// Such as `/api/v1/users/{id}`.
    package let path: String
    package let needs: Needs
    package let leaves: Leaves
    package let face: Face
    /// Whether administrators reach the same operation under `/api/v1/accounts/{account}`, or the same page under `/accounts/{account}`.
    package let isAlsoInAccounts: Bool
    /// Whether asking for it is no activity of a login.
    package let isBackground: Bool
    /// The path's parameter that names the account which an administrator acts in.
    package private(set) var accountParameter: String?
    /// What it takes as a file; its handler gets the body unread. Nil for everything else.
    package let upload: Upload?
    /// Who is asked, before it is done, to show that it is still them: 403 `step_up_required`, or in the console a page that asks and goes on.
    package let stepUp: StepUp?
    package let handler: @Sendable (Call) async throws -> Answer

    package init(
        _ method: HTTPRequest.Method, _ path: String, _ needs: Needs, leaves: Leaves? = nil, face: Face? = nil, alsoInAccounts: Bool = false,
        isBackground: Bool = false, upload: Upload? = nil, stepUp: StepUp? = nil, handler: @escaping @Sendable (Call) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.needs = needs
        self.leaves = leaves ?? (method == .get ? .nothingItIsSafe : .history)
        self.face = face ?? (path.hasPrefix("/api/") ? .api : .page)
        self.isAlsoInAccounts = alsoInAccounts
        self.isBackground = isBackground
        self.upload = upload
        self.stepUp = stepUp
        self.handler = handler
    }

    package static func get(
        _ path: String, _ needs: Needs, face: Face? = nil, alsoInAccounts: Bool = false, isBackground: Bool = false, stepUp: StepUp? = nil,
        handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route {
        Route(.get, path, needs, face: face, alsoInAccounts: alsoInAccounts, isBackground: isBackground, stepUp: stepUp, handler: handler)
    }

    package static func post(
        _ path: String, _ needs: Needs, leaves: Leaves = .history, face: Face? = nil, alsoInAccounts: Bool = false, upload: Upload? = nil,
        stepUp: StepUp? = nil, handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route {
        Route(
            .post, path, needs, leaves: leaves, face: face, alsoInAccounts: alsoInAccounts, upload: upload, stepUp: stepUp, handler: handler)
    }

    package static func patch(
        _ path: String, _ needs: Needs, alsoInAccounts: Bool = false, stepUp: StepUp? = nil,
        handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route { Route(.patch, path, needs, alsoInAccounts: alsoInAccounts, stepUp: stepUp, handler: handler) }

    package static func put(
        _ path: String, _ needs: Needs, alsoInAccounts: Bool = false, stepUp: StepUp? = nil,
        handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route { Route(.put, path, needs, alsoInAccounts: alsoInAccounts, stepUp: stepUp, handler: handler) }

    package static func delete(
        _ path: String, _ needs: Needs, alsoInAccounts: Bool = false, stepUp: StepUp? = nil,
        handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route { Route(.delete, path, needs, alsoInAccounts: alsoInAccounts, stepUp: stepUp, handler: handler) }

    /// The need of a route in an account; a route without one opens no store.
    package var memberNeed: Need { if case .need(let need) = needs { need } else { .member } }
    package var permission: Permission? { if case .need(.enterprise(let permission)) = needs { permission } else { nil } }

    /// This route, and its twin in the account that a path names, where it has one.
    package var withTwin: [Route] {
        guard isAlsoInAccounts else { return [self] }
        // The contract names a path's only parameter `id`.
        let parameter = path.contains("{") ? "account" : "id"
        let path =
            path.hasPrefix("/api/v1/")
            ? "/api/v1/accounts/{\(parameter)}" + path.dropFirst("/api/v1".count) : Inside.twin(of: path, in: "{\(parameter)}")
        var twin = Route(
            method, path, needs, leaves: leaves, face: face, isBackground: isBackground, upload: upload, stepUp: stepUp,
            handler: handler)
        twin.accountParameter = parameter
        return [self, twin]
    }
}

/// All routes, and which one a path and method name.
package struct RouteTable: Sendable {
    package let routes: [Route]
    private var root = Node()
    /// Those without parameters, by their whole path: the quick way, where the walk through `root` would end too.
    private var plain: [String: [HTTPRequest.Method: Route]] = [:]

    private struct Node: Sendable {
        var literal: [String: Node] = [:]
        var parameter: [Node] = []
        var routes: [HTTPRequest.Method: Route] = [:]
        var names: [HTTPRequest.Method: [String]] = [:]
    }

    package enum Match: Sendable {
        case found(Route, [String: String])
        case wrongMethod(allowed: [HTTPRequest.Method], face: Route.Face)
        case unknown
    }

    package init(_ routes: [Route]) {
        let all = routes.flatMap(\.withTwin)
        self.routes = all
        for route in all {
            Self.insert(route, Self.segments(route.path)[...], names: [], into: &root)
            if !route.path.contains("{") { plain[route.path, default: [:]][route.method] = route }
        }
    }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 }
    }

    private static func insert(_ route: Route, _ rest: ArraySlice<Substring>, names: [String], into node: inout Node) {
        guard let segment = rest.first else {
            precondition(node.routes[route.method] == nil, "two routes for \(route.method) \(route.path)")
            node.routes[route.method] = route
            node.names[route.method] = names
            return
        }
        if segment.hasPrefix("{"), segment.hasSuffix("}") {
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(route, rest.dropFirst(), names: names + [String(segment.dropFirst().dropLast())], into: &node.parameter[0])
        } else {
            insert(route, rest.dropFirst(), names: names, into: &node.literal[String(segment), default: Node()])
        }
    }

    /// HEAD is GET. A path ending in `/` is another path.
    package func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let asked = method == .head ? .get : method
        if let route = plain[path]?[asked] { return .found(route, [:]) }
        guard path.hasPrefix("/") else { return .unknown }
        var nodes: [(Node, [String])] = [(root, [])]
        for segment in Self.segments(path) {
            var next: [(Node, [String])] = []
            for (node, values) in nodes {
                if let literal = node.literal[String(segment)] { next.append((literal, values)) }
                if let parameter = node.parameter.first, !segment.isEmpty { next.append((parameter, values + [String(segment)])) }
            }
            if next.isEmpty { return .unknown }
            nodes = next
        }
        for (node, values) in nodes {
            if let route = node.routes[asked], let names = node.names[asked] {
                return .found(route, Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first }))
            }
        }
        let methods = Set(nodes.flatMap { $0.0.routes.keys })
        let face = nodes.flatMap { $0.0.routes.values }.contains { $0.face == .api || $0.face == .oauth } ? Route.Face.api : .page
        if methods.isEmpty { return .unknown }
        return .wrongMethod(
            allowed: (methods.contains(.get) ? methods.union([.head]) : methods).sorted { $0.rawValue < $1.rawValue }, face: face)
    }
}
