import LatchkeyAccess
import LatchkeyWeb

/// The functions that a token is asked for, as `scope` has them: `function` for whatever the integration has of it, `function:read` for less.
enum TokenScope {
    /// Nil where nothing is asked: all that the integration has, now and later.
    /// - Throws: `Problem` 400 `invalid_scope` for what the integration does not have.
    static func read(_ text: String?, held: [Function: Level]) throws -> [Function: Level]? {
        guard let text else { return nil }
        var scope: [Function: Level] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let function = Function(rawValue: String(parts.first ?? ""))
            let level = parts.count > 1 ? Level(name: String(parts[1])) : .full
            guard let level, level > .none, let has = held[function], parts.count == 1 || has >= level else {
                throw Problem(400, "invalid_scope", "The scope names something that this client does not have.")
            }
            scope[function] = max(scope[function] ?? .none, level)
        }
        if scope.isEmpty { throw Problem(400, "invalid_scope", "The scope names nothing.") }
        return scope
    }

    static func text(_ functions: [Function: Level]) -> String {
        functions.sorted { $0.key < $1.key }.map { $0.key.rawValue + ":" + $0.value.name }.joined(separator: " ")
    }
}
