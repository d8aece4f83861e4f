import LatchkeyAccess
import LatchkeyJSON
import LatchkeyWeb

/// A level as a body names it; `none` is the same as leaving the screen or function out.
private enum GrantLevel: String, CaseIterable {
    case none, read, full

    var level: Level { Level(name: rawValue) ?? .none }
}

extension Fields {
    /// The grants that `screens` and `functions` name. What is not named is granted as `before`, and has to be named where there is none.
    package func grants(_ catalogue: Catalogue, before: Grants? = nil, mayBeEmpty: Bool = false) -> Grants {
        let screens = screenGrants(catalogue)
        let functions = functionGrants(catalogue)
        if screens == nil, before == nil || isNull("screens") { invalid("screens", "required", "This is required.") }
        let grants = Grants(screens: screens ?? before?.screens ?? [:], functions: functions ?? before?.functions ?? [:])
        if !mayBeEmpty, grants.isEmpty, screens != nil || functions != nil {
            invalid(screens != nil ? "screens" : "functions", "required", "A role must grant at least one screen or function.")
        }
        return grants
    }

    private func screenGrants(_ catalogue: Catalogue) -> [Screen: ScreenGrant]? {
        guard let screens = optionalObject("screens") else { return nil }
        var granted: [Screen: ScreenGrant] = [:]
        for id in value("screens")?.object?.keys ?? [] {
            let screen = Screen(rawValue: id)
            if screens.isNull(id) { screens.malformed(id, "wrong_type", "This must be an object, such as {\"level\": \"read\"}.") }
            guard let grant = screens.optionalObject(id) else { continue }
            // What stands in for a wrong level is never used, and does not look like an empty role.
            let level = grant.choice("level", default: GrantLevel.read).level
            let reach: Reach? = grant.optionalChoice("reach")
            if reach != nil, !Screen.withReach.contains(screen) {
                grant.invalid("reach", "no_reach", "Only sessions and session-files have a reach.")
            }
            screens.finish(nested: grant)
            if !catalogue.contains(screen) { screens.unknownReference(id) }
            granted[screen] = ScreenGrant(level, reach: reach ?? .own)
        }
        finish(nested: screens)
        return granted
    }

    private func functionGrants(_ catalogue: Catalogue) -> [Function: Level]? {
        guard let functions = optionalObject("functions") else { return isNull("functions") ? [:] : nil }
        var granted: [Function: Level] = [:]
        for id in value("functions")?.object?.keys ?? [] {
            if functions.isNull(id) { functions.malformed(id, "wrong_type", "This must be none, read or full.") }
            let level: GrantLevel? = functions.optionalChoice(id)
            if !catalogue.contains(Function(rawValue: id)) { functions.unknownReference(id) }
            granted[Function(rawValue: id)] = level?.level ?? .read
        }
        finish(nested: functions)
        return granted
    }
}
