import LatchkeyAccess
import LatchkeyWeb

/// How an integration and its functions look, wherever they are shown.
struct IntegrationLook {
    let catalogue: Catalogue
    let parts: Parts

    /// What a function is called: Latchkey's own screens as the menu calls them, the catalogue's by their label.
    func name(_ function: Function) -> String {
        switch Screen(rawValue: function.rawValue) {
        case .overview: t("Overview")
        case .sessions: t("Sessions")
        case .sessionFiles: t("Exports of sessions")
        case .apiKeys: t("API keys")
        case .account: word(.account)
        case .users: word(.users)
        case .roles: word(.roles)
        case .links: word(.links)
        case .places: word(.places)
        case .logins: t("Sign-ins and security settings")
        case .integrations: word(.integrations)
        case .catalogue: t("Catalogue")
        case .history: word(.history)
        default:
            function == .decisions
                ? t("Decisions about others") : catalogue.functions.first { $0.id == function }?.label ?? function.rawValue
        }
    }

    func status(_ integration: Integration) -> HTML {
        integration.isDisabled
            ? parts.badge(word(.disabled), icon: "st-off") : parts.badge(t("Enabled"), icon: "st-on", tone: .good)
    }

    func format(_ format: Integration.TokenFormat) -> String {
        switch format {
        case .opaque: t("Random, up to a day")
        case .jwt: t("Signed, up to 5 minutes")
        }
    }

    func level(_ level: Level) -> HTML { "<span class=\"level level-\(level.name)\">\(choice(level))</span>" }

    /// A level to choose.
    func choice(_ level: Level) -> HTML {
        switch level {
        case .none: "\(parts.icon("level-none"))\(t("None"))"
        case .read: "\(parts.icon("level-read"))\(t("Read"))"
        case .full: "\(parts.icon("level-full"))\(t("Full"))"
        }
    }

    /// The first few functions, and how many more there are.
    func glance(_ functions: [Function: Level]) -> HTML {
        let all = catalogue.functionsOfIntegrations.filter { functions[$0] != nil }
        let shown = all.prefix(3).map { function -> HTML in
            "<span class=\"badge badge-plain\">\(name(function)): \(level(functions[function] ?? .none))</span> "
        }
        return "\(Array(shown))\(if: all.count > 3, "<span class=\"muted\">\(t("and %1 more", String(all.count - 3)))</span>")"
    }
}
