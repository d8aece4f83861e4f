import HTTPTypes
import LatchkeyWeb

@testable import latchkey

/// All routes of this server, from its own composition.
enum Routes {
    static let all = RouteTable(Composition.routes(Operations())).routes
    static let api = all.filter { $0.face == .api }
    /// The OAuth endpoints, which have tests of their own.
    static let oauth = all.filter { $0.face == .oauth }
    /// The API's routes that need a principal.
    static let guarded = api.filter(\.isGuarded)
    static let unsafeOnes = api.filter { $0.method != .get && $0.method != .head }
}

extension Route {
    /// AuthZEN's own ways: whatever it does not know it lets be, and it has no 415.
    var isAccess: Bool { path.hasPrefix("/access/") }
    var isGuarded: Bool { if case .need = needs { true } else { false } }
    var name: String { "\(method.rawValue) \(path)" }

    /// The path's parameters in order, each with its kind; nil for a kind that these tests do not know.
    var parameterKinds: [(name: String, kind: Kind?)] {
        let segments = path.split(separator: "/")
        return segments.enumerated().compactMap { index, segment in
            guard segment.hasPrefix("{") else { return nil }
            return (String(segment.dropFirst().dropLast()), index > 0 ? Kind(segment: segments[index - 1]) : nil)
        }
    }

    /// Whether the same handler is tried in the caller's own account.
    var isTwin: Bool { accountParameter != nil && Routes.all.contains { $0.name == baseName } }

    /// The name of the same operation, or page, in the caller's own account.
    var baseName: String {
        guard accountParameter != nil else { return name }
        let parts = path.split(separator: "/")
        if face == .page {
            return "\(method.rawValue) \(parts.count == 3 && parts[2] == "history" ? "" : "/settings")/" + parts.dropFirst(2).joined(separator: "/")
        }
        return "\(method.rawValue) /api/v1/" + parts.dropFirst(4).joined(separator: "/")
    }

    /// The path with its parameters filled in order.
    func path(with values: [String]) -> String {
        var values = values[...]
        let filled = path.split(separator: "/").map { segment in segment.hasPrefix("{") ? values.popFirst() ?? "" : String(segment) }
        return "/" + filled.joined(separator: "/")
    }

    /// Whether it is about one's own logins, and nobody else's.
    var isOfOneself: Bool { path.contains("/me/") || path.hasPrefix("/my/") }

    var takesBody: Bool { method == .post || method == .put || method == .patch }
}
