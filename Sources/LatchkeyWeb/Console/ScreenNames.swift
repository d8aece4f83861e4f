import LatchkeyAccess

/// What screens and functions are called, wherever a page names them.
extension Catalogue {
    /// One of the catalogue's own by its label, one of Latchkey's by the company's word; else its id.
    package func name(of screen: Screen) -> String {
        if let entry = screens.first(where: { $0.id == screen }) { return entry.label }
        return switch screen {
        case .overview: t("Overview")
        case .sessions: t("Sessions")
        case .sessionFiles: t("Exports of sessions")
        case .apiKeys: t("API keys")
        case .account: word(.account)
        case .users: word(.users)
        case .roles: word(.roles)
        case .links: word(.links)
        case .places: word(.places)
        case .logins: word(.logins)
        case .integrations: word(.integrations)
        case .catalogue: t("Catalogue")
        case .history: word(.history)
        default: screen.rawValue
        }
    }

    /// The same for functions; Latchkey's own screens are functions of the same names to integrations.
    package func name(of function: Function) -> String {
        if let entry = functions.first(where: { $0.id == function }) { return entry.label }
        return function == .decisions ? t("Decisions about others") : name(of: Screen(rawValue: function.rawValue))
    }
}
