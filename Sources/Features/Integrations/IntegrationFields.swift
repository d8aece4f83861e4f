import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// A level as a body names it; `none` is the same as leaving the function out.
private enum GivenLevel: String, CaseIterable {
    case none, read, full

    var level: Level { Level(name: rawValue) ?? .none }
}

extension Fields {
    /// The functions that an integration is given: at least one, each one that integrations of the account may have.
    func functionsOfIntegration(_ catalogue: Catalogue) -> [Function: Level] {
        guard let functions = optionalObject("functions") else {
            if isAbsent("functions") { invalid("functions", "required", "Give at least one function.") }
            return [:]
        }
        let known = Set(catalogue.functionsOfIntegrations)
        var given: [Function: Level] = [:]
        for id in value("functions")?.object?.keys ?? [] {
            let function = Function(rawValue: id)
            if functions.isNull(id) { functions.malformed(id, "wrong_type", "This must be none, read or full.") }
            let level: GivenLevel? = functions.optionalChoice(id)
            if !known.contains(function) { functions.unknownReference(id) }
            given[function] = level?.level ?? .read
        }
        finish(nested: functions)
        let kept = given.filter { $0.value > .none }
        if kept.isEmpty { invalid("functions", "required", "Give at least one function.") }
        return kept
    }

    /// 1 to 100 of `A-Za-z0-9._-`.
    func clientID() -> String {
        let text = text("client_id", 1...100)
        if !text.isEmpty, !ClientID.isWellFormed(text) {
            invalid("client_id", "invalid_character", "This may have letters (A to Z), digits, dots, underscores and hyphens.")
        }
        return text
    }
}

/// The public name under which a client shows its secret.
package enum ClientID {
    package static func isWellFormed(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
